"""What is measured of a population or a projection while a sim is stepped."""
from typing import Any, Dict, List, Tuple

from .. import library
from ..constants import ProbeKind
from .describe import WithParameters


class Probe(WithParameters, library.Probe):
    """What RateProbe, TrajectoryProbe, WeightsProbe and TransmittedProbe have in common."""

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [self.index], self._changed("index")


class RateProbe(Probe):
    """The mean rate of a population of neurons, filtered, with bounds and a target (docs/model.md, M16).

    Parameters
    ----------
    index : int
        Of the population.
    tau : float
        Time constant of the filter in s, above 0.
    start : float
        The filter's state at a reset in Hz, at least 0.
    low, high : float
        In Hz: a replica is frozen when the filtered rate falls below low or passes high.
    target : float
        In Hz, at least 0.
    offset : float
        In Hz, above 0: the loss is (rate - target)^2 / (rate + offset).
    """
    _kind, _struct = ProbeKind.RATE, library.RateProbe

    def __init__(self, index: int, **fields: Any) -> None:
        super().__init__()
        self._fill({"index": index}, fields)


class _OfObservations(Probe):
    _struct = library.TrajectoryProbe

    def __init__(self, index: int, observations: int, **fields: Any) -> None:
        super().__init__()
        self._fill({"index": index}, fields, {"observations": observations})

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [self.index, self.observations], self._changed("index", "observations")


class TrajectoryProbe(_OfObservations):
    """How far the rates of a population are from observed ones (docs/model.md, M40, M44, M46). Sim.trajectory has the sums.

    Parameters
    ----------
    index : int
        Of the population of rates.
    observations : int
        Index of another population of as many units, as a rule an input, whose rates are the observed ones.
    selection : int, optional
        Index of a population of as many units, or one, whose rates weight the observations; those of weight 0 or NaN do
        not count. None: all weigh 1.
    likelihood : Likelihood
        Of an observation, given a rate.
    noise : float
        Of Likelihood.GAUSSIAN: the standard deviation of an observation, above 0.
    sums : Sums
        Of Likelihood.GAUSSIAN: with Sums.OF_UNITS each unit has a gain and an offset, which are fitted (Sim.unit_sums).
    """
    _kind = ProbeKind.TRAJECTORY


class WeightsProbe(_OfObservations):
    """How far the weights of a plastic projection between rates are, before the updates of a step, from observed ones
    (docs/model.md, M52). Sim.weight_trajectory has the sums.

    Parameters
    ----------
    index : int
        Of the projection.
    observations : int
        Index of a population of post * pre units, as a rule an input, whose rates [post][pre] are the observed weights.
    selection : int, optional
        Index of a population of as many units, or one, whose rates weight the observations; those of weight 0 or NaN do
        not count. None: all weigh 1.
    noise : float
        Standard deviation of an observation, above 0.
    """
    _kind = ProbeKind.WEIGHTS
    _not_taken = ("likelihood", "sums")


class TransmittedProbe(Probe):
    """What each group of a poisson population transmitted by a projection in the window (Sim.tuning_loss).

    Parameters
    ----------
    index : int
        Of the projection.
    """
    _kind = ProbeKind.TRANSMITTED

    def __init__(self, index: int) -> None:
        super().__init__()
        self._fill({"index": index}, {})
