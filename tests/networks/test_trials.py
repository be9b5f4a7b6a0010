"""What differs between trials: weights that are drawn or read, and what `vary` says."""
import itertools
import unittest

import numpy as np

import command
import compare
import measures
import phases
from case import Case

NETWORK = """
format = 2
[data.x]
kind = "gaussian"
spectrum = [1, 0.7, 0.4]
samples = 7
[population.x]
kind = "input"
data = "x"
[population.one]
kind = "input"
value = 1
[population.h]
kind = "rate"
units = 3
activation = "tanh"
[projection.w]
from = "x"
to = "h"
weights = %s
%s
[projection.bias]
from = "one"
to = "h"
weights = 0.5
[rule.w]
terms = ["x y", "y^2 w"]
eta = 0.1
[loss.any]
kind = "weights"
of = "w"
[trials]
search = %d
validation = %d
held_out = %d
%s
[search]
method = "cma_es"
iterations = 1
refit = false
"""
ONE = "[simulation]\nduration = 8\n"
THETA = {"w": {"x y": 0.7, "y^2 w": -0.4}}


class Trials(Case):
    def record(self, weights="{ sd = 0.6 }", vary="", count=4, schedule=ONE, bounds=""):
        text = NETWORK % (weights, bounds, count, count, count, vary and "vary = { %s }" % vary) + schedule
        return command.simulate(self.folder, text, THETA, count)

    def check_with(self, task, recorded, paths, values):
        """All trials against the oracle's, of which number k has values[k] at the paths."""
        for k, of_trial in enumerate(values):
            network = compare.network_of(task, THETA, recorded, k)
            for path, value in zip(paths, of_trial):
                table, name, key = path.split(".")
                network.task[table][name][key] = value
            compare.check_trial(phases.run_trial(network), recorded, k)

    def test_antithetic_weights_differ_in_the_signs_of_units(self):
        task, recorded = self.record("{ sd = 0.6, antithetic = true }")
        w = recorded["projection.w"][:, 0]
        for first, second in (w[0], w[1]), (w[2], w[3]):
            signs = np.sign(first[:, 0] * second[:, 0])
            np.testing.assert_array_equal(second, signs[:, None] * first)
            self.assertIn(-1, signs)
        self.assertTrue(np.all(np.abs(w[0]) != np.abs(w[2])))
        self.check_with(task, recorded, [], [()] * 4)

    def test_weights_within_the_population_follow_the_signs_of_its_units(self):
        task, recorded = self.record("{ sd = 0.6, antithetic = true }", schedule=ONE + """
[projection.m]
from = "h"
to = "h"
connect = "lower"
weights = { sd = 0.4 }
""")
        w, m = recorded["projection.w"][:, 0], recorded["projection.m"][:, 0]
        for first, second in (0, 1), (2, 3):
            signs = np.sign(w[first][:, 0] * w[second][:, 0])
            np.testing.assert_array_equal(m[second], signs[:, None] * m[first] * signs)
        self.assertTrue(np.any(m[::2] != m[1::2]))
        self.check_with(task, recorded, [], [()] * 4)

    def test_of_one_unit_the_antithetic_weights_are_the_negatives(self):
        text = NETWORK.replace("units = 3", "units = 1") % ("{ sd = 0.6, antithetic = true }", "", 4, 4, 4, "") + ONE
        _, recorded = command.simulate(self.folder, text, THETA, 4)
        np.testing.assert_array_equal(recorded["projection.w"][1::2, 0], -recorded["projection.w"][::2, 0])

    def test_antithetic_samples_follow_each_other(self):
        text = NETWORK.replace("samples = 7", "samples = 7\nantithetic = true")
        _, recorded = command.simulate(self.folder, text % ("{ sd = 0.6 }", "", 4, 4, 4, "") + ONE, THETA, 4)
        x = recorded["data.x"]
        self.assertEqual(x.shape, (4, 14, 3))
        np.testing.assert_array_equal(x[:, 1::2], -x[:, ::2])

    def test_patterns_in_sequence_and_in_random_order(self):
        """Each step shows one of three patterns."""
        patterns = 'kind = "patterns"\nunits = 3\ncount = 3\nactive = { mean = 0, sd = 1 }\n'
        for order, cycles in ("sequence", True), ("random", False):
            text = NETWORK.replace('kind = "gaussian"\nspectrum = [1, 0.7, 0.4]\nsamples = 7\n',
                                   patterns + 'order = "%s"\n' % order)
            _, recorded = command.simulate(self.folder, text % ("{ sd = 0.6 }", "", 4, 4, 4, "") + ONE, THETA, 4)
            x = recorded["data.x"]
            self.assertEqual(np.array_equal(x[:, 3:], x[:, :-3]), cycles, order)

    def test_weights_from_a_data_column(self):
        given = np.random.default_rng(4).normal(size=(30, 3, 3))
        self.check_weights_from_a_column(given, given)
        self.check_weights_from_a_column(given[0], given[:1]) # of all trials

    def check_weights_from_a_column(self, stored, given):
        np.savez(self.folder + "/w.npz", w=stored)
        task, recorded = self.record('{ data = "g.w" }', schedule=ONE + """
[data.g]
kind = "file"
path = "w.npz"
center = false
standardize = "none"
""")
        for k in range(4):
            np.testing.assert_array_equal(recorded["projection.w"][k][0], recorded["data.g.w"][k])
            self.assertTrue(any(np.array_equal(recorded["data.g.w"][k], one) for one in given))
        self.assertEqual(len(np.unique(recorded["projection.w"][:, 0], axis=0)), min(4, len(given)))
        self.check_with(task, recorded, [], [()] * 4)

    def test_a_stage_has_at_most_the_trials_of_the_file_for_the_search(self):
        np.savez(self.folder + "/w.npz", w=np.zeros((12, 3, 3)))
        text = NETWORK % ('{ data = "g.w" }', "", 4, 4, 4, "") + ONE + """
[data.g]
kind = "file"
path = "w.npz"
center = false
standardize = "none"
[search.stage.short]
set = { "trials.search" = %d }
"""
        command.write(self.folder, text % 4)
        command.run(self.folder, "check", "task.toml")
        command.write(self.folder, text % 5)
        command.run(self.folder, "check", "task.toml", expect=2)

    def test_shared_weights_are_those_of_all_trials(self):
        task, recorded = self.record("{ sd = 0.6, shared = true }")
        self.assertEqual(np.ptp(recorded["projection.w"][:, 0], axis=0).max(), 0)
        self.assertGreater(np.ptp(recorded["data.x"], axis=0).max(), 0)
        self.check_with(task, recorded, [], [()] * 4)

    def test_shared_data_are_those_of_all_trials(self):
        text = NETWORK.replace("samples = 7", "samples = 7\nshared = true")
        _, recorded = command.simulate(self.folder, text % ("{ sd = 0.6 }", "", 4, 4, 4, "") + ONE, THETA, 4)
        self.assertEqual(np.ptp(recorded["data.x"], axis=0).max(), 0)
        self.assertGreater(np.ptp(recorded["projection.w"][:, 0], axis=0).max(), 0)

    def test_lists_are_crossed_and_the_first_key_is_the_slowest(self):
        task, recorded = self.record(vary='"population.one.value" = [-0.5, 2], "rule.w.eta" = [0.05, 0.2, 0.4]',
                                     count=12)
        values = list(itertools.product([-0.5, 2], [0.05, 0.2, 0.4])) * 2
        self.check_with(task, recorded, ["population.one.value", "rule.w.eta"], values)

    def test_draws_differ_between_trials(self):
        task, recorded = self.record(vary='"population.one.value" = { uniform = [2, 3] }', count=6)
        drive = (np.arctanh(recorded["population.h"][:, 0])
                 - np.einsum("kij,kj->ki", recorded["projection.w"][:, 0], recorded["data.x"][:, 0])) / 0.5
        np.testing.assert_allclose(np.ptp(drive, axis=1), 0, atol=1e-9)
        values = drive[:, 0]
        self.assertTrue(np.all((values > 2) & (values < 3)))
        self.assertEqual(len(np.unique(values.round(6))), 6)
        self.check_with(task, recorded, ["population.one.value"], [(v,) for v in values])

    def test_a_bound_that_varies(self):
        task, recorded = self.record(vary='"projection.w.w_max" = [0.1, 0.5]', bounds="w_max = 1", schedule=ONE)
        for k in range(4):
            self.assertLessEqual(recorded["projection.w"][k][1:].max(), [0.1, 0.5][k % 2])

    def test_a_duration_that_varies(self):
        schedule = "[phase.a]\nduration = 2\n[phase.b]\nduration = 4\n"
        task, recorded = self.record(schedule=schedule)
        expected = []
        for k in range(4):
            network = compare.network_of(task, THETA, recorded, k)
            network.task["phase"]["b"]["duration"] = [3, 5][k % 2]
            expected.append(measures.raw(phases.run_trial(network), task["loss"]["any"]))
        text = NETWORK % ("{ sd = 0.6 }", "", 4, 4, 4, 'vary = { "phase.b.duration" = [3, 5] }') + schedule
        command.write(self.folder, text, THETA)
        report = command.json_of(self.folder, "eval", "task.rule.toml", "--task", "task.toml", "-q")
        compare.close(report["measured"]["loss.any"]["mean"], np.mean(expected), "the mean weight")


class Files(Case):
    """A file for each trial."""
    TASK = NETWORK % ("{ data = \"d.w\" }", "", 2, 1, 3, "") + ONE

    def write(self, path, **more):
        of_file = 'kind = "file"\npath = "%s"\ncolumns = ["a", "b"]' % path
        text = self.TASK.replace('kind = "gaussian"\nspectrum = [1, 0.7, 0.4]\nsamples = 7', of_file).replace(
            "[population.x]", '[data.d]\nkind = "file"\npath = "%s"\n[population.x]' % path)
        command.write(self.folder, text, THETA)

    def arrays(self):
        random = np.random.default_rng(2)
        return {"a": random.normal(size=(6, 8, 2)), "b": random.normal(size=(6, 8, 1)),
                "w": random.normal(size=(6, 3, 3))}

    def test_are_trials_in_the_order_of_their_names(self):
        arrays = self.arrays()
        np.savez(self.folder + "/all.npz", **arrays)
        for k in range(6):
            np.savez(self.folder + "/day-%d.npz" % k, **{name: values[k] for name, values in arrays.items()})
        np.savez(self.folder + "/other-1.npz", a=np.zeros(3))
        found = []
        for path in "all.npz", "day-*.npz", "d*-*.npz":
            self.write(path)
            command.run(self.folder, "simulate", "task.toml", "--rule", "task.rule.toml", "--out", "out.npz",
                        "--replicas", 3, "--force", "-q")
            with np.load(self.folder + "/out.npz") as recorded:
                found.append({name: recorded[name] for name in recorded})
        np.testing.assert_allclose(found[0]["projection.w"][:, 0], arrays["w"][3:])
        for other in found[1:]:
            self.assertEqual(set(other), set(found[0]))
            for name, values in other.items():
                np.testing.assert_array_equal(values, found[0][name])

    def test_that_are_refused(self):
        arrays = self.arrays()
        last = {"a": arrays["a"][0], "b": arrays["b"][0], "w": arrays["w"][0]}
        for change, words in (
                ({}, "day-*.npz' has 5 trials"), ({"a": np.zeros((7, 2))}, "array 'a' has 7 steps, that of"),
                ({"a": np.zeros((8, 3))}, "array 'a' has 3 units, that of"),
                ({"a": np.zeros((2, 8, 2))}, "array 'a' has 2 trials, and the file is one"),
                (None, "has no array 'a'")):
            with self.subTest(words):
                for k in range(5):
                    np.savez(self.folder + "/day-%d.npz" % k, **last)
                np.savez(self.folder + "/day-4.npz", **(last | change if change is not None else {"b": last["b"]}))
                self.write("day-*.npz")
                self.assertIn(words, command.said(self.folder, 2 if change == {} else 3, "check", "task.toml"))
        for path, words in (("week-*.npz", "no files match"), ("day-4*.npz", "only one file matches"),
                            ("*/day.npz", "has a * in the name of a folder")):
            self.write(path)
            self.assertIn(words, command.said(self.folder, 3, "check", "task.toml"))


if __name__ == "__main__":
    unittest.main()
