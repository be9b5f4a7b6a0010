"""Networks of spikes: what is measured of recorded trains, poisson statistics, and each step of a small network."""
import unittest

import numpy as np

import command
import compare
import measures
import spikes
from case import Case

NETWORK = """
format = 2
[population.in]
kind = "poisson"
units = %(inputs)d
rate = %(rate)g
[population.E]
kind = "lif"
units = %(neurons)d
groups = { first = [0, 3], one = [2, 3] }
[projection.w]
from = "in"
to = "E"
gain = %(gain)g
weights = { mean = 1, sd = 0.2 }
[rule.w]
terms = ["pre: 1"]
eta = 0.001
%(more)s
[trials]
search = 2
[search]
method = "cma_es"
iterations = 1
refit = false
"""
COUNTING = {"w": {"alpha": 1.0}}  # a weight tells how many spikes its synapse has seen
LOSS = '[loss.it]\nkind = "rate"\nof = "E"\n'

# Of two phases of 12000 and 9000 steps.
MEASURED = """
[phase.a]
duration = 1.2
[phase.b]
duration = 0.9
set = { "population.in.rate" = 30 }
[loss.rate]
kind = "rate"
of = "E"
when = "a"
[probe.group]
kind = "rate"
of = "E.first"
when = "a"
window = 0.5
[probe.late]
kind = "rate"
of = "E"
when = "b"
[probe.both]
kind = "rate"
of = "E"
when = ["a", "b"]
[probe.cv]
kind = "cv"
of = "E"
when = "a"
[probe.cv_window]
kind = "cv"
of = "E.first"
when = "b"
window = 0.6
[probe.cv_one]
kind = "cv"
of = "E.one"
when = "b"
[probe.fano_time]
kind = "fano"
of = "E"
over = "time"
bin = 0.1
when = "a"
[probe.fano_units]
kind = "fano"
of = "E"
over = "units"
bin = 0.05
when = "b"
window = 0.7
[probe.again]
kind = "autocovariance"
of = "E"
bin = 0.05
lags = 0.2
when = "a"
[probe.again_later]
kind = "autocovariance"
of = "E.first"
when = "b"
window = 0.7
[probe.wave]
kind = "spectrum"
of = "E"
bin = 0.001
when = "a"
[probe.wave_later]
kind = "spectrum"
of = "E.first"
when = "b"
window = 0.7
[probe.change]
kind = "contrast"
of = ["probe.late", "loss.rate"]
"""


def text(inputs=40, rate=15, neurons=6, gain=0.1, more=""):
    return NETWORK % {"inputs": inputs, "rate": rate, "neurons": neurons, "gain": gain, "more": more}


class Measures(Case):
    def test_rates_irregularity_and_contrasts_of_recorded_spikes(self):
        _, recorded = command.simulate(self.folder, text(more=MEASURED), COUNTING, replicas=3,
                                       options=("--every", "1000"))
        for k in range(3):
            mine = recorded["population.E.trial"] == k
            times, units = (recorded["population.E." + key][mine].astype(int) for key in ("time", "unit"))

            def trains(first, end, of=(0, 6)):
                return spikes.trains_of(times, units, first, end, of)

            a, b = (spikes.rate(trains(first, end), end - first) for first, end in ((0, 12000), (12000, 21000)))
            expected = {
                "loss.rate": a, "probe.late": b, "probe.both": (a + b) / 2, "probe.change": 2 * (b - a) / (a + b),
                "probe.group": spikes.rate(trains(7000, 12000, (0, 3)), 5000),
                "probe.cv": spikes.cv(trains(0, 12000)),
                "probe.cv_window": spikes.cv(trains(15000, 21000, (0, 3))),
                "probe.cv_one": spikes.cv(trains(12000, 21000, (2, 3))),
                "probe.fano_time": spikes.fano(trains(0, 12000), 12000, 1000, "time"),
                "probe.again": measures.mean_autocovariance(spikes.counts(trains(0, 12000), 12000, 500), 4),
                "probe.again_later": measures.mean_autocovariance(
                    spikes.counts(trains(14000, 21000, (0, 3)), 7000, 100), 50),
                "probe.wave": measures.share_of_one_frequency(spikes.counts(trains(0, 12000), 12000, 10).mean(axis=0)),
                "probe.wave_later": measures.share_of_one_frequency(
                    spikes.counts(trains(14000, 21000, (0, 3)), 7000, 100).mean(axis=0)),
                "probe.fano_units": spikes.fano(trains(14000, 21000), 7000, 500, "units"),
            }
            self.assertGreater(a, 2)
            for name, value in expected.items():
                compare.close(recorded[name][k], value, "trial %d, %s" % (k, name))


    def test_phases_that_start_from_states_measure_their_own_spikes(self):
        learn, test = 6000, 8000  # steps; a repetition of one, then the other from the state that it left
        schedule = """
[phase.learn]
duration = 0.6
repeat = 2
[phase.test]
duration = 0.8
after_each = "learn"
plastic = false
[loss.it]
kind = "rate"
of = "E"
when = "test"
[probe.fano]
kind = "fano"
of = "E"
over = "units"
bin = 0.05
when = "test"
window = 0.7
"""
        _, recorded = command.simulate(self.folder, text(more=schedule), COUNTING, options=("--every", "5000"))
        for k in range(2):
            mine = recorded["population.E.trial"] == k
            times, units = (recorded["population.E." + key][mine].astype(int) for key in ("time", "unit"))

            def trains(first, end):
                return spikes.trains_of(times, units, first, end, (0, 6))

            ends = [learn + test, 2 * (learn + test)]
            compare.close(recorded["loss.it"][k], np.mean([spikes.rate(trains(e - test, e), test) for e in ends]), "rate")
            compare.close(recorded["probe.fano"][k],
                          np.mean([spikes.fano(trains(e - 7000, e), 7000, 500, "units") for e in ends]), "fano")


class Steps(Case):
    def driven(self, keys, schedule):
        """Rates of neurons without afferent spikes, and what a constant drive of 20 mV makes of them."""
        wait = np.ceil(np.log(2) * spikes.TAU_M / spikes.DT) + spikes.REFRACTORY
        _, recorded = command.simulate(self.folder, text(4, 0, 4, 0.1, schedule + LOSS).replace(
            "groups", keys + "\ngroups"), COUNTING, options=("--every", "5000"))
        mine = (recorded["population.E.trial"] == 0) & (recorded["population.E.unit"] == 1)
        return np.diff(recorded["population.E.time"][mine]), wait

    def test_a_constant_drive(self):
        intervals, wait = self.driven("drive = 0.02", "[simulation]\nduration = 0.5\n")
        self.assertEqual(len(intervals), int((5000 + spikes.REFRACTORY) // wait) - 1)
        np.testing.assert_array_equal(intervals, wait)

    def test_a_drive_that_a_phase_sets(self):
        intervals, wait = self.driven("", "[phase.a]\nduration = 0.1\n[phase.b]\nduration = 0.5\n"
                                          'set = { "population.E.drive" = 0.02 }\n')
        self.assertGreater(len(intervals), 20)
        np.testing.assert_array_equal(intervals, wait)

    def test_poisson_units_spike_as_often_as_they_should(self):
        for rate, more in (15, ""), (200, 'set = { "population.in.rate" = 200 }'):
            with self.subTest(rate):
                _, recorded = command.simulate(
                    self.folder, text(100, 15, 4, 1e-3, "[phase.it]\nduration = 2\n%s\n" % more + LOSS), COUNTING,
                    options=("--every", "20000"))
                w = recorded["projection.w"]
                seen = (w[:, -1] - w[:, 0]) / 1e-3  # [trial][neuron][input]
                np.testing.assert_allclose(seen[:, 0], seen[:, 1], atol=1e-6)
                self.assertTrue(np.all(np.abs(seen - seen.round()) < 1e-6))
                low, high = spikes.count_bounds(rate, 2, 200)
                total = seen[:, 0].sum()
                self.assertTrue(low < total < high, "%g spikes, not in %g to %g" % (total, low, high))

    def test_every_spike_and_weight_of_a_recurrent_network(self):
        steps, neurons, delay = 5000, 4, 15
        pair = {"tau_pre": np.log(0.02), "tau_post": np.log(0.03), "alpha": -0.2, "kappa": 0.4, "beta": 0.1,
                "gamma": 0.5}
        _, recorded = command.simulate(self.folder, text(30, 40, neurons, 0.05, """
[simulation]
duration = 0.5
[projection.r]
from = "E"
to = "E"
delay = 1.5e-3
gain = 0.2
weights = { mean = 0.5, sd = 0.1 }
[rule.r]
terms = "pair"
eta = 0.02
""" + LOSS).replace("groups = { first = [0, 3], one = [2, 3] }", ""), dict(COUNTING, r=pair))
        w, r = recorded["projection.w"], recorded["projection.r"]
        for k in range(2):
            trains = np.diff(w[k][:, 0], axis=0) > 5e-4
            first = r[k][0].reshape(neurons, neurons)
            self_less = 1 - np.eye(neurons)
            afferent = spikes.Synapses(w[k][0], np.ones_like(w[k][0]), 0.05, COUNTING["w"], 1e-3)
            recurrent = spikes.Synapses(first, self_less, 0.2, pair, 0.02)
            found = spikes.lif_network(afferent, recurrent, trains, delay, steps)
            mine = recorded["population.E.trial"] == k
            got = np.stack([recorded["population.E." + key][mine].astype(int) for key in ("time", "unit")], axis=1)
            self.assertGreater(len(found), 20)
            np.testing.assert_array_equal(got, found)
            last = r[k][-1].reshape(neurons, neurons) * self_less
            compare.close(last, recurrent.w * self_less, "weights after the last step")
            self.assertGreater(np.abs(last - first * self_less).max(), 1e-3)

    def test_a_probability_of_the_pairs_that_can_be_connected(self):
        """As many presynaptic units for each neuron, none of them itself, as the probability gives on average."""
        inputs, neurons, probability = 40, 11, 0.6
        _, recorded = command.simulate(self.folder, text(inputs, 40, neurons, 0.05, """
[simulation]
duration = 0.01
[projection.r]
from = "E"
to = "E"
weights = 0.5
connect = { probability = %g }
[projection.f]
from = "in"
to = "E"
weights = 0.5
connect = { probability = %g }
""" % (probability, probability) + LOSS).replace("groups = { first = [0, 3], one = [2, 3] }", ""), COUNTING)
        self.assertEqual(recorded["projection.r"].shape[-1], round(probability * (neurons - 1)) * neurons)
        self.assertEqual(recorded["projection.f"].shape[-1], round(probability * inputs) * neurons)

    def test_a_sum_of_weights_that_every_spike_brings_back(self):
        """Each postsynaptic spike adds eta (c0 + c1 W) to all its weights, W their sum (docs/model.md, M50)."""
        c0, c1, eta = 0.3, -0.1, 0.05
        _, recorded = command.simulate(
            self.folder, text(5, 1, 3, 1e-6, "[simulation]\nduration = 0.5\n" + LOSS).replace(
                "groups", "drive = 0.025\ngroups").replace(
                'terms = ["pre: 1"]\neta = 0.001', 'terms = ["post: 1", "post: s", "pre: s^2"]\neta = %g\n'
                'factors = { s = { of = "w", sum = "incoming" } }' % eta),
            {"w": {"beta": c0, "post: s": c1, "pre: s^2": 0.0}})
        spiked = 0
        for k, w in enumerate(recorded["projection.w"]):
            mine = recorded["population.E.trial"] == k
            times, units = (recorded["population.E." + key][mine].astype(int) for key in ("time", "unit"))
            for t in range(len(w) - 1):
                expected = w[t].copy()
                for unit in units[times == t]:
                    expected[unit] += eta * (c0 + c1 * w[t][unit].sum())
                    spiked += 1
                compare.close(w[t + 1], expected, "step %d" % t)
        self.assertGreater(spiked, 60)


if __name__ == "__main__":
    unittest.main()
