#!/usr/bin/env python3
"""In how many searches of a task its goal is met, over seeds that are drawn here and printed.

    bench/scripts/success.py CARVE TASK... [--seeds N] [--these S,S,...] [--threads N]

Each seed is drawn by the system, so that none was used while a task was tuned; --these repeats a
run. Prints a line for each search, and a row for each task: searches that met search.goal, the 95 %
interval of that rate (Clopper and Pearson 1934), in how many the task's reference rules meet it on the
same held-out sets, median and largest held-out loss, and the seconds of processor time that a search
takes (median and largest).
"""
import argparse
import json
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile

from scipy.stats import beta

SEEDS = 2**32  # seeds that are drawn lie below


def interval(met, n, level=0.95):
    tail = (1 - level) / 2
    low = beta.ppf(tail, met, n - met + 1) if met else 0.0
    high = beta.ppf(1 - tail, met + 1, n - met) if met < n else 1.0
    return low, high


def search(carve, task, seed, threads):
    """The result.json of one search, and the processor time that it took in s."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as there:
        command = [carve, "train", task, "--seed", str(seed), "--threads", str(threads), "--out", f"{there}/run", "--json",
                   "-q"]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):  # 1: the goal is missed
        sys.exit(f"success.py: carve train {task} --seed {seed} ended with {done.returncode}: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = json.loads(done.stdout)
    if "goal_met" not in result:
        sys.exit(f"success.py: {task} has no search.goal")
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows_of(carve, task, seeds, threads):
    losses, times, met, of_reference = [], [], 0, []
    for seed in seeds:
        result, seconds = search(carve, task, seed, threads)
        loss = result["loss"]["held_out"]
        losses.append(loss if isinstance(loss, float) else float(loss))
        times.append(seconds)
        met += result["goal_met"]
        reference = result["loss"].get("reference")
        of_reference += [] if reference is None else [reference <= result["goal"]]
        angles = [rule["angle"] for rule in result["rules"] if rule["angle"] is not None]
        print(f"{task.stem} seed {seed}: held out {loss:.4g}, goal {'met' if result['goal_met'] else 'missed'}, "
              f"reference {'-' if reference is None else format(reference, '.4g')}, "
              f"angles {', '.join(f'{float(a):.3g}' for a in angles) or '-'}, {seconds:.1f} s", flush=True)
    low, high = interval(met, len(seeds))
    return (f"| {task.stem} | {result['goal']} | {met} of {len(seeds)} | {100 * low:.0f} to {100 * high:.0f} % | "
            f"{sum(of_reference) if of_reference else '-'} | "
            f"{statistics.median(losses):.3g} | {max(losses):.3g} | {statistics.median(times):.1f} | {max(times):.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("carve")
    parser.add_argument("tasks", nargs="+", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--these", type=lambda text: [int(s) for s in text.split(",")])
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    seeds = options.these or [random.SystemRandom().randrange(SEEDS) for _ in range(options.seeds)]
    print("seeds:", ",".join(map(str, seeds)), flush=True)
    rows = [rows_of(options.carve, task, seeds, options.threads) for task in options.tasks]
    print("\n| task | goal | met | 95 % interval | reference | held-out loss | largest | processor s | largest |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
