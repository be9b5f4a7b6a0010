"""What the caller streams to spiking models: lists of spikes, and values of inputs."""
from typing import Any, List, Optional, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import constants
from ..model import Population

SPIKE = np.dtype([("step", np.uint64), ("population", np.uint32), ("unit", np.uint32),
                   ("replica", np.uint32), ("count", np.uint32)])


def streamed_populations(populations: Sequence[Population]) -> List[Population]:
    """Those of a spiking model that the caller streams something to."""
    return [p for p in populations if p.kind == constants.PopulationKind.INPUT
            or p.kind == constants.PopulationKind.POISSON and p.source == constants.Source.STREAMED]


def values_of(n_steps: int, name: str, array: NDArray[Any], given: Optional[int]) -> NDArray[Any]:
    """An input's array, which is of so many steps, or fixed."""
    if given not in (None, n_steps):
        raise ValueError(f"{name} is of {given} steps, not {n_steps}")
    return array


def spike_array(name: str, values: ArrayLike, n_units: int) -> NDArray[Any]:
    """The caller's [n][2] (step, unit) as the library reads them. Nothing is rounded or guessed."""
    wanted = f"{name} takes integers [n][2]: step since the reset, and unit"
    if isinstance(values, tuple) and any(np.ndim(v) and not isinstance(v, (tuple, list))
                                         for v in values):
        raise ValueError(f"{wanted}; of a raster [step][unit] that is np.argwhere(raster), not "
                         "np.nonzero(raster)")
    try:
        pairs = np.asarray(values)
    except ValueError:
        raise ValueError(f"{wanted}, not rows of different lengths") from None
    if pairs.size == 0:
        return np.zeros(0, SPIKE)
    if pairs.dtype.kind not in "iu":
        hint = "; a time in s is step round(time / dt)" if pairs.dtype.kind == "f" else ""
        raise TypeError(f"{wanted}, not {pairs.dtype}{hint}")
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"{wanted}; its shape is {pairs.shape}")
    steps, units = pairs[:, 0], pairs[:, 1]
    # Compared without differences, which would wrap in unsigned types.
    later = (steps[1:] > steps[:-1]) | ((steps[1:] == steps[:-1]) & (units[1:] > units[:-1]))
    for faults, what in (((pairs < 0).any(axis=1), "is negative"),
                         (units >= n_units, f"is not a unit of 0 to {n_units - 1}"),
                         (np.append(False, ~later), "does not come after the spike before it: sort "
                                                    "by step, then by unit, without duplicates "
                                                    "(np.unique(spikes, axis=0))")):
        if faults.any():
            i = int(np.argmax(faults))
            raise ValueError(f"{name}[{i}] = ({steps[i]}, {units[i]}) {what}")
    array = np.zeros(len(pairs), SPIKE)
    array["step"], array["unit"], array["count"] = steps, units, 1
    return array
