"""The trials of a resolved task with [data.x] of kind = "gaussian" and a layer (docs/task.md)."""
from dataclasses import dataclass

import numpy as np

from draws import Draws, normal_weights


@dataclass
class DataSet:
    samples: np.ndarray  # [sample][unit]
    target: np.ndarray   # [output][unit], principal components
    w0: np.ndarray       # [output][unit]
    m0: np.ndarray       # [output][output]


def draw(task, role, round_, w0_round, first, count, samples=None, outputs=None):
    """Trials first, first + 1, ...; with antithetic weights two share all but the signs of weights. Those are drawn by
    w0_round where they are to be new in every iteration, else by round_ as all else is."""
    samples = samples or task["data"]["x"]["samples"]
    outputs = outputs or units_of_layer(task)
    pairs = weights_of(task).get("antithetic")
    if not any(p["weights"].get("redraw") == "iteration" for p in task["projection"].values()):
        w0_round = round_
    sets = []
    for i in range(first, first + count):
        index = i // 2 if pairs else i
        one = _data_set(task, role, round_, w0_round, index, samples, outputs)
        sets.append(_flipped(task, role, w0_round, index, one) if pairs and i % 2 else one)
    return sets


def units_of_layer(task):
    return task["population"]["y"].get("units", 1)


def weights_of(task, projection="feedforward"):
    return task["projection"][projection]["weights"]


def units_of(data):
    return data["spectrum"]["units"] if isinstance(data["spectrum"], dict) else len(data["spectrum"])


def _spectrum(task, role, round_, index):
    data = task["data"]["x"]
    draws = Draws(task["run"]["seed"], "data.x.spectrum", role, round_, index)
    if isinstance(data["spectrum"], dict):
        assert data["spectrum"]["uniform"] == [0, 1]
        u = draws.uniform(units_of(data))
        d = np.concatenate([[1.0], np.sort(np.minimum(u[1:], data["spectrum"]["gap"]))[::-1]])
    else:
        d = np.array(data["spectrum"], float)
    if not isinstance(data["scale"], dict):
        return d * data["scale"]
    low, high = data["scale"]["log_uniform"]
    return d * low * (high / low) ** draws.uniform(1)[0]


def _data_set(task, role, round_, w0_round, index, n, outputs):
    data, seed = task["data"]["x"], task["run"]["seed"]
    units = units_of(data)
    u = Draws(seed, "data.x.rotation", role, round_, index).uniform(units**2)
    q = np.linalg.qr(u.reshape(units, units))[0]
    if np.linalg.det(q) < 0:
        q[0] = -q[0]
    q = np.sqrt(_spectrum(task, role, round_, index))[:, None] * q
    x = Draws(seed, "data.x.samples", role, round_, index).normal(n * units).reshape(n, units) @ q
    if data["antithetic"]:
        x = np.stack([x, -x], axis=1).reshape(2 * n, units)
    components = np.linalg.eigh(np.cov(x.T, bias=True))[1].T[::-1][:outputs]
    return DataSet(x, components, *_initial_weights(task, role, w0_round, index, outputs, units))


def _initial_weights(task, role, round_, index, outputs, units):
    weights, seed = weights_of(task), task["run"]["seed"]
    stream = int(Draws(seed, "trial", role, round_, index).uniform(1)[0] * 2.0**52)
    sd = weights["sd"] / np.sqrt(units) if weights.get("scaled") else weights["sd"]
    w0 = sd * normal_weights(seed, "feedforward", stream, outputs, units)
    if "lateral" not in task["projection"]:
        return w0, np.zeros((outputs, outputs))
    return w0, weights_of(task, "lateral")["sd"] * normal_weights(seed, "lateral", stream, outputs, outputs)


def _flipped(task, role, w0_round, index, one):
    u = Draws(task["run"]["seed"], "projection.feedforward.signs", role, w0_round, index).uniform(len(one.w0))
    s = np.where((u < 0.5) | (len(u) == 1), -1.0, 1.0)
    if np.all(s > 0):
        s = -s
    return DataSet(one.samples, one.target, s[:, None] * one.w0, s[:, None] * one.m0 * s)
