#!/usr/bin/env python3
"""Writes api/carve.h as Rust: rust_bindings.py [--check].

api/rust/carve-sys/src/NAME.rs for each header NAME.h, api/rust/carve-sys/tests/layout/table.rs, from which a test
compares them with what the C compiler says, and api/rust/carve/src/names.rs, their names in the safe crate.
--check writes nothing: it fails if one of these files is not what would be written."""
import re
import sys
import textwrap

from headers import API, Constant, Enumeration, Function, Struct, all_of, read

RUST = API / "rust"
WIDTH = 118
NOTICE = "// Written by scripts/rust_bindings.py from api/carve"
TYPES = {"uint8_t": "u8", "uint32_t": "u32", "uint64_t": "u64", "int32_t": "i32", "int": "i32", "double": "f64",
         "size_t": "usize", "char": "u8", "void": "c_void"}
KEYWORDS = {"type", "where"}
# Constants are uint32_t, as are the fields that take them, but for these.
CONSTANT_TYPES = {"CARVE_EVENT_": "u8", "CARVE_OK": "carve_status", "CARVE_E_": "carve_status", "CARVE_ALIGNMENT": "usize"}
# The safe crate has types of its own in their place.
OWN_TYPES = {"carve_model", "carve_sim", "carve_view", "carve_stream", "carve_step", "carve_recorder", "carve_csr", "carve_loss"}


def type_of(c):
    if c.endswith("*"):
        constant = re.fullmatch(r"const (\w+)\*|(.*\*) const\*", c)
        if constant:
            return f"*const {type_of(constant[1] or constant[2])}"
        return f"*mut {type_of(c[:-1])}"
    return TYPES.get(c, c)


def name_of(c):
    return f"r#{c}" if c in KEYWORDS else c


def doc_of(text, indent="", mark="///"):
    """Nothing in a comment of C is Markdown."""
    text = re.sub(r"([\[\]<>*|`\\])", r"\\\1", text)
    paragraphs = [textwrap.wrap(paragraph, WIDTH - len(indent), break_on_hyphens=False) for paragraph in text.split("\n")]
    lines = [line for paragraph in paragraphs if paragraph for line in [*paragraph, ""]][:-1]
    return "".join(f"{indent}{mark} {line}".rstrip() + "\n" for line in lines)


def constant(one):
    kind = next((kind for prefix, kind in CONSTANT_TYPES.items() if one.name.startswith(prefix)), "u32")
    return f"{doc_of(one.doc)}pub const {one.name}: {kind} = {one.value.rstrip('u')};\n"


def enumeration(one):
    head = f"\n{doc_of(one.doc, mark='//')}" if one.doc else "\n"
    return head + "".join(map(constant, one.constants))


def struct(one):
    head = f"\n{doc_of(one.doc)}#[repr(C)]\n"
    if not one.fields:
        return (f"{head}pub struct {one.name} {{\n    _opaque: [u8; 0],\n"
                "    _pinned: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,\n}\n")
    text = f"{head}#[derive(Clone, Copy, Debug)]\npub struct {one.name} {{\n"
    for field in one.fields:
        kind = type_of(field.type)
        kind = f"[{kind}; {field.length}]" if field.length else kind
        text += f"{doc_of(field.doc, '    ')}    pub {name_of(field.name)}: {kind},\n"
    return f"{text}}}\n"


def function(one):
    parameters = ", ".join(f"{name_of(p.name)}: {type_of(p.type)}" for p in one.parameters)
    return f"{doc_of(one.doc, '    ')}    pub fn {one.name}({parameters}) -> {type_of(one.result)};\n"


def module(header, inits):
    kinds = {Constant: constant, Enumeration: enumeration, Struct: struct}
    body = "".join(kinds[type(item)](item) for item in header.items if type(item) in kinds)
    structs = [item.name for item in header.items if isinstance(item, Struct) and item.fields]
    for macro, has_init in ("defaults", True), ("zeros", False):
        of_macro = [name for name in structs if (f"{name}_init" in inits) == has_init]
        if of_macro:
            body += "\n" + wrapped(f"{macro}! {{ ", [f"{name}: {name}_init" if has_init else name for name in of_macro], " }\n")
    functions = "".join(function(item) for item in header.items if isinstance(item, Function))
    if functions:
        body += f'\nextern "C" {{\n{functions}}}\n'
    code = re.sub("//.*", "", body)
    uses = ["core::ffi::c_void"] if "c_void" in code else []
    others = [one.name for one in read() if one.name != header.name
              for item in one.items if isinstance(item, Struct) and re.search(rf"\b{item.name}\b", code)]
    if header.name != "status" and "carve_status" in code:
        others.append("status")
    uses += [f"crate::{name}::*" for name in sorted(set(others))]
    head = f"{NOTICE}/{header.name}.h.\n" + doc_of(header.doc.replace(" Include carve.h.", ""), mark="//!")
    return head + "\n" + "".join(f"use {use};\n" for use in uses) + (
        "\npub type carve_status = i32;\n" if header.name == "status" else "") + body


def wrapped(head, entries, end):
    """Lines of entries, none of which is broken."""
    text = ", ".join(entry.replace(" ", "\0") for entry in entries)
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)).replace("\0", " ") + end


def table():
    text = f"{NOTICE}.\n\nstructs! {{\n"
    for one in all_of(Struct):
        if one.fields:
            text += wrapped(f"    {one.name} {{ ", [name_of(field.name) for field in one.fields], " }\n")
    text += "}\n"
    for macro, kind in ("constants", Constant), ("functions", Function):
        text += f"{macro}! {{\n" + wrapped("    ", [one.name for one in all_of(kind)], "\n}\n")
    return text


def names():
    """As items of the safe crate, with their documentation."""
    constants = [f"{one.name} as {one.name.removeprefix('CARVE_')}" for one in all_of(Constant)]
    structs = [f"{name} as {''.join(word.capitalize() for word in name.removeprefix('carve_').split('_'))}"
               for name in (one.name for one in all_of(Struct)) if name not in OWN_TYPES]
    text = f"{NOTICE}.\n"
    for comment, uses in (("Constants without their CARVE_.", constants), (
            "Structs without pointers, or whose pointers and lengths are set where they are added to a model.", structs)):
        text += f"\n// {comment}\n#[doc(inline)]\npub use carve_sys::{{\n" + wrapped("    ", uses, ",\n};\n")
    return text


def files():
    inits = {one.name for one in all_of(Function) if one.name.endswith("_init")}
    made = {RUST / "carve-sys/src" / f"{header.name}.rs": module(header, inits) for header in read()}
    made[RUST / "carve-sys/tests/layout/table.rs"] = table()
    made[RUST / "carve/src/names.rs"] = names()
    return made


def main(arguments):
    if arguments not in ([], ["--check"]):
        raise SystemExit(__doc__)
    stale = [path for path, text in files().items()
             if not path.exists() or path.read_text(encoding="utf-8") != text]
    if arguments:
        for path in stale:
            print(f"{path.relative_to(API.parent)} is not what api/carve says: run scripts/rust_bindings.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files()[path], encoding="utf-8")
        print(path.relative_to(API.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
