"""What has been summed up of a trajectory (docs/model.md, M24, M40, M44, M46, M52), as arrays."""
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Tuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import constants, library
from ..errors import call
from ..model import Model

if TYPE_CHECKING:
    from .steps import Steps

Array = NDArray[Any]


class Trajectory(NamedTuple):
    """What Sim.trajectory and Sim.weight_trajectory return, in doubles.

    Attributes
    ----------
    loss : ndarray [lane]
    gradient : ndarray [coefficient][lane], or None
        None without a forward gradient, or if the rates do not depend on theta; so is matrix.
    matrix : ndarray [coefficient][coefficient][lane], or None
        The Gauss-Newton matrix.
    weight : ndarray [lane]
        The sum of the weights of the observations.
    """
    loss: Array
    gradient: Optional[Array]
    matrix: Optional[Array]
    weight: Array


def symmetric(entries: Array, n: int) -> Array:
    """[...][n][n][lane] of entries [...][n (n + 1) / 2][lane], the lower triangle row by row."""
    rows, columns = np.tril_indices(n)
    matrix = np.empty((*entries.shape[:-2], n, n, entries.shape[-1]))
    matrix[..., rows, columns, :] = matrix[..., columns, rows, :] = entries
    return matrix


def has_free_weights(model: Model, population: int) -> bool:
    return any(projection.post == population and projection.initial_weights == constants.InitialWeights.FREE
               for projection in model.described[1])


def eliminate(sim: "Steps", population: int, precision: float, dtheta: Optional[ArrayLike] = None) -> List[Array]:
    """carve_sim_eliminate: loss [lane], gradient [K][lane], matrix [K][K][lane], steps [unit][N][lane]."""
    lanes, rules = sim.model.n_replicas, range(sim.model.n_rules)
    n = sum(len(sim.get(constants.View.THETA, rule)) for rule in rules)
    free = sim.info().n_coefficients - n
    units = sim.model.described[0][population].n_units
    arrays = [np.empty(shape) for shape in (lanes, (n, lanes), (n, n, lanes), (units, free, lanes))]
    step = np.zeros((n, lanes))
    if dtheta is not None:
        step[...] = dtheta
    call(library.lib.carve_sim_eliminate, sim._sim, population, precision, step.ctypes.data,
         *(array.ctypes.data for array in arrays), what="the trajectory",
         needs="a projection onto the population with initial_weights=carve.InitialWeights.FREE")
    return arrays


class UnitSums(NamedTuple):
    """What Sim.unit_sums returns (docs/model.md, M46): sums over observations o of weight m and rate y.

    Attributes
    ----------
    weight, y, yy, o, oy, oo : ndarray [unit][lane]
        Sums of m, m y, m y^2, m o, m o y and m o^2.
    d, yd, od : ndarray [unit][coefficient][lane], or None
        Sums of m Y, m y Y and m o Y, Y the derivatives of y; None, as dd, if there are none.
    dd : ndarray [unit][coefficient][coefficient][lane], or None
        Sum of m Y Y^T.
    """
    weight: Array
    y: Array
    yy: Array
    o: Array
    oy: Array
    oo: Array
    d: Optional[Array] = None
    yd: Optional[Array] = None
    od: Optional[Array] = None
    dd: Optional[Array] = None

    @classmethod
    def of(cls, sums: Array, n: int) -> "UnitSums":
        numbers = [sums[:, i] for i in range(6)]
        if sums.shape[1] == 6:
            return cls(*numbers)
        parts = [sums[:, 6 + i * n:6 + (i + 1) * n] for i in range(3)]
        return cls(*[*numbers, *parts, symmetric(sums[:, 6 + 3 * n:], n)])

    def gain_and_offset(self) -> Tuple[Array, Array]:
        """With which a y + b is nearest to o in each unit.

        Returns
        -------
        a : ndarray [unit][lane]
            0 where y did not vary.
        b : ndarray [unit][lane]
            0, as a, where nothing was observed.
        """
        per_weight, per_variance = self._inverses()
        gain = (self.oy - self.o * self.y * per_weight) * per_variance
        return gain, (self.o - gain * self.y) * per_weight

    def trajectory(self) -> Trajectory:
        """The loss of all units with these gains and offsets, and its derivatives.

        Returns
        -------
        Trajectory
        """
        a, (per_weight, per_variance) = self.gain_and_offset()[0], self._inverses()
        oy: Array = self.oy - self.o * self.y * per_weight
        loss = (self.oo - self.o**2 * per_weight - a * oy).sum(0) / 2
        if self.d is None or self.yd is None or self.od is None or self.dd is None:
            return Trajectory(loss, None, None, self.weight.sum(0))
        mean = self.d * per_weight[:, None]
        q, r = self.yd - self.y[:, None] * mean, self.od - self.o[:, None] * mean
        a = a[:, None]
        inner = (self.dd - self.d[:, :, None] * mean[:, None]
                 - q[:, :, None] * q[:, None] * per_variance[:, None, None])
        return Trajectory(loss, (a * (a * q - r)).sum(0), (a[:, None]**2 * inner).sum(0), self.weight.sum(0))

    def _inverses(self) -> Tuple[Array, Array]:
        """Of the weight and of the sum of squares of y about its mean, or 0 where there is nothing but rounding."""
        per_weight = np.divide(1, self.weight, out=np.zeros_like(self.weight), where=self.weight > 0)
        squares = self.yy - self.y**2 * per_weight
        varies = squares > 1e-13 * self.yy
        return per_weight, np.divide(1, squares, out=np.zeros_like(squares), where=varies)


def trajectory_of(sim: "Steps", population: int, precision: float) -> Trajectory:
    """Sim.trajectory"""
    if has_free_weights(sim.model, population):
        loss, gradient, matrix, _ = eliminate(sim, population, precision)
        return Trajectory(loss, gradient, matrix, weight_onto(sim, population))
    if precision:
        raise ValueError("precision is of free initial weights: initial_weights=carve.InitialWeights.FREE")
    sums, n = sim.get(constants.View.TRAJECTORY, population).astype(float), sim.info().n_coefficients
    if sums.ndim == 3:
        return UnitSums.of(sums, n).trajectory()
    return in_parts(sums, n)


def weight_trajectory_of(sim: "Steps", projection: int) -> Trajectory:
    """Sim.weight_trajectory"""
    sums = sim.get(constants.View.WEIGHT_TRAJECTORY, projection).astype(float)
    if sums.ndim == 3:
        raise ValueError(f"initial weights onto population {sim.model.described[1][projection].post} are free: its "
                         "Sim.trajectory takes in what probes of weights have observed")
    return in_parts(sums, sim.info().n_coefficients)


def weight_onto(sim: "Steps", population: int) -> Array:
    """The sum of the weights of what probes of a population, and of the weights onto it, have observed, where initial
    weights onto it are free."""
    weight = np.zeros(sim.model.n_replicas)
    _, projections, _, probes = sim.model.described
    for probe in probes:
        view, of = constants.View.TRAJECTORY, probe.index
        if probe.kind == constants.ProbeKind.WEIGHTS:
            view, of = constants.View.WEIGHT_TRAJECTORY, projections[probe.index].post
        if of == population:
            weight += sim.get(view, probe.index).astype(float)[:, -1].sum(0)
    return weight


def in_parts(sums: Array, n: int) -> Trajectory:
    """Trajectory of the rows of a view."""
    if len(sums) == 2:
        return Trajectory(sums[0], None, None, sums[1])
    return Trajectory(sums[0], sums[1:1 + n], symmetric(sums[1 + n:-1], n), sums[-1])
