#!/usr/bin/env python3
"""How a generation of tasks/pca.toml, and an exploration of tasks/oja.toml, scale over threads and ranks: docs/scaling.md.

    bench/scripts/scaling.py CARVE [THREADS_AND_RANKS...]

Times searches of few and of more generations; their difference is the generations alone. All are run
in turn, many times, and the fastest counts, for the machine may have other things to do. With one
step in place of 1000 it is what a generation costs beside its inner loops: candidates, data, log,
exchange. The second table is the model of docs/scaling.md with the figures of one thread. The last
is of restarts of an exploration, which run side by side, again by the difference of few and of more.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TASKS = pathlib.Path(__file__).resolve().parents[2] / "tasks"
SETTINGS = ["search.refit=false", "search.goal=1e6", "trials.validation=1", "trials.held_out=200"]
FEW, MORE, REPEATS = 2, 12, 12
FEW_RESTARTS, MORE_RESTARTS = 4, 16
SETS, CANDIDATES, LANES = 10, 50, 4 # of tasks/pca.toml: data sets, candidates, doubles in a lane block


def times_of(command):
    """Seconds on the clock, and of processor time in all processes together."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        process = subprocess.Popen(command + ["--out", folder + "/run", "-q"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"{' '.join(command)} failed")
        return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime


def train(carve, settings):
    return lambda generations: [*carve, "train", str(TASKS / "pca.toml"), "--set", *SETTINGS, *settings,
                                f"search.iterations={generations}"]


def explore(carve, settings):
    return lambda restarts: [*carve, "explore", str(TASKS / "oja.toml"), "--restarts", str(restarts), "--set",
                             "search.goal=1", "search.iterations=100", *settings]


def times_of_each(cases, few, more):
    """(ms on the clock, ms of processor time) of a generation or restart, for each of the cases."""
    fastest = {}
    for _ in range(REPEATS):
        for case, command_of in cases.items():
            for count in (few, more):
                times = times_of(command_of(count))
                known = fastest.get((case, count), times)
                fastest[case, count] = tuple(map(min, times, known))
    return {case: tuple(1e3 * (late - early) / (more - few)
                        for early, late in zip(fastest[case, few], fastest[case, more])) for case in cases}


def blocks_of_busiest(parts):
    """Lane blocks that the busiest of so many threads runs, as cli/search/evaluation/evaluate.cpp shares them out."""
    blocks = -(-CANDIDATES // LANES)
    chunks = min(blocks, max(1, 4 * parts // SETS))
    blocks_of_chunk = -(-blocks // chunks)
    return -(-SETS * -(-blocks // blocks_of_chunk) // parts) * blocks_of_chunk


def print_times(times):
    whole, work = times["1 thread"]
    print("| | ms of processor time | of one thread's | ms on the clock | speedup |")
    print("| --- | --- | --- | --- | --- |")
    for case, (clock, processor) in times.items():
        print(f"| {case} | {processor:.1f} | {processor / work:.0%} | {clock:.1f} | {whole / clock:.2f} |")


def main(carve, counts):
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                      OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_plm="isolated",
                      OMPI_MCA_btl_vader_single_copy_mechanism="none")
    cases = {"1 thread": train([carve], ["run.threads=1"]),
             "1 thread, 1 step": train([carve], ["run.threads=1", "simulation.duration=1"])}
    restarts = {"1 thread": explore([carve], ["run.threads=1"])}
    for n in counts:
        ranks = ["mpirun", "-n", str(n), carve]
        cases |= {f"{n} threads": train([carve], [f"run.threads={n}"]), f"{n} ranks": train(ranks, ["run.threads=1"])}
        restarts |= {f"{n} threads": explore([carve], [f"run.threads={n}"]),
                     f"{n} ranks": explore(ranks, ["run.threads=1"])}
    times = times_of_each(cases, FEW, MORE)
    work, beside = times["1 thread"][1], times.pop("1 thread, 1 step")[1]
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
    print_times(times)

    block = (work - beside) / blocks_of_busiest(1)
    print(f"\na lane block {block:.3f} ms, the rest {beside:.2f} ms\n")
    print("| total threads | lane blocks of the busiest | ms per generation | efficiency |")
    print("| --- | --- | --- | --- |")
    for parts in (1, 2, 4, 8, 10, 16, 26, 44, 65, 130):
        busiest = blocks_of_busiest(parts)
        modelled = busiest * block + beside
        print(f"| {parts} | {busiest} | {modelled:.2f} | {work / parts / modelled:.0%} |")
    print("\na restart of an exploration\n")
    print_times(times_of_each(restarts, FEW_RESTARTS, MORE_RESTARTS))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), [int(n) for n in sys.argv[2:]] or [2])
