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


class Measures(Case):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(3)
        rows = 60
        label = random.integers(0, 3, rows)
        np.savez(self.folder + "/d.npz", o=random.normal(size=(rows, 3)), p=random.uniform(size=(rows, 3)),
                 choice=np.eye(3)[label], number=label.astype(float), one=random.integers(0, 2, (rows, 1)),
                 mask=random.integers(0, 2, rows), goal=random.normal(size=(rows, 9)))

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
            found.append(command.json_of(self.folder, "eval", "task.rule.toml", "--task", "task.toml",
                                         "-q")["loss"]["held_out"])
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

    def test_components(self):
        for units in 1, 2:
            self.each(['kind = "components"\nof = "w"\nas = "distance"', 'kind = "components"\nof = "w"'],
                      activation="linear", units=units)
        self.each(['kind = "components"\nof = "w"\nas = "distance"\nwhen = "learn"'], schedule=TWO, units=2)

    def test_subspace(self):
        for units in 1, 2:
            self.each(['kind = "subspace"\nof = "w"'], activation="linear", units=units)

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
