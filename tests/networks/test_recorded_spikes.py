"""Data of kind "spikes": recorded trains drive neurons as the same trains do in NumPy; files that are refused."""
import pathlib
import unittest

import numpy as np

import command
import compare
import spikes
from case import Case

PAIR = {"tau_pre": np.log(0.02), "tau_post": np.log(0.03), "alpha": -0.2, "kappa": 0.4, "beta": 0.1, "gamma": 0.5}
TASK = """
format = 2
[simulation]
duration = %g
[data.session]
kind = "spikes"
path = "session.%s"
streams = ["pre", "other"]
[population.in]
kind = "input"
data = "session.pre"
%s
[population.E]
kind = "lif"
units = %d
%s
[projection.w]
from = "in"
to = "E"
gain = 0.1
weights = { mean = 0.5, sd = 0.1 }
[rule.w]
terms = "pair"
eta = 0.02
[loss.rate]
kind = "rate"
of = "E"
target = 10
[trials]
search = 1
validation = 1
held_out = %d
[search]
method = "cma_es"
iterations = 2
refit = false
"""


def text(duration=0.5, suffix="npz", units="", neurons=4, drive="", held_out=2):
    return TASK % (duration, suffix, units, neurons, drive, held_out)


def random_trains(seed, steps=5000, units=30, rate=40):
    """[step][unit], no unit twice in a step."""
    return np.random.default_rng(seed).random((steps, units)) < rate * spikes.DT


def times_of(trains, random):
    """Times within their steps, and units, in order of time."""
    step, unit = np.nonzero(trains)
    time = (step + random.uniform(0.01, 0.99, len(step))) * spikes.DT
    order = np.argsort(time)
    return time[order], unit[order].astype(float)


class Recorded(Case):
    def save(self, of_trials):
        """Files of the stream "pre": one trial, or several with NaN behind their last spike."""
        random = np.random.default_rng(9)
        pairs = [times_of(trains, random) for trains in of_trials]
        n = max(len(time) for time, _ in pairs)
        time, unit = (np.array([np.pad(p[k], (0, n - len(p[k])), constant_values=np.nan) for p in pairs])
                      for k in (0, 1))
        if len(pairs) == 1:
            time, unit = time[0], unit[0]
        np.savez(self.folder + "/session.npz", pre_time=time, pre_unit=unit)
        return time, unit

    def compare(self, task, of_trials, steps=5000, neurons=4):
        _, recorded = command.simulate(self.folder, task, {"w": PAIR}, replicas=2)
        w = recorded["projection.w"]
        none = np.zeros((neurons, neurons))
        for k in range(2):
            afferent = spikes.Synapses(w[k][0], np.ones_like(w[k][0]), 0.1, PAIR, 0.02)
            recurrent = spikes.Synapses(none, none, 0, {}, 0)
            found = spikes.lif_network(afferent, recurrent, of_trials[k], 1, steps)
            mine = recorded["population.E.trial"] == k
            got = np.stack([recorded["population.E." + key][mine].astype(int) for key in ("time", "unit")], axis=1)
            self.assertGreater(len(found), 20)
            np.testing.assert_array_equal(got, found)
            compare.close(w[k][-1], afferent.w, "weights after the last step")
            mine = recorded["data.session.pre.trial"] == k
            given = np.zeros_like(of_trials[k])
            given[tuple(recorded["data.session.pre." + key][mine].astype(int) for key in ("time", "unit"))] = True
            np.testing.assert_array_equal(given, of_trials[k])

    def test_every_spike_and_weight_that_one_recording_makes(self):
        trains = random_trains(1)
        self.save([trains])
        self.compare(text(), [trains, trains])

    def test_a_recording_in_a_table(self):
        trains = random_trains(1)
        time, unit = self.save([trains])
        lines = ["pre_time,pre_unit,other_time"] + ["%.17g,%d,0" % row for row in zip(time, unit)] + [",,0.1"] * 3
        with open(self.folder + "/session.csv", "w") as file:
            file.write("\n".join(lines) + "\n")
        self.compare(text(suffix="csv"), [trains, trains])

    def test_a_recording_of_each_trial(self):
        of_trials = [random_trains(seed) for seed in range(4)]
        self.save(of_trials)
        # what is simulated is held out: behind one trial of the search and one of validation
        self.compare(text(), of_trials[2:])

    def test_a_file_for_each_trial(self):
        random = np.random.default_rng(9)
        of_trials = [random_trains(seed, rate=20 + 10 * seed) for seed in range(4)]
        for k, trains in enumerate(of_trials):
            time, unit = times_of(trains, random)
            np.savez(self.folder + "/session-%d.npz" % k, pre_time=time, pre_unit=unit)
        pathlib.Path(self.folder, "session-9.npz.old").write_bytes(b"not a file of the task")
        task = text().replace("session.npz", "session-*.npz").replace("[trials]", '[trials]\nfrom = "session"')
        self.compare(task, of_trials[2:])

    def test_spikes_on_the_border_of_steps(self):
        steps = np.arange(0, 5000, 7)
        np.savez(self.folder + "/session.npz", pre_time=steps * spikes.DT, pre_unit=np.zeros(len(steps)))
        trains = np.zeros((5000, 1), dtype=bool)
        trains[steps] = True
        _, recorded = command.simulate(self.folder, text(), {"w": PAIR})
        np.testing.assert_array_equal(recorded["data.session.pre.time"][:len(steps)], steps)

    def test_units_that_never_spike(self):
        self.save([random_trains(1)])
        _, recorded = command.simulate(self.folder, text(units="units = 40"), {"w": PAIR}, options=("--every", "5000"))
        self.assertEqual(recorded["projection.w"].shape, (2, 2, 4, 40))

    def test_a_search_and_what_it_ends_with(self):
        self.save([random_trains(1)])
        for method, keys in ("cma_es", ""), ("adam", 'tau = 0.1\nas = "relative"\n'):
            command.write(self.folder, text().replace("cma_es", method).replace("[trials]", keys + "[trials]"))
            command.run(self.folder, "train", "task.toml", "--out", method, "-q")
            command.run(self.folder, "eval", method, "--task", "task.toml", "-q")

    def fails(self, task, code, *words):
        command.write(self.folder, task, {"w": PAIR})
        said = command.said(self.folder, code, "eval", "task.rule.toml", "--task", "task.toml", "-q")
        for word in words:
            self.assertIn(word, said)

    def test_recordings_that_are_refused(self):
        for time, unit, words in (
                ([0.1, -0.2], [0, 1], "spike 2: its time is -0.2 s"),
                ([0.2, 0.1], [0, 1], "spike 2: its time is 0.1 s, before the 0.2 s of the one above"),
                ([0.1, 0.2], [0, 1.5], "spike 2: its unit is 1.5"),
                ([0.1, 0.2], [-1, 0], "spike 1: its unit is -1"),
                ([0.10001, 0.10005], [3, 3], "spike 2: unit 3 spikes twice in a step of 0.0001 s"),
                ([0.1, np.nan, 0.2], [3, 2, 3], "spike 2: it has no time or no unit"),
                ([0.1, 0.2], [3, np.nan], "spike 2: it has no time or no unit"),
                ([0.1, 0.2], [3, 5, 7], "are not of the same shape"),
                ([[0.1, 0.2]] * 3, [[0, 1]] * 3, "has 3 trials; trials.search, validation and held_out")):
            with self.subTest(words):
                np.savez(self.folder + "/session.npz", pre_time=np.array(time), pre_unit=np.array(unit, dtype=float))
                self.fails(text(), 2 if "has 3" in words else 3, words)
        np.savez(self.folder + "/session.npz", pre_time=[0.1], pre_unit=[4.0])
        self.fails(text(units="units = 4"), 3, "its unit is 4, of 4 units from 0")
        np.savez(self.folder + "/session.npz", pre_times=[0.1], pre_unit=[4.0])
        self.fails(text(), 3, "no array 'pre_time'", "did you mean 'pre_times'?")

    def test_spikes_after_the_end_of_a_trial(self):
        np.savez(self.folder + "/session.npz", pre_time=[0.1, 0.5, 0.7], pre_unit=[0, 1, 1])
        command.write(self.folder, text(), {"w": PAIR})
        self.assertIn('2 spikes of stream "pre" come after the 0.5 s of a trial',
                      command.said(self.folder, 0, "check", "task.toml"))


if __name__ == "__main__":
    unittest.main()
