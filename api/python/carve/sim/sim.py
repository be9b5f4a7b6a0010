"""A network in memory."""
import ctypes
from typing import Any, Tuple

import numpy as np

from ..errors import call
from ..library import lib
from ..model import Model
from .losses import Losses


class Sim(Losses):
    """Replicas of a network, in a block of memory of their own.

    It may be copied and pickled, and then goes on identically; another version of carve may refuse a pickled one.

    Parameters
    ----------
    model : Model

    Raises
    ------
    CarveError
        If the model is not valid; its words name the first field at fault.
    """

    def __init__(self, model: Model) -> None:
        self._place(model, model.required_bytes())
        call(lib.carve_sim_init, self._memory.ctypes.data, self._memory.size, ctypes.byref(model),
             ctypes.byref(self._sim))

    def copy(self) -> "Sim":
        """A sim of its own that continues from here exactly as this one does.

        Returns
        -------
        Sim
        """
        return _revived(self.model, self._memory)

    def __copy__(self) -> "Sim":
        return self.copy()

    def __reduce__(self) -> Tuple[Any, ...]:
        return _revived, (self.model, np.array(self._memory))

    def __repr__(self) -> str:
        info = self.info()
        return (f"<carve.Sim: {info.n_replicas} replicas ({info.n_frozen} frozen) of {self.model.n_populations} populations and "
                f"{self.model.n_projections} projections, {info.steps} steps after a reset, {info.bytes} bytes, {self.isa()}>")


def _revived(model: Model, memory: Any) -> Sim:
    sim = Sim.__new__(Sim)
    sim._attach(model, memory)
    return sim
