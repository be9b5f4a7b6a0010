"""A sim's memory and its arrays.

Two ways to an array. view() is the array itself, [block][...][lane] as carve.h lays it out: what is
written there is what the next step reads. get() and put() copy, with the lanes last and without
blocks or padding: weights are [post][pre][lane]. Every array that is handed to or comes from a
method is of the latter kind, unless it says otherwise."""
import ctypes
from typing import Any, NamedTuple, Tuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .. import constants, library
from ..errors import call
from ..library import lib, whole
from ..model import Model
from .views import NAMES, NEEDS, TYPES, has_lanes

Array = NDArray[Any]


class Info(NamedTuple):
    """What Sim.info returns. n_frozen: replicas that are frozen; steps: since the last reset; bytes: of the block."""
    precision: constants.Precision
    isa: constants.Isa
    form: constants.Form
    layout: constants.Layout
    n_replicas: int
    lanes_per_block: int
    n_blocks: int
    n_coefficients: int
    n_frozen: int
    steps: int
    bytes: int


def assign(name: str, onto: Array, values: ArrayLike) -> None:
    """Copies what broadcasts; nothing is rounded, and no sign or imaginary part lost."""
    given = np.asarray(values)
    if given.dtype.kind not in "biuf" or isinstance(values, np.ma.MaskedArray):
        kind = "masked array" if isinstance(values, np.ma.MaskedArray) else str(given.dtype)
        raise TypeError(f"{name} takes real numbers, not {kind}")
    if onto.dtype.kind == "u" and given.size:
        if given.dtype.kind == "f" and not (given == np.floor(given)).all():
            raise TypeError(f"{name} takes whole numbers, not {given.dtype}")
        if given.min() < 0 or given.max() > np.iinfo(onto.dtype).max:
            raise ValueError(f"{name} has a number that is not from 0 to {np.iinfo(onto.dtype).max}")
    try:
        onto[...] = values
    except ValueError:
        raise ValueError(f"{name} has shape {np.shape(values)}, which does not broadcast to "
                         f"{onto.shape}") from None


class Arrays:
    """The part of a Sim that has its memory."""

    def _place(self, model: Model, n_bytes: int) -> None:
        self.model = model
        self.dtype: np.dtype[Any] = np.dtype(TYPES[model.precision])
        spare = np.zeros(n_bytes + 64, np.uint8)
        skip = -spare.ctypes.data % 64
        self._memory = spare[skip:skip + n_bytes]
        self._start = self._memory.ctypes.data
        self._sim = ctypes.c_void_p()

    def _attach(self, model: Model, memory: Array) -> None:
        """Becomes the sim that this block holds."""
        self._place(model, memory.size)
        self._memory[:] = memory
        call(lib.carve_sim_attach, self._start, self._memory.size, ctypes.byref(self._sim))

    def _info(self) -> library.SimInfo:
        info = library.SimInfo(struct_size=ctypes.sizeof(library.SimInfo))
        call(lib.carve_sim_get_info, self._sim, ctypes.byref(info))
        return info

    def info(self) -> Info:
        """Sizes, choices and progress.

        Returns
        -------
        Info
        """
        info = self._info()
        return Info(constants.Precision(info.precision), constants.Isa(info.isa), constants.Form(info.form),
                    constants.Layout(info.layout), *(getattr(info, name) for name in Info._fields[4:]))

    def isa(self) -> str:
        """The name of the instruction set, as "avx2"."""
        name: bytes = lib.carve_isa_name(self._info().isa)
        return name.decode()

    def view(self, which: int, index: int = 0) -> Array:
        """The array itself.

        With one lane block the padding lanes are left out; the last index of sensitivities where lanes are afferents is
        not a lane (carve/sim.h).

        Parameters
        ----------
        which : View
        index : int
            Of the population, projection or rule that the array belongs to.

        Returns
        -------
        ndarray [block][...][lane]
            On the sim's memory, or without block and lane if all replicas share it.

        Raises
        ------
        CarveError
            If the model does not have the array.
        """
        view = library.View()
        name = NAMES.get(whole("which", which), f"view {which}")
        call(lib.carve_sim_view, self._sim, which, whole("index", index),
             ctypes.byref(view), what=f"{name} of {index}", needs=NEEDS.get(which))
        dtype: np.dtype[Any] = np.dtype(TYPES[view.type])
        # Part of self._memory, which therefore is kept as long as the view is.
        shape, stride = view.shape[:view.ndim], view.stride[:view.ndim]
        array: Array = np.ndarray(shape, dtype, self._memory, view.data - self._start, [s * dtype.itemsize for s in stride])
        if has_lanes(which, array) and shape[0] == 1 and not self._of_afferents(which):
            array = array[..., :self.model.n_replicas]
        return array

    def _of_afferents(self, which: int) -> bool:
        return (which == constants.View.SENSITIVITIES
                and self._info().layout == constants.Layout.AFFERENTS)

    def get(self, which: int, index: int = 0) -> Array:
        """A copy of an array.

        Parameters
        ----------
        which : View
        index : int
            Of the population, projection or rule that the array belongs to.

        Returns
        -------
        ndarray [...][lane]
            Weights are [post][pre][lane]; without lane if all replicas share the array.

        Raises
        ------
        CarveError
            If the model does not have the array.
        """
        array = self.view(which, index)
        if self._of_afferents(which): # [replica][post][pre / 16][coefficient][pre % 16]
            array = np.moveaxis(array, -1, 3)
            array = array.reshape(*array.shape[:2], -1, array.shape[-1])
            array = array[:, :, :self._n_pre(index), :, None]
        return self._unpack(array) if has_lanes(which, array) else array.copy()

    def put(self, which: int, index: int, values: ArrayLike) -> None:
        """Writes an array.

        Parameters
        ----------
        which : View
        index : int
            Of the population, projection or rule that the array belongs to.
        values : array_like
            Anything that broadcasts to the shape that get() returns.

        Raises
        ------
        CarveError
            If the model does not have the array.
        ValueError
            If the shape of the values is another one.
        """
        array = self.view(which, index)
        if self._of_afferents(which):
            n_replicas, n_post, n_tiles, n_coefficients, width = array.shape
            shape = n_post, self._n_pre(index), n_coefficients, n_replicas
            padded = np.zeros((n_replicas, n_post, n_tiles * width, n_coefficients), array.dtype)
            assign("values", np.moveaxis(padded[:, :, :shape[1]], 0, -1), values)
            array[...] = np.moveaxis(
                padded.reshape(n_replicas, n_post, n_tiles, width, n_coefficients), 3, -1)
        elif has_lanes(which, array):
            array[...] = self._pack("values", values, array.dtype, array.shape[1:-1], array.shape[-1])
        else:
            assign("values", array, values)

    def _n_pre(self, projection: int) -> int:
        n: int = self.model.described[0][self.model.described[1][projection].pre].n_units
        return n

    def _unpack(self, array: Array) -> Array:
        merged = array.transpose(*range(1, array.ndim - 1), 0, array.ndim - 1)
        return merged.reshape(merged.shape[:-2] + (-1,))[..., :self.model.n_replicas].copy()

    def _pack(self, name: str, values: ArrayLike, dtype: DTypeLike, shape: Tuple[int, ...], width: int) -> Array:
        """What broadcasts to [*shape][lane] as [block][*shape][lane], padding lanes 0."""
        n_lanes = self.model.n_replicas
        n_blocks = -(-n_lanes // width)
        padded = np.zeros(shape + (n_blocks * width,), dtype)
        assign(name, padded[..., :n_lanes], values)
        blocks = padded.reshape(shape + (n_blocks, width))
        return blocks.transpose(len(shape), *range(len(shape)), len(shape) + 1)
