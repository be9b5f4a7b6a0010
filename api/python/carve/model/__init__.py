"""The description of a network. Keyword arguments are the fields of carve.h's structs, those of an
element and of the structs that it points to together: fields that are not given keep carve.h's
defaults, those that do not exist are a TypeError."""
from .model import Model
from .populations import Cvaif, Eif, Gaussian, If, Input, Lif, Neurons, Poisson, Population, Rate, Receptor, Tif
from .probes import Probe, RateProbe, TrajectoryProbe, TransmittedProbe, WeightsProbe
from .projections import Csr, InDegree, LogUniform, Normal, Plasticity, Projection, Uniform
from .rules import AnyRule, Mlp, Rule
from .spike_rules import Product, SpikeMlp, SpikeRule

__all__ = ["AnyRule", "Csr", "Cvaif", "Eif", "Gaussian", "If", "InDegree", "Input", "Lif", "LogUniform", "Mlp", "Model", "Neurons",
           "Normal", "Plasticity", "Poisson", "Population", "Probe", "Product", "Projection", "Rate", "RateProbe", "Receptor",
           "Rule", "SpikeMlp", "SpikeRule", "Tif", "TrajectoryProbe", "TransmittedProbe", "Uniform", "WeightsProbe"]
