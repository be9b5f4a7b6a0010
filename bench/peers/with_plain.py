"""bench/kernel/plain.cpp: plain C++ with -O3 -march=native, and with -ffast-math in addition. Float."""
import ctypes
import os
from ctypes import POINTER, c_float, c_size_t, c_void_p

import numpy as np

_lib = ctypes.CDLL(os.environ["CARVE_PLAIN"])


def _struct(name, sizes, pointers):
    fields = [(field, c_size_t) for field in sizes.split()] + [("eta", c_float)] if sizes else []
    fields += [(field, c_void_p) for field in pointers.split()]
    return type(name, (ctypes.Structure,), {"_fields_": fields})


_Layer = _struct("_Layer", "n steps replicas", "x theta w0 w")
_Gradient = _struct("_Gradient", "", "target trajectory dloss_dw loss gradient")
_TwoLayer = _struct("_TwoLayer", "n_pre n_post steps candidates", "x theta phi w0 w lateral y")
_Batch = _struct("_Batch", "n samples steps data_sets candidates", "x theta w0 w sums")


class _Plain(ctypes.Structure):
    _fields_ = [(name, ctypes.CFUNCTYPE(None, *arguments)) for name, arguments in [
        ("layer", [POINTER(_Layer)]), ("sensitivities", [POINTER(_Layer), c_void_p]),
        ("adjoint", [POINTER(_Layer), POINTER(_Gradient)]), ("two_layer", [POINTER(_TwoLayer)]),
        ("batch", [POINTER(_Batch)])]] + [("compiler", ctypes.c_char_p)]


SYSTEMS = ["OneLayer", "TwoLayer", "Generation"]
VERSIONS = ["C++ by " + _Plain.in_dll(_lib, "plain_strict").compiler.decode()]


def _filled(struct, sizes, eta, *arrays):
    """The struct, and with it the arrays that it points to."""
    filled = struct(*sizes, *([] if eta is None else [eta]), *[a.ctypes.data for a in arrays])
    filled.arrays = arrays
    return filled


def _empty(*shape):
    return np.empty(shape, np.float32)


def one_layer(problem, plain, mode):
    w = _empty(problem.replicas, problem.n)
    x = np.ascontiguousarray(problem.x.swapaxes(0, 1))
    layer = _filled(_Layer, (problem.n, problem.steps, problem.replicas), problem.eta, x,
                    problem.theta, problem.w0, w)
    s, loss, gradient = _empty(problem.replicas, problem.n, 27), _empty(1), _empty(27)
    sweep = _filled(_Gradient, (), None, problem.target, _empty(problem.steps, problem.n),
                    _empty(problem.n), loss, gradient)

    def run():
        if mode == "adjoint":
            plain.adjoint(layer, sweep)
            return np.append(loss, gradient)
        if mode == "forward":
            plain.sensitivities(layer, s.ctypes.data)
        else:
            plain.layer(layer)
        sign = np.where((w * problem.target).sum(1, keepdims=True) >= 0, 1, -1)
        rest = w - sign * problem.target
        value = (rest**2).sum() / problem.replicas
        if mode == "value":
            return np.array([value])
        return np.append(value, np.einsum("rjk,rj->k", s, 2 * rest / problem.replicas))
    return run


def two_layer(problem, plain):
    p, m, n = problem.candidates, problem.m, problem.n
    w, lateral = _empty(p, m, n), _empty(p, m, m)
    filled = _filled(_TwoLayer, (n, m, problem.steps, p), problem.eta, problem.x, problem.theta,
                     problem.phi, problem.w0, w, lateral, _empty(m))

    def run():
        plain.two_layer(filled)
        return np.concatenate([w.ravel(), lateral.ravel()])
    return run


def generation(problem, plain):
    w = _empty(problem.data_sets, problem.candidates, problem.n)
    filled = _filled(_Batch, (problem.n, problem.samples, problem.epochs, problem.data_sets,
                              problem.candidates), problem.eta, problem.x, problem.theta,
                     problem.w0, w, _empty(problem.n, 9))

    def run():
        plain.batch(filled)
        return w.ravel().copy()
    return run


def contenders(problem):
    if problem.dtype != np.float32:
        return []
    kind, found = type(problem).__name__, []
    for name, symbol in (("C++", "plain_strict"), ("C++ -ffast-math", "plain_fast_math")):
        plain = _Plain.in_dll(_lib, symbol)
        if kind == "OneLayer":
            modes = ("forward", "adjoint") if problem.gradient else ("value",)
            found += [(name if mode == "value" else f"{name}, {mode}",
                       one_layer(problem, plain, mode)) for mode in modes]
        else:
            found.append((name, (two_layer if kind == "TwoLayer" else generation)(problem, plain)))
    return found
