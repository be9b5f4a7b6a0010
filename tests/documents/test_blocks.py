"""How documents are read, and what counts as the same output."""
import unittest

import blocks


def lines(text):
    return text.strip("\n").splitlines()


class Comparing(unittest.TestCase):
    def test_an_output_is_compared_as_a_whole(self):
        self.assertTrue(blocks.agrees(["loss: 0.25", "done"], ["loss: 0.25", "done"]))
        for other in (["loss: 0.26", "done"], ["loss: 0.25"], ["loss: 0.25", "done", "more"], []):
            self.assertFalse(blocks.agrees(["loss: 0.25", "done"], other))

    def test_dots_within_a_line_stay_in_it(self):
        self.assertTrue(blocks.agrees(["loss: 0.2..."], ["loss: 0.2571"]))
        self.assertTrue(blocks.agrees(["a ... b"], ["a 1 2 b"]))
        self.assertFalse(blocks.agrees(["loss: 0.2..."], ["loss: 0.3"]))
        self.assertFalse(blocks.agrees(["loss: ..."], ["loss: 1", "more"]))

    def test_a_line_of_dots_is_any_number_of_lines(self):
        for between in ([], ["one"], ["one", "two"]):
            self.assertTrue(blocks.agrees(["first", "...", "last"], ["first", *between, "last"]))
        self.assertTrue(blocks.agrees(["first", "..."], ["first"]))
        self.assertFalse(blocks.agrees(["first", "...", "last"], ["first", "last", "more"]))

    def test_what_has_a_meaning_in_patterns_has_none_here(self):
        self.assertFalse(blocks.agrees(["a.b (c)*"], ["axb c"]))
        self.assertTrue(blocks.agrees(["a.b (c)*  "], ["a.b (c)*"]))


class Reading(unittest.TestCase):
    TEXT = lines("""
Text.

```toml title="a.toml"
format = 2
```

    carve check a.toml

```console
$ carve list
a
$ carve show a
```
```sh no-run
sbatch job.sh
```
""")

    def test_blocks_have_a_language_a_title_and_a_place(self):
        read = blocks.fenced("\n".join(self.TEXT), "doc.md")
        self.assertEqual([(b.language, b.title, b.run, b.line) for b in read],
                         [("toml", "a.toml", True, 3), ("console", "", True, 9), ("sh", "", False, 14)])
        self.assertEqual(blocks.shown(read[1]), [(10, "carve list", ["a"]), (12, "carve show a", [])])
        self.assertEqual(blocks.indented("\n".join(self.TEXT)), [(7, "carve check a.toml")])

    def test_a_fence_that_no_test_would_run_is_a_fault(self):
        for head in ("", "bash", "python", 'sh title="a"', 'toml title="../a"', "sh norun"):
            with self.assertRaises(blocks.Fault, msg=head):
                blocks.fenced(f"```{head}\nx\n```\n", "doc.md")
        with self.assertRaises(blocks.Fault):
            blocks.fenced("```sh\nx\n", "doc.md")


if __name__ == "__main__":
    unittest.main()
