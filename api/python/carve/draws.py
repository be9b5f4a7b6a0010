"""Random numbers by counter."""
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import check
from .library import lib, whole


def _random(function: Any, seed: int, stream: int, first: int, n: int) -> NDArray[np.float64]:
    out = np.empty(whole("n", n, 63))
    check(function(whole("seed", seed, 64), whole("stream", stream, 64), whole("first", first, 64),
                   out.ctypes.data, n))
    return out


def random_uniform(seed: int, stream: int, first: int, n: int) -> NDArray[np.float64]:
    """Uniform numbers above 0 and below 1, each a function of (seed, stream, its index) alone.

    Parameters
    ----------
    seed, stream : int
        0 to 2^64 - 1.
    first : int
        Index of the first number in its stream.
    n : int
        How many.

    Returns
    -------
    ndarray [n]
    """
    return _random(lib.carve_random_uniform, seed, stream, first, n)


def random_normal(seed: int, stream: int, first: int, n: int) -> NDArray[np.float64]:
    """Normal numbers of mean 0 and standard deviation 1, each a function of (seed, stream, its index) alone.

    Parameters
    ----------
    seed, stream : int
        0 to 2^64 - 1.
    first : int
        Index of the first number in its stream.
    n : int
        How many.

    Returns
    -------
    ndarray [n]
    """
    return _random(lib.carve_random_normal, seed, stream, first, n)
