"""carve in Python: describe a network, step many replicas of it, and read what they become.

Needs NumPy and the shared library, libcarve.so.2, and no build step. Arrays of a sim are NumPy
arrays on its own memory. carve.h says what each call computes; this package only wraps it.

    model = carve.Model([carve.Input(3, shared=1), carve.Rate(1)], [carve.Projection(rule=0)],
                        [carve.Rule([(1, 1, 0), (0, 2, 1)])], n_replicas=20)
    sim = carve.Sim(model)
"""
from . import constants
from .constants import (TERMS_27, TERMS_PAIR, Activation, Baseline, Coincidence, Connectivity, DefaultReceptor, Form, Gradient, Inference,
                        InitialWeights, Isa, Layout, Likelihood, Loss, MaskFrom, NeuronState, Part, Precision, Presynaptic,
                        ReceptorKind, Source, Status, Sums, TraceJump, View)
from .draws import random_normal, random_uniform
from .errors import CarveError, Diverged, explain
from .library import lib as _lib
from .model import (Csr, Cvaif, Eif, Gaussian, If, InDegree, Input, Lif, LogUniform, Mlp, Model, Normal, Plasticity, Poisson,
                    Population, Product, Projection, Rate, RateProbe, Receptor, Rule, SpikeMlp, SpikeRule, Tif, TrajectoryProbe,
                    TransmittedProbe, Uniform, WeightsProbe)
from .sim import Info, Sim, Trajectory, UnitSums

__version__: str = _lib.carve_version().decode()

__all__ = ["Activation", "Baseline", "CarveError", "Coincidence", "Connectivity", "Csr", "Cvaif", "DefaultReceptor", "Diverged", "Eif",
           "Form", "Gaussian", "Gradient", "If", "InDegree", "Inference", "Info", "InitialWeights", "Input", "Isa", "Layout", "Lif",
           "Likelihood", "LogUniform", "Loss", "MaskFrom", "Mlp", "Model", "NeuronState", "Normal", "Part", "Plasticity", "Poisson",
           "Population", "Precision", "Presynaptic", "Product", "Projection", "Rate", "RateProbe", "Receptor", "ReceptorKind", "Rule",
           "Sim", "Source", "SpikeMlp", "SpikeRule", "Status", "Sums", "TERMS_27", "TERMS_PAIR", "Tif", "TraceJump", "Trajectory",
           "TrajectoryProbe", "TransmittedProbe", "Uniform", "UnitSums", "View", "WeightsProbe", "explain", "random_normal",
           "random_uniform"]
