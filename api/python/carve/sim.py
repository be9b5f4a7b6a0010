"""A sim: its memory, its arrays as NumPy arrays, and its calls.

Two ways to an array. view() is the array itself, [block][...][lane] as carve.h lays it out: what is
written there is what the next step reads. get() and put() copy, with the lanes last and without
blocks or padding: weights are [post][pre][lane]. Every array that is handed to or comes from a
method is of the latter kind, unless it says otherwise."""
import ctypes

import numpy as np

from . import constants, library
from .errors import Diverged, call, check
from .library import address, lib, pointers, whole
from .model import fill
from .spikes import SPIKE, spike_array, streamed_populations, values_of
from .trajectory import UnitSums, eliminate, trajectory_of, weight_trajectory_of
from .views import GRADIENT, NEEDS, TYPES, has_lanes

_LOSS = "a model that has what this kind of loss is of (carve.h), and for a gradient " + GRADIENT


def fill_loss(loss, fields):
    kind = fields.pop("kind")
    fill(loss, fields)
    loss.kind = kind


def _assign(name, onto, values):
    try:
        onto[...] = values
    except ValueError:
        raise ValueError(f"{name} has shape {np.shape(values)}, which does not broadcast to "
                         f"{onto.shape}") from None


def _doubles(name, values, shape):
    array = np.empty(shape)
    _assign(name, array, values)
    return array


def _default_step():
    step = library.Step()
    check(lib.carve_step_init(ctypes.byref(step), ctypes.sizeof(step)))
    return step


_DEFAULT_STEP = _default_step()
_STREAM_TYPES = {np.dtype(np.float32): constants.Precision.F32, np.dtype(np.float64): constants.Precision.F64}


def _steps(arrays, n_steps):
    """n_steps steps with the arrays of the inputs, or of the spikes, that they take."""
    step = library.Step.from_buffer_copy(_DEFAULT_STEP)
    streams = [(_STREAM_TYPES.get(a.dtype, constants.ElementType.SPIKES), constants.StreamLayout.BLOCKS, a.size, address(a))
               for a in arrays]
    step.inputs = (library.Stream * max(len(streams), 1))(*streams)
    step.n_inputs, step.n_steps = len(streams), n_steps
    return step


class Sim:
    def __init__(self, model):
        self._place(model, model.required_bytes())
        call(lib.carve_sim_init, self._memory.ctypes.data, self._memory.size, ctypes.byref(model),
             ctypes.byref(self._sim))

    def _place(self, model, n_bytes):
        self.model = model
        self.dtype = np.dtype(TYPES[model.precision])
        spare = np.zeros(n_bytes + 64, np.uint8)
        skip = -spare.ctypes.data % 64
        self._memory = spare[skip:skip + n_bytes]
        self._start = self._memory.ctypes.data
        self._sim = ctypes.c_void_p()

    def copy(self):
        """A sim of its own that continues from here exactly as this one does."""
        other = Sim.__new__(Sim)
        other._place(self.model, self._memory.size)
        other._memory[:] = self._memory
        call(lib.carve_sim_attach, other._memory.ctypes.data, other._memory.size,
             ctypes.byref(other._sim))
        return other

    def info(self):
        info = library.SimInfo(struct_size=ctypes.sizeof(library.SimInfo))
        call(lib.carve_sim_get_info, self._sim, ctypes.byref(info))
        return info

    def isa(self):
        return lib.carve_isa_name(self.info().isa).decode()

    # ---- Arrays

    def view(self, which, index=0):
        """The array itself. Of a sim with one lane block the padding lanes are left out; the last index
        of sensitivities where lanes are afferents is not a lane (carve.h)."""
        view = library.View()
        name = f"View.{constants.View(which).name}" if whole("which", which) in list(constants.View) else f"view {which}"
        call(lib.carve_sim_view, self._sim, which, whole("index", index),
             ctypes.byref(view), what=f"{name} of {index}", needs=NEEDS.get(which))
        dtype = np.dtype(TYPES[view.type])
        # Part of self._memory, which therefore is kept as long as the view is.
        shape, stride = view.shape[:view.ndim], view.stride[:view.ndim]
        array = np.ndarray(shape, dtype, self._memory, view.data - self._start,
                           [s * dtype.itemsize for s in stride])
        if has_lanes(which, array) and shape[0] == 1 and not self._of_afferents(which):
            array = array[..., :self.model.n_replicas]
        return array

    def _of_afferents(self, which):
        return (which == constants.View.SENSITIVITIES
                and self.info().layout == constants.Layout.AFFERENTS)

    def get(self, which, index=0):
        array = self.view(which, index)
        if self._of_afferents(which): # [replica][post][pre / 16][coefficient][pre % 16]
            array = np.moveaxis(array, -1, 3)
            array = array.reshape(*array.shape[:2], -1, array.shape[-1])
            array = array[:, :, :self._n_pre(index), :, None]
        return self._unpack(array) if has_lanes(which, array) else array.copy()

    def put(self, which, index, values):
        """values: anything that broadcasts to get()'s shape."""
        array = self.view(which, index)
        if self._of_afferents(which):
            n_replicas, n_post, n_tiles, n_coefficients, width = array.shape
            shape = n_post, self._n_pre(index), n_coefficients, n_replicas
            padded = np.zeros((n_replicas, n_post, n_tiles * width, n_coefficients), array.dtype)
            _assign("values", np.moveaxis(padded[:, :, :shape[1]], 0, -1), values)
            array[...] = np.moveaxis(
                padded.reshape(n_replicas, n_post, n_tiles, width, n_coefficients), 3, -1)
        elif has_lanes(which, array):
            array[...] = self._pack("values", values, array.dtype, array.shape[1:-1], array.shape[-1])
        else:
            _assign("values", array, values)

    def _n_pre(self, projection):
        return self.model.populations[self.model.projections[projection].pre].n_units

    def _unpack(self, array):
        merged = array.transpose(*range(1, array.ndim - 1), 0, array.ndim - 1)
        return merged.reshape(merged.shape[:-2] + (-1,))[..., :self.model.n_replicas].copy()

    def _pack(self, name, values, dtype, shape, width):
        """What broadcasts to [*shape][lane] as [block][*shape][lane], padding lanes 0."""
        n_lanes = self.model.n_replicas
        n_blocks = -(-n_lanes // width)
        padded = np.zeros(shape + (n_blocks * width,), dtype)
        _assign(name, padded[..., :n_lanes], values)
        blocks = padded.reshape(shape + (n_blocks, width))
        return blocks.transpose(len(shape), *range(len(shape)), len(shape) + 1)

    # ---- Steps

    def reset(self, seed=0, streams=None):
        """streams [lane]: which random stream each lane draws from; by default its own number."""
        if streams is not None:
            streams = np.array([whole("streams", stream, 64) for stream in streams], np.uint64)
            if streams.shape != (self.model.n_replicas,):
                raise ValueError(f"streams has shape {streams.shape}, not ({self.model.n_replicas},)")
        call(lib.carve_sim_reset, self._sim, whole("seed", seed, 64), address(streams))

    def clear(self, parts):
        """Sets parts of the state, a sum of Part, to what the last reset made of them."""
        call(lib.carve_sim_clear, self._sim, whole("parts", parts))

    def pack_inputs(self, values):
        """[step][sample][unit][lane] (fixed: without step) to the layout of carve.h, which step()
        takes without a copy."""
        values = np.asarray(values, self.dtype)
        if values.shape[-1:] != (self.model.n_replicas,):
            raise ValueError(f"values has shape {values.shape}, which does not end with "
                             f"{self.model.n_replicas} lanes")
        packed = self._pack("values", values, self.dtype, values.shape[:-1], self.info().lanes_per_block)
        return np.ascontiguousarray(packed)

    def step(self, inputs=(), n_steps=None, plastic=True):
        """inputs: one array per input population. Shared: [step][sample][unit]. Per lane:
        [step][sample][unit][lane], or what pack_inputs() made of it. Fixed: without [step].
        n_steps: by default as many as the inputs have. plastic=False: neither weights nor
        sensitivities change. Raises Diverged.
        Spiking models: one array [n][2] of integers per streamed population (step since the reset,
        unit), sorted, without duplicates, and one of values per input, in the order of the populations;
        n_steps is needed."""
        if self._is_spiking():
            return self._step_spiking(inputs, n_steps, None, plastic)
        arrays, n_steps = self._inputs(inputs, n_steps)
        self._step(arrays, n_steps, None, plastic)

    def _step(self, arrays, n_steps, recorder, plastic):
        step = _steps(arrays, n_steps)
        step.plastic = bool(plastic)
        if recorder is not None:
            step.recorder = ctypes.pointer(recorder)
        call(lib.carve_sim_step, self._sim, ctypes.byref(step), what="step")
        if self.info().n_frozen:
            frozen = self.get(constants.View.FROZEN)
            lanes = np.flatnonzero(frozen).tolist()
            raise Diverged(lanes, [int(frozen[lane]) - 1 for lane in lanes])

    def _inputs(self, inputs, n_steps):
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

    def _populations(self, kind):
        return [p for p in self.model.described[0] if p.kind == kind]

    # ---- Spikes

    def _is_spiking(self):
        return any(p.kind >= constants.PopulationKind.POISSON for p in self.model.described[0])

    def step_recording(self, inputs=(), n_steps=0, capacity=1 << 20, plastic=True):
        """Steps a spiking model and returns its neurons' spikes (fields step, population, unit,
        replica, count) and the number of those that found no room. inputs: as step() takes them."""
        if not self._is_spiking():
            raise ValueError("step_recording is not available: the model has no spiking population")
        spikes = np.zeros(whole("capacity", capacity, 63), SPIKE)
        recorder = library.Recorder(struct_size=ctypes.sizeof(library.Recorder),
                                    spikes=spikes.ctypes.data, capacity=capacity)
        self._step_spiking(inputs, n_steps, recorder, plastic)
        return spikes[:recorder.n_written], recorder.n_lost

    def _step_spiking(self, inputs, n_steps, recorder, plastic):
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

    def trajectory(self, population, precision=0.0):
        """Trajectory of a population with a TrajectoryProbe. With Sums.OF_UNITS its loss is the least that a gain and an
        offset of each unit leave, for a noise of 1. Where initial weights are free (InitialWeights.FREE) the probes of weights
        onto the population are taken in, and gradient and matrix are those by the coefficients of the rules alone, with
        the initial weights that are best for them. precision: 1 / sd^2 of a Gaussian prior of the initial weights around
        what they were, at least 0."""
        return trajectory_of(self, population, precision)

    def weight_trajectory(self, projection):
        """Trajectory of the weights of a projection with a WeightsProbe. ValueError where initial weights onto its
        postsynaptic population are free: the sums are then part of Sim.trajectory of this population."""
        return weight_trajectory_of(self, projection)

    def initial_steps(self, population, dtheta=None, precision=0.0):
        """Steps [unit][column][lane] from free initial weights to the best ones, columns those of a row in the
        order of projections, when the coefficients take the step dtheta [coefficient][lane] (None: none)."""
        return eliminate(self, population, precision, dtheta)[3]

    def unit_sums(self, population):
        """UnitSums of a population with a TrajectoryProbe(sums=Sums.OF_UNITS): sums over steps and samples of
        products of an observation's weight, the rate and the observation, and of derivatives of the rate."""
        return UnitSums.of(self.get(constants.View.TRAJECTORY, population).astype(float), self.info().n_coefficients)

    def rate_loss(self, population):
        """Mean over the window of (rate - target)^2 / (rate + offset), and its gradient or None."""
        return self._evaluate({"kind": constants.Loss.RATE, "population": population})

    def tuning_loss(self, projection, other):
        """1 - correlation over groups of what two projections transmitted in the window."""
        return self._evaluate({"kind": constants.Loss.TUNING, "projection": projection,
                               "other": other}, gradient=False)[0]

    def _evaluate(self, fields, gradient=True):
        loss = library.Loss()
        fill_loss(loss, fields)
        value = np.empty(self.model.n_replicas)
        slope = self._empty_by_coefficient() if gradient else None
        call(lib.carve_sim_loss, self._sim, ctypes.byref(loss), address(value), address(slope),
             what="the loss", needs="a RateProbe of the population (rate_loss), or a TransmittedProbe of both "
             "projections (tuning_loss)")
        return value, slope

    def _input(self, name, population, values):
        """The array as the library reads it, and for how many steps it is (None: fixed)."""
        array = np.asarray(values, self.dtype)
        shape = (self.model.batch, population.n_units)
        axis = 0
        if not population.shared:
            n_dims = 3 if population.fixed else 4
            if array.ndim == n_dims and array.shape[-1] == self.model.n_replicas:
                array = self.pack_inputs(array)
            info = self.info()
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

    # ---- Loss

    def _loss(self, target, kind, projection):
        loss = library.Loss()
        fill_loss(loss, {"kind": kind, "projection": projection})
        if whole("projection", projection) >= self.model.n_projections:
            raise ValueError(f"projection {projection} of {self.model.n_projections}")
        link = self.model.projections[projection]
        rows = link.pre if kind == constants.Loss.DECORRELATION else link.post
        shape = tuple(self.model.populations[i].n_units for i in (rows, link.pre))
        target = np.ascontiguousarray(target, np.float64)
        if target.shape not in (shape, shape + (self.model.n_replicas,)):
            raise ValueError(f"target has shape {target.shape}, not {shape} or "
                             f"{shape + (self.model.n_replicas,)}")
        loss.target_shared = target.ndim == 2
        loss.target = target.ctypes.data
        loss._target = target # alive as long as the struct that points to it
        return loss

    def loss(self, target, kind=constants.Loss.DISTANCE, projection=0):
        """target [post][pre] (decorrelation: [pre][pre]), or the same with [lane]. Returns the value [lane] and, of a sim with
        sensitivities (else None), its gradient [coefficient][lane]."""
        loss = self._loss(target, kind, projection)
        value, gradient = np.empty(self.model.n_replicas), self._empty_by_coefficient()
        call(lib.carve_sim_loss, self._sim, ctypes.byref(loss), address(value), address(gradient),
             what="loss", needs=_LOSS)
        return value, gradient

    def loss_slopes(self, target, kind=constants.Loss.DISTANCE, projection=0):
        """The value [lane] and its derivative by the weights of the projection, [post][pre][lane]."""
        loss = self._loss(target, kind, projection)
        value = np.empty(self.model.n_replicas)
        slopes = np.empty(self.get(constants.View.WEIGHTS, projection).shape)
        call(lib.carve_sim_loss_slopes, self._sim, ctypes.byref(loss), address(value),
             address(slopes), what="loss_slopes", needs=_LOSS)
        return value, slopes

    def residuals(self, target, kind=constants.Loss.DISTANCE, projection=0):
        """Residuals [n][lane] and (else None) their jacobian [n][coefficient][lane]."""
        loss, n = self._loss(target, kind, projection), ctypes.c_size_t()
        fill_in = lambda r, j: call(
            lib.carve_sim_residuals, self._sim, ctypes.byref(loss), ctypes.byref(n), address(r),
            address(j), what="residuals", needs=_LOSS)
        fill_in(None, None)
        residuals = np.empty((n.value, self.model.n_replicas))
        jacobian = self._empty_by_coefficient(n.value)
        fill_in(residuals, jacobian)
        return residuals, jacobian

    def chain(self, projection, dloss_dw):
        """dloss_dw [post][pre][lane] of any loss to dloss_dtheta [coefficient][lane]."""
        shape = self.get(constants.View.WEIGHTS, projection).shape
        dloss_dw = _doubles("dloss_dw", dloss_dw, shape)
        gradient = np.empty((self.info().n_coefficients, self.model.n_replicas))
        call(lib.carve_sim_chain, self._sim, projection, address(dloss_dw), address(gradient),
             what="chain", needs=GRADIENT)
        return gradient

    def adjoint(self, inputs, dloss_dw):
        """chain() of a sim with Gradient.ADJOINT, back through all steps since the reset: inputs as
        for one step() of all these; dloss_dw {projection: [post][pre][lane]}."""
        slopes = [None] * self.model.n_projections
        for index, values in dloss_dw.items():
            shape = self.get(constants.View.WEIGHTS, index).shape
            slopes[index] = _doubles(f"dloss_dw[{index}]", values, shape)
        arrays, n_steps = self._inputs(inputs, self.info().steps)
        gradient = np.empty((self.info().n_coefficients, self.model.n_replicas))
        call(lib.carve_sim_adjoint, self._sim, ctypes.byref(_steps(arrays, n_steps)),
             pointers(slopes), address(gradient), what="adjoint",
             needs="a model with gradient=carve.Gradient.ADJOINT")
        return gradient

    def _empty_by_coefficient(self, *first):
        if self.model.gradient != constants.Gradient.FORWARD:
            return None
        return np.empty((*first, self.info().n_coefficients, self.model.n_replicas))
