"""Random numbers by counter."""
import numpy as np

from .errors import check
from .library import lib, whole


def _random(function, seed, stream, first, n):
    out = np.empty(whole("n", n, 63))
    check(function(whole("seed", seed, 64), whole("stream", stream, 64), whole("first", first, 64),
                   out.ctypes.data, n))
    return out


def random_uniform(seed, stream, first, n):
    return _random(lib.carve_random_uniform, seed, stream, first, n)


def random_normal(seed, stream, first, n):
    return _random(lib.carve_random_normal, seed, stream, first, n)
