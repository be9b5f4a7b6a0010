"""carve beside its peers, one process, one thread: python3 compare.py RESULT.csv [--rounds N]
[--only TEXT], or without a result only the check of the peers. bench/peers/run.sh builds what this
needs and starts it.

Every contender solves the same problem. Before it is timed, its result is compared with carve's: on
short runs, in double precision (plain C++ has none) to 1e-9, and on the timed run itself.
Then all contenders of a case run in each round, in another order each round, and the ratio to carve
is the median of the ratios within the rounds. Times are processor times. Peers whose Python package
is not installed are named and left out."""
import argparse
import csv
import importlib
import os
import platform
import resource
import statistics
import sys

import numpy as np
from problems import Generation, OneLayer, Spiking, TwoLayer

CASES = [OneLayer(100, 32, 1000, True), OneLayer(2, 32, 1000, True), OneLayer(1000, 1, 1000, True),
         OneLayer(100, 32, 1000, False), TwoLayer(100, 4, 32, 1000), TwoLayer(10, 4, 32, 1000),
         Generation(), Spiking(1), Spiking(64)]
FIELDS = ["case", "contender", "rounds", "median_ms", "least_ms", "most_ms", "ns_per_synapse_step",
          "times_carve", "difference"]


def load_peers():
    peers = []
    for name in ("carve", "plain", "numpy", "torch", "brian"):
        try:
            peers.append(importlib.import_module("with_" + name))
        except ImportError as error:
            if name == "carve":
                raise
            print(f"skipped: {name} ({error})", file=sys.stderr)
    return peers


def context(peers):
    """What the figures depend on, in one line."""
    processor = platform.processor() or "unknown processor"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        processor = names[0] if names else processor
    versions = [version for peer in peers for version in peer.VERSIONS]
    return f"{processor}, {platform.system()}; one thread; " + ", ".join(versions)


def contenders(peers, problem):
    return [contender for peer in peers if type(problem).__name__ in peer.SYSTEMS
            for contender in peer.contenders(problem)]


def difference(result, reference):
    """The largest, relative to the largest of the reference."""
    return float(np.max(np.abs(result - reference)) / np.max(np.abs(reference)))


def differences(problem, entrants):
    """To carve's result, of each; ends the program where they do not solve the same problem."""
    reference = entrants[0][1]()
    found = [difference(run(), reference) for _, run in entrants]
    most = 1e-9 if problem.dtype == np.float64 else 2e-3 # a thousand steps of single precision
    for (name, _), error in zip(entrants, found):
        if not error < most:
            sys.exit(f"{problem.name}, {np.dtype(problem.dtype)}: {name} differs from carve by "
                     f"{error:.1e}")
    return found


def check(peers, problem):
    """All agree on a short run, in both precisions."""
    for dtype in (np.float64, np.float32):
        short = problem.short(dtype)
        differences(short, contenders(peers, short))


def processor_time():
    """Seconds, of this process and of those that it has waited for."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cpu_seconds(run, least=0.01):
    """Of a call, the mean of as many as come to `least` seconds. As many before them do not count: the
    first one's caches are full of another contender's data, and its memory is the system's again."""
    calls, start = 0, processor_time()
    while calls == 0 or processor_time() - start < least:
        run()
        calls += 1
    start = processor_time()
    for _ in range(calls):
        run()
    return (processor_time() - start) / calls


def measure(peers, problem, rounds):
    """One row for each contender; the first is carve."""
    entrants = contenders(peers, problem)
    found = differences(problem, entrants)
    times = [[] for _ in entrants]
    for turn in range(rounds):
        for i in np.roll(np.arange(len(entrants)), turn):
            times[i].append(cpu_seconds(entrants[i][1]))
    for (name, _), seconds, error in zip(entrants, times, found):
        median = statistics.median(seconds)
        ratio = statistics.median(s / ours for s, ours in zip(seconds, times[0]))
        yield dict(case=problem.name, contender=name, rounds=rounds,
                   median_ms=f"{1e3 * median:.4g}", least_ms=f"{1e3 * min(seconds):.4g}",
                   most_ms=f"{1e3 * max(seconds):.4g}",
                   ns_per_synapse_step=f"{1e9 * median / problem.synapse_steps:.4g}",
                   times_carve=f"{ratio:.3g}", difference=f"{error:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", nargs="?", help="a .csv file to write")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    arguments = parser.parse_args()
    peers, cases = load_peers(), [case for case in CASES if arguments.only in case.name]
    for problem in cases:
        check(peers, problem)
    print(f"{len(cases)} cases: the same results from {context(peers)}", file=sys.stderr)
    if arguments.result is None:
        return
    with open(arguments.result, "w", newline="") as file:
        print("# " + context(peers), file=file)
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        for problem in cases:
            for row in measure(peers, problem, arguments.rounds):
                writer.writerow(row)
                print(f"{row['case']:45} {row['contender']:26} {row['median_ms']:>9} ms "
                      f"{row['times_carve']:>7}", flush=True)


if __name__ == "__main__":
    main()
