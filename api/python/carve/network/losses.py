"""Losses of a Network: how far what it became, or did, is from what it should."""
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .. import constants, library, model
from ..constants import Likelihood, View
from ..errors import Diverged
from ..sim.arrays import Array
from .arrays import floats
from .elements import NamedNeurons, NamedPopulation, NamedProjection
from .rules import choice


class Measured(NamedTuple):
    """Of one candidate: value [replica]; frozen [replica], whether it diverged; derivatives by the coefficients, gradient [K][replica] and matrix [K][K][replica]
    (Gauss-Newton); residuals [n][replica], whose squares add up to the value, and their jacobian [n][K][replica]. What a
    loss does not have is None."""
    value: Array
    gradient: Optional[Array] = None
    residuals: Optional[Array] = None
    jacobian: Optional[Array] = None
    matrix: Optional[Array] = None
    frozen: Optional[Array] = None


class NetworkLoss:
    """One of DistanceLoss, SubspaceLoss, DecorrelationLoss, RateLoss, TrajectoryLoss, and with functions of the caller's
    WeightLoss and ActivityLoss."""
    splits = True  # whether replicas may be computed apart

    def prepare(self, network: Any) -> None:
        """Adds to a network what it measures with."""

    def data(self, network: Any, steps: int) -> Dict[str, Array]:
        """What the populations are fed that it has added."""
        return {}

    def measure(self, run: Any, jacobian: bool) -> Measured:
        """Of one candidate. run: an evaluate.EvaluationRun."""
        raise NotImplementedError


def projection_of(loss: str, network: Any, name: str) -> NamedProjection:
    found = network[name]
    if not isinstance(found, NamedProjection):
        raise ValueError(f"{loss}: {name!r} is not a projection but a population; projections are {', '.join(network.projections)}")
    return found


def _step(run: Any) -> None:
    try:
        run.sim.step(run.inputs, run.steps)
    except Diverged:
        pass  # frozen replicas have NaN for a loss


class _KernelLoss(NetworkLoss):
    """Of the weights of a projection."""
    kind = 0

    def __init__(self, projection: str, target: Any):
        self.projection, self.target = projection, floats("target", target).copy()
        if not np.isfinite(self.target).all():
            raise ValueError(f"target of a {type(self).__name__} has numbers that are not finite")

    def prepare(self, network: Any) -> None:
        projection = projection_of(type(self).__name__, network, self.projection)
        post, pre = (network.populations[name].units for name in (projection.post, projection.pre))
        shape = (self.rows(post, pre), pre)
        if self.target.shape not in (shape, (network.replicas, *shape)):
            raise ValueError(f"target of the {type(self).__name__} of {self.projection!r} has shape {self.target.shape}, not {shape} or "
                             f"{(network.replicas, *shape)}")

    def rows(self, post: int, pre: int) -> int:
        """Of the target, for so many units."""
        return post

    def measure(self, run: Any, jacobian: bool) -> Measured:
        _step(run)
        index = run.network[self.projection].index
        target = run.of_part(self.target, 3)
        target = np.moveaxis(target, 0, -1) if target.ndim == 3 else target
        value, gradient = run.sim.loss(target, self.kind, index)
        if not jacobian:
            return Measured(value, gradient)
        residuals, slopes = run.sim.residuals(target, self.kind, index)
        scale = 1 / np.sqrt(self.count(len(residuals), run))
        return Measured(value, gradient, residuals * scale, None if slopes is None else slopes * scale)

    def count(self, n: int, run: Any) -> int:
        """By what the sum of the residuals' squares is divided."""
        return n


class DistanceLoss(_KernelLoss):
    """Mean over postsynaptic units of the squared distance of their weights from a target, or from minus the target if
    that is nearer (docs/model.md, M10).

    Parameters
    ----------
    projection : str
    target : array
        [post][pre], or [replica][post][pre].
    squared : bool
        False: the distance itself; residuals then are those of its square.
    """

    def __init__(self, projection: str, target: Any, squared: bool = True):
        super().__init__(projection, target)
        self.kind = constants.Loss.DISTANCE_SQUARED if squared else constants.Loss.DISTANCE

    def count(self, n: int, run: Any) -> int:
        units: int = run.network.populations[run.network[self.projection].post].units
        return units


class SubspaceLoss(_KernelLoss):
    """Distance, 0 to 1, of the space that the rows of the weights span from that of the target's rows, which are
    orthonormal.

    Parameters
    ----------
    projection : str
    target : array
        [post][pre], or [replica][post][pre].
    """
    kind = constants.Loss.SUBSPACE


class DecorrelationLoss(_KernelLoss):
    """Mean over pairs of postsynaptic units of the squared covariance of their rates, for inputs with given second
    moments.

    Parameters
    ----------
    projection : str
    target : array
        Second moments of the inputs, [pre][pre] or [replica][pre][pre].
    """
    kind = constants.Loss.DECORRELATION

    def rows(self, post: int, pre: int) -> int:
        return pre


def _window(window: Any) -> Tuple[int, int]:
    if not isinstance(window, (tuple, list, np.ndarray)) or len(window) != 2:
        raise ValueError(f"window of a RateLoss is {window!r}; it is two steps, (first, end)")
    first, end = (library.whole("window", step, 62) for step in window)
    if first >= end:
        raise ValueError(f"window of a RateLoss is {(first, end)}; the first step is before the second")
    return first, end


class RateLoss(NetworkLoss):
    """(rate - target)^2 / (rate + offset), mean over time, of the filtered mean rate of a population of neurons
    (docs/model.md, M16).

    Parameters
    ----------
    population : str
    target : float
        Hz.
    window : (int, int), optional
        Steps, from the first to before the second, that count.
    fields : keywords
        Others of carve_rate_probe (carve/probes.h): tau (s), start, low, high, offset (Hz).
    """

    def __init__(self, population: str, target: float, window: Optional[Tuple[int, int]] = None, **fields: Any):
        self.population, self.fields = population, {"target": target, **fields}
        self.window = None if window is None else _window(window)

    def prepare(self, network: Any) -> None:
        if not isinstance(network[self.population], NamedNeurons):
            raise ValueError(f"RateLoss: {self.population!r} is not a population of neurons")
        network.probes.append(model.RateProbe(network._index(self.population), **self.fields))

    def data(self, network: Any, steps: int) -> Dict[str, Array]:
        if self.window is not None and self.window[1] > steps:
            raise ValueError(f"window of the RateLoss of {self.population!r} is {self.window}; the second is at most {steps}, the steps of the run")
        return {}

    def measure(self, run: Any, jacobian: bool) -> Measured:
        index = run.network._index(self.population)
        if self.window is not None:
            run.sim.put(View.WINDOW, index, self.window)
        _step(run)
        value, gradient = run.sim.rate_loss(index)
        return Measured(value, gradient)


class TrajectoryLoss(NetworkLoss):
    """How unlikely observed rates are, given those of a population: the negative logarithm of the likelihood (docs/model.md,
    M40, M44), with its Gauss-Newton matrix.

    Parameters
    ----------
    population : str
    observations : array
        [step][unit], with a batch [step][sample][unit]; or [replica][step]...
    noise : float
        Standard deviation of an observation, of the Gaussian likelihood.
    mask : array, optional
        [step] or [step][unit]: weights of the observations; where it is 0, nothing was observed.
    likelihood : {"gaussian", "bernoulli", "poisson", "categorical"}
    """
    unobserved: Optional[Array] = None  # which observations are not finite

    def __init__(self, population: str, observations: Any, noise: float = 1.0, mask: Any = None, likelihood: str = "gaussian"):
        self.population, self.noise = population, noise
        self.observations = floats("observations", observations).copy()
        self.mask = None if mask is None else floats("mask", mask).copy()
        if self.mask is not None and (self.mask.ndim not in (1, 2) or not np.isfinite(self.mask).all() or (self.mask < 0).any()):
            raise ValueError(f"mask of a TrajectoryLoss has shape {self.mask.shape}; it is [step] or [step][unit], weights of at least 0")
        self._check_observations()
        self.likelihood = choice("likelihood", likelihood, Likelihood)

    def _check_observations(self) -> None:
        """Where they count they are numbers; elsewhere they become 0, which weighs nothing."""
        missing = ~np.isfinite(self.observations)
        if not missing.any():
            return
        if self.mask is None:
            raise ValueError("observations of a TrajectoryLoss have numbers that are not finite: mask, 0 where nothing was observed, leaves them out")
        self.observations[missing] = 0.0
        self.unobserved = missing

    def prepare(self, network: Any) -> None:
        if not isinstance(network[self.population], NamedPopulation) or network[self.population].kind is not model.Rate:
            raise ValueError(f"TrajectoryLoss: {self.population!r} is not a population of rate units")
        add_trajectory(network, self.population, None if self.mask is None else 1 if self.mask.ndim == 1 else network[self.population].units,
                       likelihood=self.likelihood, noise=self.noise)

    def data(self, network: Any, steps: int) -> Dict[str, Array]:
        self._check_mask(network)
        data = {_observed(self.population): self.observations}
        if self.mask is not None:
            mask = self.mask.reshape(len(self.mask), 1, -1)
            data[_selected(self.population)] = np.broadcast_to(mask, (len(mask), network.batch, mask.shape[-1])) if network.batch > 1 \
                else mask[:, 0]
        return data

    def _check_mask(self, network: Any) -> None:
        """That observations that are not finite have the weight 0."""
        if self.mask is None or self.unobserved is None:
            return
        mask = self.mask.reshape(len(self.mask), *[1] * (network.batch > 1), -1)
        steps = self.unobserved.reshape(-1, *self.unobserved.shape[-mask.ndim:])
        if len(mask) == steps.shape[1] and mask.shape[-1] in (1, steps.shape[-1]) and (steps & (mask != 0)).any():
            raise ValueError(f"observations of the TrajectoryLoss of {self.population!r} have numbers that are not finite where mask is not 0")

    def measure(self, run: Any, jacobian: bool) -> Measured:
        _step(run)
        found = run.sim.trajectory(run.network._index(self.population))
        return Measured(found.loss, found.gradient, matrix=found.matrix)


def _observed(population: str) -> str:
    return f"observations of {population}"


def _selected(population: str) -> str:
    return f"mask of {population}"


def add_trajectory(network: Any, population: str, mask_units: Optional[int], **fields: Any) -> None:
    """Inputs of observations, and of their weights, and the probe that compares them."""
    network.input(_observed(population), network[population].units)
    fields["observations"] = network._index(_observed(population))
    if mask_units is not None:
        network.input(_selected(population), mask_units)
        fields["selection"] = network._index(_selected(population))
    network.probes.append(model.TrajectoryProbe(network._index(population), **fields))


Function = Callable[[Array], Any]


def _called(function: Function, array: Array, frozen: Array, slopes: bool, what: str) -> Tuple[Array, Optional[Array]]:
    """What the caller's function makes of an array [replica][...]: value [replica], and its derivative by the array."""
    answer = function(array)
    if isinstance(answer, tuple) and len(answer) != 2:
        raise TypeError(f"the function of {what} returned a tuple of {len(answer)}, not (value, derivative)")
    value, slope = answer if isinstance(answer, tuple) else (answer, None)
    value = floats(f"the value that the function of {what} returned", value).copy()
    if value.shape != (len(array),):
        raise ValueError(f"the function of {what} returned a value of shape {value.shape}, not [replica], {(len(array),)}")
    if np.isnan(value[~frozen]).any():
        raise ValueError(f"the function of {what} returned NaN for replica {int(np.argmax(np.isnan(value) & ~frozen))}, which has not diverged")
    value[frozen] = np.nan
    if not slopes:
        return value, None
    if slope is None:
        raise TypeError(f"the function of {what} needs to return (value, derivative), or evaluate with gradient=False")
    slope = floats(f"the derivative that the function of {what} returned", slope)
    if slope.shape != array.shape:
        raise ValueError(f"the function of {what} returned a derivative of shape {slope.shape}, not {array.shape}")
    return value, slope


class WeightLoss(NetworkLoss):
    """A function of the final weights of a projection.

    Parameters
    ----------
    projection : str
    function : callable
        Of weights [replica][post][pre]; returns values [replica], one of each replica from its own weights, and their
        derivatives [replica][post][pre], or only the values, which are evaluated without a gradient. Replicas that diverged are NaN. It is called by several threads, but
        not at once.
    """
    splits = False

    def __init__(self, projection: str, function: Function):
        self.projection, self.function = projection, function

    def prepare(self, network: Any) -> None:
        projection_of("WeightLoss", network, self.projection)

    def measure(self, run: Any, jacobian: bool) -> Measured:
        _step(run)
        index = run.network[self.projection].index
        weights = np.moveaxis(run.sim.get(View.WEIGHTS, index), -1, 0)
        with run.calling():
            value, slope = _called(self.function, weights, run.frozen(), run.gradient, f"the WeightLoss of {self.projection!r}")
        return Measured(value, None if slope is None else run.sim.chain(index, np.moveaxis(slope, 0, -1)))


class ActivityLoss(NetworkLoss):
    """A function of the rates of a population. With a gradient each candidate is simulated twice.

    Parameters
    ----------
    population : str
        Of rate units.
    function : callable
        Of rates [replica][time][unit], with a batch [replica][time][sample][unit]; returns values [replica] and their
        derivatives by the rates, of the same shape; otherwise as that of a WeightLoss.
    at : sequence of int
        The steps.
    """
    splits = False

    def __init__(self, population: str, function: Function, at: Sequence[int]):
        self.population, self.function = population, function
        self.at = np.unique(np.array([library.whole("at", step, 62) for step in at], np.int64))

    def prepare(self, network: Any) -> None:
        if not isinstance(network[self.population], NamedPopulation) or network[self.population].kind is not model.Rate:
            raise ValueError(f"ActivityLoss: {self.population!r} is not a population of rate units")
        if network.gradient:
            add_trajectory(network, self.population, 1)

    def data(self, network: Any, steps: int) -> Dict[str, Array]:
        if len(self.at) == 0 or self.at[-1] >= steps:
            raise ValueError(f"at of an ActivityLoss: steps of 0 to {steps - 1}, at least one")
        if not network.gradient:
            return {}
        shape = (steps, network.batch) if network.batch > 1 else (steps,)
        mask = np.zeros((*shape, 1))
        mask[self.at] = 1.0
        observed = np.zeros((network.replicas, *shape, network[self.population].units))
        return {_observed(self.population): observed, _selected(self.population): mask}

    def measure(self, run: Any, jacobian: bool) -> Measured:
        rates, frozen = run.recorded(self.population, self.at)
        with run.calling():
            value, slope = _called(self.function, rates, frozen, run.gradient, f"the ActivityLoss of {self.population!r}")
        if slope is None:
            return Measured(value)
        # The gradient of (y - o)^2 / 2 is (y - o) dy/dtheta: with o = y - slope it is that of the function.
        observed = np.zeros((len(rates), run.steps, *rates.shape[2:]))
        observed[:, self.at] = rates - slope
        run.feed(_observed(self.population), observed)
        _step(run)
        return Measured(value, run.sim.trajectory(run.network._index(self.population)).gradient)
