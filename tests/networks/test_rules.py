"""What rules read beside x, y and w: third factors, means, sums of weights, traces, gates; several rules; an MLP."""
import unittest

import numpy as np

from case import Case

# The reward r is the rate of a population of two units.
LAYER = """
[population.h]
kind = "rate"
units = 3
activation = "tanh"
[population.r]
kind = "rate"
units = 2
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.6 }
%s
[projection.out]
from = "h"
to = "r"
weights = { mean = 0.3, sd = 0.6 }
[rule.w]
eta = 0.1
%s
"""


# A column `index` that is 0 in some steps.
GATE = """
[data.gate]
kind = "patterns"
units = 2
count = 2
active = 1
"""


class OneRule(Case):
    def rule(self, keys, theta, of_projection="", more=""):
        return self.check(LAYER % (of_projection, keys) + more, {"w": theta}, duration=20)

    def test_a_third_factor(self):
        self.rule('terms = ["x y r", "x r^2", "w"]\nfactors = { r = "population.r" }',
                  {"x y r": 0.5, "x r^2": 0.2, "w": -0.1})

    def test_a_third_factor_of_data(self):
        self.rule('terms = ["x y r", "w"]\nfactors = { r = "reward" }', {"x y r": 0.5, "w": -0.1}, more="""
[data.reward]
kind = "gaussian"
spectrum = [1]
samples = 20
""")

    def test_a_third_factor_that_the_projection_binds(self):
        self.rule('terms = ["x y r", "w"]', {"x y r": 0.5, "w": -0.1}, 'factors = { r = "population.r" }')

    def test_a_third_factor_less_its_mean_over_the_last_steps(self):
        self.rule('terms = ["x y r", "w"]\nfactors = { r = { of = "population.r", minus = { last = 4 } } }',
                  {"x y r": 0.5, "w": -0.1})

    def test_a_third_factor_less_its_exponential_mean(self):
        self.rule('terms = ["x y r", "w"]\nfactors = { r = { of = "population.r", minus = { tau = 4 } } }',
                  {"x y r": 0.5, "w": -0.1})

    def test_a_mean_whose_time_constant_is_no_whole_number(self):
        self.rule('terms = ["x y r", "w"]\nfactors = { r = { of = "population.r", minus = { tau = 3.5 } } }',
                  {"x y r": 0.5, "w": -0.1})

    def test_a_modulator_outside_the_sum(self):
        self.rule('terms = ["x y", "x"]\nmodulator = { of = "population.r", minus = { tau = 3 } }',
                  {"x y": 0.5, "x": 0.2})

    def test_a_modulator_with_a_scale(self):
        self.rule('terms = ["x y", "x"]\nmodulator = { of = "population.r", scale = -1 }', {"x y": 0.5, "x": 0.2})

    def test_a_group_as_a_modulator(self):
        self.check((LAYER % ("", 'terms = ["x y", "x"]\nmodulator = "population.r.first"')).replace(
            "units = 2\n", "units = 2\ngroups = { first = [0, 1] }\n"), {"w": {"x y": 0.5, "x": 0.2}})

    def test_an_eligibility_trace(self):
        self.rule('terms = ["x y", "x", "w"]\nmodulator = "population.r"\neligibility = 4',
                  {"tau_eligibility": np.log(4), "x y": 0.5, "x": 0.2, "w": -0.1})

    def test_an_eligibility_trace_without_a_modulator(self):
        self.rule('terms = ["x y", "w"]\neligibility = 2.5', {"tau_eligibility": np.log(2), "x y": 0.2, "w": -0.1})

    def test_means_of_rates(self):
        self.rule("""
terms = ["x a", "a b", "x y m", "y b", "w m^2"]
factors = { a = { of = "x", tau = 3 }, b = { of = "y", tau = 4 }, m = { of = "y^2", tau = 6.5 } }
""", {"tau_a": np.log(3), "tau_b": np.log(4), "tau_m": np.log(6), "x a": 0.2, "a b": -0.5, "x y m": 0.7,
      "y b": 0.1, "w m^2": -0.3})

    def test_the_sum_of_weights(self):
        self.rule('terms = ["x y", "y s", "w s^2"]\nfactors = { s = { of = "w", sum = "incoming" } }',
                  {"x y": 0.5, "y s": -0.2, "w s^2": -0.05})

    def test_a_gate_and_what_a_rule_remembers(self):
        for keys, theta in (
                ('terms = ["x y", "w"]\neligibility = 4\nmodulator = "population.r"',
                 {"tau_eligibility": np.log(4), "x y": 0.5, "w": -0.1}),
                ('terms = ["x y r", "y b"]\n'
                 'factors = { r = { of = "population.r", minus = { last = 3 } }, b = { of = "y", tau = 4 } }',
                 {"tau_b": np.log(4), "x y r": 0.5, "y b": -0.1})):
            with self.subTest(keys):
                self.rule(keys + '\nwhen = "gate.index"', theta, more=GATE)

    def test_a_gate(self):
        _, recorded, _ = self.rule('terms = ["x y", "w"]\nwhen = "gate.index"', {"x y": 0.5, "w": -0.1}, more=GATE)
        moved = np.abs(np.diff(recorded["projection.w"][0], axis=0)).max(axis=(1, 2)) > 0
        self.assertTrue(moved.any() and not moved.all())

    def test_an_mlp(self):
        inputs = ["x", "y", "w", "m"]
        random = np.random.default_rng(5)
        theta = {"tau_m": np.log(5.0)}
        for h in range(3):
            for name in inputs:
                theta["u%d_%s" % (h, name)] = random.normal(0, 0.7)
        for h in range(3):
            theta["b%d" % h] = random.normal(0, 0.5)
        for h in range(3):
            theta["v%d" % h] = random.normal(0, 0.5)
        theta["c"] = 0.05
        self.rule("""
kind = "mlp"
inputs = ["x", "y", "w", "m"]
hidden = [3]
factors = { m = { of = "y^2", tau = 5 } }
""", theta)

    def test_an_mlp_with_a_third_factor_and_rectified_units(self):
        theta = {"u0_x": 0.5, "u0_r": -0.4, "u1_x": 0.3, "u1_r": 0.6, "b0": 0.1, "b1": 0.05, "v0": 0.4, "v1": -0.3,
                 "c": 0.01}
        self.rule('kind = "mlp"\ninputs = ["x", "r"]\nhidden = [2]\nactivation = "relu"\n'
                  'factors = { r = "population.r" }', theta)

    def test_an_mlp_of_linear_units(self):
        self.rule('kind = "mlp"\ninputs = ["x"]\nhidden = [1]\nactivation = "linear"',
                  {"u0_x": 0.5, "b0": 0.1, "v0": 0.4, "c": 0.01})

    def test_an_mlp_with_a_modulator_or_a_trace(self):
        theta = {"u0_x": 0.5, "b0": 0.1, "v0": 0.4, "c": 0.01}
        mlp = 'kind = "mlp"\ninputs = ["x"]\nhidden = [1]\n'
        with self.subTest("modulator"):
            self.rule(mlp + 'modulator = "population.r"', theta)
        with self.subTest("eligibility"):
            self.rule(mlp + "eligibility = 4", dict({"tau_eligibility": np.log(4)}, **theta))

    def test_residuals(self):
        for residual in "residual", "residual_below":
            with self.subTest(residual):
                self.rule('terms = ["x y", "x^2"]\nfactors = { x = "%s" }' % residual, {"x y": 0.5, "x^2": 0.05})


class Rules(Case):
    def test_two_rules_of_one_projection(self):
        self.check((LAYER % ('rule = ["hebb", "scaling"]', "")).replace("[rule.w]\neta = 0.1", "") + """
[rule.hebb]
terms = ["x y r", "y b"]
factors = { r = { of = "population.r", minus = { last = 3 } }, b = { of = "y", tau = 5 } }
eta = 0.2
[rule.scaling]
terms = ["w", "w s"]
factors = { s = { of = "w", sum = "incoming" } }
when = "gate.index"
eta = 0.1
""" + GATE, {"hebb": {"tau_b": np.log(5), "x y r": 0.4, "y b": -0.1}, "scaling": {"w": -0.2, "w s": -0.1}}, duration=20)

    def test_one_rule_of_two_projections_with_factors_of_their_own(self):
        self.check(LAYER % ('factors = { e = "population.r" }', "terms = [\"x y e\", \"w\"]") + """
[projection.v]
from = "x"
to = "h"
weights = { sd = 0.3 }
rule = "w"
factors = { e = "population.h" }
""", {"w": {"x y e": 0.5, "w": -0.1}}, duration=20)


if __name__ == "__main__":
    unittest.main()
