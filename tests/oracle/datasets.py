"""The trials of a resolved task with [data.x] of kind = "gaussian" and a layer (docs/task.md)."""
from dataclasses import dataclass

import numpy as np

from draws import Draws


@dataclass
class DataSet:
    samples: np.ndarray  # [sample][unit]
    target: np.ndarray   # [output][unit], principal components
    w0: np.ndarray       # [output][unit]
    m0: np.ndarray       # [output][output]
    gap: float           # smallest difference of neighbouring eigenvalues, of the outputs and the next


def draw(task, role, round_, w0_round, count, samples=None, outputs=None):
    samples = samples or task["data"]["x"]["samples"]
    outputs = outputs or units_of_layer(task)
    sets, index = [], 0
    while len(sets) < count:
        sets.append(_data_set(task, role, round_, w0_round, index, samples, outputs))
        if weights_of(task).get("antithetic") and len(sets) < count:
            sets.append(_flipped(task, role, w0_round, index, sets[-1]))
        index += 1
    return sets


def units_of_layer(task):
    return task["population"]["y"].get("units", 1)


def weights_of(task, projection="feedforward"):
    return task["projection"][projection]["weights"]


def units_of(data):
    return data["spectrum"]["units"] if isinstance(data["spectrum"], dict) else len(data["spectrum"])


def _spectrum(task, role, round_, index):
    data, seed = task["data"]["x"], task["run"]["seed"]
    if isinstance(data["spectrum"], dict):
        assert data["spectrum"]["uniform"] == [0, 1]
        u = Draws(seed, "spectrum", role, round_, index).uniform(units_of(data))
        d = np.concatenate([[1.0], np.sort(np.minimum(u[1:], data["spectrum"]["gap"]))[::-1]])
    else:
        d = np.array(data["spectrum"], float)
    if not isinstance(data["scale"], dict):
        return d * data["scale"]
    low, high = data["scale"]["log_uniform"]
    return d * low * (high / low) ** Draws(seed, "scale", role, round_, index).uniform(1)[0]


def _data_set(task, role, round_, w0_round, index, n, outputs):
    data, weights, seed = task["data"]["x"], weights_of(task), task["run"]["seed"]
    units = units_of(data)
    q = np.linalg.qr(Draws(seed, "rotation", role, round_, index).uniform(units**2).reshape(units, units))[0]
    if np.linalg.det(q) < 0:
        q[0] = -q[0]
    q = np.sqrt(_spectrum(task, role, round_, index))[:, None] * q
    x = Draws(seed, "samples", role, round_, index).normal(n * units).reshape(n, units) @ q
    if data["antithetic"]:
        x = np.concatenate([x, -x])
    values = np.sort(np.linalg.eigvalsh(x.T @ x / len(x)))[::-1][:outputs + 1]
    components = np.linalg.eigh(np.cov(x.T, bias=True))[1].T[::-1][:outputs]
    sd = weights["sd"] / np.sqrt(units) if weights.get("scaled") else weights["sd"]
    w0 = sd * Draws(seed, "weights", role, w0_round, index).normal(outputs * units).reshape(outputs, units)
    m0 = np.zeros((outputs, outputs))
    if "lateral" in task["projection"]:
        m0 = weights_of(task, "lateral")["sd"] * Draws(seed, "lateral", role, w0_round, index).normal(outputs**2).reshape(m0.shape)
    return DataSet(x, components, w0, m0, np.min(values[:-1] - values[1:]))


def _flipped(task, role, w0_round, index, one):
    u = Draws(task["run"]["seed"], "signs", role, w0_round, index).uniform(len(one.w0))
    s = np.where((u < 0.5) | (len(u) == 1), -1.0, 1.0)
    if np.all(s > 0):
        s = -s
    return DataSet(one.samples, one.target, s[:, None] * one.w0, s[:, None] * one.m0 * s, one.gap)
