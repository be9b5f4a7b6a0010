"""A report as a reader of HTML sees it: its elements by Python's own parser, and what charts show in their own units."""
import html.parser
import json
import re

VOID = {"meta", "br", "wbr", "link", "img", "input", "hr"}


class Element:
    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent = name, attributes, parent
        self.children = []

    def get(self, key, default=None):
        return self.attributes.get(key, default)

    def classes(self):
        return (self.get("class") or "").split()

    def walk(self):
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def all(self, name, **attributes):
        return [e for e in self.walk() if e.name == name
                and all(value in e.classes() if key == "style" else e.get(key) == value for key, value in attributes.items())]

    def one(self, name, **attributes):
        found = self.all(name, **attributes)
        assert len(found) == 1, (name, attributes, len(found))
        return found[0]

    def text(self):
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)


class Parser(html.parser.HTMLParser):
    """Builds the tree; an end tag that does not fit, or an id twice, is an error."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("root", {}, None)
        self.ids = set()

    def handle_starttag(self, name, attributes):
        element = Element(name, dict(attributes), self.at)
        if "id" in element.attributes:
            assert element.get("id") not in self.ids, "twice: " + element.get("id")
            self.ids.add(element.get("id"))
        self.at.children.append(element)
        if name not in VOID:
            self.at = element

    def handle_startendtag(self, name, attributes):
        self.handle_starttag(name, attributes)
        if name not in VOID:
            self.at = self.at.parent

    def handle_endtag(self, name):
        assert self.at.name == name, f"</{name}> in <{self.at.name}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


def read(path):
    parser = Parser()
    with open(path, encoding="utf-8") as file:
        text = file.read()
    parser.feed(text)
    parser.close()
    assert parser.at is parser.root, "not closed: " + parser.at.name
    for link in parser.root.all("a"):
        assert link.get("href")[0] == "#" and link.get("href")[1:] in parser.ids, link.get("href")
    for element in parser.root.walk():
        for word in (element.get("aria-labelledby") or "").split():
            assert word in parser.ids, word
    return parser.root, text


SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def number(text):
    """"−1.2·10⁻⁵", "317 536", "0.038 ± 0.002" (the value alone), "54.9 ms" as a float; None of what is none."""
    power = re.fullmatch(r"\((.*)±.*\)(·10.*)", text)
    text = power[1].strip() + power[2] if power else text
    text = text.replace("−", "-").replace("\u202f", "").replace("\u00a0", " ").split("±")[0].strip(" (°")
    match = re.fullmatch(r"(-?[\d.]+)?·?(?:10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(?: ms| updates)?", text)
    if not match or not text:
        return None
    power = 10.0 ** int(match[2].translate(SUPERSCRIPTS)) if match[2] else 1.0
    return (float(match[1]) if match[1] not in (None, "-") else -1.0 if match[1] else 1.0) * power


def shows(text, value, digits):
    """Whether a text is a number to so many significant digits."""
    shown = number(text)
    return shown is not None and abs(shown - value) <= 0.5000001 * 10.0 ** (-digits + 1) * max(abs(value), 1e-300) * 1.0


def table(root, label):
    """Rows of texts of the table in the region of this label, its head first."""
    region = [e for e in root.all("div", style="wide") if e.get("aria-label") == label]
    assert len(region) == 1, (label, len(region))
    return [[cell.text().strip() for cell in row.children if isinstance(cell, Element)] for row in region[0].all("tr")]


def points(path):
    """Of a path of M, m, l, h and v: its points in the drawing's own coordinates, a list for each piece."""
    pieces, x, y = [], 0.0, 0.0
    for command, body in re.findall(r"([MmlLhv])([-\d. ]*)", path.get("d")):
        values = [float(v) for v in re.findall(r"-?[\d.]+", body)]
        if command == "M":
            x, y = values
        elif command in "ml":
            x, y = x + values[0], y + values[1]
        elif command == "h":
            x += values[0]
        else:
            y += values[0]
        if command in "Mm":
            pieces.append([])
        pieces[-1].append((x, y))
    return pieces


def scale(chart, log, vertical):
    """From the drawing's own coordinates to values, by the ticks that are labelled."""
    height = float(chart.get("height"))
    known = []
    for text in chart.all("text"):
        value = number(text.text())
        if value is None:
            continue
        if vertical and "end" in text.classes() and text.get("x") == "-8":
            known.append(((float(text.get("y")) - 4) / height * 1000, value))
        if not vertical and text.classes() == ["middle"]:
            known.append((float(text.get("x").rstrip("%")) / 100 * 2000, value))
    import math
    (a, u), (b, v) = known[0], known[-1]
    if log:
        u, v = math.log10(u), math.log10(v)
    slope = (v - u) / (b - a)
    return lambda at: 10 ** (u + slope * (at - a)) if log else u + slope * (at - a)


def zoom_data(root, plot):
    return json.loads(root.one("script", **{"data-plot": plot}).text())
