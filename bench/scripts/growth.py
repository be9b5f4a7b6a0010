#!/usr/bin/env python3
"""How time and memory grow, through the Python package: bench/scripts/growth.py

Times the value and gradient of one neuron (forward sensitivities, single precision, one thread) for
more inputs, steps, replicas and coefficients, each alone, and fits time = a + b size and time = c
size^p; then runs the same for more steps in processes of their own, carve's and PyTorch's, and asks
the system how much memory each had at most. CARVE_LIBRARY and PYTHONPATH as in bench/peers/run.sh."""
import itertools
import os
import pathlib
import subprocess
import sys
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1") # before NumPy looks

import carve
import numpy as np

REPEATS = 7
BASE = dict(inputs=200, steps=500, replicas=32, coefficients=18)
GROWING = [("inputs", "inputs", (100, 200, 300, 400, 600, 800)),
           ("steps", "steps", (250, 500, 1000, 2000, 4000)),
           ("replicas", "replicas", (16, 32, 64, 96, 128)),
           ("coefficients", "coefficients", (3, 9, 15, 18, 21, 27)),
           ("coefficients, all nine of a power of x", "coefficients", (9, 18, 27))]
TERMS = list(itertools.product(range(3), repeat=3))
STEPS_IN_MEMORY = dict(carve=(10**3, 10**4, 10**5, 10**6), torch=(10**3, 10**4))


def gradient(inputs, steps, replicas, coefficients):
    """A function that runs it once."""
    rule = carve.Rule(terms=TERMS[:coefficients])
    sim = carve.Sim(carve.Model(
        [carve.Input(inputs, shared=1, fixed=1), carve.Rate(1)], [carve.Projection(rule=0, eta=1e-3)],
        [rule], n_replicas=replicas, precision=carve.Precision.F32, gradient=carve.Gradient.FORWARD,
        form=carve.Form.SAMPLES, max_steps=steps))
    x = np.full((1, inputs), inputs**-0.5, np.float32) # the same in every step
    oja = {(1, 1, 0): 1, (0, 2, 1): -1} # what there is of it
    sim.put(carve.View.THETA, 0, np.array([oja.get(term, 0) for term in rule.term_list()]))
    target = np.zeros((1, inputs, replicas))
    target[0, 0] = 1

    def run():
        sim.reset(seed=1)
        sim.put(carve.View.WEIGHTS, 0, np.full((1, inputs, replicas), 0.01))
        sim.step([x], steps)
        return sim.loss(target, carve.Loss.DISTANCE_SQUARED)
    return run


def milliseconds(sizes):
    """Of each of them the fastest run, all in turn."""
    runs = [gradient(**size) for size in sizes]
    best = [float("inf")] * len(runs)
    for _ in range(REPEATS):
        for i, run in enumerate(runs):
            start = time.process_time()
            run()
            best[i] = min(best[i], 1e3 * (time.process_time() - start))
    return np.array(best)


def fit(sizes, times):
    """(a, b, R^2) of times = a + b sizes, p of times ~ sizes^p"""
    b, a = np.polyfit(sizes, times, 1)
    rest = times - (a + b * np.asarray(sizes))
    power = np.polyfit(np.log(sizes), np.log(times), 1)[0]
    return a, b, 1 - rest.var() / times.var(), power


def time_table():
    yield "| of | sizes | ms | a | b | R² | p |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: |"
    for name, size_of, sizes in GROWING:
        times = milliseconds([{**BASE, size_of: size} for size in sizes])
        a, b, r2, power = fit(sizes, times)
        yield (f"| {name} | {', '.join(map(str, sizes))} | {', '.join(f'{t:.3g}' for t in times)} | "
               f"{a:.2g} | {b:.3g} | {r2:.4f} | {power:.2f} |")


def torch_problem(steps):
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "peers"))
    from problems import OneLayer
    return OneLayer(100, 32, steps, True)


def run_torch(steps):
    problem = torch_problem(steps)
    import with_torch
    with_torch.one_layer(problem, with_torch.quadratics)()


def run_torch_data(steps):
    """What PyTorch's run needs before it begins."""
    torch_problem(steps)
    import with_torch


def run_carve(steps):
    gradient(100, steps, 32, 27)()


def peak_megabytes(contender, steps):
    process = subprocess.Popen([sys.executable, __file__, "--one", contender, str(steps)],
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    return usage.ru_maxrss / 1024 if status == 0 else None


def megabytes_of_steps(name, steps):
    """Beyond carve's run of one step, whose inputs do not grow, and beyond the data of PyTorch's."""
    before = peak_megabytes("carve", 1) if name == "carve" else peak_megabytes("torch-data", steps)
    after = peak_megabytes(name, steps)
    return "" if before is None or after is None else f"{max(0.0, after - before):.1f}"


def memory_table():
    yield "| T | " + " | ".join(STEPS_IN_MEMORY) + " |"
    yield "| ---: |" + " ---: |" * len(STEPS_IN_MEMORY)
    for steps in sorted(set(itertools.chain(*STEPS_IN_MEMORY.values()))):
        cells = [megabytes_of_steps(name, steps) if steps in STEPS_IN_MEMORY[name] else ""
                 for name in STEPS_IN_MEMORY]
        yield f"| {steps} | " + " | ".join(cells) + " |"


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--one":
        {"carve": run_carve, "torch": run_torch, "torch-data": run_torch_data}[sys.argv[2]](int(sys.argv[3]))
        return
    print("\n".join([*time_table(), "", "Megabytes that T steps add:", "", *memory_table()]))


if __name__ == "__main__":
    main()
