"""Random numbers as docs/model.md (Random numbers) and docs/task.md (Draws) define them, in NumPy."""
import ctypes
import ctypes.util

import numpy as np

MASK = np.uint64(0xFFFFFFFF)
ROLES = ["search", "validation", "held_out", "other"]
THETA_STREAM = int.from_bytes(b"theta", "big")
WEIGHTS = 0 # what is drawn, in the key of a sim's array
XXHASH = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
XXHASH.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
XXHASH.XXH3_64bits.restype = ctypes.c_uint64


def checksum(text):
    """XXH3-64 of its UTF-8."""
    return XXHASH.XXH3_64bits(text.encode(), len(text.encode()))


def philox(seed, low, high):
    """Philox4x32-10 of the counters (low[i], high), four words each."""
    low = np.asarray(low, np.uint64)
    x = [low & MASK, low >> np.uint64(32), np.full_like(low, high & 0xFFFFFFFF), np.full_like(low, high >> 32)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        product0, product1 = np.uint64(0xD2511F53) * x[0], np.uint64(0xCD9E8D57) * x[2]
        x = [product1 >> np.uint64(32) ^ x[1] ^ np.uint64(key[0]), product1 & MASK,
             product0 >> np.uint64(32) ^ x[3] ^ np.uint64(key[1]), product0 & MASK]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x


def _pairs(seed, stream, first, n):
    counters = np.arange(first // 2, (first + n + 1) // 2, dtype=np.uint64)
    w = philox(seed, counters, stream)
    halves = [w[1] << np.uint64(32) | w[0], w[3] << np.uint64(32) | w[2]]
    return [((h >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52 for h in halves]


def _values(pairs, first, n):
    return np.stack(pairs, axis=1).ravel()[first % 2:][:n]


def uniform(seed, stream, first, n):
    return _values(_pairs(seed, stream, first, n), first, n)


def normal(seed, stream, first, n):
    u0, u1 = _pairs(seed, stream, first, n)
    radius = np.sqrt(-2 * np.log(u0))
    return _values([radius * np.cos(2 * np.pi * u1), radius * np.sin(2 * np.pi * u1)], first, n)


class Draws:
    """The numbers of a path of a task file. One stream for each role and round; an index takes the high bits of the
    position."""

    def __init__(self, seed, path, role, round_, index):
        self.seed = checksum("%s\n%d" % (path, seed))
        self.stream = ord("P") << 56 | ROLES.index(role) << 48 | round_
        self.next = index << 36

    def uniform(self, n):
        values = uniform(self.seed, self.stream, self.next, n)
        self.next += n
        return values

    def normal(self, n):
        values = normal(self.seed, self.stream, self.next, n)
        self.next += n
        return values


def id_of(name):
    """By which a sim's draws depend on the name of what they are for: of a population, a projection or a signal."""
    return checksum(name) & 0x7FFFFFFF


def normal_weights(seed, projection, stream, post, pre):
    """[post][pre] standard normals: those of a sim's projection by its name, for a replica's stream."""
    w = philox(seed, [WEIGHTS << 32 | id_of("projection." + projection)], int.from_bytes(b"carve", "big"))
    key = int(w[1][0]) << 32 | int(w[0][0])
    return np.stack([normal(key, stream, i << 16, pre) for i in range(post)])
