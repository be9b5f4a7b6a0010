"""A status other than CARVE_OK, as an exception."""
import ctypes

from .library import Fault, lib

OK, UNAVAILABLE = 0, 8


class CarveError(Exception):
    """status: the number of carve.h."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Diverged(Exception):
    """At least one replica is frozen (its values are NaN); the others have advanced. lanes: those that
    are frozen."""

    def __init__(self, lanes, steps):
        listed = ", ".join(f"{lane} (step {step})" for lane, step in zip(lanes[:8], steps))
        more = f" and {len(lanes) - 8} more" if len(lanes) > 8 else ""
        super().__init__("lanes left the bound or the finite numbers and are frozen: " + listed + more)
        self.lanes = lanes


def explain(model):
    """The sentence that names the first field at fault, "" if the model is valid."""
    n, fault = ctypes.c_size_t(), Fault()
    lib.carve_sim_required_bytes(ctypes.byref(model), ctypes.byref(n), ctypes.byref(fault))
    return _sentence(fault)


def _sentence(fault):
    if fault.status == OK:
        return ""
    return f"{fault.where.decode()} is {fault.value:g}; it {fault.expected.decode()}"


def call(function, *arguments, what=None, needs=None):
    """Calls one that ends with a fault. what: was to be done; needs: what it needs to be available."""
    fault = Fault()
    status = function(*arguments, ctypes.byref(fault))
    if status == OK:
        return
    text = _sentence(fault)
    if status == UNAVAILABLE and needs:
        text = f"not available, it needs {needs}"
    raise CarveError(status, f"{what}: {text}" if what else text)


def check(status):
    """Of a function without a fault."""
    if status != OK:
        raise CarveError(status, lib.carve_status_string(status).decode())
