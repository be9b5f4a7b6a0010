#!/usr/bin/env python3
"""How far the rate of a neuron settles from its rule's mean-field set point: bench/scripts/set_points.py CARVE"""
import json
import pathlib
import subprocess
import sys

TASK = pathlib.Path(__file__).resolve().parents[2] / "tasks" / "isp.toml"
RULES = ("vogels_istdp", "half_hebb", "post_only", "manifold", "spikes_ie_stability")
ETAS = (0.005, 0.02, 0.05)
FACTORS = (0.5, 1, 2)
# Lives of 300 s, the last 200 scored: at a learning rate of 0.001 not all have settled by then. No
# trial ends early.
LIFE = ("network.steps=3000000", "cell.window=200", "loss.low=0", "loss.high=10000", "search.held_out_sets=12",
        f"cell.inhibitory_factors={list(FACTORS)}")
AFFERENTS = {"signal": (), "constant": ("cell.afferents=constant", "cell.rate=30", "cell.excitatory_gain=0.02")}


def deviations(carve, rule, eta, afferents):
    """Of the mean rate from the set point at each afferent rate, in percent."""
    command = [carve, "eval", rule, "--task", TASK, "--json", "-q", "--threads", "1", "--set", *LIFE, *AFFERENTS[afferents],
               f"rule.inhibitory.eta={eta}"]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [100 * (rate / point - 1) for rate, point in zip(said["rate"], said["set_point"])]


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
