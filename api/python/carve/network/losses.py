"""Losses of a Network: how far what it became, or did, is from what it should."""
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .. import constants, library, model
from ..constants import Likelihood, View
from ..errors import Diverged
from ..sim.arrays import Array
from .elements import Neurons
from .rules import choice


class Measured(NamedTuple):
    """Of one candidate: value [replica]; derivatives by the coefficients, gradient [K][replica] and matrix [K][K][replica]
    (Gauss-Newton); residuals [n][replica], whose squares add up to the value, and their jacobian [n][K][replica]. What a
    loss does not have is None."""
    value: Array
    gradient: Optional[Array] = None
    residuals: Optional[Array] = None
    jacobian: Optional[Array] = None
    matrix: Optional[Array] = None


class Loss:
    """One of DistanceLoss, SubspaceLoss, DecorrelationLoss, RateLoss, TrajectoryLoss, and with functions of the caller's
    WeightLoss and ActivityLoss."""
    splits = True  # whether replicas may be computed apart

    def prepare(self, network: Any) -> None:
        """Adds to a network what it measures with."""

    def data(self, network: Any, steps: int) -> Dict[str, Array]:
        """What the populations are fed that it has added."""
        return {}

    def measure(self, run: Any, jacobian: bool) -> Measured:
        """Of one candidate. run: an evaluate.Run."""
        raise NotImplementedError


def _step(run: Any) -> None:
    try:
        run.sim.step(run.inputs, run.steps)
    except Diverged:
        pass  # frozen replicas have NaN for a loss


class _KernelLoss(Loss):
    """Of the weights of a projection."""
    kind = 0

    def __init__(self, projection: str, target: Any):
        self.projection, self.target = projection, np.asarray(target, float)

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


class RateLoss(Loss):
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
        self.population, self.window, self.fields = population, window, {"target": target, **fields}

    def prepare(self, network: Any) -> None:
        if not isinstance(network[self.population], Neurons):
            raise ValueError(f"RateLoss: {self.population!r} are no neurons")
        network.probes.append(model.RateProbe(network._index(self.population), **self.fields))

    def measure(self, run: Any, jacobian: bool) -> Measured:
        index = run.network._index(self.population)
        if self.window is not None:
            run.sim.put(View.WINDOW, index, self.window)
        _step(run)
        value, gradient = run.sim.rate_loss(index)
        return Measured(value, gradient)


class TrajectoryLoss(Loss):
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

    def __init__(self, population: str, observations: Any, noise: float = 1.0, mask: Any = None, likelihood: str = "gaussian"):
        self.population, self.observations, self.noise = population, observations, noise
        self.mask = None if mask is None else np.asarray(mask, float)
        self.likelihood = choice("likelihood", likelihood, Likelihood)

    def prepare(self, network: Any) -> None:
        add_trajectory(network, self.population, None if self.mask is None else 1 if self.mask.ndim == 1 else network[self.population].units,
                       likelihood=self.likelihood, noise=self.noise)

    def data(self, network: Any, steps: int) -> Dict[str, Array]:
        data = {_observed(self.population): self.observations}
        if self.mask is not None:
            mask = self.mask.reshape(len(self.mask), 1, -1)
            data[_selected(self.population)] = np.broadcast_to(mask, (len(mask), network.batch, mask.shape[-1])) if network.batch > 1 \
                else mask[:, 0]
        return data

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
    value, slope = answer if isinstance(answer, tuple) else (answer, None)
    value = np.broadcast_to(np.asarray(value, float), len(array)).copy()
    value[frozen] = np.nan
    if not slopes:
        return value, None
    if slope is None:
        raise TypeError(f"the function of {what} needs to return (value, derivative), or evaluate with gradient=False")
    slope = np.asarray(slope, float)
    if slope.shape != array.shape:
        raise ValueError(f"the function of {what} returned a derivative of shape {slope.shape}, not {array.shape}")
    return value, slope


class WeightLoss(Loss):
    """A function of the final weights of a projection.

    Parameters
    ----------
    projection : str
    function : callable
        Of weights [replica][post][pre]; returns values [replica] and their derivatives [replica][post][pre], or only the
        values, which are evaluated without a gradient. Replicas that diverged are NaN. It is called by several threads, but
        not at once.
    """
    splits = False

    def __init__(self, projection: str, function: Function):
        self.projection, self.function = projection, function

    def measure(self, run: Any, jacobian: bool) -> Measured:
        _step(run)
        index = run.network[self.projection].index
        weights = np.moveaxis(run.sim.get(View.WEIGHTS, index), -1, 0)
        with run.lock:
            value, slope = _called(self.function, weights, run.frozen(), run.gradient, "a WeightLoss")
        return Measured(value, None if slope is None else run.sim.chain(index, np.moveaxis(slope, 0, -1)))


class ActivityLoss(Loss):
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
        if network[self.population].kind is not model.Rate:
            raise ValueError(f"ActivityLoss: {self.population!r} are no rate units")
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
        with run.lock:
            value, slope = _called(self.function, rates, frozen, run.gradient, "an ActivityLoss")
        if slope is None:
            return Measured(value)
        # The gradient of (y - o)^2 / 2 is (y - o) dy/dtheta: with o = y - slope it is that of the function.
        observed = np.zeros((len(rates), run.steps, *rates.shape[2:]))
        observed[:, self.at] = rates - slope
        run.feed(_observed(self.population), observed)
        _step(run)
        return Measured(value, run.sim.trajectory(run.network._index(self.population)).gradient)
