"""Rules that `carve export` has written, run by what they are written for."""
import importlib.util
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import numpy as np

CARVE = os.environ["CARVE"]

RATES = """
format = 1
source = "a test"
[rule.feedforward]
eta = 0.05
terms = [
  { x = 1, y = 1, w = 0, theta = 0.75 },
  { x = 0, y = 2, w = 1, theta = -0.5 },
  { x = 2, y = 0, w = 2, theta = 0.0625 },
  { x = 0, y = 0, w = 0, theta = -0.015625 },
  { x = 0, y = 0, w = 3, theta = -0.3 },
]
"""
SPIKES = """
format = 1
source = "a test"
[rule.ab]
eta = 0.01
terms = [
  { name = "tau_pre", theta = -3.9 },
  { name = "tau_post", theta = -3.2 },
  { name = "tau_pre2", theta = -2.6 },
  { name = "tau_post2", theta = -2.1 },
%s]
"""
ONLINE = """
format = 2
extends = "layer"
[simulation]
batch = 1
duration = 40
[population.y]
units = 2
[data.x]
spectrum = [1, 0.6, 0.3]
samples = 40
"""
# Neurons that fire by themselves, at rates of their own; a delay of two steps.
NEURONS = """
format = 2
[simulation]
dt = 1e-3
duration = 0.6
[population.a]
kind = "lif"
units = 4
initial = { uniform = [-0.06, -0.05] }
drive = 0.03
[population.b]
kind = "lif"
units = 3
initial = { uniform = [-0.06, -0.05] }
drive = 0.025
[projection.ab]
from = "a"
to = "b"
delay = 2e-3
gain = 0.01
weights = { mean = 0.5, sd = 0.1 }
w_min = 0.35
w_max = 0.8
[rule.ab]
terms = ["pre: 1", "pre: y1", "pre: x2 y1 w", "post: 1", "post: x1", "post: x1 y2 w^2"]
coincidence = "%s"
[loss.rate]
kind = "rate"
of = "b"
target = 10
[trials]
search = 2
validation = 1
held_out = 2
[search]
method = "cma_es"
iterations = 1
refit = false
"""


def module_of(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Exports(unittest.TestCase):
    def setUp(self):
        here = tempfile.TemporaryDirectory()
        self.addCleanup(here.cleanup)
        self.dir = pathlib.Path(here.name)

    def file(self, name, text):
        (self.dir / name).write_text(text)
        return str(self.dir / name)

    def carve(self, *args, code=0):
        done = subprocess.run([CARVE, *args], cwd=self.dir, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def export(self, rule, to, name):
        self.carve("export", rule, "--to", to, "--out", name)
        return self.dir / name

    def recorded(self, task, rule):
        self.carve("simulate", task, "--rule", rule, "--out", "w.npz", "--replicas", "2", "-q")
        return np.load(self.dir / "w.npz")

    def test_rates_in_python_follow_the_weights_that_carve_simulates(self):
        rule = self.file("rule.toml", RATES)
        seen = self.recorded(self.file("t.toml", ONLINE), rule)
        change = module_of(self.export(rule, "python", "rates.py"), "rates").feedforward
        for w, x in zip(seen["projection.feedforward"], seen["data.x"]):
            now = w[0]
            for t in range(40):
                np.testing.assert_allclose(w[t], now, rtol=1e-10, atol=1e-13)
                now = now + change(x[t], now @ x[t], now)
            self.assertGreater(np.abs(w[40] - w[0]).max(), 0.05)

    def test_rates_in_c_are_those_in_python(self):
        rule = self.file("rule.toml", RATES)
        change = module_of(self.export(rule, "python", "rates.py"), "rates").feedforward
        self.export(rule, "c", "rates.h")
        points = np.random.default_rng(1).normal(size=(20, 3))
        calls = "".join(f'    printf("%.17g\\n", feedforward({x!r}, {y!r}, {w!r}));\n' for x, y, w in points.tolist())
        source = self.file("main.c", f'#include <stdio.h>\n#include "rates.h"\nint main(void) {{\n{calls}    return 0;\n}}\n')
        compiler = os.environ.get("CC", "cc").split()
        subprocess.run([*compiler, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", source, "-o",
                        str(self.dir / "main")], check=True)
        said = subprocess.run([str(self.dir / "main")], check=True, capture_output=True, text=True).stdout.split()
        for (x, y, w), dw in zip(points, said):
            np.testing.assert_allclose(float(dw), change([x], [y], [[w]])[0, 0], rtol=1e-13)

    def spike_rule(self):
        # Their names: 1, y1 and x2 y1 w at a presynaptic spike, 1, x1 and x1 y2 w^2 at a postsynaptic one.
        terms = {"alpha": -0.3, "kappa": 0.4, "kappa_r_w": 0.2, "beta": -0.1, "gamma": 0.6, "gamma_o_w2": -0.7}
        listed = "".join(f'  {{ name = "{name}", theta = {theta} }},\n' for name, theta in terms.items())
        return self.file("rule.toml", SPIKES % listed)

    def spikes_at(self, seen, population, trial, step, delay=0):
        chosen = (seen[f"population.{population}.trial"] == trial) & (
            seen[f"population.{population}.time"] == step - delay)
        return seen[f"population.{population}.unit"][chosen].astype(int)

    def test_spikes_in_python_follow_the_weights_that_carve_simulates(self):
        rule = self.spike_rule()
        seen = self.recorded(self.file("t.toml", NEURONS % "pre_first"), rule)
        made = module_of(self.export(rule, "python", "spikes.py"), "spikes").ab
        self.assertGreater(len(seen["population.b.time"]), 40)
        for trial, w in enumerate(seen["projection.ab"]):
            rule_of_trial = made(4, 3, 1e-3, w_min=0.35, w_max=0.8)
            now = w[0].copy()
            for t in range(600):
                np.testing.assert_allclose(w[t], now, rtol=1e-9, atol=1e-12)
                rule_of_trial.step(now, self.spikes_at(seen, "a", trial, t, 2), self.spikes_at(seen, "b", trial, t))
            self.assertGreater(np.abs(w[600] - w[0]).max(), 0.05)

    def test_spikes_in_brian_2_are_those_in_python(self):
        try:
            import brian2
        except ImportError:
            self.skipTest("Brian 2 is not installed")
        brian2.prefs.codegen.target = "numpy"
        rule = self.spike_rule()
        made = module_of(self.export(rule, "python", "spikes.py"), "spikes").ab
        arguments = dict(module_of(self.export(rule, "brian2", "brian.py"), "brian").ab)
        arguments["namespace"] = dict(arguments["namespace"], w_min=0.35, w_max=0.8)
        # No two spikes in one step, where simulators differ.
        order = np.random.default_rng(2).permutation(400)[:60]
        pre = [(int(t), int(t) % 4) for t in order[:30]]
        post = [(int(t), int(t) % 3) for t in order[30:]]
        start = np.random.default_rng(3).uniform(0.4, 0.7, size=(3, 4))
        ms = brian2.ms
        brian2.defaultclock.dt = 1 * ms
        source = brian2.SpikeGeneratorGroup(4, [i for _, i in pre], [t for t, _ in pre] * ms)
        target = brian2.SpikeGeneratorGroup(3, [i for _, i in post], [t for t, _ in post] * ms)
        synapses = brian2.Synapses(source, target, **arguments)
        synapses.connect()
        synapses.w = [start[j, i] for i, j in zip(synapses.i, synapses.j)]
        brian2.Network(source, target, synapses).run(400 * ms)
        now, plain = start.copy(), made(4, 3, 1e-3, w_min=0.35, w_max=0.8)
        for t in range(400):
            plain.step(now, [i for s, i in pre if s == t], [i for s, i in post if s == t])
        for i, j, w in zip(synapses.i, synapses.j, synapses.w):
            np.testing.assert_allclose(w, now[j, i], rtol=1e-9)

    def test_spikes_in_nestml_are_those_in_python(self):
        """Its blocks by hand, as NEST is not there: expressions of NESTML are also Python's."""
        rule = self.spike_rule()
        made = module_of(self.export(rule, "python", "spikes.py"), "spikes").ab
        text = self.carve("export", rule, "--to", "nestml")
        self.assertTrue(text.startswith("# Untested"))
        self.assertEqual(text.count("model ab_synapse:"), 1)
        blocks = {head: [line.strip() for line in body.splitlines() if line.strip()]
                  for head, body in re.findall(r"^    (\w+(?:\(\w+\))?):\n((?:        .*\n|\n)*)", text, re.M)}
        names = {"w_min": 0.35, "w_max": 0.8, "min": min, "max": max}
        for line in blocks["parameters"]:
            name, unit, value = re.fullmatch(r"(\w+) (\w+) = (\S+)(?: ms)?", line).groups()
            if name not in names and name != "d":
                names[name] = float(value) * (1e-3 if unit == "ms" else 1)
        self.assertEqual(blocks["onReceive(pre_spikes)"][-1], "emit_spike(w, d)")
        decays = dict(re.fullmatch(r"(\w+)' = -\1 / (\w+)", line).groups() for line in blocks["equations"])
        self.assertEqual(len(decays), 4)
        order = np.random.default_rng(4).permutation(400)[:60]
        plain, w = made(1, 1, 1e-3, w_min=0.35, w_max=0.8), np.array([[0.5]])
        names.update({trace: 0.0 for trace in decays}, w=0.5)
        for t in range(400):
            pre, post = t in order[:30], t in order[30:]
            for spike, block in ((pre, "pre"), (post, "post")):
                for line in blocks[f"onReceive({block}_spikes)"] if spike else ():
                    if not line.startswith("emit"):
                        exec(line, names)
            plain.step(w, [0] if pre else [], [0] if post else [])
            self.assertAlmostEqual(names["w"], w[0, 0], delta=1e-12)
            for trace, tau in decays.items():
                names[trace] *= np.exp(-1e-3 / names[tau])

    def test_texts_have_all_terms(self):
        rule = self.file("rule.toml", RATES)
        self.assertIn("0.75 x y", self.carve("export", rule, "--to", "latex"))
        self.assertIn("\\eta = 0.05", self.carve("export", rule, "--to", "latex"))
        table = self.carve("export", rule, "--to", "markdown")
        for row in ("| x y | 0.75 |", "| y^2 w | -0.5 |", "| x^2 w^2 | 0.0625 |", "| 1 | -0.015625 |", "| w^3 | -0.3 |"):
            self.assertIn(row, table)

    def test_what_cannot_be_exported_is_refused(self):
        self.assertIn("--to python", self.carve("export", "oja", "--to", "brian2", code=2))
        self.assertIn("NESTML's synapses have spikes", self.carve("export", "oja", "--to", "nestml", code=2))
        self.assertIn("python", self.carve("export", "oja", "--to", "pyhton", code=2))
        self.file("kept.py", "")
        self.assertIn("--force", self.carve("export", "oja", "--to", "python", "--out", "kept.py", code=2))


if __name__ == "__main__":
    unittest.main()
