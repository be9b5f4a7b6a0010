"""Recorded trials against those of rates.py."""
import numpy as np

import command
import phases
import rates

PRECISION = 1e-10


def close(got, expected, what):
    """Compares arrays, relative to the largest expected value."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    assert got.shape == expected.shape, "%s: shape %s, not %s" % (what, got.shape, expected.shape)
    assert np.all(np.isfinite(expected)), "%s: the oracle's values are not finite" % what
    worst = np.max(np.abs(got - expected), initial=0.0)
    limit = PRECISION * max(1e-3, np.max(np.abs(expected), initial=0.0))
    if not worst <= limit:
        where = np.argwhere(~(np.abs(got - expected) <= limit))[0]  # the first in time, where there is a time
        raise AssertionError("%s: up to %g off, first at %s: %r, not %r" % (
            what, worst, where, got[tuple(where)], expected[tuple(where)]))


def columns_of(recorded, trial):
    return {name[len("data."):]: values[trial] for name, values in recorded.items() if name.startswith("data.")}


def network_of(task, theta, recorded, trial):
    names = task["projection"]
    weights = {name: recorded["projection." + name][trial][0] for name in names}
    return rates.Network(task, theta, columns_of(recorded, trial), weights)


def check_trial(trial, recorded, index):
    """All recorded weights and rates of a trial against the oracle's."""
    for name in trial.weights:
        close(recorded["projection." + name][index], np.array(trial.weights[name]),
              "trial %d, weights of %s" % (index, name))
    for name in trial.rates:
        if "population." + name in recorded:
            got = recorded["population." + name][index]
            expected = np.array(trial.rates[name])
            close(got, expected.reshape(got.shape), "trial %d, rates of %s" % (index, name))


def check(folder, text, theta, replicas=2):
    """Simulates a task and compares all of it; returns the task, what was recorded, and the oracle's trials."""
    task, recorded = command.simulate(folder, text, theta, replicas)
    trials = []
    for index in range(replicas):
        trial = phases.run_trial(network_of(task, theta, recorded, index))
        check_trial(trial, recorded, index)
        trials.append(trial)
    assert any(np.ptp(recorded["projection." + name][0], axis=0).max() > 1e-6 for name in task["projection"]), \
        "no weight moved"
    return task, recorded, trials
