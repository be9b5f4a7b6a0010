"""Generations of CMA-ES on the sphere, 32 candidates: carve, pagmo and the Python package cmaes, in
turn, on one thread: python3 optimizer.py CARVE_BENCH RESULT.csv [--rounds N]. CARVE_BENCH is built
with the command (-Dcli=enabled), and has pagmo where it is installed (scripts/setup.sh peers).
Times are processor times; the ratio to carve is the median of the ratios within the rounds."""
import argparse
import csv
import json
import os
import statistics
import subprocess
import sys

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1") # before NumPy looks

import numpy as np
from compare import FIELDS, context, processor_time

try:
    import cmaes
except ImportError as error:
    cmaes = None
    print(f"skipped: cmaes ({error})", file=sys.stderr)

DIMENSIONS, CANDIDATES = (6, 27, 54, 500), 32


class Versions:
    VERSIONS = [] if cmaes is None else [f"cmaes {cmaes.__version__}"]


def of_benchmarks(binary, n):
    """{contender: ms of a generation}"""
    names = f"^(cmaes/full|pagmo)/n:{n}/lambda:{CANDIDATES}$"
    run = subprocess.run([binary, f"--benchmark_filter={names}", "--benchmark_format=json",
                          "--benchmark_min_time=0.2"], capture_output=True, check=True, text=True)
    found = json.loads(run.stdout)["benchmarks"]
    return {"carve" if row["name"].startswith("cmaes") else "pagmo": 1e-3 * row["us/generation"]
            for row in found}


def of_package(n):
    """ms of a generation"""
    search = cmaes.CMA(mean=np.full(n, 1.0), sigma=0.3, population_size=CANDIDATES, seed=1)
    generations = 3 if n > 100 else 50

    def generation():
        told = []
        for _ in range(CANDIDATES):
            x = search.ask()
            told.append((x, float(x @ x)))
        search.tell(told)
    generation()
    start = processor_time()
    for _ in range(generations):
        generation()
    return 1e3 * (processor_time() - start) / generations


def rounds_of(binary, n, rounds):
    """{contender: [ms]}"""
    times = {}
    for _ in range(rounds):
        found = of_benchmarks(binary, n)
        if cmaes is not None:
            found["cmaes"] = of_package(n)
        for name, ms in found.items():
            times.setdefault(name, []).append(ms)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("result")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    with open(arguments.result, "w", newline="") as file:
        print("# " + context([Versions]), file=file)
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n", restval="")
        writer.writeheader()
        for n in DIMENSIONS:
            times = rounds_of(arguments.binary, n, arguments.rounds)
            for name, ms in times.items():
                ratio = statistics.median(other / ours for other, ours in zip(ms, times["carve"]))
                row = dict(case=f"generation of CMA-ES/n:{n}/candidates:{CANDIDATES}", contender=name,
                           rounds=arguments.rounds, median_ms=f"{statistics.median(ms):.4g}",
                           least_ms=f"{min(ms):.4g}", most_ms=f"{max(ms):.4g}",
                           times_carve=f"{ratio:.3g}")
                writer.writerow(row)
                print(f"{row['case']:45} {name:8} {row['median_ms']:>9} ms {row['times_carve']:>7}",
                      flush=True)


if __name__ == "__main__":
    main()
