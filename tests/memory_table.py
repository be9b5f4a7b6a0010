#!/usr/bin/env python3
"""The table of arrays (lib/block/arrays.cpp) as the table of docs/memory.md: compares the two, or
with --write puts the former into the latter.

    tests/memory_table.py [--write]
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "memory.md"
BEGIN, END = "<!-- of lib/block/arrays.cpp: tests/memory_table.py --write -->\n", "<!-- end -->\n"
ROW = re.compile(r"\{CARVE_ROW\((\w+), ([\w\[\]]+)\),\s*E::(\w+),\s*\{(.*?)\},\s*(.*)\},$")
FACTS = {
    "kRates": "rates", "kSpiking": "spikes", "kForward": "forward gradient", "kAdjoint": "adjoint",
    "kMoments": "moment form", "kOnline": "one sample a step", "kAfferentLanes": "afferents as lanes",
    "kShared": "shared", "kPlastic": "plastic", "kTuning": "probe of what it transmits",
    "kFromPoisson": "from poisson units", "kGaussian": "gaussian", "kPoisson": "poisson",
    "kNeurons": "neurons", "kStreamed": "streamed", "kBuffered": "rates copied into the sim",
    "kTwoBuffers": "the last step's too", "kSensitive": "depends on θ, forward gradient",
    "kDepends": "depends on θ", "kRedrawn": "drawn again by the adjoint", "kLeader": "signals of its own",
    "kScored": "probe of its rate", "kListened": "projects", "kSparse": "sparse",
    "kDelayed": "delayed", "kBounded": "bounded",
}
DIMS = {"two": "2", "trace": "2"}
ELEMENTS = {"lanes": "real", "replicas": "real", "f64": "double", "u64": "uint64", "u32": "uint32"}


def facts(text):
    names = [name.strip() for name in text.split("|")]
    unknown = [name for name in names if name not in FACTS and name not in ("kAlways", "0")]
    if unknown:
        sys.exit(f"tests/memory_table.py: no words for {', '.join(unknown)}")
    return [FACTS[name] for name in names if name in FACTS]


def row(owner, member, element, dims, rest):
    rest = [cell.strip() for cell in rest.split(",")]
    needs, excludes = facts(rest[0]), facts(rest[1]) if len(rest) > 1 else []
    view = rest[2].replace("CARVE_VIEW_", "") if len(rest) > 2 and rest[2] != "kNoView" else ""
    reset = rest[3].replace("Reset::", "").replace("_", " ") if len(rest) > 3 else ""
    part = rest[4].replace("CARVE_PART_", "").lower() if len(rest) > 4 and rest[4] != "kNoPart" else ""
    shape = "".join(f"[{DIMS.get(dim, dim)}]" for dim in dims.replace("D::", "").split(", "))
    shape += "[lane]" if element in ("lanes", "replicas") else ""
    where = ", ".join(needs + ["not " + fact for fact in excludes])
    cells = [owner, member, ELEMENTS.get(element, element), shape, where, view,
             "" if reset == "none" else reset, part]
    return "| " + " | ".join(cells) + " |\n"


def table():
    lines = (ROOT / "lib" / "block" / "arrays.cpp").read_text().splitlines()
    rows = [ROW.match(line.strip()) for line in lines if "{CARVE_ROW(" in line]
    if not rows or None in rows:
        sys.exit("tests/memory_table.py: a row of lib/block/arrays.cpp is not as expected")
    head = ("| of | array | element | shape | where | view | reset | part |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |\n")
    return head + "".join(row(*match.groups()) for match in rows)


def main():
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    new = before + BEGIN + table() + END + after
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(new)
    elif new != text:
        sys.exit("docs/memory.md does not have the arrays of lib/block/arrays.cpp: "
                 "tests/memory_table.py --write")


if __name__ == "__main__":
    main()
