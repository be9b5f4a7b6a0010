"""Projections: the synapses from one population to another, their first weights, and how rules change them."""
import ctypes
from typing import Any, Dict, List, Optional, Sequence, Tuple, Type, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import library
from ..constants import Connectivity, DistributionKind
from .describe import Described, changed, fill, names, split


class _Distribution(Described, library.Distribution):
    _kind: int

    def __init__(self, a: float, b: float) -> None:
        super().__init__(self._kind, 0, a, b)

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [self.a, self.b], {}


class Normal(_Distribution):
    """Initial weights that are normally distributed.

    Parameters
    ----------
    mean : float
    sd : float
        Standard deviation, at least 0.
    """
    _kind = DistributionKind.NORMAL

    def __init__(self, mean: float = 0.0, sd: float = 0.0) -> None:
        super().__init__(mean, sd)


class Uniform(_Distribution):
    """Initial weights that are uniformly distributed.

    Parameters
    ----------
    low, high : float
        high is at least low.
    """
    _kind = DistributionKind.UNIFORM

    def __init__(self, low: float, high: float) -> None:
        super().__init__(low, high)


class LogUniform(_Distribution):
    """Initial weights whose logarithms are uniformly distributed.

    Parameters
    ----------
    low, high : float
        low is above 0, high is at least low.
    """
    _kind = DistributionKind.LOG_UNIFORM

    def __init__(self, low: float, high: float) -> None:
        super().__init__(low, high)


def _distribution(struct: library.Distribution) -> _Distribution:
    kinds: List[Type[_Distribution]] = [Normal, Uniform, LogUniform]
    [kind] = [kind for kind in kinds if kind._kind == struct.distribution]
    return kind(struct.a, struct.b)


class InDegree(Described, library.InDegree):
    """Projection(connections=...): drawn, as many synapses for each postsynaptic unit.

    Parameters
    ----------
    in_degree : int
        1 to the number of presynaptic units, one less within a population.
    """
    connectivity = Connectivity.IN_DEGREE

    def __init__(self, in_degree: int) -> None:
        super().__init__()
        fill(self, {"in_degree": in_degree})

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [self.in_degree], {}


class Csr(Described, library.Csr):
    """Projection(connections=...): compressed sparse rows, one for each postsynaptic unit. Of a matrix [post][pre] of
    SciPy's csr_array they are its indptr and, sorted, its indices.

    Parameters
    ----------
    row_start : array_like of int, [post + 1]
        Where the synapses of each postsynaptic unit begin; from 0 to the number of synapses.
    pre : array_like of int, [synapse]
        Presynaptic units, increasing in each row.
    """
    connectivity = Connectivity.LIST

    def __init__(self, row_start: ArrayLike, pre: ArrayLike) -> None:
        super().__init__()
        fill(self, {})
        arrays = [_unsigned(name, values) for name, values in (("row_start", row_start), ("pre", pre))]
        object.__setattr__(self, "arrays", arrays)
        self.n_synapses = arrays[1].size
        for name, array in zip(("row_start", "pre"), arrays):
            setattr(self, name, array.ctypes.data_as(ctypes.POINTER(ctypes.c_uint32)))

    def check_rows(self, what: str, n_post: int) -> None:
        """That there is a row for each postsynaptic unit. what: where it is used, for messages."""
        n = self.arrays[0].size
        if n != n_post + 1:
            raise ValueError(f"{what}: row_start has {n} numbers, not {n_post + 1}, one more than there are postsynaptic units")

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [array.tolist() for array in self.arrays], {}


def _unsigned(name: str, values: ArrayLike) -> NDArray[np.uint32]:
    array = np.asarray(values)
    if array.ndim != 1 or array.size and array.dtype.kind not in "ui":
        raise TypeError(f"{name} is not a list of integers")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) < 1 << 32:
        raise ValueError(f"{name} has a number that is not from 0 to {(1 << 32) - 1}")
    own = np.array(array, np.uint32)
    own.flags.writeable = False # the struct points to it
    return own


class Plasticity(Described, library.Plasticity):
    """How a projection uses a rule.

    Parameters
    ----------
    rule : int
        Index of the rule in the model.
    presynaptic : Presynaptic
        What the rule reads as the presynaptic rate.
    eta : float
        Learning rate. View.ETA has that of each replica.
    modulator : int, optional
        Index of the population whose mean rate is the rule's third factor.
    gate : int, optional
        Index of a population: the rule does nothing in steps in which the rate of its first unit is 0 or NaN.
    baseline : Baseline
        What is subtracted from the modulator's rate.
    window : int
        Steps of the baseline's mean, 1 to 1024.
    baseline_start : float
        The baseline before the first step.
    modulator_tau : float
        Time constant in s of the filter that makes a rate of the spikes of a modulator, at least 1e-9.
    """

    def __init__(self, rule: int, **fields: Any) -> None:
        super().__init__()
        fill(self, {"rule": rule, **fields})

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [self.rule], _use(self)


def _use(struct: library.Plasticity) -> Dict[str, Any]:
    return {name: value for name, value in changed(struct).items() if name != "rule"}


class Projection(Described, library.Projection):
    """All the synapses from one population to another, or within one.

    Parameters
    ----------
    weights : Normal, Uniform or LogUniform, optional
        What initial weights are drawn from; without, they are 0.
    connections : InDegree or Csr, optional
        Which synapses there are in a sparse projection.
    plasticity : sequence of Plasticity
        Up to 4, if the projection has several rules; instead of rule and what follows from it.
    rule : int, optional
        Index of the rule that changes its weights; without, they stay.
    presynaptic, eta, modulator, gate, baseline, window, baseline_start, modulator_tau
        How it uses the rule, as of Plasticity.
    pre, post : int
        Indices of the populations.
    random_id : int, optional
        Names the projection's random numbers, as of a population.
    connectivity : Connectivity
        Which pairs of units have a synapse; ALL or LOWER.
    receptor : int
        Onto neurons: index of their receptor.
    delay : int
        In steps, up to 1024; of neurons at least 1.
    inference : Inference
        Of a lateral projection of rates.
    n_sweeps : int
        Of Inference.SWEEPS, 1 to 1000.
    mask_from : MaskFrom
        Of Connectivity.LOWER.
    initial_weights : InitialWeights
    gain : float
        Onto neurons: conductance (in units of the leak) or V that a spike adds per unit of weight. View.GAIN has that of
        each replica.
    w_min, w_max : float
        Bounds of plastic weights. View.BOUNDS has those of each replica.
    """
    _struct = library.Plasticity # whose fields it takes, too

    def __init__(self, weights: Optional[_Distribution] = None, connections: Union[InDegree, Csr, None] = None,
                 plasticity: Sequence[Plasticity] = (), *, rule: Optional[int] = None, **fields: Any) -> None:
        super().__init__()
        fields, use = split(fields if rule is None else {"rule": rule, **fields}, library.Plasticity)
        if plasticity and use:
            raise TypeError(f"{', '.join(use)} beside plasticity: they belong to one of its rules")
        fill(self, fields, {*names(library.Plasticity), "weights", "connections"})
        if weights is not None:
            self.weights = weights
        object.__setattr__(self, "graph", connections)
        if connections is not None:
            if "connectivity" in fields:
                raise TypeError("connectivity beside connections, which say it themselves")
            self.connectivity = connections.connectivity
            self.connections = ctypes.addressof(connections)
        if use and "rule" not in use:
            raise TypeError(f"{', '.join(use)} without rule: the weights would not change")
        uses = list(plasticity) or ([Plasticity(**use)] if use else [])
        object.__setattr__(self, "uses", (library.Plasticity * len(uses))(*uses))
        if uses:
            self.n_plasticity = len(uses)
            self.plasticity = ctypes.cast(self.uses, ctypes.POINTER(library.Plasticity))

    def _become_part(self) -> None:
        super()._become_part()
        if self.graph is not None:
            self.graph._become_part()

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        fields = changed(self)
        if self.weights.distribution or self.weights.a or self.weights.b:
            fields["weights"] = _distribution(self.weights)
        if self.graph is not None:
            del fields["connectivity"]
            fields["connections"] = self.graph
        uses = [Plasticity(use.rule, **_use(use)) for use in self.uses]
        if len(uses) == 1:
            fields.update(rule=uses[0].rule, **_use(uses[0]))
        elif uses:
            fields["plasticity"] = uses
        return [], fields
