"""A network of a task file has the same results on any number of threads, and after an interruption."""
import json
import math
import pathlib
import signal
import subprocess
import time
import unittest

import command
from case import Case

TASK = pathlib.Path(__file__).resolve().parents[2] / "tasks" / "supervised.toml"
SMALL = ["trials.search=4", "trials.validation=4", "trials.held_out=6", "phase.learn.duration=30",
         "phase.test.duration=10", "run.precision=\"double\""]
SHORT = SMALL + ["search.iterations=3", "search.stage.short.iterations=3",
                 "search.stage.short.set={ \"phase.learn.duration\" = 15 }"]
# So long that there is time to interrupt it.
LONG = SMALL + ["search.method=adam", "search.iterations=700", "search.stage.short.iterations=700",
                "search.eliminate=false"]


# dw = 9 w: y is 10^t in step t, and passes the bound in step 7.
DIVERGING = """
format = 2
[simulation]
bound = 3e6
[population.x]
kind = "input"
value = 1
[population.y]
kind = "rate"
[projection.w]
from = "x"
to = "y"
weights = 1
[rule.w]
terms = ["w"]
eta = 1
[loss.l]
kind = "value"
of = "y"
to = "population.x"
[trials]
held_out = 1
[search]
diverged = { base = 100, early = 10 }
[phase.a]
duration = %d
[phase.b]
after = "a"
duration = %d
"""


class Runs(Case):
    def test_the_step_in_which_a_trial_diverges_counts_over_all_phases(self):
        folder = pathlib.Path(self.folder)
        (folder / "r.toml").write_text("format = 1\n[rule.w]\neta = 1.0\nterms = [{ w = 1, theta = 9 }]\n")
        for first, second in (5, 5), (12, 12), (3, 15), (7, 2), (8, 2):
            (folder / "t.toml").write_text(DIVERGING.strip() % (first, second))
            found = command.json_of(self.folder, "eval", "r.toml", "--task", "t.toml", "-q", expect=5)["loss"]["held_out"]
            self.assertAlmostEqual(found, 100 + 10 * math.exp(-7 / (first + second)), 12, (first, second))

    def train(self, run, settings, *options):
        command.run(self.folder, "train", TASK, "--out", run, "-q", *options, "--set", *settings)
        return self.fingerprint(run)

    def fingerprint(self, run):
        return json.loads(pathlib.Path(self.folder, run, "result.json").read_text())["fingerprint"]

    def test_threads_change_nothing(self):
        self.assertEqual(self.train("one", SHORT, "--threads", 1), self.train("three", SHORT, "--threads", 3))
        one, three = (command.json_of(self.folder, "eval", "one", "--task", TASK, "-q", "--threads", n, "--set", *SHORT)
                      for n in (1, 3))
        self.assertEqual(one, three)
        result = json.loads(pathlib.Path(self.folder, "one", "result.json").read_text())
        self.assertEqual(one["measured"]["loss.answer"]["mean"], result["measured"]["loss.answer"]["mean"])

    def test_an_interrupted_search_ends_with_the_same_rule(self):
        whole = self.train("whole", LONG)
        run = subprocess.Popen([command.CARVE, "train", str(TASK), "--out", "cut", "-q", "--set", *LONG],
                               cwd=self.folder, stderr=subprocess.PIPE)
        log = pathlib.Path(self.folder, "cut", "log.jsonl")
        for _ in range(400):
            if log.exists() and log.stat().st_size > 0:
                break
            time.sleep(0.025)
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=60)
        self.assertEqual(run.returncode, 143)
        self.assertFalse(pathlib.Path(self.folder, "cut", "result.json").exists())
        command.run(self.folder, "resume", "cut", "-q", "--threads", 2)
        self.assertEqual(self.fingerprint("cut"), whole)


if __name__ == "__main__":
    unittest.main()
