"""Finds Oja's rule with SciPy: carve computes the residuals and their Jacobian, SciPy the steps.

One linear neuron sees 40 data sets (the lanes) of three-dimensional inputs; a rule of 27 terms is
searched that turns small random weights into the first principal component of each. Inputs come with
their negatives, and so do initial weights: otherwise other rules do as well on what they are
searched on. The horizon grows and a penalty on large coefficients falls: at once they lead astray,
as they still do from some seeds.

    PYTHONPATH=api/python python3 api/python/examples/least_squares.py [SEED]
"""
import sys

import numpy as np
import scipy.optimize

import carve

N_INPUTS, N_SAMPLES, N_SETS = 3, 50, 40


def data_sets(rng):
    """Inputs [sample][unit][lane], antithetic, and their first components [post][pre][lane]."""
    inputs = np.empty((2 * N_SAMPLES, N_INPUTS, N_SETS))
    components = np.empty((1, N_INPUTS, N_SETS))
    for lane in range(N_SETS):
        rotation, _ = np.linalg.qr(rng.normal(size=(N_INPUTS, N_INPUTS)))
        spread = np.exp(rng.uniform(-0.7, 0.7)) * np.sort(rng.uniform(0, 1, N_INPUTS))[::-1]
        spread[1:] = np.minimum(spread[1:], 0.7 * spread[0])
        x = rng.normal(size=(N_SAMPLES, N_INPUTS)) * np.sqrt(spread) @ rotation
        inputs[:, :, lane] = np.concatenate([x, -x])
        components[0, :, lane] = np.linalg.eigh(x.T @ x)[1][:, -1]
    return inputs, components


def make_sim():
    model = carve.Model(
        [carve.Input(N_INPUTS, fixed=1), carve.Rate(1)],
        [carve.Projection(pre=0, post=1, rule=0, eta=0.1)], [carve.Rule(carve.TERMS_27)],
        n_replicas=2 * N_SETS, batch=2 * N_SAMPLES, gradient=carve.Gradient.FORWARD, bound=1e3)
    return carve.Sim(model)


class Objective:
    """Residuals and Jacobian of a rule at a horizon, each data set from w(0) and from -w(0)."""

    def __init__(self, rng):
        inputs, components = data_sets(rng)
        self.sim = make_sim()
        self.inputs = self.sim.pack_inputs(np.concatenate([inputs, inputs], axis=-1))
        self.components = np.concatenate([components, components], axis=-1)
        start = 0.1 * rng.normal(size=components.shape)
        self.start = np.concatenate([start, -start], axis=-1)
        self.n_steps, self.ridge, self.theta = 0, 0, None

    def run(self, theta):
        if self.theta is not None and np.array_equal(theta, self.theta):
            return
        self.sim.reset()
        self.sim.put(carve.View.WEIGHTS, 0, self.start)
        self.sim.view(carve.View.THETA)[:] = theta
        try:
            self.sim.step([self.inputs], self.n_steps)
        except carve.Diverged:
            pass # frozen lanes are NaN
        self.theta = theta.copy()

    def residuals(self, theta):
        self.run(theta)
        residuals, _ = self.sim.residuals(self.components)
        residuals = np.nan_to_num(residuals, nan=1e3) # a rule to turn back from
        return np.concatenate([residuals.ravel(), self.ridge * theta])

    def jacobian(self, theta):
        self.run(theta)
        _, jacobian = self.sim.residuals(self.components) # [residual][coefficient][lane]
        jacobian = np.nan_to_num(np.moveaxis(jacobian, 1, -1)).reshape(-1, theta.size)
        return np.concatenate([jacobian, self.ridge * np.eye(theta.size)])


def search(seed=1):
    rng = np.random.default_rng(seed)
    objective, theta = Objective(rng), 0.01 * rng.normal(size=27)
    for n_steps, ridge in ((50, 1), (200, 1), (200, 0.1), (400, 0.01)):
        objective.n_steps, objective.ridge, objective.theta = n_steps, ridge, None
        theta = scipy.optimize.least_squares(objective.residuals, theta, objective.jacobian,
                                             method="trf", max_nfev=40).x
    return theta


def angle_to_oja(theta):
    oja = np.zeros(27)
    oja[carve.TERMS_27.index((1, 1, 0))] = 1
    oja[carve.TERMS_27.index((0, 2, 1))] = -1
    cosine = theta @ oja / np.linalg.norm(theta) / np.linalg.norm(oja)
    return np.degrees(np.arccos(min(cosine, 1)))


if __name__ == "__main__":
    found = search(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for k in np.argsort(-np.abs(found))[:5]:
        a, b, c = carve.TERMS_27[k]
        print(f"{found[k]:+.4f} x^{a} y^{b} w^{c}")
    print(f"{angle_to_oja(found):.2f} degrees from Oja's rule")
