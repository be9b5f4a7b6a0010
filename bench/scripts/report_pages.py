#!/usr/bin/env python3
"""How long `carve report` takes, and how large its pages are: bench/scripts/report_pages.py CARVE

Medians of runs that take turns: seconds of `carve report`, how many times that of `carve show` of the same run, which reads its
files and draws nothing, and the bytes of the page. `100000 iterations` is the run of oja-identified with a log of so many lines.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TASKS = pathlib.Path(__file__).resolve().parents[2] / "tasks"
RUNS = 5
ITERATIONS = 100_000
TASK_RUNS = {"oja-identified": (), "pca-identified": (), "isp": ("--set", "search.iterations=5")}  # its search takes half a minute


def call(carve, *arguments, codes=(0,)):
    began = time.perf_counter()
    done = subprocess.run([carve, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode not in codes:
        sys.exit(f"report_pages.py: carve {' '.join(map(str, arguments))}: {done.stderr}")
    return time.perf_counter() - began


def lengthen(run):
    """Gives the run a log of ITERATIONS lines, whose losses and coefficients move from line to line."""
    first = json.loads((run / "log.jsonl").read_text().splitlines()[0])
    with open(run / "log.jsonl", "w", encoding="utf-8") as log:
        for i in range(ITERATIONS):
            first.update(iteration=i + 1, total=ITERATIONS, loss=round(0.01 + 1 / (1 + 1e-3 * i) + 1e-3 * (i * 7919 % 997 / 997), 6))
            first["theta"] = {name: round((k + 1) * i / ITERATIONS, 5) for k, name in enumerate(first["theta"])}
            log.write(json.dumps(first) + "\n")


def main(carve):
    with tempfile.TemporaryDirectory() as folder:
        runs = {name: pathlib.Path(folder) / name for name in TASK_RUNS}
        for name, run in runs.items():
            call(carve, "train", TASKS / f"{name}.toml", "--out", run, "-q", *TASK_RUNS[name], codes=(0, 1))  # 1: the goal is missed
        runs[f"{ITERATIONS} iterations"] = long = pathlib.Path(folder) / "long"
        call(carve, "train", TASKS / "oja-identified.toml", "--out", long, "-q", codes=(0, 1))
        lengthen(long)
        page = pathlib.Path(folder) / "page.html"
        seconds = {(name, verb): [] for name in runs for verb in ("report", "show")}
        size = {}
        for _ in range(RUNS):
            for name, run in runs.items():
                seconds[name, "report"].append(call(carve, "report", run, "--out", page, "--force", "-q"))
                seconds[name, "show"].append(call(carve, "show", run))
                size[name] = page.stat().st_size
        print("| run | s | times `carve show` | KB |\n| --- | ---: | ---: | ---: |")
        for name in runs:
            report, show = (statistics.median(seconds[name, verb]) for verb in ("report", "show"))
            print(f"| {name} | {report:.2g} | {report / show:.1f} | {size[name] / 1024:.0f} |")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]))
