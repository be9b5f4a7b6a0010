"""What is measured of a population or a projection."""
import ctypes

from . import constants, library
from .model import fill


class RateProbe(library.Probe):
    """Of a population of neurons (its index): its filtered rate, with bounds and a target."""

    def __init__(self, index, **fields):
        super().__init__()
        fill(self, {"index": index})
        self.kind = constants.ProbeKind.RATE
        object.__setattr__(self, "own", library.RateProbe())
        fill(self.own, fields)
        self.parameters = ctypes.addressof(self.own)


class TrajectoryProbe(library.Probe):
    """Of a rate population (its index): how far its rates are from those of the population with the index
    `observations`, as a rule an input, of as many units. selection: the index of a population of as many
    units, or one, whose rates weight the observations (0 or NaN: not observed; none: all weigh 1).
    likelihood: Likelihood.GAUSSIAN, with the standard deviation `noise` of an observation, 1 by default;
    BERNOULLI, of events whose probabilities the rates are; POISSON, of counts whose means they are; or
    CATEGORICAL, of a choice among the units, whose logits they are. Sim.trajectory has the sums. sums:
    Sums.OF_UNITS, of a gaussian one: each unit has a gain and an offset, which are fitted (Sim.unit_sums)."""

    def __init__(self, index, observations, **fields):
        super().__init__()
        fill(self, {"index": index})
        self.kind = constants.ProbeKind.TRAJECTORY
        object.__setattr__(self, "own", library.TrajectoryProbe())
        fill(self.own, {"observations": observations, **fields})
        self.parameters = ctypes.addressof(self.own)


class WeightsProbe(library.Probe):
    """Of a plastic projection between rates (its index): how far its weights are, as they are in a step before its
    updates, from the rates of the population with the index `observations`, as a rule an input, of n = post * pre units,
    [post][pre]. selection: the index of a population of n units, or one, whose rates weight the observations (0 or
    NaN: not observed; none: all weigh 1). noise: the standard deviation of an observation, 1 by default.
    Sim.weight_trajectory has the sums."""

    def __init__(self, index, observations, **fields):
        super().__init__()
        fill(self, {"index": index})
        self.kind = constants.ProbeKind.WEIGHTS
        object.__setattr__(self, "own", library.TrajectoryProbe())
        fill(self.own, {"observations": observations, **fields})
        self.parameters = ctypes.addressof(self.own)


class TransmittedProbe(library.Probe):
    """Of a projection from a poisson population (its index): what each group transmitted."""

    def __init__(self, index):
        super().__init__()
        fill(self, {"index": index})
        self.kind = constants.ProbeKind.TRANSMITTED
