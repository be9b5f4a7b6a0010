"""Phases: what is plastic, repeated, saved and restored, set and reset."""
import unittest

import numpy as np

import compare
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
[population.h]
kind = "rate"
units = 3
activation = "tanh"
tau = 2
[population.z]
kind = "rate"
units = 2
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.6 }
w_max = 1
[projection.v]
from = "h"
to = "z"
weights = { sd = 0.6 }
[projection.rec]
from = "h"
to = "h"
delay = 2
weights = { sd = 0.4 }
[rule.w]
terms = ["x y", "y^2 w", "x b"]
factors = { b = { of = "y", tau = 4 } }
eta = 0.1
[rule.v]
terms = ["x y", "y^2 w"]
eta = 0.1
[loss.any]
kind = "weights"
of = "w"
[trials]
search = 2
validation = 2
held_out = 4
[search]
method = "cma_es"
iterations = 1
refit = false
"""
OTHER = """
[data.other]
kind = "gaussian"
spectrum = [2, 1, 0.2]
samples = 5
"""
THETA = {"w": {"tau_b": np.log(4), "x y": 0.7, "y^2 w": -0.4, "x b": 0.2}, "v": {"x y": 0.6, "y^2 w": -0.4}}


class Phases(Case):
    def phases(self, text):
        return compare.check(self.folder, NETWORK + (OTHER if "other" in text else "") + text, THETA)

    def test_phases_follow_one_another(self):
        _, recorded, _ = self.phases("""
[phase.one]
duration = 4
[phase.two]
duration = [2, 3, 1]
repeat = 3
""")
        np.testing.assert_array_equal(recorded["phase"], [0] * 4 + [1] * 2 + [2] * 3 + [3] * 2)

    def test_a_phase_without_plasticity(self):
        _, recorded, _ = self.phases("""
[phase.learn]
duration = 4
[phase.test]
duration = 3
plastic = false
[phase.again]
duration = 3
""")
        self.assertEqual(np.ptp(recorded["projection.w"][0][4:8], axis=0).max(), 0)

    def test_a_phase_in_which_one_projection_is_plastic(self):
        _, recorded, _ = self.phases("""
[phase.learn]
duration = 4
[phase.part]
duration = 4
plastic = ["v"]
""")
        self.assertEqual(np.ptp(recorded["projection.w"][0][4:], axis=0).max(), 0)
        self.assertGreater(np.ptp(recorded["projection.v"][0][4:], axis=0).max(), 0)

    def check_traces(self, plastic):
        rule = '[rule.v]\nterms = ["x y", "y^2 w"]\n'
        compare.check(self.folder, NETWORK.replace(rule, rule + "eligibility = 4\n") + """
[phase.one]
duration = 4
[phase.two]
duration = 3
plastic = %s
[phase.three]
duration = 3
""" % plastic, dict(THETA, v=dict({"tau_eligibility": np.log(4)}, **THETA["v"])))

    def test_traces_wait_where_nothing_is_plastic(self):
        self.check_traces("false")

    def test_traces_of_what_is_not_plastic_wait(self):
        self.check_traces('["w"]')

    def test_what_is_not_plastic_is_not_clipped(self):
        self.phases("""
[phase.one]
duration = 4
[phase.two]
duration = 4
plastic = ["v"]
set = { "projection.w.w_max" = 0.1 }
""")

    def test_phases_after_another_start_from_its_end(self):
        self.phases("""
[phase.learn]
duration = 5
[phase.a]
duration = 4
[phase.b]
duration = 3
after = "learn"
[phase.c]
duration = 3
after = "a"
plastic = false
""")

    def test_phases_after_each_repetition_leave_no_trace(self):
        self.phases("""
[phase.learn]
duration = 3
repeat = 3
[phase.probe]
duration = 2
repeat = 2
after_each = "learn"
[phase.second]
duration = 3
after_each = "learn"
plastic = ["w"]
[phase.rest]
duration = 3
after = "learn"
""")

    def test_resets(self):
        for reset in "activity", "weights":
            with self.subTest(reset):
                self.phases("""
[phase.one]
duration = 4
[phase.two]
duration = 3
repeat = 2
reset = "%s"
""" % reset)

    def setting(self, setting):
        return self.phases("""
[phase.one]
duration = 5
[phase.two]
duration = 4
set = { %s }
[phase.three]
duration = 4
""" % setting)

    def test_a_constant_input_for_a_while(self):
        self.setting('"population.x.value" = 0.3')

    def test_other_data_for_a_while(self):
        self.setting('"population.x.data" = "other"')

    def test_another_learning_rate(self):
        self.setting('"rule.w.eta" = 0.4')

    def test_another_bound_of_weights(self):
        self.setting('"projection.w.w_max" = 0.2')

    def test_weights_that_a_phase_writes(self):
        self.setting('"projection.w.weights" = 0.3')

    def test_weights_that_a_phase_scales(self):
        self.setting('"projection.w.weights" = { scale = 0.5 }')

    def test_weights_of_a_group_that_a_phase_scales(self):
        text = NETWORK.replace("tau = 2\n", "tau = 2\ngroups = { first = [0, 2] }\n")
        compare.check(self.folder, text + """
[phase.one]
duration = 3
[phase.two]
duration = 3
set = { "projection.w.weights" = { scale = 0.5, to = "h.first" } }
""", THETA)

    def test_a_bound_that_there_was_none_of(self):
        self.setting('"projection.v.w_min" = 0.1')

    def test_several_settings(self):
        self.setting('"rule.w.eta" = 0.3, "rule.v.eta" = 0.01, "population.x.data" = "other", '
                     '"projection.v.weights" = { scale = -1 }')


if __name__ == "__main__":
    unittest.main()
