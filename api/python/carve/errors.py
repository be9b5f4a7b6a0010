"""A status other than CARVE_OK, as an exception."""
import ctypes

from .library import lib

OK, DIVERGED, UNAVAILABLE = 0, 7, 9


class CarveError(Exception):
    """status: the number of carve.h."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Diverged(CarveError):
    """At least one lane is frozen (its values are NaN); the others have advanced. lanes: those that
    are frozen."""

    def __init__(self, lanes, steps):
        listed = ", ".join(f"{lane} (step {step})" for lane, step in zip(lanes[:8], steps))
        more = f" and {len(lanes) - 8} more" if len(lanes) > 8 else ""
        super().__init__(DIVERGED, "lanes left the bound or the finite numbers and are frozen: "
                         + listed + more)
        self.lanes = lanes


def explain(model):
    """The sentence that names the first field at fault, "" if the model is valid."""
    text = ctypes.create_string_buffer(1024)
    lib.carve_model_explain(ctypes.byref(model), text, len(text))
    return text.value.decode()


def check(status, model=None, call=None, needs=None):
    """model: whose first fault is the reason, if it has one. call: what failed; needs: what it
    needs to be available."""
    if status == OK:
        return
    text = lib.carve_status_string(status).decode()
    if status == UNAVAILABLE and needs:
        text = f"not available, it needs {needs}"
    reason = explain(model) if model is not None else ""
    raise CarveError(status, reason or (f"{call}: {text}" if call else text))
