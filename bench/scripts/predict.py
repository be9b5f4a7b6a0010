#!/usr/bin/env python3
"""What `carve train --dry-run` predicts beside what the run then takes: bench/scripts/predict.py CARVE"""
import json
import pathlib
import subprocess
import sys
import tempfile

TASKS = pathlib.Path(__file__).resolve().parents[2] / "tasks"
NAMES = ("oja", "oja-identified", "oja-online", "oja-digits", "oja-patches", "pca", "pca-identified",
         "isp", "isp-tuned")


def result_of(carve, *arguments):
    done = subprocess.run([carve, "train", *map(str, arguments), "--json", "-q"], capture_output=True, text=True)
    if done.returncode not in (0, 1):  # 1: the goal is missed
        sys.exit(f"predict.py: carve train {arguments[0]} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def starts(phases):
    """How many the search needed: what is predicted is one."""
    names = [phase["phase"] for phase in phases if phase["phase"].startswith("restart")]
    return 1 + max((int(name.split()[1]) for name in names), default=0)


def table(carve):
    yield "| task | s predicted | s taken | starts | MB predicted | MB taken |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for name in NAMES:
        task = TASKS / f"{name}.toml"
        with tempfile.TemporaryDirectory() as folder:
            plan = result_of(carve, task, "--dry-run")
            run = result_of(carve, task, "--out", folder + "/run")
        yield (f"| {name} | {plan['estimated_seconds']:.3g} | {run['seconds']:.3g} | "
               f"{starts(run['phases'])} | {plan['estimated_memory_bytes'] / 1e6:.0f} | "
               f"{run['memory_bytes'] / 1e6:.0f} |")


if __name__ == "__main__":
    for line in table(sys.argv[1]):
        print(line, flush=True)
