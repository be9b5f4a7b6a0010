"""Poisson units that follow signals (docs/model.md, Poisson populations) against units that are drawn
here in continuous time: an Ornstein-Uhlenbeck process, and spikes where its hazard adds up to an
exponential. Rate, variance and autocorrelation of a group's counts, at several steps."""
import math
import sys
import unittest
import pathlib

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "api" / "python"))
import carve

GROUPS, UNITS, SECONDS = 64, 2, 20 # units of a group
BASE, GAIN, TAU, DEAD = 5.0, 500 / 0.03, 0.05, 5e-3 # of Vogels et al. 2011: Hz, Hz, s, s
BIN, LAGS = 0.02, (1, 2, 4) # s, bins
STEPS = (5e-5, 1e-4, 2e-4, 5e-4) # s


def drawn():
    """Spikes by group and bin. White noise of intensity 0.1 ms / 12 through the filter."""
    random, h = np.random.default_rng(3), 1e-4
    decay, sd = math.exp(-h / TAU), math.sqrt(1e-4 / 12 / (2 * TAU))
    noise = random.standard_normal((int(SECONDS / h) + 1, GROUPS)) * sd * math.sqrt(1 - decay**2)
    f = random.standard_normal(GROUPS) * sd
    counts = np.zeros((GROUPS, int(SECONDS / BIN)))
    hazard = np.empty_like(noise)
    for step, kick in enumerate(noise):
        hazard[step] = BASE + GAIN * np.maximum(f, 0)
        f = f * decay + kick
    times = np.arange(len(noise)) * h
    for group in range(GROUPS):
        total = np.concatenate([[0], np.cumsum((hazard[1:, group] + hazard[:-1, group]) / 2 * h)])
        start = np.zeros(UNITS) # of what may spike
        while True:
            start = start[start < SECONDS]
            target = np.interp(start, times, total) + random.exponential(size=len(start))
            spikes = np.interp(target, total, times, right=np.inf)
            spikes = spikes[spikes < SECONDS]
            if not len(spikes):
                break
            np.add.at(counts[group], (spikes / BIN).astype(int), 1)
            start = spikes + DEAD
    return counts


def simulated(dt):
    """The same by a sim, from ten time constants on."""
    afferents = carve.Poisson(GROUPS * UNITS, source=carve.Source.SIGNAL, n_groups=GROUPS, rate=BASE,
                              signal_gain=GAIN, signal_tau=TAU, t_ref=DEAD)
    model = carve.Model([afferents, carve.Lif(1)], [carve.Projection(pre=0, post=1, weights=carve.Normal(1))], probes=[carve.TransmittedProbe(0)], dt=dt,
                        precision=carve.Precision.F64)
    sim = carve.Sim(model)
    sim.reset(5)
    sim.step(n_steps=round(10 * TAU / dt))
    totals = []
    for _ in range(int(SECONDS / BIN) + 1):
        totals.append(np.ravel(sim.get(carve.View.TRANSMITTED, 0)))
        sim.step(n_steps=round(BIN / dt))
    return np.diff(totals, axis=0).T


def statistics(counts):
    """Rate in Hz, variance of a group's rate and its autocovariances, each with its standard error."""
    rates = counts / (UNITS * BIN)
    off = rates - rates.mean()
    rows = [rates.mean(axis=1), (off**2).mean(axis=1)]
    rows += [(off[:, :-lag] * off[:, lag:]).mean(axis=1) for lag in LAGS]
    return np.array([[row.mean(), row.std(ddof=1) / math.sqrt(GROUPS)] for row in rows])


class Signals(unittest.TestCase):
    def test_rate_variance_and_autocorrelation_are_those_of_continuous_time_at_every_step(self):
        expected = statistics(drawn())
        # Paper: about 38 Hz. The start of the grid's dead time at the end of a step lowers a rate r
        # by r dt / 2 of itself: at the highest rates, 100 Hz, 2.5 % in steps of 0.5 ms.
        self.assertLess(abs(expected[0, 0] / 38 - 1), 0.08)
        for dt in STEPS:
            found = statistics(simulated(dt))
            grid = np.array([50 * dt / 2, *[100 * dt / 2 * 2] * 4]) * expected[:, 0]
            within = 4 * np.hypot(expected[:, 1], found[:, 1]) + grid
            for name, a, b, most in zip(("rate", "variance", *(f"lag {lag}" for lag in LAGS)),
                                        found[:, 0], expected[:, 0], within):
                with self.subTest(dt=dt, of=name):
                    self.assertLess(most, 0.25 * abs(expected[1 if name != "rate" else 0, 0]))
                    self.assertAlmostEqual(a, b, delta=most)


if __name__ == "__main__":
    unittest.main()
