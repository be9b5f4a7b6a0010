"""Tasks, searches and runs in Python, against the command and its files.

CARVE_LIBRARY is the library under test, CARVE the command. Without the command or NumPy the tests are skipped."""
import functools
import importlib.util
import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from binding import ROOT, carve, np

QUICK = """
format = 2
extends = "layer"

[data.x]
spectrum = [1, 0.5, 0.2]
samples = 100

[search]
l1 = 0.005
prune = 0.05
eliminate = true
"""
# Long enough to be interrupted.
SLOW = """
format = 2
extends = "layer"

[simulation]
batch = 1
duration = 1000

[data.x]
spectrum = [1, 0.7, 0.5, 0.3, 0.2, 0.2]
samples = 1000

[search]
iterations = 40
refit = false
"""
# A third factor outside of the sum, another within it, and an eligibility trace.
REWARD = """
format = 2
extends = "layer"
drop = ["loss.components"]

[simulation]
batch = 1
duration = 20

[population.reward]
kind = "input"
data = "reward"

[data.reward]
kind = "gaussian"
spectrum = [1]

[data.x]
spectrum = [1, 0.5]

[rule.feedforward]
terms = ["x y", "w m"]
factors = { m = { of = "y^2", tau = 30 } }
modulator = { of = "population.reward", minus = { tau = 5 } }
eligibility = 4

[loss.norm]
kind = "weights"
of = "feedforward"
"""


def has_command():
    return np is not None and bool(os.environ.get("CARVE"))


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def task(self, text, name="task"):
        path = self.folder / f"{name}.toml"
        path.write_text(text)
        return path

    def fingerprint(self, path):
        return json.loads((path / "result.json").read_text())["fingerprint"]


@unittest.skipUnless(has_command(), "the command is not built, or NumPy not installed")
class Tasks(Folder):
    def test_a_task_has_all_its_defaults_and_may_be_overridden(self):
        task = carve.load_task(self.task(QUICK), {"search.l1": 0.01, "run.isa": "scalar", "data.x.spectrum": [1, 0.5], "search.prune": 0,
                                                  "projection.feedforward.weights": {"sd": 0.2}})
        self.assertEqual(task.name, "task")
        self.assertEqual(task.resolved["search"]["l1"], 0.01)
        self.assertEqual(task.resolved["run"]["isa"], "scalar")
        self.assertEqual(task.resolved["data"]["x"]["spectrum"], [1, 0.5])
        self.assertEqual(task.resolved["projection"]["feedforward"]["weights"]["sd"], 0.2)
        self.assertGreater(task.memory_bytes, 0)

    def test_what_the_command_refuses_is_said_in_its_words(self):
        with self.assertRaisesRegex(carve.CommandError, r"task.toml:5:1: error: unknown key 'spectrumm'(.|\n)*did you mean 'spectrum'") as caught:
            carve.load_task(self.task(QUICK.strip().replace("spectrum =", "spectrumm =")))
        for error in caught.exception, pickle.loads(pickle.dumps(caught.exception)):
            self.assertEqual((error.code, str(error)), (2, str(caught.exception)))
        with self.assertRaisesRegex(carve.CommandError, "unknown key 'l2'"):
            carve.train(self.task(QUICK), self.folder / "run", settings={"search.l2": 1})
        carve.train(self.task(QUICK), self.folder / "run")
        with self.assertRaisesRegex(carve.CommandError, "is not empty"):
            carve.train(self.task(QUICK), self.folder / "run")

    def test_the_command_is_what_carve_names_or_of_path(self):
        commands = {}
        for name in ("named", "of_path"):
            (self.folder / name).mkdir()
            commands[name] = self.folder / name / "carve"
            commands[name].write_text(f"#!/bin/sh\necho '[{{\"name\": \"{name}\"}}]'\n")
            commands[name].chmod(0o755)
        for named, expected in ((str(commands["named"]), "named"), ("", "of_path")):
            done = subprocess.run([sys.executable, "-c", "from carve.command import preset_list; print(preset_list()[0]['name'])"],
                                  capture_output=True, text=True, check=True,
                                  env={**os.environ, "PYTHONPATH": str(ROOT), "CARVE": named, "PATH": f"{self.folder}/of_path:{os.environ['PATH']}"})
            self.assertEqual(done.stdout.strip(), expected)

    def test_a_command_that_is_missing_is_told_with_the_way_out(self):
        done = subprocess.run([sys.executable, "-c", "import carve; carve.load_task('task.toml')"], capture_output=True, text=True,
                              env={"PYTHONPATH": str(ROOT), "PATH": str(self.folder), "CARVE_LIBRARY": os.environ["CARVE_LIBRARY"]})
        self.assertRegex(done.stderr, "FileNotFoundError: the command carve was not found: install it, or set CARVE to its path")


@unittest.skipUnless(has_command(), "the command is not built, or NumPy not installed")
class Searches(Folder):
    @classmethod
    @functools.lru_cache(maxsize=None)
    def uninterrupted(cls):
        """The fingerprint of the slow search."""
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "task.toml").write_text(SLOW)
            return carve.train(pathlib.Path(folder) / "task.toml", pathlib.Path(folder) / "run").result["fingerprint"]

    def test_a_search_finds_what_the_command_finds_and_tells_how_far_it_is(self):
        task, seen = self.task(QUICK), []
        run = carve.train(task, self.folder / "run", seed=2, threads=1, progress=seen.append)
        subprocess.run([os.environ["CARVE"], "train", str(task), "--seed", "2", "--out", str(self.folder / "other"), "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        self.assertEqual(run.result["fingerprint"], self.fingerprint(self.folder / "other"))
        self.assertEqual([(p.phase, p.iteration, p.loss) for p in seen], [(e["phase"], e["iteration"], e["loss"]) for e in run.log])
        self.assertEqual(len(seen), run.result["iterations"])
        again = []
        carve.train(task, self.folder / "run", seed=3, force=True, progress=again.append)
        self.assertNotEqual(again[0].loss, seen[0].loss)
        self.assertEqual(again[0].iteration, 1)

    def test_data_are_arrays(self):
        rng = np.random.default_rng(1)
        rotation, _ = np.linalg.qr(rng.normal(size=(4, 4)))
        rates = rng.normal(size=(400, 4)) * [2.0, 1.0, 0.5, 0.3] @ rotation.T
        run = carve.train(self.task(QUICK), self.folder / "runs" / "mine", data={"x": rates})
        weights = run.weights()[:, -1, 0]
        cosines = np.abs(weights @ rotation[:, 0]) / np.linalg.norm(weights, axis=1)
        self.assertGreater(cosines.min(), 0.98)
        with self.assertRaisesRegex(FileExistsError, "mine.x.npy is there already"):
            carve.train(self.task(QUICK), self.folder / "runs" / "mine", data={"x": rates})

    def test_a_search_that_is_refused_leaves_data_as_they_were(self):
        task, out, rates = self.task(QUICK), self.folder / "run", np.random.default_rng(1).normal(size=(50, 3))
        with self.assertRaisesRegex(carve.CommandError, "unknown key 'typo'"):
            carve.train(task, out, data={"x": rates}, settings={"search.typo": 1})
        self.assertEqual(list(self.folder.iterdir()), [task])
        carve.train(task, out, data={"x": rates}, settings={"search.iterations": 2})
        with self.assertRaisesRegex(carve.CommandError, "unknown key 'typo'"):
            carve.train(task, out, data={"x": 5 * rates}, settings={"search.typo": 1}, force=True)
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"task.toml", "run", "run.x.npy"})
        np.testing.assert_array_equal(np.load(self.folder / "run.x.npy"), rates)
        carve.train(task, out, data={"x": 5 * rates}, settings={"search.iterations": 2}, force=True)
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"task.toml", "run", "run.x.npy"})
        np.testing.assert_array_equal(np.load(self.folder / "run.x.npy"), 5 * rates)

    def test_a_task_is_checked_with_the_data_it_is_given(self):
        task = self.task(QUICK.replace("spectrum = [1, 0.5, 0.2]\nsamples = 100", 'kind = "file"\npath = "not_there.npy"'))
        run = carve.train(task, self.folder / "run", data={"x": np.random.default_rng(1).normal(size=(50, 3))}, settings={"search.iterations": 2})
        self.assertTrue(run.finished)

    @unittest.skipUnless(sys.platform.startswith("linux"), "of Linux")
    def test_a_search_ends_with_the_python_that_began_it(self):
        task, out = self.task(SLOW), self.folder / "run"
        program = f"import carve; carve.train({str(task)!r}, {str(out)!r}, settings={{'search.iterations': 100000}})"
        python = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)})
        for _ in range(600):
            if (out / "log.jsonl").exists():
                break
            time.sleep(0.05)
        python.terminate()
        python.wait()
        for _ in range(600):
            state = json.loads(subprocess.run([os.environ["CARVE"], "show", str(out), "--json"], capture_output=True, check=True).stdout)["state"]
            if state == "interrupted":
                break
            time.sleep(0.05)
        self.assertEqual(state, "interrupted")

    def test_an_error_in_progress_ends_the_search_which_can_be_resumed(self):
        task, out = self.task(SLOW), self.folder / "run"

        def interrupt(progress):
            if progress.iteration == 3:
                raise KeyboardInterrupt
        with self.assertRaises(KeyboardInterrupt):
            carve.train(task, out, progress=interrupt)
        run = carve.load_run(out)
        self.assertFalse(run.finished)
        self.assertEqual(set(run.coefficients), set(run.log[-1]["theta"]))
        with self.assertRaisesRegex(ValueError, "not finished"):
            run.rules
        state = json.loads(subprocess.run([os.environ["CARVE"], "show", str(out), "--json"], capture_output=True, check=True).stdout)["state"]
        self.assertEqual(state, "interrupted")
        seen, ended = [], run.log[-1]["iteration"]
        run = carve.resume(out, threads=1, progress=seen.append)
        self.assertEqual(seen[0].iteration, ended + 1)  # nothing is repeated: the search has saved where it was
        self.assertTrue(run.finished)
        self.assertEqual(run.result["fingerprint"], self.uninterrupted())
        self.assertEqual(seen[-1].iteration, 40)

    def test_ctrl_c_ends_the_search_which_can_be_resumed(self):
        task, out = self.task(SLOW), self.folder / "run"
        program = f"import carve; carve.train({str(task)!r}, {str(out)!r})"
        python = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True)
        for _ in range(600):
            if (out / "log.jsonl").exists() and (out / "log.jsonl").read_text().count("\n") >= 2:
                break
            time.sleep(0.05)
        python.send_signal(signal.SIGINT)
        self.assertIn("KeyboardInterrupt", python.communicate(timeout=60)[1])
        self.assertFalse(carve.load_run(out).finished)
        self.assertEqual(carve.resume(out).result["fingerprint"], self.uninterrupted())

    def test_a_search_that_another_program_ends_says_how_to_continue(self):
        script = self.folder / "carve"
        script.write_text("#!/bin/sh\nexit 143\n")
        script.chmod(0o755)
        before = os.environ["CARVE"]
        os.environ["CARVE"] = str(script)
        self.addCleanup(os.environ.__setitem__, "CARVE", before)
        with self.assertRaisesRegex(carve.CommandError, "interrupted; carve.resume\\(") as caught:
            carve.resume(self.folder)
        self.assertEqual(caught.exception.code, 143)


@unittest.skipUnless(has_command(), "the command is not built, or NumPy not installed")
class Runs(Folder):
    def setUp(self):
        super().setUp()
        self.run_ = carve.train(self.task(QUICK), self.folder / "run")

    def test_a_run_has_what_its_files_have(self):
        run = carve.load_run(str(self.folder / "run"))
        self.assertEqual(run.result, json.loads((self.folder / "run" / "result.json").read_text()))
        self.assertEqual(run.task["data"]["x"]["samples"], 100)
        self.assertEqual(run.coefficients, {t["name"]: t["theta"] for t in run.result["rules"][0]["terms"]})
        self.assertEqual(len(run.losses), len(run.log))
        self.assertEqual(run.course["x y"][4], run.log[4]["theta"]["x y"])

    def test_a_rule_makes_of_a_network_what_the_command_makes_of_it(self):
        arrays = self.run_.simulate(every=10)
        weights = self.run_.weights(every=10)
        self.assertEqual(weights.shape, (20, 21, 1, 3))
        np.testing.assert_array_equal(weights, arrays["projection.feedforward"])
        net = carve.Network(replicas=20, batch=100)
        net.input("x", 3, fixed=True)
        net.rate("y", 1)
        net.project("x", "y", rule=self.run_.rules["feedforward"], weights=weights[:, 0], name="w")
        monitor = net.monitor("w", every=10)
        net.run(arrays["data.x"], steps=200)
        np.testing.assert_allclose(monitor.values, weights, rtol=1e-9)

    def test_rules_with_further_factors_are_those_of_the_task(self):
        run = carve.train(self.task(REWARD, "reward"), self.folder / "reward", settings={"search.method": "cma_es", "search.iterations": 2})
        rule = run.rules["feedforward"]
        self.assertEqual(rule.coefficients, run.coefficients)
        arrays = run.simulate(replicas=3)
        net = carve.Network(replicas=3)
        net.input("x", 2)
        net.input("reward", 1)
        net.rate("y", 1)
        net.project("x", "y", rule=rule, weights=arrays["projection.feedforward"][:, 0], name="w")
        monitor = net.monitor("w")
        net.run({name: arrays[f"data.{name}"][:, :20] for name in ("x", "reward")})
        np.testing.assert_allclose(monitor.values, arrays["projection.feedforward"], rtol=1e-9)

    def test_mistakes_are_told_by_name(self):
        (self.folder / "seeds").mkdir()
        (self.folder / "seeds" / "seeds.json").write_text("{}")
        for call, words in ((lambda: carve.load_run(self.folder), "holds no run"), (lambda: carve.load_run(self.folder / "seeds"), "several seeds"),
                            (lambda: self.run_.weights("feedforwards"), "did you mean 'feedforward'"),
                            (lambda: self.run_.plot("los"), "did you mean 'loss'")):
            with self.subTest(words=words), self.assertRaisesRegex(ValueError, words):
                call()

    @unittest.skipIf(importlib.util.find_spec("matplotlib") is None, "matplotlib is not installed")
    def test_figures_have_the_numbers_of_the_run(self):
        import matplotlib
        matplotlib.use("Agg")
        run = self.run_
        tried = [entry["phase"] == "eliminate" for entry in run.log]
        self.assertTrue(any(tried))
        np.testing.assert_array_equal(run.plot().get_lines()[0].get_ydata(), np.where(tried, np.nan, run.losses))
        bars = run.plot("coefficients")
        self.assertEqual([bar.get_width() for bar in bars.patches], list(run.coefficients.values()))
        self.assertEqual([label.get_text() for label in bars.get_yticklabels()], list(run.coefficients))
        lines = run.plot("weights", trial=3, every=50).get_lines()
        np.testing.assert_array_equal(lines[2].get_ydata(), run.weights(every=50)[3, :, 0, 2])

    def test_figures_without_matplotlib_say_what_they_need(self):
        (self.folder / "matplotlib.py").write_text("raise ImportError('none')")
        program = f"import carve; carve.load_run({str(self.folder / 'run')!r}).plot()"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": f"{self.folder}:{ROOT}"})
        self.assertRegex(done.stderr, "ImportError: figures need matplotlib, which is not installed")


if __name__ == "__main__":
    unittest.main()
