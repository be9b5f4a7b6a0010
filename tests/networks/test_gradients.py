"""Gradients of losses of networks of rates against differences, by `carve check --gradient`."""
import unittest

import numpy as np

import command
from case import Case

LARGEST = 1e-6  # beyond it a gradient is wrong, below it differences are inexact

HEAD = """
format = 2
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
%s
[trials]
search = 4
validation = 2
held_out = 4
[search]
method = "adam"
iterations = 1
"""
ONE = "[simulation]\nduration = 14\n"
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
RULE = '[rule.w]\nterms = ["x y", "y^2 w", "w", "1"]\neta = 0.1\n'
DATA = """
[data.d]
kind = "file"
path = "d.npz"
order = "sequence"
center = false
standardize = "none"
samples = 9
"""
WEIGHTS = '[loss.it]\nkind = "weights"\nof = "w"\ntarget = 0.2\n'
RATE = '[loss.it]\nkind = "rate"\nof = "h"\ntarget = 0.2\nwindow = 4\n'


class Gradients(Case):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(3)
        rows = 60
        np.savez(self.folder + "/d.npz", o=random.normal(size=(rows, 3)), p=random.uniform(size=(rows, 3)),
                 choice=np.eye(3)[random.integers(0, 3, rows)], mask=np.arange(rows) % 3 > 0,
                 count=random.poisson(0.7, (rows, 3)), one=random.integers(0, 2, (rows, 1)))

    def gradient(self, text, activation="tanh", units=3, of_population="", of_projection=""):
        """Checks a task's gradient, and returns the report."""
        task = HEAD % (units, activation, of_population, of_projection) + text
        command.write(self.folder, task + (DATA if '"d.' in text else ""))
        report = command.json_of(self.folder, "check", "task.toml", "--gradient", "-q")
        self.assertLess(report["largest_error"], LARGEST, text)
        return report

    def of_losses(self, losses, schedule=ONE, **more):
        for loss in losses:
            with self.subTest(loss):
                self.gradient(RULE + schedule + "[loss.it]\n" + loss + "\n", **more)

    def test_coefficients_at_which_trials_diverge_are_halved(self):
        """The steps of the differences are halved with them: else they would diverge, or be too long."""
        for eta, largest in (1e3, 0.01), (1e6, 1e-5):
            rule = '[rule.w]\nterms = ["x y"]\neta = %g\n[phase.a]\nduration = 60\n' % eta
            report = self.gradient(rule + RATE, activation="linear")
            self.assertLess(abs(report["gradient"][0]["theta"]), largest)

    def test_values(self):
        losses = ['kind = "value"\nof = "h"\nto = "d.o"', 'kind = "value"\nof = "h.first"\nto = "d.o"',
                  'kind = "value"\nof = "h"\nto = "d.o"\nwindow = 5\nmask = "d.mask"',
                  'kind = "value"\nof = "h"\nto = "population.x"']
        self.of_losses(losses, of_population="groups = { first = [0, 2] }")
        self.of_losses([losses[0] + '\nwhen = ["pause", "test"]'], schedule=TWO)

    def test_cross_entropies(self):
        self.of_losses(['kind = "value"\nof = "h"\nto = "d.p"\nas = "cross_entropy"'], activation="sigmoid")
        self.of_losses(['kind = "value"\nof = "h"\nto = "d.choice"\nas = "cross_entropy"'], activation="linear")

    def test_likelihoods(self):
        losses = ['kind = "likelihood"\nof = "h"\nto = "d.o"\nnoise = 0.4',
                  'kind = "likelihood"\nof = "h.first"\nto = "d.o"\nnoise = "estimated"\nmask = "d.mask"',
                  'kind = "likelihood"\nof = "h"\nto = "population.x"\nnoise = "estimated"\nwindow = 5']
        self.of_losses(losses, of_population="groups = { first = [0, 2] }")
        self.of_losses([losses[0] + '\nwhen = ["pause", "test"]'], schedule=TWO)
        self.of_losses(['kind = "likelihood"\nof = "h"\nto = "d.count"\nas = "counts"',
                        'kind = "likelihood"\nof = "h"\nto = "d.count"\nas = "counts"\nmask = "d.mask"\nwindow = 9'],
                       activation="sigmoid")

    def test_choices(self):
        for units, column in ((1, "d.one"), (3, "d.choice")):
            choice = """
[population.c]
kind = "choice"
units = %d
clamp = "%s"
[projection.out]
from = "h"
to = "c"
weights = { sd = 1 }
[loss.it]
kind = "likelihood"
of = "c"
""" % (units, column)
            self.gradient(RULE + ONE + choice)
            # The rule itself is that of the projection onto the choice.
            self.gradient(ONE + choice + '[rule.out]\nterms = ["x", "x w", "w"]\neta = 0.1\n')

    def test_rates(self):
        losses = ['kind = "rate"\nof = "h"\ntarget = 0.3', 'kind = "rate"\nof = "h.first"\nwindow = 4',
                  'kind = "rate"\nof = "h"\nmask = "d.mask"\ntarget = 0.1',
                  'kind = "rate"\nof = "h"\nas = "relative"\ntarget = 0.3']
        self.of_losses(losses, of_population="groups = { first = [0, 2] }")
        self.of_losses([losses[0] + '\nwhen = "learn"'], schedule=TWO)

    def test_weights(self):
        losses = ['kind = "weights"\nof = "w"\ntarget = 0.3']
        self.of_losses(losses)
        self.of_losses([losses[0] + '\nwhen = "learn"'], schedule=TWO)

    def test_weights_relative_to_a_target(self):
        self.of_losses(['kind = "weights"\nof = "w"\nas = "relative"\ntarget = 0.3'])

    def test_components_subspaces_and_decorrelation(self):
        self.of_losses(['kind = "components"\nof = "w"\nas = "distance"', 'kind = "components"\nof = "w"',
                        'kind = "subspace"\nof = "w"', 'kind = "decorrelation"\nof = "w"'],
                       activation="linear", units=2)
        self.of_losses(['kind = "decorrelation"\nof = "w"'], activation="linear")

    def test_sums_of_losses(self):
        self.gradient(RULE + TWO + WEIGHTS + 'weight = 0.3\nwhen = "learn"\n' + RATE.replace("it", "other"))

    def test_layers_and_recurrence(self):
        self.gradient(RULE + """
[population.z]
kind = "rate"
units = 2
activation = "sigmoid"
[projection.rec]
from = "h"
to = "h"
delay = 2
weights = { sd = 0.4 }
[projection.v]
from = "h"
to = "z"
weights = { sd = 0.5 }
rule = "w"
[rule.rec]
terms = ["x y", "w"]
eta = 0.1
[loss.it]
kind = "rate"
of = "z"
target = 0.2
""" + ONE, of_population="tau = 2.5")

    def test_a_lateral_projection(self):
        for inference in '"sequential"', '"solve"', "{ sweeps = 2 }":
            with self.subTest(inference):
                self.gradient(RULE + """
[projection.m]
from = "h"
to = "h"
connect = "lower"
weights = { sd = 0.3 }
inference = %s
[rule.m]
terms = ["x y", "w"]
eta = 0.1
[loss.it]
kind = "decorrelation"
of = "w"
""" % inference + ONE, activation="linear")

    def test_time_constants(self):
        for loss in WEIGHTS, RATE:
            self.gradient("""
[rule.w]
terms = ["x a", "a b", "x y m", "y s", "w"]
eta = 0.1
[rule.w.factors]
a = { of = "x", tau = 3 }
b = { of = "y", tau = 4 }
m = { of = "y^2", tau = 6 }
s = { of = "w", sum = "incoming" }
""" + loss + ONE)

    def test_eligibility_and_third_factors(self):
        for minus in "", ", minus = { tau = 4 }", ", minus = { last = 3 }":
            with self.subTest(minus):
                self.gradient("""
[rule.w]
terms = ["x y", "x", "w"]
modulator = { of = "population.h"%s }
eligibility = 4
eta = 0.1
""" % minus + RATE + ONE)
        self.gradient('[rule.w]\nterms = ["x y r", "r^2 x"]\nfactors = { r = "population.h" }\neta = 0.1\n'
                      + RATE + ONE)

    def test_an_mlp(self):
        self.gradient('[rule.w]\nkind = "mlp"\ninputs = ["x", "y", "w", "m"]\nhidden = [3]\neta = 0.1\n'
                      'factors = { m = { of = "y^2", tau = 5 } }\n' + RATE + ONE)

    def test_several_rules_of_a_projection(self):
        self.gradient('[rule.hebb]\nterms = ["x y", "y^2 w"]\neta = 0.1\n[rule.scaling]\nterms = ["w s"]\neta = 0.05\n'
                      'factors = { s = { of = "w", sum = "incoming" } }\n' + RATE + ONE,
                      of_projection='rule = ["hebb", "scaling"]')

    def test_settings_of_phases(self):
        self.settings('"rule.w.eta" = 0.3', '"population.x.value" = 0.3',
                      '"rule.w.eta" = 0.05, "projection.w.w_max" = 0.4')

    def test_weights_that_phases_set(self):
        self.settings('"projection.w.weights" = { scale = 0.5 }', '"projection.w.weights" = 0.2')

    def settings(self, *settings):
        for setting in settings:
            with self.subTest(setting):
                schedule = ("[phase.a]\nduration = 6\n[phase.b]\nduration = 5\nset = { %s }\n"
                            "[phase.c]\nduration = 3\nreset = \"activity\"\n" % setting)
                self.gradient(RULE + schedule + RATE.replace("4", "2"), of_population="tau = 2",
                              of_projection="w_max = 2" if "w_max" in setting else "")

    def test_phases_that_start_from_one_end(self):
        schedule = "[phase.a]\nduration = 6\n[phase.b]\nduration = 5\n[phase.c]\nduration = 4\nafter = \"a\"\n"
        self.gradient(RULE + schedule + RATE + 'when = ["b", "c"]\n')

    def test_fixed_coefficients(self):
        free = self.gradient(RULE + RATE + ONE)
        held = self.gradient(RULE + 'fixed = ["w", "1"]\ntheta = { "x y" = { sd = 0.3 }, "y^2 w" = { sd = 0.3 }, '
                                    'w = -0.1, "1" = 0.05 }\n' + RATE + ONE)
        self.assertEqual(len(free["gradient"]) - len(held["gradient"]), 2)

    def test_all_samples_at_once(self):
        self.gradient(RULE + WEIGHTS + '[simulation]\nduration = 5\nbatch = "all"\n')


if __name__ == "__main__":
    unittest.main()
