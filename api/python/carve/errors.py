"""A status other than CARVE_OK, as an exception."""
import ctypes

from .library import lib

OK, DIVERGED = 0, 7


class CarveError(Exception):
    """status: the number of carve.h."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Diverged(CarveError):
    """At least one lane is frozen (its values are NaN); the others have advanced."""


def explain(model):
    """The sentence that names the first field at fault, "" if the model is valid."""
    text = ctypes.create_string_buffer(1024)
    lib.carve_model_explain(ctypes.byref(model), text, len(text))
    return text.value.decode()


def check(status, model=None):
    """model: whose first fault is the reason, if it has one."""
    if status == OK:
        return
    text = lib.carve_status_string(status).decode()
    reason = explain(model) if model is not None else ""
    raise (Diverged if status == DIVERGED else CarveError)(status, reason or text)
