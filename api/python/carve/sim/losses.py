"""What a sim has become, and the derivatives of that by the coefficients."""
import ctypes
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import ArrayLike

from .. import constants, library
from ..errors import call
from ..library import address, lib, pointers, whole
from ..model.describe import fill
from .arrays import Array, assign
from .steps import Steps, step_of
from .trajectory import Trajectory, UnitSums, eliminate, trajectory_of, weight_trajectory_of
from .views import GRADIENT

_NEEDS = "a model that has what this kind of loss is of (carve.h), and for a gradient " + GRADIENT


def _doubles(name: str, values: ArrayLike, shape: Tuple[int, ...]) -> Array:
    array = np.empty(shape)
    assign(name, array, values)
    return array


def _loss(kind: int, fields: Mapping[str, Any]) -> library.Loss:
    loss = library.Loss()
    fill(loss, fields)
    loss.kind = kind
    return loss


class Losses(Steps):
    """The part of a Sim that says what it has become."""

    def loss(self, target: ArrayLike, kind: int = constants.Loss.DISTANCE, projection: int = 0) -> Tuple[Array, Optional[Array]]:
        """A loss of the weights of a projection.

        Parameters
        ----------
        target : array_like [post][pre], or [post][pre][lane]
            Of Loss.DECORRELATION [pre][pre], the inputs' second moments.
        kind : Loss
        projection : int

        Returns
        -------
        value : ndarray [lane]
        gradient : ndarray [coefficient][lane], or None
            None without Gradient.FORWARD.
        """
        loss = self._loss_of_weights(target, kind, projection)
        value, gradient = np.empty(self.model.n_replicas), self._empty_by_coefficient()
        call(lib.carve_sim_loss, self._sim, ctypes.byref(loss), address(value), address(gradient),
             what="loss", needs=_NEEDS)
        return value, gradient

    def loss_slopes(self, target: ArrayLike, kind: int = constants.Loss.DISTANCE, projection: int = 0) -> Tuple[Array, Array]:
        """A loss and its derivative by the weights.

        Parameters
        ----------
        target, kind, projection
            As of loss().

        Returns
        -------
        value : ndarray [lane]
        slopes : ndarray [post][pre][lane]
        """
        loss = self._loss_of_weights(target, kind, projection)
        value = np.empty(self.model.n_replicas)
        slopes = np.empty(self.get(constants.View.WEIGHTS, projection).shape)
        call(lib.carve_sim_loss_slopes, self._sim, ctypes.byref(loss), address(value),
             address(slopes), what="loss_slopes", needs=_NEEDS)
        return value, slopes

    def residuals(self, target: ArrayLike, kind: int = constants.Loss.DISTANCE, projection: int = 0) -> Tuple[Array, Optional[Array]]:
        """The residuals whose squares make up a loss.

        Parameters
        ----------
        target, kind, projection
            As of loss().

        Returns
        -------
        residuals : ndarray [n][lane]
        jacobian : ndarray [n][coefficient][lane], or None
            None without Gradient.FORWARD.
        """
        loss, n = self._loss_of_weights(target, kind, projection), ctypes.c_size_t()

        def fill_in(residuals: Optional[Array], jacobian: Optional[Array]) -> None:
            call(lib.carve_sim_residuals, self._sim, ctypes.byref(loss), ctypes.byref(n), address(residuals),
                 address(jacobian), what="residuals", needs=_NEEDS)
        fill_in(None, None)
        residuals = np.empty((n.value, self.model.n_replicas))
        jacobian = self._empty_by_coefficient(n.value)
        fill_in(residuals, jacobian)
        return residuals, jacobian

    def chain(self, projection: int, dloss_dw: ArrayLike) -> Array:
        """The gradient of any loss of the weights.

        Parameters
        ----------
        projection : int
        dloss_dw : array_like [post][pre][lane]
            Its derivative by the weights of the projection.

        Returns
        -------
        ndarray [coefficient][lane]
        """
        shape = self.get(constants.View.WEIGHTS, projection).shape
        dloss_dw = _doubles("dloss_dw", dloss_dw, shape)
        gradient = np.empty((self._info().n_coefficients, self.model.n_replicas))
        call(lib.carve_sim_chain, self._sim, projection, address(dloss_dw), address(gradient),
             what="chain", needs=GRADIENT)
        return gradient

    def adjoint(self, inputs: Sequence[ArrayLike], dloss_dw: Mapping[int, ArrayLike]) -> Array:
        """The gradient of any loss of the last weights, with Gradient.ADJOINT: back through all steps since the reset.

        Parameters
        ----------
        inputs : sequence of array_like
            As for one step() of all these steps.
        dloss_dw : dict of array_like [post][pre][lane]
            The derivative of the loss by the weights, by projection.

        Returns
        -------
        ndarray [coefficient][lane]
        """
        slopes: list[Optional[Array]] = [None] * self.model.n_projections
        for index, values in dloss_dw.items():
            shape = self.get(constants.View.WEIGHTS, index).shape
            slopes[index] = _doubles(f"dloss_dw[{index}]", values, shape)
        arrays, n_steps = self._inputs(inputs, self._info().steps)
        gradient = np.empty((self._info().n_coefficients, self.model.n_replicas))
        call(lib.carve_sim_adjoint, self._sim, ctypes.byref(step_of(arrays, n_steps)),
             pointers(slopes), address(gradient), what="adjoint",
             needs="a model with gradient=carve.Gradient.ADJOINT")
        return gradient

    def trajectory(self, population: int, precision: float = 0.0) -> Trajectory:
        """What a TrajectoryProbe has summed up.

        With Sums.OF_UNITS the loss is the least that a gain and an offset of each unit leave, for a noise of 1. Where
        initial weights are free (InitialWeights.FREE) the probes of weights onto the population are taken in, and
        gradient and matrix are those by the coefficients of the rules alone, with the initial weights that are best for
        them.

        Parameters
        ----------
        population : int
        precision : float
            1 / sd^2 of a Gaussian prior of free initial weights around what they were, at least 0.

        Returns
        -------
        Trajectory
        """
        return trajectory_of(self, population, precision)

    def weight_trajectory(self, projection: int) -> Trajectory:
        """What a WeightsProbe has summed up.

        Parameters
        ----------
        projection : int

        Returns
        -------
        Trajectory

        Raises
        ------
        ValueError
            Where initial weights onto the postsynaptic population are free: trajectory() of that has the sums.
        """
        return weight_trajectory_of(self, projection)

    def initial_steps(self, population: int, dtheta: Optional[ArrayLike] = None, precision: float = 0.0) -> Array:
        """Steps from free initial weights to the best ones.

        Parameters
        ----------
        population : int
        dtheta : array_like [coefficient][lane], optional
            The step that the coefficients take; none by default.
        precision : float
            As of trajectory().

        Returns
        -------
        ndarray [unit][column][lane]
            Columns are those of a row of weights, in the order of projections.
        """
        return eliminate(self, population, precision, dtheta)[3]

    def unit_sums(self, population: int) -> UnitSums:
        """Sums over steps and samples of products of an observation's weight, the rate, the observation, and derivatives
        of the rate, by a TrajectoryProbe with Sums.OF_UNITS.

        Parameters
        ----------
        population : int

        Returns
        -------
        UnitSums
        """
        return UnitSums.of(self.get(constants.View.TRAJECTORY, population).astype(float), self._info().n_coefficients)

    def rate_loss(self, population: int) -> Tuple[Array, Optional[Array]]:
        """Mean over the window of (rate - target)^2 / (rate + offset), by a RateProbe.

        Parameters
        ----------
        population : int

        Returns
        -------
        value : ndarray [lane]
        gradient : ndarray [coefficient][lane], or None
            None without Gradient.FORWARD.
        """
        return self._evaluate(constants.Loss.RATE, {"population": population})

    def tuning_loss(self, projection: int, other: int) -> Array:
        """1 - correlation over groups of what two projections transmitted in the window, by a TransmittedProbe of each.

        Parameters
        ----------
        projection, other : int

        Returns
        -------
        ndarray [lane]
        """
        return self._evaluate(constants.Loss.TUNING, {"projection": projection, "other": other}, gradient=False)[0]

    def _evaluate(self, kind: int, fields: Dict[str, int], gradient: bool = True) -> Tuple[Array, Optional[Array]]:
        loss = _loss(kind, fields)
        value = np.empty(self.model.n_replicas)
        slope = self._empty_by_coefficient() if gradient else None
        call(lib.carve_sim_loss, self._sim, ctypes.byref(loss), address(value), address(slope),
             what="the loss", needs="a RateProbe of the population (rate_loss), or a TransmittedProbe of both "
             "projections (tuning_loss)")
        return value, slope

    def _loss_of_weights(self, target: ArrayLike, kind: int, projection: int) -> library.Loss:
        loss = _loss(kind, {"projection": projection})
        if whole("projection", projection) >= self.model.n_projections:
            raise ValueError(f"projection {projection} of {self.model.n_projections}")
        link = self.model.described[1][projection]
        rows = link.pre if kind == constants.Loss.DECORRELATION else link.post
        shape = tuple(self.model.described[0][i].n_units for i in (rows, link.pre))
        target = np.ascontiguousarray(target, np.float64)
        if target.shape not in (shape, shape + (self.model.n_replicas,)):
            raise ValueError(f"target has shape {target.shape}, not {shape} or "
                             f"{shape + (self.model.n_replicas,)}")
        loss.target_shared = target.ndim == 2
        loss.target = target.ctypes.data
        loss._target = target # alive as long as the struct that points to it
        return loss

    def _empty_by_coefficient(self, *first: int) -> Optional[Array]:
        if self.model.gradient != constants.Gradient.FORWARD:
            return None
        return np.empty((*first, self._info().n_coefficients, self.model.n_replicas))
