"""Rates and weights of networks of rates in every step, by the equations of docs/model.md."""
import unittest

import numpy as np

from case import Case


RECURRENT = """
[population.h]
kind = "rate"
units = 3
activation = "tanh"
tau = 3
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.5 }
[projection.r]
from = "h"
to = "h"
delay = 2
weights = { sd = 0.5 }
%s
[rule.w]
terms = ["x y", "y^2 w"]
eta = 0.1
[rule.r]
terms = ["x y", "w"]
eta = 0.1
"""


class Layers(Case):
    def test_two_hidden_layers_with_a_shared_rule(self):
        self.check("""
[population.h1]
kind = "rate"
units = 4
activation = "tanh"
[population.h2]
kind = "rate"
units = 3
activation = "relu"
[population.z]
kind = "rate"
activation = "sigmoid"
[projection.a]
from = "x"
to = "h1"
weights = { sd = 0.5 }
rule = "shared"
[projection.b]
from = "h1"
to = "h2"
weights = { mean = 0.3, sd = 0.5 }
rule = "shared"
[projection.c]
from = "h2"
to = "z"
weights = { sd = 0.5 }
rule = "shared"
[rule.shared]
terms = ["x y", "y^2 w", "x^2 w", "w", "1", "x^3"]
eta = 0.1
""", {"shared": {"x y": 0.7, "y^2 w": -0.4, "x^2 w": 0.1, "w": -0.1, "1": 0.02, "x^3": 0.01}})

    def test_a_delayed_recurrent_projection_and_a_time_constant(self):
        self.check("""
[population.h]
kind = "rate"
units = 3
activation = "tanh"
tau = 2.5
[population.z]
kind = "rate"
units = 2
[projection.in]
from = "x"
to = "h"
weights = { sd = 0.6 }
[projection.rec]
from = "h"
to = "h"
delay = 2
weights = { sd = 0.6 }
[projection.back]
from = "z"
to = "h"
delay = 1
weights = { sd = 0.4 }
[projection.out]
from = "h"
to = "z"
weights = { sd = 0.6 }
[rule.rec]
terms = ["x y", "y^2 w"]
eta = 0.1
[rule.back]
terms = ["x y", "w"]
eta = 0.1
""", {"rec": {"x y": 0.5, "y^2 w": -0.6}, "back": {"x y": -0.3, "w": -0.1}})

    def test_one_to_one(self):
        task, recorded, _ = self.check("""
[population.h]
kind = "rate"
units = 3
[population.z]
kind = "rate"
units = 3
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.5 }
[projection.each]
from = "h"
to = "z"
connect = "one_to_one"
weights = 2
[rule.w]
terms = ["x y", "y^2 w"]
eta = 0.1
""", {"w": {"x y": 0.5, "y^2 w": -0.6}})
        np.testing.assert_allclose(recorded["population.z"], 2 * recorded["population.h"], rtol=1e-12)

    def test_receptive_fields(self):
        for units, side, seen in ((9, 1, 9), (9, 2, 25), (9, 3, 49), (4, 4, 36), (1, 2, 4), (1, 4, 9)):
            with self.subTest(units=units, side=side):
                network = """
[population.h]
kind = "rate"
units = 9
[population.z]
kind = "rate"
units = %d
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.5 }
[projection.seen]
from = "h"
to = "z"
connect = { field = %d }
weights = { sd = 1 }
[rule.w]
terms = ["x y", "y^2 w"]
eta = 0.1
""" % (units, side)
                _, recorded, _ = self.check(network, {"w": {"x y": 0.5, "y^2 w": -0.6}})
                self.assertEqual(np.count_nonzero(recorded["projection.seen"][0][0]), seen)

    def test_all_samples_at_once(self):
        self.check("""
[population.h]
kind = "rate"
units = 2
activation = "tanh"
[population.z]
kind = "rate"
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.5 }
[projection.v]
from = "h"
to = "z"
weights = { sd = 0.5 }
[rule.w]
terms = ["x y", "y^2 w", "x^2 y"]
eta = 0.1
[rule.v]
terms = ["x y", "y^2 w"]
eta = 0.1
""", {"w": {"x y": 0.5, "y^2 w": -0.6, "x^2 y": 0.1}, "v": {"x y": 0.5, "y^2 w": -0.5}}, batch='"all"')

    def test_a_gain(self):
        self.check("""
[population.h]
kind = "rate"
units = 2
[projection.w]
from = "x"
to = "h"
gain = 0.5
weights = { sd = 0.5 }
[rule.w]
terms = ["x y"]
eta = 0.1
""", {"w": {"x y": 0.5}})

    def test_all_samples_of_a_linear_unit_at_once(self):
        self.check("""
[population.h]
kind = "rate"
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.5 }
[rule.w]
terms = ["x y", "y^2 w"]
eta = 0.1
""", {"w": {"x y": 0.5, "y^2 w": -0.6}}, batch='"all"')

    def test_all_samples_with_memory_and_delays(self):
        self.check(RECURRENT % "", {"w": {"x y": 0.5, "y^2 w": -0.5}, "r": {"x y": -0.5, "w": -0.1}}, batch='"all"')

    def test_no_unit_onto_itself(self):
        self.check(RECURRENT % "connect = { self = false }", {"w": {"x y": 0.5, "y^2 w": -0.5},
                                                              "r": {"x y": -0.5, "w": -0.1}})

    def test_bounds(self):
        _, recorded, _ = self.check("""
[population.h]
kind = "rate"
units = 3
[projection.w]
from = "x"
to = "h"
weights = { uniform = [-0.2, 0.3] }
w_min = -0.25
w_max = 0.3
[rule.w]
terms = ["x y", "x"]
eta = 0.3
""", {"w": {"x y": 0.7, "x": 0.2}})
        w = recorded["projection.w"]
        self.assertEqual((w.min(), w.max()), (-0.25, 0.3))


class Lateral(Case):
    def lateral(self, keys, activation="linear"):
        return self.check("""
[population.h]
kind = "rate"
units = 4
activation = "%s"
[projection.w]
from = "x"
to = "h"
weights = { sd = 0.5 }
[projection.m]
from = "h"
to = "h"
connect = "lower"
weights = { sd = 0.4 }
%s
[rule.w]
terms = ["x y", "y^2 w"]
eta = 0.1
[rule.m]
terms = ["x y", "w"]
eta = 0.1
""" % (activation, keys), {"w": {"x y": 0.5, "y^2 w": -0.5}, "m": {"x y": -0.4, "w": -0.1}})

    def test_in_sequence(self):
        self.lateral('inference = "sequential"', "tanh")

    def test_by_sweeps(self):
        self.lateral("inference = { sweeps = 2 }", "tanh")

    def test_by_elimination(self):
        self.lateral('inference = "solve"')

    def test_a_mask_from_the_first_update(self):
        _, recorded, _ = self.lateral('inference = { sweeps = 1 }\nmask_from = "first_update"')
        self.assertGreater(np.abs(np.triu(recorded["projection.m"][0][0])).max(), 0)
        self.assertEqual(np.abs(np.triu(recorded["projection.m"][0][1])).max(), 0)


if __name__ == "__main__":
    unittest.main()
