"""A sim's steps, and what is streamed to it."""
import ctypes
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import ArrayLike

from .. import constants, library
from ..errors import Diverged, call, check
from ..library import address, lib, whole
from ..model import Population
from .arrays import Array, Arrays
from .spikes import SPIKE, spike_array, streamed_populations, values_of


def _default_step() -> library.Step:
    step = library.Step()
    check(lib.carve_step_init(ctypes.byref(step), ctypes.sizeof(step)))
    return step


_DEFAULT_STEP = _default_step()
_STREAM_TYPES = {np.dtype(np.float32): constants.ElementType.F32, np.dtype(np.float64): constants.ElementType.F64}


def step_of(arrays: Sequence[Array], n_steps: int) -> library.Step:
    """n_steps steps with the arrays of the inputs, or of the spikes, that they take."""
    step = library.Step.from_buffer_copy(_DEFAULT_STEP)
    streams: List[Any] = [(_STREAM_TYPES.get(a.dtype, constants.ElementType.SPIKES), constants.StreamLayout.BLOCKS, a.size, address(a))
                          for a in arrays]
    step.inputs = (library.Stream * max(len(streams), 1))(*streams)
    step.n_inputs, step.n_steps = len(streams), n_steps
    return step


class Steps(Arrays):
    """The part of a Sim that advances it."""

    def reset(self, seed: int = 0, streams: Optional[ArrayLike] = None) -> None:
        """Back to step 0, with newly drawn initial weights and graphs. Coefficients, means, learning rates, bounds, gains
        and poisson rates stay.

        Parameters
        ----------
        seed : int
            0 to 2^64 - 1.
        streams : array_like of int, [lane], optional
            Which random stream each replica draws from; by default the one of its own number.
        """
        if streams is not None:
            streams = np.array([whole("streams", stream, 64) for stream in np.asarray(streams, object)], np.uint64)
            if streams.shape != (self.model.n_replicas,):
                raise ValueError(f"streams has shape {streams.shape}, not ({self.model.n_replicas},)")
        call(lib.carve_sim_reset, self._sim, whole("seed", seed, 64), address(streams))

    def clear(self, parts: int) -> None:
        """Sets parts of the state to what the last reset made of them.

        Parameters
        ----------
        parts : Part
            One, or several as Part.TRACES | Part.MEASURES.
        """
        call(lib.carve_sim_clear, self._sim, whole("parts", parts))

    def pack_inputs(self, values: ArrayLike) -> Array:
        """Lays out the values of an input as carve.h has them; step() takes the result without a copy.

        Parameters
        ----------
        values : array_like [step][sample][unit][lane]
            Of a fixed input without step.

        Returns
        -------
        ndarray [block][step][sample][unit][lane]
        """
        values = np.asarray(values, self.dtype)
        if values.shape[-1:] != (self.model.n_replicas,):
            raise ValueError(f"values has shape {values.shape}, which does not end with "
                             f"{self.model.n_replicas} lanes")
        packed = self._pack("values", values, self.dtype, values.shape[:-1], self._info().lanes_per_block)
        return np.ascontiguousarray(packed)

    def step(self, inputs: Sequence[ArrayLike] = (), n_steps: Optional[int] = None, plastic: bool = True) -> None:
        """Advances all replicas.

        Parameters
        ----------
        inputs : sequence of array_like
            One for each input population, in their order: [step][sample][unit] if it is shared, else
            [step][sample][unit][lane] or what pack_inputs() made of that; without step if it is fixed. Of spiking models
            one for each streamed population, too: integers [n][2], step since the reset and unit, sorted, each pair once.
        n_steps : int, optional
            By default as many as the inputs have; spiking models need it.
        plastic : bool
            False: neither weights nor sensitivities change.

        Raises
        ------
        Diverged
            If a replica is frozen; the others have advanced.
        """
        if self._is_spiking():
            return self._step_spiking(inputs, n_steps, None, plastic)
        arrays, n_steps = self._inputs(inputs, n_steps)
        self._step(arrays, n_steps, None, plastic)

    def step_recording(self, inputs: Sequence[ArrayLike] = (), n_steps: int = 0, capacity: int = 1 << 20,
                       plastic: bool = True) -> Tuple[Array, int]:
        """Advances a spiking model and records its neurons' spikes.

        Parameters
        ----------
        inputs, n_steps, plastic
            As step() takes them.
        capacity : int
            Most spikes that are recorded.

        Returns
        -------
        spikes : ndarray [n]
            With the fields step, population, unit, replica and count.
        n_lost : int
            Spikes that found no room.

        Raises
        ------
        Diverged
            If a replica is frozen; the others have advanced.
        """
        if not self._is_spiking():
            raise ValueError("step_recording is not available: the model has no spiking population")
        spikes = np.zeros(whole("capacity", capacity, 63), SPIKE)
        recorder = library.Recorder(struct_size=ctypes.sizeof(library.Recorder),
                                    spikes=spikes.ctypes.data, capacity=capacity)
        self._step_spiking(inputs, n_steps, recorder, plastic)
        return spikes[:recorder.n_written], recorder.n_lost

    def _step(self, arrays: Sequence[Array], n_steps: int, recorder: Optional[library.Recorder], plastic: bool) -> None:
        step = step_of(arrays, n_steps)
        step.plastic = bool(plastic)
        if recorder is not None:
            step.recorder = ctypes.pointer(recorder)
        call(lib.carve_sim_step, self._sim, ctypes.byref(step), what="step")
        if self._info().n_frozen:
            frozen = self.get(constants.View.FROZEN)
            lanes = np.flatnonzero(frozen).tolist()
            raise Diverged(lanes, [int(frozen[lane]) - 1 for lane in lanes])

    def _inputs(self, inputs: Sequence[ArrayLike], n_steps: Optional[int]) -> Tuple[List[Array], int]:
        """The arrays as the library reads them, and the number of steps."""
        populations = self._populations(constants.PopulationKind.INPUT)
        if len(inputs) != len(populations):
            raise ValueError(f"{len(inputs)} inputs for {len(populations)} input populations")
        arrays, steps = [], []
        for i, (population, values) in enumerate(zip(populations, inputs)):
            array, given = self._input(f"inputs[{i}]", population, values)
            arrays.append(array)
            steps += [] if given is None else [given]
        if n_steps is None:
            if not steps:
                raise ValueError("n_steps is needed: no input is streamed")
            n_steps = min(steps)
        n_steps = whole("n_steps", n_steps, 64)
        if any(given < n_steps for given in steps):
            raise ValueError(f"inputs for {min(steps)} steps, not {n_steps}")
        return arrays, n_steps

    def _populations(self, kind: int) -> List[Population]:
        return [p for p in self.model.described[0] if p.kind == kind]

    def _is_spiking(self) -> bool:
        return any(p.kind >= constants.PopulationKind.POISSON for p in self.model.described[0])

    def _step_spiking(self, inputs: Sequence[ArrayLike], n_steps: Optional[int], recorder: Optional[library.Recorder],
                      plastic: bool) -> None:
        """inputs: of each streamed population its spikes, [n][2]: step since the reset, and unit; of each input
        its values."""
        if n_steps is None:
            raise ValueError("n_steps is needed: spikes do not tell how long to step")
        streamed = streamed_populations(self.model.described[0])
        if len(inputs) != len(streamed):
            raise ValueError(f"{len(inputs)} inputs for {len(streamed)} streamed populations")
        n_steps = whole("n_steps", n_steps, 64)
        arrays = [spike_array(f"inputs[{i}]", values, population.n_units) if population.kind == constants.PopulationKind.POISSON
                  else values_of(n_steps, f"inputs[{i}]", *self._input(f"inputs[{i}]", population, values))
                  for i, (population, values) in enumerate(zip(streamed, inputs))]
        self._step(arrays, n_steps, recorder, plastic)

    def _input(self, name: str, population: Any, values: ArrayLike) -> Tuple[Array, Optional[int]]:
        """The array as the library reads it, and for how many steps it is (None: fixed)."""
        array = np.asarray(values, self.dtype)
        shape: Tuple[int, ...] = (self.model.batch, population.n_units)
        axis = 0
        if not population.shared:
            n_dims = 3 if population.fixed else 4
            if array.ndim == n_dims and array.shape[-1] == self.model.n_replicas:
                array = self.pack_inputs(array)
            info = self._info()
            shape = (info.n_blocks, *shape, info.lanes_per_block)
            axis = 1
        steps = None
        if not population.fixed:
            steps = array.shape[axis] if array.ndim > axis else 0
            shape = shape[:axis] + (steps,) + shape[axis:]
        if array.shape != shape:
            wanted = ([] if population.fixed else ["n_steps"]) + [self.model.batch, population.n_units]
            wanted += [] if population.shared else [self.model.n_replicas]
            raise ValueError(f"{name} has shape {np.shape(values)}, not "
                             f"({', '.join(map(str, wanted))})")
        return np.ascontiguousarray(array), steps
