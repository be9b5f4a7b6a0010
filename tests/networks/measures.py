"""What losses and probes measure, in NumPy, of trials of rates.py; and the losses that their numbers make.

A measure is its table of the task. `raw` is the number that is reported, `loss` what a search would make small.
"""
import math

import numpy as np


def unit_range(task, of):
    """Population and units of "h" or of its group "h.first"."""
    name, _, group = of.partition(".")
    first, end = task["population"][name].get("groups", {}).get(group, (0, None)) if group else (0, None)
    return name, slice(first, end)


def runs_of(trial, measure):
    when = measure.get("when")
    names = [when] if isinstance(when, str) else when
    if names is None:
        return [run for run in trial.runs if run.phase == trial.runs[-1].phase]
    return [run for run in trial.runs if run.phase in names]


def window_of(run, measure):
    n = len(run.steps)
    if "at" in measure:
        return range(int(measure["at"]), int(measure["at"]) + 1)
    return range(n - int(measure.get("window", n)), n)


def observed(trial, run, measure, steps, units):
    """What a measure is compared with in the steps of a run, [step][sample][unit]; of a group the same units."""
    to, network = measure["to"], trial.network
    if to.startswith("population."):
        o = np.array([run.rates[to[len("population."):]][i] for i in steps])
    else:
        column = network.columns[to]
        o = np.array([column if network.batch_of_all else column[[run.steps[i] % len(column)]] for i in steps])
    name, _, _ = measure["of"].partition(".")
    return o[:, :, units] if o.shape[2] == network.units(name) else o


def activity(trial, run, measure):
    """Rates [step][unit] in the window, of all samples, and the weights of the steps by the mask."""
    name, units = unit_range(trial.network.task, measure["of"])
    steps = window_of(run, measure)
    y = np.array([run.rates[name][i][:, units] for i in steps])
    mask = np.ones(y.shape[:2])
    if "mask" in measure:
        column = trial.network.columns[measure["mask"]]
        mask = np.array([column[[run.steps[i] % len(column)], 0] for i in steps])
    keep = mask.reshape(-1) != 0
    y = y.reshape(-1, y.shape[-1])[keep]
    if "to" not in measure:
        return y, None
    o = observed(trial, run, measure, steps, units)
    return y, o.reshape(-1, o.shape[-1])[keep]


def share_explained(y, o):
    return 1 - np.sum((o - y) ** 2) / np.sum((o - o.mean(axis=0)) ** 2)


def share_right(y, o):
    if o.shape[1] == 1:
        return np.mean((y > 0.5) == (o > 0.5))
    return np.mean(np.argmax(y, axis=1) == np.argmax(o, axis=1))


def cross_entropy(y, o, linear):
    """(M44): of events where the units are sigmoids, of choices among linear ones."""
    if not linear:
        return -np.mean(o * np.log(y) + (1 - o) * np.log(1 - y))
    p = np.exp(y - y.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return -np.mean(np.sum(o * np.log(p), axis=1))


def value(trial, run, measure):
    y, o = activity(trial, run, measure)
    way = measure.get("as", "squared")
    if way == "squared":
        return np.mean((y - o) ** 2)
    if way == "r2":
        return share_explained(y, o)
    if way == "accuracy":
        return share_right(y, o)
    name, _ = unit_range(trial.network.task, measure["of"])
    return cross_entropy(y, o, trial.network.task["population"][name].get("activation", "linear") == "linear")


def normal(y, o, sd):
    """-ln of the density of N(y, sd^2) at o."""
    return ((o - y) / sd) ** 2 / 2 + np.log(sd * np.sqrt(2 * np.pi))


def poisson(y, o):
    """-ln of the probability of the count o of mean y."""
    return y - o * np.log(y) + np.array([math.lgamma(n + 1) for n in o.flat]).reshape(o.shape)


def likelihood(trial, run, measure):
    population = trial.network.task["population"][measure["of"].split(".")[0]]
    if population["kind"] == "choice":
        y, o = activity(trial, run, {**measure, "to": population["clamp"]})
        return cross_entropy(y, o, population.get("units", 1) > 1)
    y, o = activity(trial, run, measure)
    if measure.get("as") == "counts":
        return np.mean(poisson(y, o))
    sd = measure.get("noise", 1)
    return np.mean(normal(y, o, np.sqrt(np.mean((y - o) ** 2)) if sd == "estimated" else sd))


def rate(trial, run, measure):
    return np.mean(activity(trial, run, measure)[0])


def mean_autocovariance(series, lags):
    """Of [unit][bin], the mean over units and lags from 1 of |autocovariance|, sums divided by all bins."""
    c = series - series.mean(axis=1, keepdims=True)
    n = c.shape[1]
    products = np.array([[np.correlate(row, row, "full")[n - 1 + lag] for lag in range(1, lags + 1)] for row in c])
    return np.mean(np.abs(products / n))


def autocovariance(trial, run, measure):
    return mean_autocovariance(activity(trial, run, measure)[0].T, int(measure["lags"]))


def share_of_one_frequency(x):
    """The largest of the shares of the variance of x that its frequencies have."""
    power = np.abs(np.fft.rfft(x - np.mean(x))) ** 2
    power[1:(len(x) + 1) // 2] *= 2
    return np.max(power) / np.sum(power)


def spectrum(trial, run, measure):
    return share_of_one_frequency(activity(trial, run, measure)[0].mean(axis=1))


def selectivity(trial, run, measure):
    """1 - mean response / largest, over the inputs that the column numbers, averaged over units."""
    y, o = activity(trial, run, measure)
    means = np.array([y[o[:, 0] == k].mean(axis=0) for k in np.unique(o[:, 0])])
    largest = means.max(axis=0)
    return np.mean(np.where(largest > 0, 1 - means.mean(axis=0) / np.where(largest > 0, largest, 1), 0))


def decode(trial, run, measure):
    """Of the best linear readout with an offset."""
    y, o = activity(trial, run, measure)
    with_one = np.hstack([y, np.ones((len(y), 1))])
    answer = with_one @ np.linalg.lstsq(with_one, o, rcond=None)[0]
    return share_right(answer, o) if measure.get("as") == "accuracy" else share_explained(answer, o)


def synapses(trial, name, w):
    return w[trial.network.mask(name) > 0]


def names_of(measure):
    return [measure["of"]] if isinstance(measure["of"], str) else measure["of"]


def weights(trial, run, measure):
    return np.mean(synapses(trial, measure["of"], run.last[measure["of"]]))


def drift(trial, run, measure):
    shares = []
    for name in names_of(measure):
        first, last = (np.mean(synapses(trial, name, w[name])) for w in (run.first, run.last))
        shares.append((last - first) / first)
    return np.mean(shares)


def at_bounds(trial, run, measure):
    shares = []
    for name in names_of(measure):
        p, w = trial.network.projections[name], synapses(trial, name, run.last[name])
        near = (p["w_max"] - p["w_min"]) / 100
        shares.append(np.mean((w <= p["w_min"] + near) | (w >= p["w_max"] - near)))
    return np.mean(shares)


def inputs_of(trial, measure):
    network = trial.network
    return network.columns[network.populations[network.projections[measure["of"]]["from"]]["data"]]


def leading(trial, run, measure):
    """Rows of weights, and as many principal components of the inputs, the first ones first."""
    w = run.last[measure["of"]]
    values, vectors = np.linalg.eigh(np.cov(inputs_of(trial, measure).T))
    return w, vectors[:, np.argsort(-values)].T[:len(w)]


def cosines(trial, run, measure):
    """|cos| of each unit's weights with its component."""
    return np.array([abs(a @ b) / np.linalg.norm(a) for a, b in zip(*leading(trial, run, measure))])


def components(trial, run, measure):
    return np.mean(cosines(trial, run, measure))


def distance_to_components(trial, run, measure):
    """(M10), the distance to the nearer sign."""
    w, t = leading(trial, run, measure)
    distances = [min(np.linalg.norm(a - b), np.linalg.norm(a + b)) for a, b in zip(w, t)]
    power = 1 if measure.get("as") == "distance" else 2
    return np.mean(np.array(distances) ** power)


def subspace(trial, run, measure):
    """(M10): of rows that are far from dependent a share of 1 less the projection of one space on the other."""
    w, t = leading(trial, run, measure)
    q, _ = np.linalg.qr(w.T)
    return 1 - np.sum((t @ q) ** 2) / len(w)


def decorrelation(trial, run, measure):
    """(M10): mean of (a_i . C a_k)^2, a_i the effective weights of unit i."""
    name = measure["of"]
    network, w = trial.network, run.last[measure["of"]]
    for q, p in network.projections.items():
        if network.is_lateral(q) and p["from"] == network.projections[name]["to"]:
            w = effective(p, run.last[q] * network.mask(q), w)
    x = inputs_of(trial, measure)
    c = w @ (x.T @ x / len(x)) @ w.T
    return np.mean(c[np.tril_indices(len(c), -1)] ** 2)


def effective(projection, m, w):
    inference = projection.get("inference", "sequential")
    if isinstance(inference, str):
        return np.linalg.solve(np.eye(len(m)) - m, w)
    a = w
    for _ in range(inference["sweeps"]):
        a = w + m @ a
    return a


KINDS = {f.__name__: f for f in (rate, value, likelihood, autocovariance, spectrum, selectivity, decode, weights,
                                 drift, at_bounds, components, subspace, decorrelation)}


def contrast(trial, measure):
    """Of the numbers that two others measured."""
    tables = [path.split(".") for path in measure["of"]]
    a, b = (raw(trial, trial.network.task[table][name]) for table, name in tables)
    return 2 * (a - b) / (a + b)


def raw(trial, measure):
    """The number that is measured, the mean over the runs of the phases that it looks at."""
    if measure["kind"] == "contrast":
        return contrast(trial, measure)
    return np.mean([KINDS[measure["kind"]](trial, run, measure) for run in runs_of(trial, measure)])


def cosines_of_units(trial, measure):
    """Of kind = "components", each unit's as `raw` is of all."""
    return np.mean([cosines(trial, run, measure) for run in runs_of(trial, measure)], axis=0)


def score(number, measure):
    """What a number makes of a loss."""
    way, target = measure.get("as", "squared"), measure.get("target", 0)
    if isinstance(way, dict):
        first, last = way["ramp"]
        return np.clip((number - first) / (last - first), 0, 1)
    squared = (number - target) ** 2
    return squared / (number + 2) if way == "relative" else squared  # (M16)


def loss_of_run(trial, run, measure):
    kind, way = measure["kind"], measure.get("as", "squared")
    number = KINDS[kind](trial, run, measure)
    if way in ("r2", "accuracy") or kind == "decode":
        return 1 - number
    if kind == "components":
        return distance_to_components(trial, run, measure)
    if kind in ("value", "likelihood", "subspace", "decorrelation"):
        return number
    if kind == "weights" and way == "squared":
        w = run.last[measure["of"]]
        target = trial.network.columns[measure["to"]] if "to" in measure else measure.get("target", 0)
        return np.mean(synapses(trial, measure["of"], (w - target) ** 2))
    return score(number, measure)


def loss(trial, measure):
    if measure["kind"] == "contrast":
        return score(contrast(trial, measure), measure)
    return np.mean([loss_of_run(trial, run, measure) for run in runs_of(trial, measure)])
