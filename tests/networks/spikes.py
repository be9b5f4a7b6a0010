"""Networks of spikes in NumPy: poisson trains, a network of lif neurons, and what is measured of trains."""
import numpy as np

DT = 1e-4
# The neuron of Vogels et al. 2011, in units of the leak (docs/model.md, Neurons).
TAU_M, REST, THRESHOLD, RESET, REVERSAL, TAU_G, REFRACTORY = 20e-3, -60e-3, -50e-3, -60e-3, 0.0, 5e-3, 50


def mean_interval(rate, dead_time=5e-3):
    """Of a poisson unit, s: the dead time, and the steps after it until a spike (M21)."""
    return dead_time + DT / (1 - np.exp(-rate * DT))


def count_bounds(rate, seconds, units, dead_time=5e-3, errors=4):
    """Between which the number of spikes of all units is, by so many standard errors of a renewal process."""
    p = 1 - np.exp(-rate * DT)
    mean, sd = mean_interval(rate, dead_time), DT * np.sqrt(1 - p) / p
    expected, error = seconds / mean * units, np.sqrt(sd ** 2 * seconds / mean ** 3 * units)
    return expected - errors * error - units, expected + errors * error + units


class Synapses:
    """A plastic projection: traces and the pair rule (M14, M15), events in the order of docs/model.md, A step."""

    def __init__(self, w, mask, gain, theta, eta):
        self.w, self.mask, self.gain, self.eta, self.theta = w.copy(), mask, gain, eta, theta
        self.x, self.y = np.zeros(w.shape[1]), np.zeros(w.shape[0])
        self.keep_x, self.keep_y = (np.exp(-DT / np.exp(theta.get("tau_" + side, 0))) for side in ("pre", "post"))

    def arrive(self, units):
        """What spikes of presynaptic units add to the conductances, before they change the weights."""
        added = self.gain * (self.w * self.mask)[:, units].sum(axis=1)
        change = self.theta.get("alpha", 0) + self.theta.get("kappa", 0) * self.y
        self.w[:, units] += self.eta * change[:, None] * self.mask[:, units]
        self.x[units] += 1
        return added

    def spike(self, units):
        change = self.theta.get("beta", 0) + self.theta.get("gamma", 0) * self.x
        self.w[units] += self.eta * change[None, :] * self.mask[units]
        self.y[units] += 1

    def decay(self):
        self.x *= self.keep_x
        self.y *= self.keep_y


def lif_network(afferent, recurrent, trains, delay, steps):
    """Spikes (step, unit) of neurons that `trains` [step][input unit] drive, and each other after `delay` steps."""
    n = afferent.w.shape[0]
    v, g, waiting = np.full(n, REST), np.zeros(n), np.zeros(n, dtype=int)
    way = [np.array([], dtype=int)] * delay  # spikes that have not arrived
    found = []
    for t in range(steps):
        g += afferent.arrive(np.flatnonzero(trains[t]))
        g += recurrent.arrive(way[0])
        rest = waiting > 0
        final = (REST + g * REVERSAL) / (1 + g)
        v = np.where(rest, RESET, final + (v - final) * np.exp(-DT * (1 + g) / TAU_M))
        waiting[rest] -= 1
        g *= np.exp(-DT / TAU_G)
        now = np.flatnonzero(~rest & (v > THRESHOLD))
        v[now], waiting[now] = RESET, REFRACTORY
        for synapses in afferent, recurrent:
            synapses.spike(now)
            synapses.decay()
        way = way[1:] + [now]
        found += [(t, unit) for unit in now]
    return np.array(found, dtype=int).reshape(-1, 2)


def trains_of(times, units, first, end, of):
    """Spike times (steps from `first` on) of each unit of the range `of`."""
    inside = (times >= first) & (times < end)
    return [np.sort(times[inside & (units == unit)]) - first for unit in range(*of)]


def rate(trains, steps):
    return sum(map(len, trains)) / (len(trains) * steps * DT)


def cv(trains, least=4):
    """Mean over units with so many spikes of the intervals' standard deviation over their mean."""
    of_units = [np.std(np.diff(t)) / np.mean(np.diff(t)) for t in trains if len(t) >= least]
    return np.mean(of_units) if of_units else 0.0


def counts(trains, steps, bin_steps):
    bins = int(steps // bin_steps)
    return np.array([np.bincount(t // bin_steps, minlength=bins)[:bins] for t in trains])


def fano(trains, steps, bin_steps, over):
    """Variance over mean of counts: over time, averaged over units with spikes; or over units, over bins."""
    c = counts(trains, steps, bin_steps)
    c = c if over == "time" else c.T
    return np.mean([np.var(row) / np.mean(row) for row in c if row.any()])
