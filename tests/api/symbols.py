"""What the libraries export and need, against the checked-in lists.

usage: symbols.py SHARED STATIC EXPORTS [NM]

- the shared library exports exactly the names in EXPORTS
- the static library is a real archive (not thin) that has the instruction sets' objects in it
- its objects together need nothing but what a freestanding C compiler may call
- no weak symbol is defined by objects of different instruction sets: the linker keeps one of them
  for everybody, perhaps the one that this machine cannot run
"""
import collections
import re
import subprocess
import sys

ALLOWED = {"memcpy", "memmove", "memset", "memcmp", "__cpu_model", "_GLOBAL_OFFSET_TABLE_"}
ISA_OBJECT = "_kernels"  # two objects for each instruction set and precision: rates, spikes
KERNEL = re.compile(r"_ZN5carve\d+(?:step|spike)_([a-z0-9]+)_f(?:32|64)E")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported(nm, library):
    lines = run(nm, "-D", "--defined-only", "--format=posix", library).splitlines()
    return {line.split()[0].split("@")[0] for line in lines if line}


def members(nm, archive):
    """[(object name, {symbol: type})] of every object, also of those with equal names."""
    objects = []
    for line in run(nm, "--format=posix", archive).splitlines():
        if line.endswith("]:"):
            objects.append((line[line.index("[") + 1:-2], {}))
        elif line.strip():
            name, kind = line.split()[:2]
            objects[-1][1][name] = kind
    return objects


def instruction_set(symbols):
    """That of the kernels that an object defines; what every machine has is compiled as softfma."""
    kernels = [KERNEL.match(symbol) for symbol, kind in symbols.items() if kind == "T"]
    return next((match.group(1) for match in kernels if match), "softfma")


def faults_of_exports(actual, expected):
    for name in sorted(actual - expected):
        yield f"{name} is exported but not listed"
    for name in sorted(expected - actual):
        yield f"{name} is listed but not exported"


def faults_of_objects(objects):
    defined, needed = set(), collections.defaultdict(set)
    weak = collections.defaultdict(list)
    for name, symbols in objects:
        for symbol, kind in symbols.items():
            if kind in "Uwv":
                needed[symbol].add(name)
            elif kind.isupper() or kind == "u":
                defined.add(symbol)
            if kind in "WVu":
                weak[symbol].append(f"{name} ({instruction_set(symbols)})")
    for symbol in sorted(set(needed) - defined - ALLOWED):
        yield f"{symbol} is needed by {', '.join(sorted(needed[symbol]))}"
    for symbol, owners in sorted(weak.items()):
        if len({owner.split(" (")[1] for owner in owners}) > 1:
            yield f"weak symbol {symbol} is defined by {', '.join(owners)}"


def faults_of_archive(path, objects):
    with open(path, "rb") as file:
        if file.read(8) != b"!<arch>\n":
            yield f"{path} is a thin archive"
    # At least softfma, in both precisions, rates and spikes.
    n = sum(ISA_OBJECT in name for name, _ in objects)
    if n < 4:
        yield f"{path} has {n} objects of instruction sets"


def main(shared, static, exports, nm="nm"):
    with open(exports, encoding="ascii") as file:
        lines = file.read().splitlines()
    objects = members(nm, static)
    faults = [] if lines == sorted(set(lines)) else [f"{exports} is not sorted"]
    faults += faults_of_exports(exported(nm, shared), set(lines))
    faults += faults_of_archive(static, objects)
    faults += faults_of_objects(objects)
    for fault in faults:
        print("failed:", fault)
    print(f"{len(lines)} exports, {len(objects)} objects")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
