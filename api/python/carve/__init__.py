"""carve in Python: describe a network, step many replicas of it, and read what they become; find rules for it.

Networks in the field's words are a Network; `evaluate` has the loss of many rules, `train` searches by the command (docs/python.md):

    net = carve.Network(replicas=20)
    net.input("x", 3)
    net.rate("y", 1)
    net.project("x", "y", rule="x y - y^2 w", weights=carve.Normal(0, 0.1), name="w")
    net.run(data)

Below them are a Model and a Sim, which wrap the library: carve.h says what each call computes. Arrays of a Sim are NumPy arrays on its
own memory.

    model = carve.Model([carve.Input(3, shared=1), carve.Rate(1)], [carve.Projection(rule=0)],
                        [carve.Rule([(1, 1, 0), (0, 2, 1)])], n_replicas=20)
    sim = carve.Sim(model)

Needs NumPy and the shared library, libcarve.so.2, and no build step.
"""
from . import constants
from .command import CommandError
from .constants import (TERMS_27, TERMS_PAIR, Activation, Baseline, Coincidence, Connectivity, DefaultReceptor, Form, Gradient, Inference,
                        InitialWeights, Isa, Layout, Likelihood, Loss, MaskFrom, NeuronState, Part, Precision, Presynaptic,
                        ReceptorKind, Source, Status, Sums, TraceJump, View)
from .draws import random_normal, random_uniform
from .errors import CarveError, Diverged, explain
from .library import lib as _lib
from .model import (Csr, Cvaif, Eif, Gaussian, If, InDegree, Input, Lif, LogUniform, Mlp, Model, Normal, Plasticity, Poisson,
                    Population, Product, Projection, Rate, RateProbe, Receptor, Rule, SpikeMlp, SpikeRule, Tif, TrajectoryProbe,
                    TransmittedProbe, Uniform, WeightsProbe)
from .network import (ActivityLoss, DecorrelationLoss, DistanceLoss, Evaluation, Evaluator, KernelRule, Network,
                      PlasticityRule, RateLoss, SubspaceLoss, TrajectoryLoss, WeightLoss, evaluate, load_rules,
                      preset, save_rules)
from .runs import Run, load_run
from .sim import Info, Sim, Trajectory, UnitSums
from .tasks import Progress, Task, load_task, resume, train

__version__: str = _lib.carve_version().decode()

__all__ = ["Activation", "ActivityLoss", "Baseline", "CarveError", "Coincidence", "CommandError", "Connectivity", "Csr", "Cvaif",
           "DecorrelationLoss", "DefaultReceptor", "DistanceLoss", "Diverged", "Eif", "Evaluation", "Evaluator", "Form", "Gaussian",
           "Gradient", "If", "InDegree", "Inference", "Info", "InitialWeights", "Input", "Isa", "KernelRule", "Layout", "Lif",
           "Likelihood", "LogUniform", "Loss", "MaskFrom", "Mlp", "Model", "Network", "NeuronState", "Normal", "Part", "Plasticity",
           "PlasticityRule", "Poisson", "Population", "Precision", "Presynaptic", "Product", "Progress", "Projection", "Rate",
           "RateLoss", "RateProbe", "Receptor", "ReceptorKind", "Rule", "Run", "Sim", "Source", "SpikeMlp", "SpikeRule", "Status",
           "SubspaceLoss", "Sums", "TERMS_27", "TERMS_PAIR", "Task", "Tif", "TraceJump", "Trajectory", "TrajectoryLoss",
           "TrajectoryProbe", "TransmittedProbe", "Uniform", "UnitSums", "View", "WeightLoss", "WeightsProbe", "evaluate", "explain",
           "load_rules", "load_run", "load_task", "preset", "random_normal", "random_uniform", "resume", "save_rules", "train"]
