"""Finds Oja's rule in recorded rates with SciPy: carve computes the loss, its gradient and its Gauss-Newton matrix.

A neuron that learns by Oja's rule is recorded in 40 sessions of 200 steps. The initial weights are known, the rule is not: it is a sum of
the 27 products x^a y^b w^c with powers up to 2. Its coefficients are those that make the recorded rates likely.

    PYTHONPATH=api/python python3 api/python/examples/oja_from_rates.py [SEED]
"""
import sys

import numpy as np
import scipy.optimize

import carve

SESSIONS, STEPS, NOISE = 40, 200, 0.01


def network(rule, weights):
    net = carve.Network(replicas=SESSIONS)
    net.input("x", 3)
    net.rate("y", 1)
    net.project("x", "y", rule=rule, eta=0.03, weights=weights, name="w")
    return net


def record(rng):
    """Inputs [session][step][unit], initial weights [session][post][pre], noisy rates [session][step][unit]."""
    inputs = rng.normal(size=(SESSIONS, STEPS, 3)) * [1.0, 0.7, 0.4]
    weights = 0.5 * rng.normal(size=(SESSIONS, 1, 3))
    teacher = network("x y - y^2 w", weights)
    rates = teacher.monitor("y")
    teacher.run(inputs)
    return inputs, weights, rates.values + NOISE * rng.normal(size=rates.values.shape)


def search(seed=1):
    """The coefficients by name."""
    inputs, weights, rates = record(np.random.default_rng(seed))
    student = network(carve.PlasticityRule.of_powers(2, 2, 2), weights)
    evaluate = carve.Evaluator(student, inputs, carve.TrajectoryLoss("y", rates, noise=NOISE))
    found = scipy.optimize.minimize(lambda theta: tuple(evaluate(theta))[:2], np.zeros(27), jac=True,
                                    hess=lambda theta: evaluate(theta).matrix, method="trust-exact")
    return dict(zip(student.coefficients, found.x))


if __name__ == "__main__":
    for name, value in sorted(search(int(sys.argv[1]) if len(sys.argv) > 1 else 1).items(), key=lambda pair: -abs(pair[1]))[:5]:
        print(f"{value:+.4f} {name}")
