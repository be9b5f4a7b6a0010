"""Finds Oja's rule by CMA-ES (python3-cmaes), without gradients: carve evaluates all candidates of a generation at once.

A rule of four products is to turn the weights of a neuron, whatever they are at first, into the first principal component of its
inputs.

    PYTHONPATH=api/python python3 api/python/examples/oja_by_cmaes.py [SEED]
"""
import sys

import cmaes
import numpy as np

import carve

REPLICAS, STEPS = 40, 400


def make_evaluator(rng):
    net = carve.Network(replicas=REPLICAS, bound=1e3)
    net.input("x", 3)
    net.rate("y", 1)
    net.project("x", "y", rule=carve.PlasticityRule(["x", "w", "x y", "y^2 w"]), eta=0.02, weights=carve.Normal(0, 0.3), name="w")
    inputs, components = np.empty((REPLICAS, STEPS, 3)), np.empty((REPLICAS, 1, 3))
    for replica in range(REPLICAS):
        rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        inputs[replica] = rng.normal(size=(STEPS, 3)) * [1.0, 0.5, 0.25] @ rotation.T
        components[replica] = rotation[:, :1].T
    return net, carve.Evaluator(net, inputs, carve.DistanceLoss("w", components), gradient=False)


def search(seed=1, generations=40):
    """The coefficients by name, and their loss."""
    net, evaluate = make_evaluator(np.random.default_rng(seed))
    optimizer = cmaes.CMA(mean=np.zeros(len(net.theta)), sigma=0.5, population_size=16, seed=seed)
    for _ in range(generations):
        candidates = np.array([optimizer.ask() for _ in range(optimizer.population_size)])
        losses = evaluate(candidates).loss
        losses = np.minimum(losses, 1e6)  # of candidates that diverge
        optimizer.tell(list(zip(candidates, losses)))
    best = np.argmin(losses)
    return dict(zip(net.coefficients, candidates[best])), losses[best]


if __name__ == "__main__":
    found, loss = search(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    print(f"loss {loss:.4f}")
    for name, value in found.items():
        print(f"{value:+.4f} {name}")
