"""`carve eval` against the same figures worked out apart: of rates in NumPy (network.py), of spikes by
trials that are drawn here and run through the C interface."""
import json
import math
import os
import subprocess
import sys
import tempfile
import tomllib
import unittest
import pathlib

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "api" / "python"))
import carve
import datasets
import network
from draws import Draws
from search import powers_of

LAYER = """
format = 2
extends = "lateral-layer"
[simulation]
duration = 30
[population.y]
units = OUTPUTS
[data.x]
spectrum = [1, 0.6, 0.2]
scale = { log_uniform = [0.5, 1.5] }
samples = 20
[trials]
held_out = 200
[search]
aggregate = "trimmed"
"""
CELL = """
format = 2
extends = "cell"
[simulation]
duration = 1
[population.exc]
units = 160
[population.inh]
units = 40
[projection.excitatory]
gain = 0.07
[projection.inhibitory]
gain = 0.175
[rule.inhibitory]
eta = 0.05
[loss.rate]
window = 0.5
start = 20
stop = [0, 10000]
[trials]
held_out = 24
[trials.vary]
"population.inh.factor" = [0.5, 2]
"projection.excitatory.weights.peak" = { choice = [1, 2, 3, 4, 5, 6, 7, 8] }
[run]
precision = "double"
seed = 3
"""
DEAD_TIME = 5e-3  # s, of the cell and its afferents
OFFSET = 2  # Hz, of (r - target)^2 / (r + 2)


def evaluate(text, rule):
    """What `carve eval --json` says, and the resolved task."""
    with tempfile.TemporaryDirectory() as there:
        path = os.path.join(there, "t.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        said = [subprocess.run([os.environ["CARVE"], *words], check=True, stdout=subprocess.PIPE, timeout=120).stdout
                for words in (["eval", rule, "--task", path, "--json", "-q", "--threads", "2"], ["check", path, "-q"])]
    return json.loads(said[0]), tomllib.loads(said[1].decode())


class Rates(unittest.TestCase):
    def held_out(self, task, rules):
        """Losses and |cos| at the task's horizon."""
        own, of_sets, frozen, cosines = task["simulation"]["duration"], [], [], 0
        for first in range(0, task["trials"]["held_out"], 20):
            sets = datasets.draw(task, "held_out", first // 20, first // 20, 20)
            w, lost = network.simulate(task, rules, sets, own)
            of_sets.append(network.losses(task, w, lost, sets, own))
            frozen.append(lost)
            cosines = cosines + network.cosines(w, lost, sets) * len(sets) / task["trials"]["held_out"]
        return network.total(np.concatenate(of_sets), np.concatenate(frozen), own, task["search"]), cosines

    def long_run(self, task, rules):
        """Losses and |cos| where replicas run until their components can be told apart: each sixteen,
        in the order of that horizon, as long as the last of them; the task's own at least."""
        own, speed = task["simulation"]["duration"], rules[0]["eta"] * rules[0]["terms"][0]["theta"]
        assert rules[0]["terms"][0] == {"x": 1, "y": 1, "w": 0, "theta": 1.0}
        of_sets, frozen, cosines, horizons = [], [], 0, []
        for first in range(0, task["trials"]["held_out"], 20):
            sets = datasets.draw(task, "held_out", first // 20, first // 20, 20)
            sets.sort(key=lambda s: max(own, math.ceil(12 / (speed * s.gap))))
            for some in (sets[:16], sets[16:]):
                steps = max(own, math.ceil(12 / (speed * some[-1].gap)))
                w, lost = network.simulate(task, rules, some, steps)
                of_sets.append(network.losses(task, w, lost, some, steps))
                frozen.append(lost)
                cosines = cosines + network.cosines(w, lost, some) * len(some) / task["trials"]["held_out"]
                horizons.append(steps)
        loss = network.total(np.concatenate(of_sets), np.concatenate(frozen), max(horizons), task["search"])
        return loss, cosines, horizons

    def test_of_rates_the_loss_the_cosines_and_the_horizons_are_those_of_numpy(self):
        for outputs in (1, 2):
            said, task = evaluate(LAYER.replace("OUTPUTS", str(outputs)), "oja")
            oja = [{**powers_of("x y"), "theta": 1.0}, {**powers_of("y^2 w"), "theta": -1.0}]
            none = [{**powers_of("x y"), "theta": 0.0}]
            rules = [{"eta": 0.1, "terms": oja}, {"eta": 0.1, "terms": none}]
            silent = [{"eta": 0.1, "terms": none}] * 2
            with self.subTest(outputs=outputs):
                loss, cosines = self.held_out(task, rules)
                self.assertEqual(said["steps"], 30)
                self.assertAlmostEqual(said["loss"]["held_out"], loss, delta=1e-9)
                self.assertAlmostEqual(said["loss"]["silent"], self.held_out(task, silent)[0], delta=1e-9)
                np.testing.assert_allclose(said["cosines"], cosines, atol=1e-9)
                loss, cosines, horizons = self.long_run(task, rules)
                longer = said["long_run"]
                self.assertGreater(min(horizons), 30)
                self.assertAlmostEqual(longer["loss"], loss, delta=1e-9)
                np.testing.assert_allclose(longer["cosines"], cosines, atol=1e-9)
                self.assertEqual((longer["steps"]["min"], longer["steps"]["max"]), (min(horizons), max(horizons)))


class Spikes(unittest.TestCase):
    """Trials of the cell that comes with carve, as docs/task.md has them."""

    def sim(self, task, theta):
        exc, inh = (task["population"][name] for name in ("exc", "inh"))
        excitatory, inhibitory = (task["projection"][name] for name in ("excitatory", "inhibitory"))
        loss = task["loss"]["rate"]
        poisson = {"source": carve.SOURCE_SIGNAL, "n_groups": exc["groups"], "t_ref": DEAD_TIME, "rate": exc["rate"],
                   "signal_gain": exc["signal"]["gain"], "signal_tau": exc["signal"]["tau"]}
        neuron = carve.Lif(1, t_ref=DEAD_TIME)
        low, high = loss["stop"]
        rate = carve.RateProbe(2, tau=loss["tau"], start=loss["start"], low=low, high=high, target=loss["target"],
                               offset=OFFSET)
        projections = [
            carve.Projection(pre=0, post=2, gain=excitatory["gain"]),
            carve.Projection(pre=1, post=2, gain=inhibitory["gain"], receptor=carve.INHIBITORY, rule=0,
                             eta=task["rule"]["inhibitory"]["eta"], w_min=inhibitory["w_min"], w_max=math.inf,
                             weights=carve.Normal(inhibitory["weights"]))]
        model = carve.Model([carve.Poisson(exc["units"], **poisson), carve.Poisson(inh["units"], **poisson), neuron],
                            projections, [carve.SpikeRule()], [rate], dt=task["simulation"]["dt"], precision=carve.F64,
                            bound=task["simulation"]["bound"])
        sim = carve.Sim(model)
        sim.put(carve.VIEW_THETA, 0, np.reshape(theta, np.shape(sim.get(carve.VIEW_THETA, 0))))
        return sim

    def trial(self, sim, task, role, round_, index):
        """Its rate loss, and the neuron's mean rate in the window."""
        exc, profile = task["population"]["exc"], task["projection"]["excitatory"]["weights"]
        dt, window = task["simulation"]["dt"], task["loss"]["rate"]["window"]
        steps = round(task["simulation"]["duration"] / dt)
        u = Draws(task["run"]["seed"], "spikes", role, round_, index).uniform(2 + exc["units"])
        vary = task["trials"]["vary"] if role == "held_out" else task["trials"]["transfer"]["vary"]
        factors, peaks = vary["population.inh.factor"], vary["projection.excitatory.weights.peak"]
        factor = factors[index % len(factors)]
        if role == "held_out":
            peak = peaks["choice"][math.floor(u[1] * len(peaks["choice"]))]
        else: # each peak at each factor
            peak = peaks[index // len(factors) % len(peaks)]
        group = 1 + np.arange(exc["units"]) // (exc["units"] // exc["groups"])
        weights = profile["base"] + profile["tuned"] / (1 + (group - peak) ** 4.0) + profile["noise"] * u[2:]
        sim.reset(task["run"]["seed"], [int(u[0] * 2.0**52)])
        sim.view(carve.VIEW_GROUPS, 1)[...] = factor * np.array([[exc["rate"]], [exc["signal"]["gain"]]])
        sim.put(carve.VIEW_WEIGHTS, 0, weights[None, :, None])
        sim.view(carve.VIEW_WINDOW, 2)[:] = [steps - round(window / dt), steps]
        sim.step(n_steps=steps)
        spikes = float(np.ravel(sim.get(carve.VIEW_SPIKE_COUNTS, 2))[0])
        return float(sim.rate_loss(2)[0][0]), spikes / window

    def test_of_spikes_the_loss_and_the_rate_at_each_afferent_rate_are_those_of_the_trials(self):
        said, task = evaluate(CELL, "vogels_istdp")
        sim = self.sim(task, [math.log(0.02), math.log(0.02), -0.12, 1, 0, 1])
        of_trials = [self.trial(sim, task, "held_out", k // 20, k % 20) for k in range(24)]
        self.assertAlmostEqual(said["loss"]["held_out"], np.mean([loss for loss, _ in of_trials]), delta=1e-9)
        rates = [np.mean([rate for _, rate in of_trials[f::2]]) for f in range(2)]
        self.assertGreater(abs(rates[0] - rates[1]), 0.5)
        np.testing.assert_allclose(said["rate"], rates, rtol=1e-12)

    def test_trials_that_the_search_has_not_seen_have_their_own_afferent_rates_tunings_and_targets(self):
        text = CELL.replace("duration = 1\n", "duration = 0.6\n") + """
[trials.transfer.vary]
"population.inh.factor" = [0.7, 1.4]
"projection.excitatory.weights.peak" = [2.5, 6.5]
"loss.rate.target" = [6, 15]
"""
        said, task = evaluate(text, "vogels_istdp")
        self.assertEqual([there["target"] for there in said["transfer"]], [6, 15])
        for there in said["transfer"]:
            alpha = -0.12 * there["target"] / task["loss"]["rate"]["target"]
            sim = self.sim(task, [math.log(0.02), math.log(0.02), alpha, 1, 0, 1])
            of_trials = [self.trial(sim, task, "transfer", k // 20, k % 20)[1] for k in range(24)]
            np.testing.assert_allclose(there["rate"], [np.mean(of_trials[f::2]) for f in range(2)], rtol=1e-12)


if __name__ == "__main__":
    unittest.main()
