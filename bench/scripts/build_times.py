#!/usr/bin/env python3
"""How long builds take: bench/scripts/build_times.py

Each in a folder of its own, without a cache of objects: processor seconds of the compilers and of the linker, how many times
those of the first, and how many files it compiles. The kernel with one instruction set needs a compiler and xsimd alone.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNEL = ["-Dcli=disabled", "-Dpython=disabled"]
BUILDS = {
    "kernel, one instruction set": [*KERNEL, "-Disa=scalar"],
    "kernel, all instruction sets": KERNEL,
    "command and kernel, as `./run.sh` builds them": ["-Dcli=enabled", "-Dpython=disabled", "-Dunity=on", "-Dunity_size=16"],
    "the same, each file by itself": ["-Dcli=enabled", "-Dpython=disabled"],
}


def seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def call(*command):
    done = subprocess.run(command, cwd=ROOT, text=True, env={**os.environ, "CCACHE_DISABLE": "1"}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"build_times.py: {' '.join(command)}: {done.stdout[-2000:]}")
    return done.stdout


def main():
    print("| build | processor s | times the first | files |\n| --- | ---: | ---: | ---: |")
    first = None
    for name, options in BUILDS.items():
        with tempfile.TemporaryDirectory() as folder:
            call("meson", "setup", folder, "-Dtests=disabled", "-Dbench=disabled", *options)
            files = call("ninja", "-C", folder, "-t", "commands").count(" -c ")
            began = seconds()
            call("ninja", "-C", folder)
            took = seconds() - began
        first = first or took
        print(f"| {name} | {took:.0f} | {took / first:.1f} | {files} |", flush=True)


if __name__ == "__main__":
    main()
