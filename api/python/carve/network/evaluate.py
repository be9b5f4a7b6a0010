"""The loss of rules, and its derivatives, for many candidates on all processors."""
import contextlib
import copy
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from ..constants import View
from ..errors import CarveError, Diverged
from ..library import whole
from ..sim.arrays import Array
from .arrays import floats
from .feed import Feed
from .losses import Measured, NetworkLoss
from .running import steps_of

_LEAST = 8  # replicas that one thread takes: a register has up to 16 lanes


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` returns: ``loss, gradient, jacobian = evaluate(...)``, and more. Without an axis of candidates if
    theta had none. What the loss does not have is None.

    Parameters
    ----------
    loss : ndarray [candidate]
        Mean over replicas; inf if one diverged.
    gradient : ndarray [candidate][K]
        Its derivatives by the coefficients; NaN if a replica diverged.
    jacobian : ndarray [candidate][n][K]
        Derivatives of the residuals.
    residuals : ndarray [candidate][n]
        Their squares add up to the loss; n counts replica after replica.
    matrix : ndarray [candidate][K][K]
        Of a TrajectoryLoss: the Gauss-Newton matrix, mean over replicas.
    losses : ndarray [candidate][replica]
        NaN if it diverged.
    diverged : ndarray [candidate]
        Number of replicas that diverged.
    """
    loss: Array
    gradient: Optional[Array]
    jacobian: Optional[Array]
    residuals: Optional[Array]
    matrix: Optional[Array]
    losses: Array
    diverged: Array

    def __iter__(self) -> Iterator[Any]:
        return iter((self.loss, self.gradient, self.jacobian))


class EvaluationRun:
    """A simulation of a part of the replicas, which a loss steps and reads: network, sim, inputs, steps."""

    def __init__(self, evaluator: "Evaluator", first: int, last: int):
        self._evaluator, self._first, self._last = evaluator, first, last
        self.calling, self.gradient, self.steps = evaluator.calling, evaluator.network.gradient, evaluator.feed.steps
        self.network = evaluator.network.part(first, last)
        self.sim = self.network.build(evaluator.shared)
        self._fed = Feed(self.network, evaluator.feed.part(first, last), self.steps)
        self.inputs = self._fed.arrays(self.sim, 0, 0, self.steps)
        self._plain: Any = None

    def of_part(self, values: Array, dims: int) -> Array:
        """Of an array that has a value for each replica those of this part."""
        return values[self._first:self._last] if values.ndim == dims else values

    def feed(self, name: str, values: Array) -> None:
        """Replaces what an input is fed."""
        self._fed.replace(name, values)
        names = [p.name for p in self.network.populations.values() if p.is_streamed]
        self.inputs[names.index(name)] = self._fed.arrays(self.sim, 0, 0, self.steps)[names.index(name)]

    def frozen(self) -> Array:
        frozen: Array = self.sim.get(View.FROZEN) > 0
        if self._plain is not None:
            frozen |= self._plain.diverged
        return frozen

    def recorded(self, population: str, at: Array) -> Tuple[Array, Array]:
        """Rates [replica][time][...] of a run without derivatives, and which replicas diverged in it."""
        if self._plain is None:
            self._plain = self._evaluator.described.part(self._first, self._last)
            self._plain.gradient = False
            self._plain.monitor(population, at=at)
        plain = self._plain
        plain.theta = self.network.theta
        plain.seed = self._evaluator.seed
        plain.reset()
        try:
            plain.run(self._evaluator.own.part(self._first, self._last), self.steps)
        except Diverged:
            pass  # its rates are NaN
        return plain.monitors[0].values, plain.diverged

    def measure(self, theta: Array, jacobian: bool) -> Measured:
        self.network.theta = theta
        self.network.restart(self.sim, self._evaluator.seed)
        measured = self._evaluator.loss.measure(self, jacobian)
        return measured._replace(frozen=self.frozen())


class Evaluator:
    """`evaluate`, prepared once for many calls: what an optimizer calls.

    Parameters
    ----------
    network : Network
        Its description, coefficients aside; its own state is neither read nor changed.
    data, steps, seconds : array or dict, int, float
        As of `Network.run`. Data that are not given for each replica are kept once.
    loss : NetworkLoss
    gradient : bool
        Whether derivatives are computed, which takes several times as long.
    jacobian : bool
        Whether residuals and their derivatives are kept.
    seed : int, optional
        That of the network by default. All candidates see the same random numbers.
    threads : int, optional
        All processors that this process may use by default. The results have the same bits for any number.
    """

    def __init__(self, network: Any, data: Any = None, loss: Optional[NetworkLoss] = None, *, steps: Optional[int] = None,
                 seconds: Optional[float] = None, gradient: bool = True, jacobian: bool = True, seed: Optional[int] = None,
                 threads: Optional[int] = None):
        if not isinstance(loss, NetworkLoss):
            raise TypeError(f"loss is {loss!r}, not a DistanceLoss, SubspaceLoss, DecorrelationLoss, RateLoss, TrajectoryLoss, "
                            "WeightLoss or ActivityLoss")
        self.loss, self.jacobian, self._lock = loss, jacobian, threading.Lock()
        self._function_lock, self._caller = threading.Lock(), 0
        self.seed = network.seed if seed is None else whole("seed", seed, 64)
        self.threads = whole("threads", threads) if threads is not None else len(os.sched_getaffinity(0)) \
            if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if self.threads == 0:
            raise ValueError("threads is 0; it is at least 1")
        self.described = network.copy()
        self.own = Feed(self.described, copy.deepcopy(dict(data) if isinstance(data, Mapping) else data), steps_of(network, steps, seconds))
        self.network = network.copy()
        self.network.gradient = gradient
        loss.prepare(self.network)
        self.feed = Feed(self.network, {**self.own.given, **loss.data(self.network, self.own.steps)}, self.own.steps)
        # What is the same for all replicas is kept once.
        self.shared = [name for name, values in self.feed.values.items()
                       if not self.network.populations[name].takes_spikes and len(values) == 1]
        self._runs: Dict[Tuple[int, int], List[EvaluationRun]] = {}

    def _parts(self, candidates: int) -> List[Tuple[int, int]]:
        """Of the replicas, if there are more threads than candidates."""
        n = self.network.replicas
        # Poisson units spike by the random numbers of the first replica of a sim.
        drawn = any(p.spikes and not p.takes_spikes and not hasattr(p, "receptors") for p in self.network.populations.values())
        parts = 1 if drawn or not self.loss.splits else max(1, min(self.threads // candidates, n // _LEAST))
        edges = [n * k // parts for k in range(parts + 1)]
        return list(zip(edges[:-1], edges[1:]))

    @contextlib.contextmanager
    def calling(self) -> Iterator[None]:
        """While a function of the caller's runs: one thread at a time."""
        with self._function_lock:
            self._caller = threading.get_ident()
            try:
                yield
            finally:
                self._caller = 0

    def _take(self, part: Tuple[int, int]) -> EvaluationRun:
        with self._lock:
            idle = self._runs.setdefault(part, [])
            if idle:
                return idle.pop()
        return EvaluationRun(self, *part)

    def _measure(self, job: Tuple[Array, Tuple[int, int]]) -> Measured:
        theta, part = job
        run = self._take(part)
        measured = run.measure(theta, self.jacobian)
        with self._lock:
            self._runs[part].append(run)
        return measured

    def __call__(self, theta: Any) -> Evaluation:
        """theta: [K] or [candidate][K], in the order of `Network.coefficients`."""
        if self._caller == threading.get_ident():
            raise RuntimeError("the function of a loss calls the evaluator that calls it: let it call another Evaluator")
        theta = floats("theta", theta)
        names = self.network.coefficients
        if theta.ndim not in (1, 2) or theta.shape[-1] != len(names):
            raise ValueError(f"theta has shape {theta.shape}, not [{len(names)}] or [candidate][{len(names)}]: {', '.join(names)}")
        candidates = np.atleast_2d(theta)
        if len(candidates) == 0:
            raise ValueError("theta has no candidates")
        parts = self._parts(len(candidates))
        jobs = [(candidate, part) for candidate in candidates for part in parts]
        try:
            if min(self.threads, len(jobs)) == 1:
                found = [self._measure(job) for job in jobs]
            else:
                with ThreadPoolExecutor(min(self.threads, len(jobs))) as pool:
                    found = list(pool.map(self._measure, jobs))
        except CarveError as error:
            if self.network.gradient and "gradient" in str(error):
                error.args = (f"{error} (gradient=False evaluates without derivatives)", *error.args[1:])
            raise
        joined = [_joined(found[k:k + len(parts)]) for k in range(0, len(found), len(parts))]
        return _evaluation(joined, theta.ndim == 1)


def _joined(parts: List[Measured]) -> Measured:
    """Of all replicas."""
    if len(parts) == 1:
        return parts[0]
    fields: Any = zip(*parts)
    joined: List[Any] = [None if field[0] is None else np.concatenate(field, axis=-1) for field in fields]
    return Measured(*joined)


def _evaluation(found: List[Measured], single: bool) -> Evaluation:
    losses = np.stack([one.value for one in found])
    replicas = losses.shape[1]
    diverged = np.stack([np.asarray(one.frozen) for one in found]).sum(axis=1)
    mean = losses.mean(axis=1)

    def stacked(name: str) -> Optional[Array]:
        arrays = [getattr(one, name) for one in found]
        return None if arrays[0] is None else np.stack(arrays)

    def averaged(name: str) -> Optional[Array]:
        array = stacked(name)
        return None if array is None else array.mean(axis=-1)

    residuals, jacobian = stacked("residuals"), stacked("jacobian")
    if residuals is not None:  # [candidate][n][replica]
        residuals = np.moveaxis(residuals, -1, 1).reshape(len(found), -1) / np.sqrt(replicas)
    if jacobian is not None:  # [candidate][n][K][replica]
        jacobian = np.moveaxis(jacobian, -1, 1).reshape(len(found), -1, jacobian.shape[2]) / np.sqrt(replicas)
    fields = (np.where(diverged, np.inf, mean), averaged("gradient"), jacobian, residuals, averaged("matrix"), losses, diverged)
    return Evaluation(*(field[0] if single and field is not None else field for field in fields))


def evaluate(network: Any, theta: Any, data: Any = None, loss: Optional[NetworkLoss] = None, **options: Any) -> Evaluation:
    """Simulates a network under each of many candidate rules.

    Parameters
    ----------
    network : Network
    theta : array
        [candidate][K] or [K]: coefficients in the order of `network.coefficients`.
    data : array or dict
        As of `Network.run`.
    loss : NetworkLoss
    options : keywords
        Those of `Evaluator`: steps or seconds, gradient, jacobian, seed, threads.

    Returns
    -------
    Evaluation
        ``loss, gradient, jacobian = evaluate(...)``

    Examples
    --------
    >>> loss, gradient, jacobian = carve.evaluate(net, theta, data, carve.DistanceLoss("w", target))
    """
    return Evaluator(network, data, loss, **options)(theta)
