"""Every equation has one number, and every number that text or code cites is that of an equation.

A definition is a number at the end of a line, behind two blanks or more: M in docs/model.md, S in docs/search.md, C in
docs/scaling.md.
"""
import collections
import glob
import os
import re
import unittest

ROOT = os.environ["CARVE_ROOT"]
HOMES = {"M": "docs/model.md", "S": "docs/search.md", "C": "docs/scaling.md"}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def defined(letter):
    return re.findall(rf"  \({letter}(\d+)\)$", read(HOMES[letter]), re.M)


def sources():
    for folder in ("api", "bench", "cli", "docs", "lib", "scripts", "tests"):
        for path in glob.glob(os.path.join(ROOT, folder, "**", "*"), recursive=True):
            if re.search(r"\.(c|h|cpp|hpp|py|sh|md|toml)$", path):
                yield os.path.relpath(path, ROOT)
    yield from ("README.md", "CONTRIBUTING.md")


def cited(text, letter):
    """In brackets: (M4), (M6 to M8), (M14, M15), (docs/model.md, M16)."""
    for bracket in re.findall(r"\(([^()\n]*)\)", text):
        if re.search(rf"(^|, )({letter}\d+( to {letter}\d+| and {letter}\d+)?)(, |$|;)", bracket):
            yield from re.findall(rf"\b{letter}(\d+)\b", bracket)


class Equations(unittest.TestCase):
    def test_a_number_is_defined_once(self):
        for letter in HOMES:
            counts = collections.Counter(defined(letter))
            self.assertTrue(counts, letter)
            self.assertEqual([n for n, count in counts.items() if count > 1], [], letter)

    def test_what_is_cited_is_defined(self):
        known = set(defined("M"))
        seen = 0
        for path in sources():
            for number in cited(read(path), "M"):
                seen += 1
                self.assertIn(number, known, f"{path} cites (M{number})")
        self.assertGreater(seen, 300)

    def test_displayed_equations_are_numbered(self):
        """A block with an equals sign or an arrow has a number in it."""
        text = read(HOMES["M"])
        for block in re.split(r"\n\s*\n", text):
            lines = [line for line in block.split("\n") if line.startswith("    ")]
            if lines and lines[0] == block.split("\n")[0] and re.search(r" = | ← ", block):
                self.assertRegex(block, r"  \(M\d+\)", f"not numbered:\n{block}")


if __name__ == "__main__":
    unittest.main()
