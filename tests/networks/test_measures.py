"""Losses and probes of networks of rates: what they measure, and the loss of `carve eval`."""
import unittest

import numpy as np

import command
import compare
import measures
import phases
from case import Case

TRIALS = 4
HEAD = """
format = 2
[data.d]
kind = "file"
path = "d.npz"
order = "sequence"
center = false
standardize = "none"
samples = 9
[data.x]
kind = "gaussian"
spectrum = [1, 0.7, 0.4]
samples = 9
[population.x]
kind = "input"
data = "x"
[population.h]
kind = "rate"
units = %d
activation = "%s"
%s
[projection.w]
from = "x"
to = "h"
weights = { mean = 0.3, sd = 0.4 }
w_min = -0.5
w_max = 0.8
[rule.w]
terms = ["x y", "y^2 w", "1"]
eta = 0.1
[trials]
search = 2
validation = 2
held_out = 4
[search]
method = "cma_es"
iterations = 1
refit = false
"""
WITHOUT_FILE = HEAD[:HEAD.index("[data.d]")] + HEAD[HEAD.index("[data.x]"):]
HEAD_OF_LINEAR = WITHOUT_FILE % (2, "linear", "")
ONE = "[simulation]\nduration = 14\n"
ALL = '[simulation]\nbatch = "all"\nduration = 6\n'
OTHER = '[data.o]\nkind = "gaussian"\nspectrum = [1, 0.5, 0.2]\nsamples = 9\n'
TWO = """
[phase.learn]
duration = 7
repeat = 2
[phase.pause]
duration = 3
after_each = "learn"
plastic = false
[phase.test]
duration = 8
plastic = false
"""
DATA_OF_WEIGHTS = """
[data.g]
kind = "file"
path = "g.npz"
center = false
standardize = "none"
"""
PROBES = """
[probe.early]
kind = "rate"
of = "h"
when = "learn"
[probe.late]
kind = "rate"
of = "h"
[probe.w]
kind = "weights"
of = "w"
"""
THETA = {"w": {"x y": 0.7, "y^2 w": -0.4, "1": 0.05}}


def choices(units, column):
    """More of a task: h drives units whose choices are in a column."""
    return ('[population.c]\nkind = "choice"\nunits = %d\nclamp = "%s"\n'
            '[projection.out]\nfrom = "h"\nto = "c"\nweights = { sd = 1 }\n' % (units, column))


class Measures(Case):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(3)
        rows = 60
        label = random.integers(0, 3, rows)
        np.savez(self.folder + "/d.npz", o=random.normal(size=(rows, 3)), p=random.uniform(size=(rows, 3)),
                 choice=np.eye(3)[label], number=label.astype(float), one=random.integers(0, 2, (rows, 1)),
                 mask=random.integers(0, 2, rows), goal=random.normal(size=(rows, 9)),
                 count=random.poisson(0.7, (rows, 3)), many=random.integers(0, 170, (rows, 3)))

    def measure(self, text, activation="tanh", schedule=ONE, more="", units=3):
        """A loss, given by its keys, of single trials as they are recorded, and their mean in an evaluation."""
        uses_data = any(word in text + more for word in ('"d.', "= { data"))
        head = HEAD if uses_data else WITHOUT_FILE
        groups = "groups = { first = [0, 2], last = [2, 3] }" if units == 3 else ""
        task_text = head % (units, activation, groups) + more + schedule + "[loss.it]\n" + text + "\n"
        task, recorded = command.simulate(self.folder, task_text, THETA, TRIALS)
        trials = [phases.run_trial(compare.network_of(task, THETA, recorded, k)) for k in range(TRIALS)]
        for k, trial in enumerate(trials):
            compare.check_trial(trial, recorded, k)
        it = task["loss"]["it"]
        expected = np.array([measures.raw(trial, it) for trial in trials])
        compare.close(recorded["loss.it"], expected, "what is measured")
        report = command.json_of(self.folder, "eval", "task.rule.toml", "--task", "task.toml", "-q")
        compare.close(report["measured"]["loss.it"]["mean"], expected.mean(), "the mean of what is measured")
        compare.close(report["loss"]["held_out"], np.mean([measures.loss(trial, it) for trial in trials]), "the loss")
        of_units = {name: m for name, m in report["measured"].items() if name.startswith("loss.it, ")}
        self.assertEqual(len(of_units), units if it["kind"] == "components" and units > 1 else 0)
        for unit in range(len(of_units)):
            cosines = [measures.cosines_of_units(trial, it)[unit] for trial in trials]
            compare.close(of_units["loss.it, unit %d" % (unit + 1)]["mean"], np.mean(cosines), "the cosine of a unit")
        return expected

    def each(self, texts, **more):
        for text in texts:
            with self.subTest(text):
                self.measure(text, **more)

    def test_values(self):
        self.each(['kind = "value"\nof = "h"\nto = "d.o"',
                   'kind = "value"\nof = "h"\nto = "d.o"\nwindow = 5',
                   'kind = "value"\nof = "h"\nto = "d.o"\nmask = "d.mask"',
                   'kind = "value"\nof = "h"\nto = "population.x"',
                   'kind = "value"\nof = "h.first"\nto = "d.o"',
                   'kind = "value"\nof = "h"\nto = "d.choice"\nas = "accuracy"\nwindow = 9',
                   'kind = "value"\nof = "h.last"\nto = "d.one"\nas = "accuracy"'])

    def test_values_beside_a_measure_that_compares_nothing(self):
        self.measure('kind = "value"\nof = "h"\nto = "d.o"', more='[loss.a]\nkind = "rate"\nof = "h"\ntarget = 0.3\nweight = 0\n')

    def test_values_of_a_group_to_as_many_columns(self):
        self.measure('kind = "value"\nof = "h.last"\nto = "d.one"')

    def test_shares_explained_by_one_unit(self):
        self.each(['kind = "value"\nof = "h"\nto = "d.one"\nas = "r2"',
                   'kind = "value"\nof = "h"\nto = "d.one"\nas = "r2"\nwindow = 6\nmask = "d.mask"'], units=1)

    def test_shares_explained_by_several_units(self):
        self.measure('kind = "value"\nof = "h"\nto = "d.o"\nas = "r2"')

    def test_values_in_phases(self):
        self.each(['kind = "value"\nof = "h"\nto = "d.o"',
                   'kind = "value"\nof = "h"\nto = "d.o"\nwhen = "pause"\nwindow = 2',
                   'kind = "value"\nof = "h"\nto = "d.o"\nwhen = ["pause", "test"]'], schedule=TWO)

    def test_cross_entropy_of_events(self):
        self.each(['kind = "value"\nof = "h"\nto = "d.p"\nas = "cross_entropy"',
                   'kind = "value"\nof = "h"\nto = "d.p"\nas = "cross_entropy"\nwindow = 6',
                   'kind = "value"\nof = "h"\nto = "d.p"\nas = "cross_entropy"\nmask = "d.mask"'],
                  activation="sigmoid")

    def test_cross_entropy_of_choices(self):
        self.each(['kind = "value"\nof = "h"\nto = "d.choice"\nas = "cross_entropy"',
                   'kind = "value"\nof = "h"\nto = "d.choice"\nas = "cross_entropy"\nwindow = 6\nmask = "d.mask"'],
                  activation="linear")

    def test_likelihoods_of_values(self):
        self.each(['kind = "likelihood"\nof = "h"\nto = "d.o"',
                   'kind = "likelihood"\nof = "h"\nto = "d.o"\nnoise = 0.3',
                   'kind = "likelihood"\nof = "h"\nto = "d.o"\nnoise = "estimated"\nwindow = 5',
                   'kind = "likelihood"\nof = "h.first"\nto = "d.o"\nnoise = "estimated"\nmask = "d.mask"',
                   'kind = "likelihood"\nof = "h"\nto = "population.x"\nnoise = 2'])
        self.each(['kind = "likelihood"\nof = "h"\nto = "d.o"\nnoise = "estimated"\nwhen = ["learn", "test"]',
                   'kind = "likelihood"\nof = "h"\nto = "d.o"\nnoise = 0.3\nwhen = "pause"\nwindow = 2'],
                  schedule=TWO)
        self.each(['kind = "likelihood"\nof = "h"\nto = "o"\nnoise = "estimated"'], schedule=ALL, more=OTHER)

    def test_likelihoods_of_choices(self):
        for units, column in ((1, "d.one"), (3, "d.choice")):
            self.each(['kind = "likelihood"\nof = "c"',
                       'kind = "likelihood"\nof = "c"\nwindow = 6\nmask = "d.mask"'], more=choices(units, column))
        self.each(['kind = "likelihood"\nof = "c"\nwhen = ["learn", "test"]'], schedule=TWO,
                  more=choices(3, "d.choice"))

    def test_what_is_no_choice_is_refused(self):
        np.savez(self.folder + "/d.npz", one=np.array([[0.], [1.], [2.]]), choice=np.eye(3)[[0, 1, 2]] * [1, 1, 0],
                 nan=np.array([[1.], [np.nan], [0.]]))
        for units, column, what in ((1, "d.one", '2 in "d.one"'), (3, "d.choice", 'a row of "d.choice"'),
                                    (1, "d.nan", 'nan in "d.nan"')):
            with self.subTest(column):
                loss = '[loss.it]\nkind = "likelihood"\nof = "c"\n'
                text = HEAD % (3, "tanh", "") + choices(units, column) + ONE + loss
                command.write(self.folder, text)
                said = command.said(self.folder, 3, "train", "task.toml", "--out", "refused-" + column)
                self.assertIn(what + " is no choice", said)

    def test_a_likelihood_that_fits_to_rounding(self):
        more = ('[population.t]\nkind = "rate"\n[projection.t]\nfrom = "x"\nto = "t"\nweights = 0.3\n')
        text = HEAD_OF_LINEAR.replace("units = 2", "units = 1").replace(
            "weights = { mean = 0.3, sd = 0.4 }", "weights = 0.3") + more + ONE
        text += '[loss.it]\nkind = "likelihood"\nof = "h"\nto = "population.t"\nnoise = "estimated"\n'
        _, recorded = command.simulate(self.folder, text, {"w": {"x y": 0.0, "y^2 w": 0.0, "1": 0.0}}, 2)
        floor = 1e-14 * 2 * np.mean(recorded["population.t"] ** 2, axis=(1, 2))
        np.testing.assert_allclose(recorded["loss.it"], (np.log(2 * np.pi * floor) + 1) / 2, rtol=1e-3)

    def test_spectra_of_any_length(self):
        for steps in (67, 134, 211, 128):
            self.measure('kind = "spectrum"\nof = "h"', schedule="[simulation]\nduration = %d\n" % steps)

    def test_likelihoods_of_counts(self):
        self.each(['kind = "likelihood"\nof = "h"\nto = "d.count"\nas = "counts"',
                   'kind = "likelihood"\nof = "h"\nto = "d.many"\nas = "counts"',
                   'kind = "likelihood"\nof = "h"\nto = "d.count"\nas = "counts"\nwindow = 5\nmask = "d.mask"'],
                  activation="sigmoid")
        self.each(['kind = "likelihood"\nof = "h"\nto = "d.count"\nas = "counts"\nwhen = "learn"'],
                  activation="sigmoid", schedule=TWO)

    def test_likelihoods_are_densities(self):
        o = np.linspace(-40, 40, 200001)
        self.assertAlmostEqual(np.sum(np.exp(-measures.normal(0.4, o, 1.7))) * (o[1] - o[0]), 1, 9)
        self.assertAlmostEqual(np.sum(np.exp(-measures.poisson(np.full(60, 2.3), np.arange(60)))), 1, 9)

    def test_what_is_no_count(self):
        for count in 0.5, -1, np.nan:
            data = dict(np.load(self.folder + "/d.npz"))
            np.savez(self.folder + "/d.npz", **(data | {"count": np.full((60, 3), count)}))
            command.write(self.folder, HEAD % (3, "sigmoid", "") + ONE + '[loss.it]\nkind = "likelihood"\nof = "h"\n'
                          'to = "d.count"\nas = "counts"\n', THETA)
            command.run(self.folder, "eval", "task.rule.toml", "--task", "task.toml", "-q", expect=3)

    def test_rates(self):
        self.each(['kind = "rate"\nof = "h"\ntarget = 0.3',
                   'kind = "rate"\nof = "h"\ntarget = 0.3\nwindow = 4',
                   'kind = "rate"\nof = "h.first"\ntarget = 0.1',
                   'kind = "rate"\nof = "h"\nmask = "d.mask"',
                   'kind = "rate"\nof = "h"\nas = { ramp = [-1, 0.5] }',
                   'kind = "rate"\nof = "h"\nas = "relative"\ntarget = 0.3'])

    def test_rates_in_phases(self):
        self.each(['kind = "rate"\nof = "h"\ntarget = 0.3',
                   'kind = "rate"\nof = "h"\nwhen = "learn"\nwindow = 3',
                   'kind = "rate"\nof = "h.first"\nwhen = ["learn", "test"]\ntarget = 0.1'], schedule=TWO)

    def test_autocovariances(self):
        self.each(['kind = "autocovariance"\nof = "h"\nlags = 4',
                   'kind = "autocovariance"\nof = "h.first"\nlags = 1\nwindow = 6\ntarget = 0.3'])
        self.each(['kind = "autocovariance"\nof = "h"\nlags = 6\nwhen = "learn"\nas = { ramp = [0, 1] }',
                   'kind = "autocovariance"\nof = "h"\nlags = 2\nwhen = ["learn", "test"]'], schedule=TWO)

    def test_a_lag_beyond_the_window(self):
        command.write(self.folder, HEAD_OF_LINEAR + TWO + '[loss.it]\nkind = "autocovariance"\nof = "h"\nlags = 8\n',
                      THETA)
        command.run(self.folder, "eval", "task.rule.toml", "--task", "task.toml", "-q", expect=2)

    def test_spectra(self):
        self.each(['kind = "spectrum"\nof = "h"\ntarget = 0.1'] +
                  ['kind = "spectrum"\nof = "h.first"\nwindow = %d' % n for n in (2, 3, 4, 7, 8, 9, 10, 11, 12, 13)])
        self.each(['kind = "spectrum"\nof = "h"\nas = { ramp = [0, 1] }\nwhen = ["learn", "test"]'], schedule=TWO)
        self.each(['kind = "spectrum"\nof = "h"'], schedule=ONE.replace("14", "210"))

    def test_a_spectrum_of_what_does_not_change(self):
        for keys, expected in ("", 0), ("window = 1\n", None):
            text = '[loss.it]\nkind = "spectrum"\nof = "h"\n' + keys
            command.write(self.folder, HEAD_OF_LINEAR.replace("mean = 0.3, sd = 0.4", "mean = 0, sd = 0") + ONE + text,
                          {"w": {"x y": 0.0, "y^2 w": 0.0, "1": 0.0}})
            arguments = "eval", "task.rule.toml", "--task", "task.toml", "-q"
            if expected is None:
                self.assertIn("its window has 1 bins", command.said(self.folder, 2, *arguments))
                continue
            report = command.json_of(self.folder, *arguments)
            self.assertEqual(report["measured"]["loss.it"]["mean"], expected)

    def test_selectivity(self):
        self.each(['kind = "selectivity"\nof = "h"\nto = "d.number"\ntarget = 0.8',
                   'kind = "selectivity"\nof = "h.first"\nto = "d.number"\nwindow = 10'], activation="sigmoid")
        self.each(['kind = "selectivity"\nof = "h"\nto = "d.number"\nwhen = ["learn", "test"]'], schedule=TWO,
                  activation="sigmoid")

    def test_masks_of_selectivity_and_readouts(self):
        self.each(['kind = "selectivity"\nof = "h"\nto = "d.number"\nmask = "d.mask"',
                   'kind = "decode"\nof = "h"\nto = "d.o"\nmask = "d.mask"'], activation="sigmoid")

    def test_all_samples_at_once(self):
        self.each(['kind = "rate"\nof = "h"\ntarget = 0.3\nwindow = 4', 'kind = "weights"\nof = "w"'], schedule=ALL)
        self.each(['kind = "value"\nof = "h"\nto = "o"'], schedule=ALL, more=OTHER)

    def test_readouts_of_all_samples_at_once(self):
        for window in "", "\nwindow = 4", "\nwindow = 1":
            self.measure('kind = "decode"\nof = "h"\nto = "o"' + window, schedule=ALL, more=OTHER)
            self.measure('kind = "value"\nof = "h"\nto = "o"\nas = "accuracy"' + window, schedule=ALL, more=OTHER)

    def test_losses_add_up_by_their_weights(self):
        losses = ('kind = "rate"\nof = "h"\ntarget = 0.3\nweight = %g\n'
                  '[loss.other]\nkind = "weights"\nof = "w"\nweight = %g')
        found = []
        for pair in (1, 0), (0, 1), (0.3, 2):
            command.write(self.folder, HEAD_OF_LINEAR + ONE + "[loss.it]\n" + losses % pair, THETA)
            found.append(command.json_of(self.folder, "eval", "task.rule.toml", "--task", "task.toml", "-q")["loss"]["held_out"])
        compare.close(found[2], 0.3 * found[0] + 2 * found[1], "the sum")

    def test_a_target_that_a_phase_sets(self):
        found = []
        for setting in "target = 2\n", "target = 0.1\n":
            task = HEAD_OF_LINEAR + "[phase.a]\nduration = 4\n[phase.b]\nduration = 4\n"
            task += 'set = { "loss.it.target" = 2 }\n' if "0.1" in setting else ""
            command.write(self.folder, task + '[loss.it]\nkind = "rate"\nof = "h"\n' + setting, THETA)
            found.append(command.json_of(self.folder, "eval", "task.rule.toml", "--task", "task.toml",
                                         "-q")["loss"]["held_out"])
        compare.close(found[1], found[0], "the loss")

    def test_one_time(self):
        self.measure('kind = "rate"\nof = "h"\nat = 5')

    def test_readouts(self):
        self.each(['kind = "decode"\nof = "h"\nto = "d.o"',
                   'kind = "decode"\nof = "h"\nto = "d.o"\nas = "r2"\nwindow = 11',
                   'kind = "decode"\nof = "h.first"\nto = "d.one"\nas = "accuracy"',
                   'kind = "decode"\nof = "h"\nto = "d.choice"\nas = "accuracy"',
                   'kind = "decode"\nof = "h"\nto = "d.o"\nwindow = 12'])

    def test_readouts_of_a_population(self):
        self.measure('kind = "decode"\nof = "h"\nto = "population.x"\nas = "r2"')

    def test_readouts_in_a_phase(self):
        self.each(['kind = "decode"\nof = "h"\nto = "d.o"\nas = "r2"\nwhen = "test"'], schedule=TWO)

    def test_weights(self):
        self.each(['kind = "weights"\nof = "w"', 'kind = "weights"\nof = "w"\ntarget = 0.3',
                   'kind = "weights"\nof = "w"\nas = { ramp = [0, 2] }'])

    def test_weights_in_phases(self):
        self.each(['kind = "weights"\nof = "w"\nwhen = "learn"\ntarget = 0.1'], schedule=TWO)

    def test_drift(self):
        self.each(['kind = "drift"\nof = "w"', 'kind = "drift"\nof = ["w"]\ntarget = 0.1'])
        self.each(['kind = "drift"\nof = "w"\nwhen = "learn"'], schedule=TWO)

    def test_weights_at_their_bounds(self):
        self.each(['kind = "at_bounds"\nof = "w"'])
        self.each(['kind = "at_bounds"\nof = ["w"]\nwhen = "learn"'], schedule=TWO)

    def test_weights_where_some_pairs_have_no_synapse(self):
        for connect in ("connect = \"lower\"\nfrom = \"h\"", "connect = \"one_to_one\"\nfrom = \"x\""):
            self.each(['kind = "weights"\nof = "m"\ntarget = 0.1'], activation="linear", more="""
[projection.m]
to = "h"
weights = { mean = 0.3, sd = 0.1 }
%s
""" % connect)

    def test_drift_where_some_pairs_have_no_synapse(self):
        self.each(['kind = "drift"\nof = ["w", "m"]'], activation="linear", more="""
[projection.m]
to = "h"
weights = { mean = 0.3, sd = 0.1 }
from = "h"
connect = "lower"
rule = "w"
""")

    def test_weights_that_are_compared_with_a_column(self):
        np.savez(self.folder + "/g.npz", goal=np.random.default_rng(4).normal(size=(12, 3, 3)))
        self.measure('kind = "weights"\nof = "w"\nto = "g.goal"', more=DATA_OF_WEIGHTS)

    def test_contrasts(self):
        for of in '["probe.early", "probe.late"]', '["probe.late", "probe.w"]':
            self.each(['kind = "contrast"\nof = %s\ntarget = 0.5' % of], schedule=TWO, more=PROBES)

    def test_components_and_subspaces(self):
        for units in 1, 2:
            self.each(['kind = "components"\nof = "w"\nas = "distance"', 'kind = "components"\nof = "w"',
                       'kind = "subspace"\nof = "w"'], activation="linear", units=units)
        self.each(['kind = "components"\nof = "w"\nas = "distance"\nwhen = "learn"',
                   'kind = "components"\nof = "w"\nwhen = ["learn", "test"]'], schedule=TWO, units=2)

    def test_decorrelation_of_three_units(self):
        self.each(['kind = "decorrelation"\nof = "w"'], activation="linear")
        for inference in '"sequential"', '"solve"', "{ sweeps = 1 }", "{ sweeps = 2 }":
            self.each(['kind = "decorrelation"\nof = "w"'], activation="linear", more="""
[projection.m]
from = "h"
to = "h"
connect = "lower"
weights = { sd = 0.3 }
inference = %s
""" % inference)


if __name__ == "__main__":
    unittest.main()
