#!/usr/bin/env python3
"""How soon commands print something: bench/scripts/first_output.py CARVE

Milliseconds from the start of a process to its first byte of output, and how many times that of `carve --version`, which
reads nothing; medians of runs that take turns.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TASKS = pathlib.Path(__file__).resolve().parents[2] / "tasks"
RUNS = 15
COMMANDS = (["--version"], ["help"], ["help", "train"], ["check", "oja-identified"], ["train", "oja-identified"],
            ["train", "pca"], ["train", "isp"], ["train", "ei"])


def first_output(carve, words, folder):
    """Seconds until the first byte; the process is stopped then."""
    arguments = [str(TASKS / f"{word}.toml") if (TASKS / f"{word}.toml").exists() else word for word in words]
    if words[0] == "train":
        arguments += ["--out", tempfile.mkdtemp(dir=folder) + "/run"]
    reader, writer = os.pipe()
    began = time.perf_counter()
    process = subprocess.Popen([carve, *arguments], stdout=writer, stderr=writer)
    os.close(writer)
    byte = os.read(reader, 1)
    seconds = time.perf_counter() - began
    process.kill()
    process.wait()
    os.close(reader)
    if not byte:
        sys.exit(f"first_output.py: carve {' '.join(words)} printed nothing")
    return seconds


def main(carve):
    seconds = {" ".join(words): [] for words in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(RUNS):
            for words in COMMANDS:
                seconds[" ".join(words)].append(first_output(carve, words, folder))
    least = statistics.median(seconds["--version"])
    print("| command | ms to the first output | times `--version` |\n| --- | ---: | ---: |")
    for name, of_runs in seconds.items():
        median = statistics.median(of_runs)
        print(f"| carve {name} | {1e3 * median:.0f} | {median / least:.1f} |")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]))
