"""A status other than CARVE_OK, as an exception."""
import ctypes
from typing import Any, List, Optional, Sequence

from .constants import Status
from .library import Fault, lib


class CarveError(Exception):
    """A call that the library has refused. Nothing has changed.

    Attributes
    ----------
    status : Status
        What kind of fault it is.
    where : str
        The field or parameter at fault, as ``projections[1].w_max``; empty if the library names none.
    value : float
        The value that it has.
    expected : str
        What is expected of it, as ``must be above w_min``.
    """

    def __init__(self, text: str, status: int, where: str = "", value: float = 0.0, expected: str = "") -> None:
        super().__init__(text, status, where, value, expected)
        self.status = Status(status)
        self.where, self.value, self.expected = where, value, expected

    def __str__(self) -> str:
        return str(self.args[0])


class Diverged(Exception):
    """At least one replica has left the bound or the finite numbers and is frozen: its values are NaN. The others
    have advanced.

    Attributes
    ----------
    lanes : list of int
        The replicas that are frozen.
    steps : list of int
        The steps since the reset in which they were frozen, as many.
    """

    def __init__(self, lanes: Sequence[int], steps: Sequence[int]) -> None:
        super().__init__(lanes, steps)
        self.lanes: List[int] = list(lanes)
        self.steps: List[int] = list(steps)

    def __str__(self) -> str:
        listed = ", ".join(f"{lane} (step {step})" for lane, step in zip(self.lanes[:8], self.steps))
        more = f" and {len(self.lanes) - 8} more" if len(self.lanes) > 8 else ""
        return "lanes left the bound or the finite numbers and are frozen: " + listed + more


def explain(model: ctypes.Structure) -> str:
    """Says what is wrong with a model.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
        A sentence that names the first field at fault; empty if the model is valid.
    """
    n, fault = ctypes.c_size_t(), Fault()
    lib.carve_sim_required_bytes(ctypes.byref(model), ctypes.byref(n), ctypes.byref(fault))
    return _sentence(fault)


def _sentence(fault: Fault) -> str:
    if fault.status == Status.OK:
        return ""
    return f"{fault.where.decode()} is {fault.value:g}; it {fault.expected.decode()}"


def call(function: Any, *arguments: Any, what: Optional[str] = None, needs: Optional[str] = None) -> None:
    """Calls one that ends with a fault. what: was to be done; needs: what it needs to be available."""
    fault = Fault()
    status = function(*arguments, ctypes.byref(fault))
    if status == Status.OK:
        return
    text = _sentence(fault)
    if status == Status.UNAVAILABLE and needs:
        text = f"not available, it needs {needs}"
    raise CarveError(f"{what}: {text}" if what else text, status, fault.where.decode(), fault.value, fault.expected.decode())


def check(status: int) -> None:
    """Of a function without a fault."""
    if status != Status.OK:
        raise CarveError(lib.carve_status_string(status).decode(), status)
