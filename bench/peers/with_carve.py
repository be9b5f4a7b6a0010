"""carve through its Python package: replicas, or candidate rules, are the lanes, in blocks of
the width that `carve bench` finds the fastest."""
import os

import carve
import numpy as np


def _precision(problem):
    return carve.Precision.F32 if problem.dtype == np.float32 else carve.Precision.F64


def _lane_bytes(problem, n_replicas):
    """No wider than it takes to hold all lanes: idle ones cost as much as others."""
    element = np.dtype(problem.dtype).itemsize
    if n_replicas == 1:
        return element
    return 32 if n_replicas * element <= 32 else LANE_BYTES


def _sim(populations, projections, rules, problem, n_replicas, **fields):
    return carve.Sim(carve.Model(populations, projections, rules, n_replicas=n_replicas,
                                 precision=_precision(problem),
                                 lane_bytes=_lane_bytes(problem, n_replicas), **fields))


ISA = carve.Sim(carve.Model([carve.Input(1), carve.Rate(1)], [carve.Projection()])).isa()
LANE_BYTES = 64 if ISA == "avx512" else 32
SYSTEMS = ["OneLayer", "TwoLayer", "Generation", "Spiking"]
VERSIONS = [f"carve {carve.__version__} "
            f"({os.environ['CARVE_REVISION']}; {ISA}, {LANE_BYTES} lane bytes)"]


def one_layer(problem, mode):
    sim = _sim([carve.Input(problem.n), carve.Rate(1)], [carve.Projection(rule=0, eta=problem.eta)],
               [carve.Rule()], problem, problem.replicas, gradient=mode, max_steps=problem.steps,
               layout=carve.Layout.AUTO)
    sim.put(carve.View.THETA, 0, problem.theta.ravel())
    inputs = sim.pack_inputs(np.moveaxis(problem.x, 1, -1)[:, None])
    target, start = problem.target.T[None].astype(float), problem.w0.T[None]

    def run():
        sim.reset()
        sim.put(carve.View.WEIGHTS, 0, start)
        sim.step([inputs])
        if mode == carve.Gradient.ADJOINT:
            value, slopes = sim.loss_slopes(target, carve.Loss.DISTANCE_SQUARED)
            gradient = sim.adjoint([inputs], {0: slopes})
        else:
            value, gradient = sim.loss(target, carve.Loss.DISTANCE_SQUARED)
        parts = [[value.mean()]] + ([] if gradient is None else [gradient.mean(1)])
        return np.concatenate(parts)
    return run


def two_layer(problem):
    links = [carve.Projection(rule=0, eta=problem.eta),
             carve.Projection(pre=1, post=1, rule=1, eta=problem.eta, connectivity=carve.Connectivity.LOWER)]
    sim = _sim([carve.Input(problem.n, shared=1), carve.Rate(problem.m)], links,
               [carve.Rule(shared=0), carve.Rule(shared=0)], problem, problem.candidates)
    for index, theta in enumerate((problem.theta, problem.phi)):
        sim.put(carve.View.THETA, index, theta.reshape(problem.candidates, 27).T)
    inputs = np.ascontiguousarray(problem.x[:, None])

    def run():
        sim.reset()
        sim.put(carve.View.WEIGHTS, 0, problem.w0[..., None])
        sim.step([inputs])
        both = [np.moveaxis(sim.get(carve.View.WEIGHTS, i), -1, 0).ravel() for i in range(2)]
        return np.concatenate(both)
    return run


def generation(problem, form):
    sim = _sim([carve.Input(problem.n, shared=1, fixed=1), carve.Rate(1)],
               [carve.Projection(rule=0, eta=problem.eta)], [carve.Rule(shared=0)], problem,
               problem.candidates, batch=problem.samples, form=form)
    sim.put(carve.View.THETA, 0, problem.theta.reshape(problem.candidates, 27).T)

    def run():
        ends = []
        for x, start in zip(problem.x, problem.w0):
            sim.reset()
            sim.put(carve.View.WEIGHTS, 0, start[None, :, None])
            sim.step([x], problem.epochs)
            ends.append(sim.get(carve.View.WEIGHTS)[0].T)
        return np.stack(ends).ravel()
    return run


def spiking(problem):
    afferents = [carve.Poisson(units, source=carve.Source.STREAMED)
                 for units in (problem.excitatory, problem.inhibitory)]
    links = [carve.Projection(pre=0, post=2, gain=problem.gains[0], weights=carve.Normal(problem.weights[0])),
             carve.Projection(pre=1, post=2, gain=problem.gains[1], weights=carve.Normal(problem.weights[1]), w_min=0,
                              receptor=carve.DefaultReceptor.INHIBITORY, rule=0, eta=problem.eta)]
    sim = _sim([*afferents, carve.Lif(1)], links, [carve.SpikeRule(shared=0)], problem, problem.rules,
               dt=problem.dt)
    tau = np.full(problem.rules, np.log(problem.tau))
    sim.put(carve.View.THETA, 0, np.stack([tau, tau, problem.alpha, problem.kappa, problem.beta,
                                           problem.gamma]))

    def run():
        sim.reset()
        sim.step(problem.spikes, problem.steps)
        return problem.result(sim.get(carve.View.WEIGHTS, 1)[0].T, sim.get(carve.View.SPIKE_COUNTS, 2))
    return run


def contenders(problem):
    """[(name, function that solves the problem)]"""
    kind = type(problem).__name__
    if kind == "OneLayer" and problem.gradient:
        return [("carve, forward", one_layer(problem, carve.Gradient.FORWARD)),
                ("carve, adjoint", one_layer(problem, carve.Gradient.ADJOINT))]
    if kind == "OneLayer":
        return [("carve", one_layer(problem, carve.Gradient.NONE))]
    if kind == "TwoLayer":
        return [("carve", two_layer(problem))]
    if kind == "Spiking":
        return [("carve", spiking(problem))]
    return [("carve, moments", generation(problem, carve.Form.MOMENTS)),
            ("carve, samples", generation(problem, carve.Form.SAMPLES))]
