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
from draws import Draws, id_of
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
[trials.long]
count = 40
[trials.long.vary]
"simulation.duration" = [300]
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
search = 2
validation = 2
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
# vogels_istdp: ln tau_pre, ln tau_post (s), alpha, kappa, beta, gamma
RULE = [math.log(0.02), math.log(0.02), -0.12, 1, 0, 1]


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
    def judged(self, task, rules, role, steps, count):
        """The loss, and the |cos| of the trials that did not diverge, [trial][output]."""
        sets = datasets.draw(task, role, 0, 0, 0, count)
        w, frozen = network.simulate(task, rules, sets, steps)
        losses = network.losses(task, w, frozen, sets, steps)
        return network.total(losses, frozen, steps, task["search"]), network.cosines(w, sets)[frozen < 0]

    def check(self, measured, cosines):
        of_names = {"loss.components": cosines.mean(axis=1)}
        if cosines.shape[1] > 1:
            of_names |= {f"loss.components, unit {i + 1}": c for i, c in enumerate(cosines.T)}
        self.assertEqual(list(measured), list(of_names))
        for name, values in of_names.items():
            self.assertEqual(measured[name]["trials"], len(values))
            self.assertAlmostEqual(measured[name]["mean"], np.mean(values), delta=1e-9)
            self.assertAlmostEqual(measured[name]["standard_deviation"], np.std(values, ddof=1), delta=1e-9)

    def test_of_rates_the_losses_and_the_cosines_are_those_of_numpy(self):
        for outputs in (1, 2):
            said, task = evaluate(LAYER.replace("OUTPUTS", str(outputs)), "oja")
            oja = [{**powers_of("x y"), "theta": 1.0}, {**powers_of("y^2 w"), "theta": -1.0}]
            none = [{**powers_of("x y"), "theta": 0.0}]
            rules = [{"eta": 0.1, "terms": oja}, {"eta": 0.1, "terms": none}]
            silent = [{"eta": 0.1, "terms": none}] * 2
            with self.subTest(outputs=outputs):
                loss, cosines = self.judged(task, rules, "held_out", 30, 200)
                self.assertEqual(said["steps"], 30)
                self.assertAlmostEqual(said["loss"]["held_out"], loss, delta=1e-9)
                self.assertAlmostEqual(said["loss"]["silent"], self.judged(task, silent, "held_out", 30, 200)[0],
                                       delta=1e-9)
                self.check(said["measured"], cosines)
                longer, (loss, cosines) = said["sets"]["long"], self.judged(task, rules, "other", 300, 40)
                self.assertAlmostEqual(longer["loss"], loss, delta=1e-9)
                self.assertEqual(longer["losses"]["trials"], 40)
                self.check(longer["measured"], cosines)


class Spikes(unittest.TestCase):
    """Trials of the cell that comes with carve, as docs/task.md has them."""

    def sim(self, task, theta, target):
        exc, inh = (task["population"][name] for name in ("exc", "inh"))
        excitatory, inhibitory = (task["projection"][name] for name in ("excitatory", "inhibitory"))
        loss = task["loss"]["rate"]
        poisson = {"source": carve.Source.SIGNAL, "n_groups": exc["groups"], "t_ref": DEAD_TIME, "rate": exc["rate"],
                   "signal_gain": exc["signal"]["gain"], "signal_tau": exc["signal"]["tau"], "signal": id_of("exc")}
        afferents = [carve.Poisson(population["units"], random_id=id_of("population." + name), **poisson)
                     for name, population in (("exc", exc), ("inh", inh))]
        low, high = loss["stop"]
        rate = carve.RateProbe(2, tau=loss["tau"], start=loss["start"], low=low, high=high, target=target,
                               offset=OFFSET)
        projections = [
            carve.Projection(pre=0, post=2, gain=excitatory["gain"]),
            carve.Projection(pre=1, post=2, gain=inhibitory["gain"], receptor=carve.DefaultReceptor.INHIBITORY, rule=0,
                             eta=task["rule"]["inhibitory"]["eta"], w_min=inhibitory["w_min"], w_max=math.inf,
                             weights=carve.Normal(inhibitory["weights"]))]
        probes = [rate, carve.TransmittedProbe(0), carve.TransmittedProbe(1)]
        model = carve.Model([*afferents, carve.Lif(1, t_ref=DEAD_TIME)], projections, [carve.SpikeRule()], probes,
                            dt=task["simulation"]["dt"], precision=carve.Precision.F64, bound=task["simulation"]["bound"])
        sim = carve.Sim(model)
        sim.put(carve.View.THETA, 0, np.reshape(theta, np.shape(sim.get(carve.View.THETA, 0))))
        return sim

    def varied(self, task, vary, role, index):
        """The factor of the inhibitory afferents' rates and the peak of the excitatory weights: by turns, of which the
        first is the slowest, or drawn."""
        factors, peaks = vary["population.inh.factor"], vary["projection.excitatory.weights.peak"]
        if isinstance(peaks, list):
            return factors[index // len(peaks) % len(factors)], peaks[index % len(peaks)]
        u = Draws(task["run"]["seed"], "vary.projection.excitatory.weights.peak", role, 0, index).uniform(1)[0]
        return factors[index % len(factors)], peaks["choice"][math.floor(u * len(peaks["choice"]))]

    def trial(self, sim, task, vary, role, index):
        """Its rate loss, the neuron's mean rate in the window, and the correlation over groups of what the two
        projections transmit there."""
        exc, profile, seed = task["population"]["exc"], task["projection"]["excitatory"]["weights"], task["run"]["seed"]
        dt, window = task["simulation"]["dt"], task["loss"]["rate"]["window"]
        steps = round(task["simulation"]["duration"] / dt)
        factor, peak = self.varied(task, vary, role, index)
        group = 1 + np.arange(exc["units"]) // (exc["units"] // exc["groups"])
        noise = Draws(seed, "projection.excitatory.weights", role, 0, index).uniform(exc["units"])
        weights = profile["base"] + profile["tuned"] / (1 + (group - peak) ** 4.0) + profile["noise"] * noise
        sim.reset(seed, [int(Draws(seed, "trial", role, 0, index).uniform(1)[0] * 2.0**52)])
        sim.view(carve.View.GROUPS, 1)[...] = factor * np.array([[exc["rate"]], [exc["signal"]["gain"]]])
        sim.put(carve.View.WEIGHTS, 0, weights[None, :, None])
        sim.view(carve.View.WINDOW, 2)[:] = [steps - round(window / dt), steps]
        sim.step(n_steps=steps)
        spikes = float(np.ravel(sim.get(carve.View.SPIKE_COUNTS, 2))[0])
        transmitted = [np.ravel(sim.get(carve.View.TRANSMITTED, k)) for k in (0, 1)]
        return float(sim.rate_loss(2)[0][0]), spikes / window, np.corrcoef(*transmitted)[0, 1]

    def check(self, measured, rates, tunings):
        for name, values in ("loss.rate", rates), ("probe.tuning", tunings):
            self.assertEqual(measured[name]["trials"], len(values))
            np.testing.assert_allclose(measured[name]["mean"], np.mean(values), rtol=1e-9)
            np.testing.assert_allclose(measured[name]["standard_deviation"], np.std(values, ddof=1), rtol=1e-6)

    def check_conditions(self, conditions, paths, at, rates, tunings):
        """at: of each trial, the values that it took by turns."""
        self.assertEqual([tuple(c["at"][path] for path in paths) for c in conditions], list(dict.fromkeys(at)))
        for condition in conditions:
            these = [k for k, values in enumerate(at) if values == tuple(condition["at"][path] for path in paths)]
            self.check(condition["measured"], rates[these], tunings[these])

    def test_of_spikes_the_losses_rates_and_tunings_are_those_of_the_trials(self):
        said, task = evaluate(CELL, "vogels_istdp")
        sim, vary = self.sim(task, RULE, task["loss"]["rate"]["target"]), task["trials"]["vary"]
        losses, rates, tunings = np.array([self.trial(sim, task, vary, "held_out", k) for k in range(24)]).T
        self.assertAlmostEqual(said["loss"]["held_out"], np.mean(losses), delta=1e-9)
        self.assertGreater(abs(np.mean(rates[::2]) - np.mean(rates[1::2])), 0.5)
        self.check(said["measured"], rates, tunings)
        self.check_conditions(said["conditions"], ["population.inh.factor"], [((0.5, 2)[k % 2],) for k in range(24)],
                              rates, tunings)
        for condition in said["conditions"]: # 0.12 r / (0.04 r)
            self.assertAlmostEqual(condition["set_point"], 3, delta=1e-9)

    def test_trials_that_the_search_has_not_seen_have_their_own_afferent_rates_tunings_and_targets(self):
        text = CELL.replace("duration = 1\n", "duration = 0.6\n") + """
[trials.unseen.vary]
"population.inh.factor" = [0.7, 1.4]
"projection.excitatory.weights.peak" = [2.5, 6.5]
"loss.rate.target" = [6, 15]
"""
        said, task = evaluate(text, "vogels_istdp")
        self.assertEqual(list(said["sets"]), ["unseen, target 6", "unseen, target 15"])
        vary = task["trials"]["unseen"]["vary"]
        at = [((0.7, 1.4)[k // 2 % 2], (2.5, 6.5)[k % 2]) for k in range(24)]
        for target, there in zip((6, 15), said["sets"].values()):
            # The rule's alpha follows the target, and with it the set point.
            alpha = RULE[2] * target / task["loss"]["rate"]["target"]
            sim = self.sim(task, [*RULE[:2], alpha, *RULE[3:]], target)
            losses, rates, tunings = np.array([self.trial(sim, task, vary, "other", k) for k in range(24)]).T
            self.assertAlmostEqual(there["loss"], np.mean(losses), delta=1e-9)
            self.check(there["measured"], rates, tunings)
            self.check_conditions(there["conditions"], list(vary)[:2], at, rates, tunings)
            for condition in there["conditions"]:
                self.assertAlmostEqual(condition["set_point"], 3 * target / 10, delta=1e-9)


if __name__ == "__main__":
    unittest.main()
