"""Writes cma_medians.inc: how many evaluations CMA-ES needs, by another library.

    /usr/bin/python3 tests/golden/cma_medians.py > tests/golden/cma_medians.inc

The library is Debian's python3-cmaes. For each function and dimension, the median over seeds of the
number of evaluations until the best candidate of a generation is below 1e-9. From 1 (Rosenbrock: 0)
in every coordinate, sigma 0.3, default population. A run that gives up (Rosenbrock's function has a
local minimum) counts as infinitely long.
"""
import math
import multiprocessing
import os

os.environ["OMP_NUM_THREADS"] = "1" # before NumPy is loaded: one process a seed instead

import cmaes
import numpy

GOAL, MOST_GENERATIONS = 1e-9, 40000


def seeds(function, n):
    """51, but few where one takes minutes; from one to another it is a few percent there."""
    return 3 if n == 81 and function is not sphere else 51


def sphere(x):
    return x @ x


def ellipsoid(x):
    return 10.0 ** (6 * numpy.arange(len(x)) / (len(x) - 1)) @ x**2


def rosenbrock(x):
    return 100 * numpy.sum((x[:-1] ** 2 - x[1:]) ** 2) + numpy.sum((1 - x[:-1]) ** 2)


class Search(cmaes.CMA):
    """Draws as the library does, but multiplies B and D once a generation, not once a candidate."""

    def _sample_solution(self):
        B, D = self._eigen_decomposition()
        if getattr(self, "_decomposed", None) is not B:
            self._decomposed, self._BD = B, B * D
        return self._mean + self._sigma * (self._BD @ self._rng.randn(self._n_dim))


def evaluations(case):
    function, n, seed = case
    start = 0.0 if function is rosenbrock else 1.0
    search = Search(mean=numpy.full(n, start), sigma=0.3, seed=seed)
    for generation in range(1, MOST_GENERATIONS + 1):
        candidates = [search.ask() for _ in range(search.population_size)]
        told = [(x, function(x)) for x in candidates]
        if min(value for _, value in told) < GOAL:
            return generation * search.population_size
        search.tell(told)
        if generation % 500 == 0 and search.should_stop():
            break
    return math.inf


def main():
    print("// Made by cma_medians.py with python3-cmaes", cmaes.__version__)
    print("// function, dimension, seeds, median number of evaluations")
    with multiprocessing.Pool() as pool:
        for function in (sphere, ellipsoid, rosenbrock):
            for n in (4, 27, 81):
                count = seeds(function, n)
                cases = [(function, n, seed) for seed in range(1, count + 1)]
                median = sorted(pool.map(evaluations, cases, chunksize=1))[count // 2]
                print('{"%s", %d, %d, %d},' % (function.__name__, n, count, median), flush=True)


if __name__ == "__main__":
    main()
