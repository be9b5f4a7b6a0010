"""The command's searches against the same searches in NumPy (search.py): data sets, every iteration's
loss and coefficients, held-out losses and what else result.json reports, to rounding."""
import json
import os
import subprocess
import tempfile
import tomllib
import unittest

import numpy as np

from search import Search

CARVE = os.environ["CARVE"]

LAYER = """
format = 2
extends = "layer"
[simulation]
duration = 60
[projection.feedforward]
weights = { sd = 0.1, antithetic = true }
[data.x]
spectrum = { uniform = [0, 1], units = 3, gap = 0.7 }
scale = { log_uniform = [0.5, 2] }
samples = 20
antithetic = true
[rule.feedforward]
terms = ["x", "w", "x y", "y w", "y^2 w", "x y^2", "x^2 w", "x^2 y"]
theta = { sd = 0.01 }
reference = "oja"
[trials]
search = 12
validation = 10
held_out = 200
redraw = "stage"
"""
SQUARED = """
[loss.components]
as = "squared"
"""
PRUNED = LAYER + SQUARED + """
[search]
method = "gauss_newton"
iterations = 5
l1 = 0.005
prune = 0.05
eliminate = true
refit = true
refit_iterations = 6
margin = 1.8
[search.stage.short]
set = { "simulation.duration" = 15 }
[search.stage.longer]
set = { "simulation.duration" = 30 }
[search.stage.whole]
iterations = 3
"""
RESTARTED = LAYER + """
[search]
method = "gauss_newton"
iterations = 4
l1 = 0.005
restarts = 3
accept = 0.05
refit = false
aggregate = "trimmed"
[search.stage.short]
set = { "simulation.duration" = 20 }
accept = ACCEPT
[search.stage.longer]
set = { "simulation.duration" = 30 }
"""
ALIGNED = """
[probe.aligned]
kind = "components"
of = "feedforward"
accept = RANGE
"""
ADAM = LAYER.replace('redraw = "stage"', 'redraw = "iteration"') + SQUARED + """
[search]
method = "adam"
iterations = 25
l1 = 0.01
learning_rate = 0.01
refit = false
"""
LATERAL = """
format = 2
extends = "lateral-layer"
[simulation]
duration = 40
[population.y]
units = 2
[data.x]
spectrum = [1, 0.6, 0.1]
samples = 20
[projection.lateral]
inference = { sweeps = 1 }
mask_from = "first_update"
[rule.feedforward]
terms = ["x y", "y^2 w", "x", "w"]
theta = { sd = 0.1 }
[rule.lateral]
terms = ["x y", "w", "x"]
theta = { sd = 0.1 }
[trials]
search = 6
validation = 6
held_out = 200
redraw = "never"
[search]
method = "gauss_newton"
iterations = 6
l1 = 0.001
refit = false
aggregate = "median"
"""


def carve(*arguments):
    subprocess.run([CARVE, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


class Run:
    """`carve train` on a task's text, and the same search here."""

    def __init__(self, text, seed=1):
        with tempfile.TemporaryDirectory() as there:
            path = os.path.join(there, "t.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            out = os.path.join(there, "run")
            carve("train", path, "--out", out, "--seed", str(seed), "-q", "--threads", "2")
            with open(os.path.join(out, "result.json"), encoding="utf-8") as file:
                self.result = json.load(file)
            with open(os.path.join(out, "log.jsonl"), encoding="utf-8") as file:
                self.log = [json.loads(line) for line in file]
            with open(os.path.join(out, "task.toml"), "rb") as file:
                self.task = tomllib.load(file)
            self.task["run"]["seed"] = seed
        self.search = Search(self.task)
        self.expected = self.search.run()


def degrees(a, b):
    return np.degrees(np.arccos(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)))


class Course(unittest.TestCase):
    def check(self, run, tolerance=1e-6):
        self.assertEqual([line["phase"] for line in run.log], [phase for phase, _, _ in run.search.log])
        n = len(run.search.terms)
        for i, (line, (phase, loss, theta)) in enumerate(zip(run.log, run.search.log)):
            with self.subTest(iteration=i, phase=phase):
                expected = [theta.get(k, 0.0) for k in range(n)]
                np.testing.assert_allclose(list(line["theta"].values()), expected, rtol=tolerance, atol=tolerance)
                self.assertAlmostEqual(line["loss"], loss, delta=tolerance * (1 + abs(loss)))
        for name in ("train", "validation", "held_out", "silent", "reference"):
            self.assertAlmostEqual(run.result["loss"][name], run.expected[name], delta=tolerance, msg=name)
        if run.task["search"]["refit"]:
            self.assertAlmostEqual(run.result["loss"]["held_out_before_refit"], run.expected["held_out_before_refit"],
                                   delta=tolerance)
        else:
            self.assertIsNone(run.result["loss"]["held_out_before_refit"])
        self.assertAlmostEqual(run.result["stable_variance"], run.expected["stable_variance"])
        for name, value in run.expected["spread"].items():
            self.assertAlmostEqual(run.result["held_out_losses"][name], value, delta=tolerance, msg=name)
        self.check_measured(run.result["measured"], run.expected["cosines"], tolerance)
        self.assertEqual(run.result["evaluations"], run.search.evaluations)
        for direction in run.result["identifiability"]: # its sign means nothing, and is fixed
            self.assertGreater(max((term["coefficient"] for term in direction["combination"]), key=abs), 0)
        self.check_identifiability(run.result, run.expected["identifiability"])

    def check_measured(self, measured, cosines, tolerance):
        """cosines: [set that did not diverge][output]."""
        of_names = {"loss.components": cosines.mean(axis=1)}
        if "probe.aligned" in measured:
            of_names["probe.aligned"] = cosines.mean(axis=1)
            low, high = measured["probe.aligned"]["accept"]
            self.assertEqual(measured["probe.aligned"]["accepted"], low <= cosines.mean() <= high)
        if cosines.shape[1] > 1:
            of_names |= {f"loss.components, unit {i + 1}": c for i, c in enumerate(cosines.T)}
        self.assertEqual(list(measured), list(of_names))
        for name, values in of_names.items():
            self.assertAlmostEqual(measured[name]["mean"], np.mean(values), delta=tolerance, msg=name)
            self.assertAlmostEqual(measured[name]["standard_deviation"], np.std(values, ddof=1), delta=tolerance,
                                   msg=name)
            self.assertEqual(measured[name]["trials"], len(values), name)

    def check_identifiability(self, result, expected):
        self.assertAlmostEqual(result["identifiability_step"], expected["step"], delta=1e-6)
        losses = result["identifiability_losses"]
        self.assertAlmostEqual(losses["mean"], expected["loss"], delta=1e-5)
        self.assertAlmostEqual(losses["standard_error"], expected["noise"], delta=1e-5)
        self.assertEqual(losses["independent_trials"], expected["independent"])
        for name in ("eigenvalue", "standard_error", "low", "high", "rise"):
            ours = np.array([d[name] for d in expected["directions"]])
            np.testing.assert_allclose([d[name] for d in result["identifiability"]], ours, rtol=1e-3,
                                       atol=1e-5 * ours[0], err_msg=name)
        self.assertEqual([d["pinned"] for d in result["identifiability"]],
                         [d["pinned"] for d in expected["directions"]])

    def test_stages_elimination_and_refit_take_the_same_course(self):
        run = Run(PRUNED, seed=3)
        phases = {line["phase"] for line in run.log}
        self.assertEqual(phases, {"short", "longer", "whole", "eliminate", "refit"})
        self.assertLess(len(run.expected["found"]), 10)
        self.check(run)

    def test_a_term_stays_whose_removal_costs_the_validation_sets_more_than_a_hundredth(self):
        short = PRUNED
        for steps, fewer in ((60, 20), (30, 20), (15, 10)):
            short = short.replace(f"duration = {steps}", f"duration = {fewer}")
            short = short.replace(f'"simulation.duration" = {steps} ', f'"simulation.duration" = {fewer} ')
        run = Run(short, seed=3)
        self.assertEqual(len(run.expected["found"]), 3) # a rise to twice the loss would leave two
        self.check(run)

    def test_a_start_that_a_stage_does_not_accept_is_given_up(self):
        run = Run(RESTARTED.replace("ACCEPT", "0.47"), seed=3)
        courses = [line["phase"] for line in run.log]
        self.assertNotIn("longer", courses)           # the validation loss was 0.506
        self.assertIn("restart 1 longer", courses)    # and here 0.432
        self.check(run)

    def test_a_last_stage_of_fewer_outputs_is_judged_on_those_of_the_network(self):
        run = Run(LATERAL + '[search.stage.first]\nset = { "population.y.units" = 1 }\n')
        self.assertIn("loss.components, unit 2", run.result["measured"])
        self.check(run)

    def test_a_start_whose_probe_misses_its_range_is_given_up(self):
        stages = RESTARTED.replace("ACCEPT", '["aligned"]').replace("accept = 0.05\n", "")
        run = Run(stages + ALIGNED.replace("RANGE", "[0.85, 1]"), seed=3)
        courses = [line["phase"] for line in run.log]
        self.assertNotIn("longer", courses)
        self.assertIn("restart 1 longer", courses)
        self.check(run)

    def test_elimination_and_refit_keep_to_ranges(self):
        free, bound = Run(PRUNED, seed=3), Run(PRUNED + ALIGNED.replace("RANGE", "[0, 0.9]"), seed=3)
        self.assertNotEqual(free.expected["found"], bound.expected["found"])
        self.check(bound)

    def test_a_prior_pulls_coefficients_to_what_they_start_at(self):
        for text, seed, prior in ((PRUNED, 1, 2), (ADAM, 4, 0.1)):
            run = Run(text.replace("refit =", f"prior = {prior}\nrefit ="), seed)
            free = Run(text, seed)
            self.check(run)
            # At the end of the stages: a refit goes on to other terms.
            last = [[line for line in r.log if line["phase"] in ("whole", "stage 1")][-1] for r in (free, run)]
            norms = [np.linalg.norm(list(line["theta"].values())) for line in last]
            self.assertLess(norms[1], norms[0])

    def test_adam_takes_the_same_course(self):
        self.check(Run(ADAM))

    def check_path(self, run, tolerance=1e-6):
        self.assertEqual([point["phase"] for point in run.result["path"]],
                         [point["phase"] for point in run.expected["path"]])
        for point, expected in zip(run.result["path"], run.expected["path"]):
            self.assertEqual(point["terms"], expected["terms"])
            for name in ("l1", "loss", "validation"):
                self.assertAlmostEqual(point[name], expected[name], delta=tolerance, msg=name)

    def test_a_list_of_l1_is_worked_through_from_strong_to_weak(self):
        text = PRUNED.replace("l1 = 0.005", "l1 = [0.2, 0.05, 0.005]").replace(
            'set = { "simulation.duration" = 30 }', 'set = { "simulation.duration" = 30 }\nl1 = 0.01')
        run = Run(text, seed=5)
        self.assertEqual([point["phase"] for point in run.result["path"]],
                         [f"{stage}, l1 = {value}" for stage in ("short", "whole") for value in (0.2, 0.05, 0.005)])
        terms = [point["terms"] for point in run.result["path"]]
        self.assertLess(terms[0], terms[2]) # a strong one leaves few
        self.check(run)
        self.check_path(run)

    def test_a_list_of_l1_shares_the_trials_of_its_stage(self):
        run = Run(ADAM.replace("l1 = 0.01", "l1 = [0.1, 0.01]").replace('redraw = "iteration"', 'redraw = "stage"'))
        self.check(run)
        self.check_path(run)

    def test_a_stage_stops_early_and_goes_back_to_what_was_best_in_validation(self):
        run = Run(ADAM.replace("l1 = 0.01", "l1 = 0.01\nearly_stop = 3").replace("learning_rate = 0.01",
                                                                                "learning_rate = 0.1"), seed=2)
        self.assertLess(len(run.log), 25)
        self.check(run)

    def test_each_value_of_l1_stops_early(self):
        run = Run(PRUNED.replace("l1 = 0.005", "l1 = [0.02, 0.005]\nearly_stop = 1").replace(
            "iterations = 5", "iterations = 12"), seed=3)
        stages = [line for line in run.log if line["phase"] not in ("eliminate", "refit")]
        self.assertLess(len(stages), 12 + 12 + 3)
        self.check(run)
        self.check_path(run)

    def test_a_layer_with_lateral_synapses_takes_the_same_course(self):
        run = Run(LATERAL, seed=2)
        self.check(run)
        found = [run.expected["found"][k] for k in range(7)]
        angles = [degrees(found[:4], [0, -1, 0, 1]), degrees(found[4:], [0, 0, -1])]  # Oja, anti-Hebb
        self.assertGreater(abs(angles[0] - angles[1]), 1)
        np.testing.assert_allclose([rule["angle"] for rule in run.result["rules"]], angles, atol=1e-4)
        self.assertAlmostEqual(run.result["angle"], max(angles), delta=1e-4)


if __name__ == "__main__":
    unittest.main()
