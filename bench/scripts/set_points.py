#!/usr/bin/env python3
"""How far the rate of a neuron settles from its rule's mean-field set point: bench/scripts/set_points.py CARVE"""
import json
import pathlib
import subprocess
import sys
import tempfile

TASK = pathlib.Path(__file__).resolve().parents[2] / "tasks" / "isp.toml"
RULES = ("vogels_istdp", "half_hebb", "post_only", "manifold", "spikes_ie_stability")
ETAS = (0.005, 0.02, 0.05)
FACTORS = (0.5, 1, 2)
# Trials of 300 s, the last 200 scored: at a learning rate of 0.001 not all have settled by then. No
# trial ends early.
LONG = ("simulation.duration=300", "loss.rate.window=200", "loss.rate.stop=[0, 10000]", "trials.held_out=12",
        f'trials.vary={{"population.inh.factor" = {list(FACTORS)}}}')
CONSTANT = f"""
format = 2
extends = {json.dumps(str(TASK))}
drop = ["population.exc.signal", "population.inh.signal"]
[population.exc]
rate = 30
[projection.excitatory]
gain = 0.02
"""
AFFERENTS = {"signal": TASK.read_text(), "constant": CONSTANT}


def deviations(carve, rule, eta, afferents):
    """Of the mean rate from the set point at each afferent rate, in percent."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as task:
        task.write(AFFERENTS[afferents])
        task.flush()
        command = [carve, "eval", rule, "--task", task.name, "--json", "-q", "--threads", "1", "--set", *LONG,
                   f"rule.inhibitory.eta={eta}"]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [100 * (there["measured"]["loss.rate"]["mean"] / there["set_point"] - 1) for there in said["conditions"]]


def table(carve):
    columns = [f"{kind}, x {factor}" for kind in AFFERENTS for factor in FACTORS]
    yield f"| rule | eta | {' | '.join(columns)} |"
    yield "| --- " + "| ---: " * (1 + len(columns)) + "|"
    for rule in RULES:
        for eta in ETAS:
            off = [d for kind in AFFERENTS for d in deviations(carve, rule, eta, kind)]
            yield f"| {rule} | {eta} | {' | '.join(f'{d:+.1f}' for d in off)} |"


if __name__ == "__main__":
    for line in table(sys.argv[1]):
        print(line, flush=True)
