"""One neuron under Oja's rule finds the first principal component of its inputs, as in api/c/first_steps.c.

    PYTHONPATH=api/python python3 api/python/examples/first_steps.py
"""
import math
import sys

import numpy as np

import carve

N, STEPS = 8, 4000

e = 1 / math.sqrt(N)  # every entry of the first component
z = carve.random_normal(1, 0, 0, STEPS)
x = carve.random_normal(1, 1, 0, STEPS * N).reshape(STEPS, 1, N)  # [step][sample][unit]
x = 0.3 * x + (z * e)[:, np.newaxis, np.newaxis]  # variance 1.09 along the component, 0.09 across

model = carve.Model([carve.Input(N, shared=1), carve.Rate(1)],  # inputs of all replicas; one linear neuron
                    [carve.Projection(pre=0, post=1, rule=0, eta=0.005, weights=carve.Normal(0, 0.1))],
                    [carve.Rule([(0, 2, 1), (1, 1, 0)])])  # dw = eta (theta_0 y^2 w + theta_1 x y)
sim = carve.Sim(model)
sim.view(carve.View.THETA)[:] = [-1, 1]
sim.reset(seed=1)
sim.step([x])

w = sim.get(carve.View.WEIGHTS)[0, :, 0]  # [post][pre][lane]
degrees = math.degrees(math.acos(min(abs(w.sum() * e) / np.linalg.norm(w), 1)))
print(f"success: {degrees:.2f} degrees from the first component")
print(*(f"{weight:.16e}" for weight in w))  # with all their digits: the same from every language
sys.exit(0 if degrees < 5 else 1)
