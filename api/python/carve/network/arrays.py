"""Arrays that a Network is given, and those that it gives."""
from typing import Any, Tuple

import numpy as np

from ..sim.arrays import Array


def floats(name: str, values: Any) -> Array:
    """As an array of doubles. name: for messages."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array, whose mask would have no effect: give an array, as values.filled(...)")
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "biuf":
            raise TypeError
        return array.astype(float, copy=False)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {type(values).__name__} {_short(values)}; it is a number or an array of real numbers") from None


def _short(values: Any) -> str:
    text = " ".join(repr(values).split())
    return text if len(text) <= 60 else text[:57] + "..."


def replica_last(name: str, values: Any, shape: Tuple[int, ...], replicas: int) -> Array:
    """[...][replica] of what is [...] for all replicas, or [replica][...]; a number is every element."""
    array = floats(name, values)
    if array.shape == (replicas, *shape):
        return np.moveaxis(array, 0, -1)
    if array.ndim and array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, not {shape} or {(replicas, *shape)}")
    return np.broadcast_to(array[..., None], (*shape, replicas))


def replica_first(array: Array) -> Array:
    return np.moveaxis(array, -1, 0)


def read_only(array: Array) -> Array:
    """Of a copy: what is written to it would have no effect."""
    array.flags.writeable = False
    return array
