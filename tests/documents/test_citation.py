"""CITATION.cff: the keys that the Citation File Format 1.2.0 asks for, and the version and licence of the build."""
import os
import re
import sys
import unittest

ROOT = os.environ["CARVE_ROOT"]


class Citation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            import yaml
        except ImportError:
            print("skipped: CITATION.cff (python3-yaml is not installed)")
            raise unittest.SkipTest("no yaml") from None
        with open(os.path.join(ROOT, "CITATION.cff"), encoding="utf-8") as file:
            cls.cff = yaml.safe_load(file)

    def test_it_has_what_the_format_requires(self):
        self.assertEqual(self.cff["cff-version"], "1.2.0")
        for key in ("message", "title", "authors"):
            self.assertTrue(self.cff[key], key)
        self.assertEqual(self.cff["type"], "software")
        self.assertLessEqual(set(self.cff), {"cff-version", "message", "type", "title", "abstract", "version", "license",
                                             "authors", "keywords", "references"})

    def test_version_and_licence_are_those_of_the_build(self):
        build = open(os.path.join(ROOT, "meson.build")).read()
        self.assertEqual(self.cff["version"], re.search(r"version: '([^']*)'", build).group(1))
        self.assertEqual(self.cff["license"], re.search(r"license: '([^']*)'", build).group(1))

    def test_the_paper_is_cited(self):
        paper, = self.cff["references"]
        for key in ("type", "title", "authors"):  # required of every reference
            self.assertTrue(paper[key], key)
        self.assertEqual([a["family-names"] for a in paper["authors"]],
                         ["Confavreux", "Zenke", "Agnes", "Lillicrap", "Vogels"])
        self.assertEqual(paper["year"], 2020)
        self.assertIn("(re)discover plasticity rules", paper["title"])


if __name__ == "__main__":
    sys.exit(unittest.main())
