"""Reads api/carve.h and the headers that it includes: constants, structs and functions with their comments.

For scripts that make the same in another language, and for tests. What it does not understand is an error."""
import re
from dataclasses import dataclass, field
from pathlib import Path

API = Path(__file__).resolve().parents[1] / "api"


@dataclass
class Constant:
    name: str
    value: str  # as C writes it
    doc: str


@dataclass
class Enumeration:
    doc: str
    constants: list


@dataclass
class Field:
    name: str
    type: str  # "const carve_rule*"
    length: int  # of an array, 0 if it is none
    doc: str


@dataclass
class Struct:
    name: str
    fields: list  # empty: opaque
    doc: str


@dataclass
class Function:
    name: str
    result: str
    parameters: list  # of Field
    doc: str


@dataclass
class Header:
    name: str  # "model" of carve/model.h
    doc: str
    items: list = field(default_factory=list)  # of the four above, as they are declared


def read():
    """All headers, in alphabetical order."""
    names = re.findall(r'#include "carve/(\w+)\.h"', (API / "carve.h").read_text(encoding="utf-8"))
    return [_Reader(name).header for name in names]


def all_of(kind):
    """The constants (of enumerations, too), structs or functions of all headers."""
    items = [item for header in read() for item in header.items]
    if kind is Constant:
        items = [one for item in items for one in getattr(item, "constants", [item])]
    return [item for item in items if isinstance(item, kind)]


def _plain(comment):
    """The text of a comment, a line per paragraph."""
    lines = [re.sub(r"^\s*\*? ?", "", line) for line in comment[2:-2].split("\n")]
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())


def _join(*docs):
    return "\n".join(doc for doc in docs if doc)


_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_SPACE = re.compile(r"\s+")
_PATTERNS = [  # of a declaration, and the method that takes it
    ("constant", re.compile(r"#define (CARVE_\w+)\s+(\w+)(?=\s)")),
    ("statuses", re.compile(r"#define CARVE_STATUS_LIST\(X\)((?:.*\\\n)*.*)")),
    ("nothing", re.compile(r"#(?:.*\\\n)*.*|enum \{\n#define CARVE_X(?:.*\n)*?\};|typedef int32_t carve_status;")),
    ("struct", re.compile(r"typedef struct (\w+) \{(.*?)\n\} \1;", re.S)),
    ("opaque", re.compile(r"typedef struct (\w+) \1;")),
    ("enumeration", re.compile(r"enum \{(.*?)\};", re.S)),
    ("function", re.compile(r"CARVE_API\s+(.*?)(\w+)\(([^)]*)\);", re.S)),
]


class _Reader:
    def __init__(self, name):
        self.path = API / "carve" / f"{name}.h"
        self.text = self.path.read_text(encoding="utf-8")
        self.text = re.sub(r"#ifdef __cplusplus\n.*?#endif", "", self.text, flags=re.S)
        self.text = re.sub(r"#if defined\(CARVE_BUILDING\).*?#endif", "", self.text, flags=re.S)
        self.at = 0
        self.header = Header(name, "")
        self.header.doc = self.comments()
        while self.at < len(self.text):
            self.declaration(self.comments())

    def skip(self, pattern):
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def comments(self):
        """Those before a declaration, without headings; a file's own one ends at its #ifndef."""
        docs = []
        while True:
            self.skip(_SPACE)
            found = self.skip(_COMMENT)
            if not found:
                return _join(*docs)
            if not found[0].startswith("/* ----"):
                docs.append(_plain(found[0]))

    def trailing(self):
        """The comment behind a declaration, on its line."""
        found = self.skip(re.compile(r"[ \t]*(/\*.*?\*/)", re.S))
        return _plain(found[1]) if found else ""

    def declaration(self, doc):
        if self.at == len(self.text):
            return
        for kind, pattern in _PATTERNS:
            found = self.skip(pattern)
            if found:
                getattr(self, kind)(doc, *found.groups())
                return
        line = self.text.count("\n", 0, self.at) + 1
        raise SystemExit(f"{self.path}:{line}: not a declaration that scripts/headers.py knows")

    def nothing(self, doc):
        pass

    def constant(self, doc, name, value):
        self.header.items.append(Constant(name, value, _join(doc, self.trailing())))

    def statuses(self, doc, rows):
        constants = [Constant(name, value, text) for name, value, text in
                     re.findall(r'X\((\w+), (\d+), "(.*?)"\)', rows)]
        self.header.items.append(Enumeration("carve_status", constants))

    def opaque(self, doc, name):
        self.header.items.append(Struct(name, [], _join(doc, self.trailing())))

    def struct(self, doc, name, body):
        fields = []
        for code, before, behind in _entries(body, ";"):
            first, *others = code.split(",")
            kind, name_of_first = re.fullmatch(r"(.*[\s*])(\S+)", first, re.S).groups()
            for one in [name_of_first, *others]:
                found = re.fullmatch(r"\s*(\w+)(?:\[(\d+)\])?\s*", one)
                fields.append(Field(found[1], _type(kind), int(found[2] or 0), _join(before, behind)))
        self.header.items.append(Struct(name, fields, doc))

    def enumeration(self, doc, body):
        head = re.match(r"[ \t]*(/\*.*?\*/)", body, re.S)
        if head:
            doc, body = _join(doc, _plain(head[1])), body[head.end():]
        constants = []
        for code, before, behind in _entries(body, ","):
            name, value = re.fullmatch(r"(\w+)\s*=\s*(\w+)", code).groups()
            constants.append(Constant(name, value, _join(before, behind)))
        self.header.items.append(Enumeration(_join(doc, self.trailing()), constants))

    def function(self, doc, result, name, parameters):
        parsed = []
        for one in parameters.split(","):
            if one.strip() != "void":
                kind, called = re.fullmatch(r"(.*[\s*])(\w+)", one, re.S).groups()
                parsed.append(Field(called, _type(kind), 0, ""))
        self.header.items.append(Function(name, _type(result), parsed, _join(doc, self.trailing())))


def _type(text):
    return re.sub(r"\s*\*", "*", " ".join(text.split()))


def _entries(body, end):
    """(code, comment on lines before it, comment behind it on its line) of what `end` separates."""
    entries, code, before = [], "", []
    behind = False  # whether a comment would be that of the last entry
    for part in re.split(rf"(/\*.*?\*/|{end}|\n)", body, flags=re.S):
        if part.startswith("/*"):
            if code.strip():  # the last of an enumeration has no comma
                entries.append([code.strip(), _join(*before), _plain(part)])
                code, before = "", []
            elif behind:
                entries[-1][2] = _join(entries[-1][2], _plain(part))
            else:
                before.append(_plain(part))
        elif part == end:
            if code.strip():
                entries.append([code.strip(), _join(*before), ""])
                before = []
            code, behind = "", True
        elif part == "\n":
            behind, code = False, code + " "
        else:
            code += part
    if code.strip():
        entries.append([code.strip(), _join(*before), ""])
    return entries
