"""The data sets of a gaussian task (docs/task.md, [input] and [network])."""
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
    network = task["network"]
    samples = samples or task["input"]["samples"]
    outputs = outputs or network["outputs"]
    sets, index = [], 0
    while len(sets) < count:
        sets.append(_data_set(task, role, round_, w0_round, index, samples, outputs))
        if network["w0_antithetic"] and len(sets) < count:
            sets.append(_flipped(task, role, w0_round, index, sets[-1]))
        index += 1
    return sets


def _spectrum(task, role, round_, index):
    settings, seed = task["input"], task["run"]["seed"]
    d = np.array(settings["spectrum"], float)
    if settings["vary"] == "none":
        return d
    if settings["vary"] == "spectrum":
        u = Draws(seed, "spectrum", role, round_, index).uniform(len(d))
        d[1:] = np.sort(d[0] * np.minimum(u[1:], settings["gap_ratio"]))[::-1]
    low, high = settings["scale_range"]
    return d * low * (high / low) ** Draws(seed, "scale", role, round_, index).uniform(1)[0]


def _data_set(task, role, round_, w0_round, index, n, outputs):
    settings, network, seed = task["input"], task["network"], task["run"]["seed"]
    units = len(settings["spectrum"])
    q = np.linalg.qr(Draws(seed, "rotation", role, round_, index).uniform(units**2).reshape(units, units))[0]
    if np.linalg.det(q) < 0:
        q[0] = -q[0]
    q = np.sqrt(_spectrum(task, role, round_, index))[:, None] * q
    x = Draws(seed, "samples", role, round_, index).normal(n * units).reshape(n, units) @ q
    if settings["antithetic"]:
        x = np.concatenate([x, -x])
    values = np.sort(np.linalg.eigvalsh(x.T @ x / len(x)))[::-1][:outputs + 1]
    components = np.linalg.eigh(np.cov(x.T, bias=True))[1].T[::-1][:outputs]
    sd = network["w0_sd"] / np.sqrt(units) if network["w0_scaled"] else network["w0_sd"]
    w0 = sd * Draws(seed, "weights", role, w0_round, index).normal(outputs * units).reshape(outputs, units)
    m0 = np.zeros((outputs, outputs))
    if network["lateral"] != "none":
        m0 = network["m0_sd"] * Draws(seed, "lateral", role, w0_round, index).normal(outputs**2).reshape(m0.shape)
    return DataSet(x, components, w0, m0, np.min(values[:-1] - values[1:]))


def _flipped(task, role, w0_round, index, one):
    u = Draws(task["run"]["seed"], "signs", role, w0_round, index).uniform(len(one.w0))
    s = np.where((u < 0.5) | (len(u) == 1), -1.0, 1.0)
    if np.all(s > 0):
        s = -s
    return DataSet(one.samples, one.target, s[:, None] * one.w0, s[:, None] * one.m0 * s, one.gap)
