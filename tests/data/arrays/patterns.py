"""What data of kind "patterns" shows, by the words of docs/task.md and cli/data/arrays/patterns.hpp: patterns.py DIR
ORACLE, the folder of draws.py.
DIR/cases.txt has a case per line: units, count, active units, contiguous, kind of draw and its numbers (separated by
commas), on, off, order, steps, seed, stream, index. DIR/N.raw becomes what is shown and the index, of case N."""
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
sys.path.insert(0, sys.argv[2])
import draws


class Numbers:
    def __init__(self, seed, stream, index):
        self.seed, self.stream, self.next = seed, stream, index << 36

    def take(self, kind, n):
        values = kind(self.seed, self.stream, self.next, n)
        self.next += n
        return values


def values_of(kind, of, n, numbers):
    if kind == "number":
        return np.full(n, of[0])
    if kind == "normal":
        return of[0] + of[1] * numbers.take(draws.normal, n)
    u = numbers.take(draws.uniform, n)
    if kind == "uniform":
        return of[0] + (of[1] - of[0]) * u
    if kind == "log_uniform":
        return np.exp(np.log(of[0]) + (np.log(of[1]) - np.log(of[0])) * u)
    return np.array(of)[(u * len(of)).astype(int)]


def active(units, n, contiguous, numbers):
    if n == 0 or n >= units:
        return np.arange(units)
    if contiguous:
        first = int(numbers.take(draws.uniform, 1)[0] * (units - n + 1))
        return np.arange(first, first + n)
    rest = list(range(units))  # Fisher and Yates
    for i, u in enumerate(numbers.take(draws.uniform, n)):
        j = i + int(u * (units - i))
        rest[i], rest[j] = rest[j], rest[i]
    return np.sort(rest[:n])


for number, line in enumerate((folder / "cases.txt").read_text().splitlines()):
    words = line.split()
    units, count, n, contiguous = map(int, words[:4])
    on, off = map(int, words[6:8])
    steps, seed, stream, index = map(int, words[9:])
    numbers = Numbers(seed, stream, index)
    patterns = np.zeros((count, units))
    for pattern in patterns:
        which = active(units, n, contiguous, numbers)
        pattern[which] = values_of(words[4], [float(w) for w in words[5].split(",")], len(which), numbers)
    shown, order, turn = np.zeros((steps, units)), np.full(steps, np.nan), 0
    for start in range(0, steps, on + off):
        p = int(numbers.take(draws.uniform, 1)[0] * count) if words[8] == "random" else turn % count
        shown[start:start + on] = patterns[p]
        order[start:start + on] = p
        turn += 1
    np.concatenate([shown.ravel(), order]).tofile(folder / f"{number}.raw")
