"""Finds libcarve and declares its functions and structs: carve.h, version 2 of the ABI."""
import ctypes
import ctypes.util
import glob
import operator
import os
import pathlib
import re
from ctypes import (POINTER, c_char, c_char_p, c_double, c_int, c_int32, c_size_t, c_uint8, c_uint32,
                    c_uint64, c_void_p)
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from numpy.typing import NDArray

from .constants import NO_POPULATION

ABI = 2


def _candidates() -> Iterator[str]:
    """What CARVE_LIBRARY names; else beside this file, the newest build of this source tree, the system's."""
    if os.environ.get("CARVE_LIBRARY"):
        yield os.environ["CARVE_LIBRARY"]
        return
    here = pathlib.Path(__file__).resolve().parent
    yield str(here / "libcarve.so.2")
    yield from sorted(glob.glob(str(here.parents[2] / "build*" / "**" / "lib" / "libcarve.so.2"), recursive=True),
                      key=os.path.getmtime, reverse=True)
    found = ctypes.util.find_library("carve")
    if found:
        yield found


def _load() -> ctypes.CDLL:
    tried = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            tried.append(str(error))
            continue
        library.carve_abi_version.restype = c_uint32
        if library.carve_abi_version() == ABI:
            return library
        tried.append(f"{path}: has ABI {library.carve_abi_version()}, not {ABI}")
    raise ImportError("\n  ".join(
        ["libcarve.so.2 was not found; build carve, or set CARVE_LIBRARY to its path", *tried]))


def _fields(text: str, **types: Any) -> List[Tuple[str, Any]]:
    """[(name, type)]: every name is a uint32 unless `types` says otherwise."""
    return [(name, types.get(name, c_uint32)) for name in text.split()]


def whole(name: str, value: Any, bits: int = 32) -> int:
    """value as an int that fits; ctypes itself would take -1 for 2^bits - 1."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}, not an integer") from None
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{name} is {number}, not from 0 to {(1 << bits) - 1}")
    return number


def address(array: Optional[NDArray[Any]]) -> Optional[int]:
    """Of its data; None of no array."""
    return None if array is None else array.ctypes.data


def pointers(arrays: Sequence[Optional[NDArray[Any]]]) -> Any:
    return (c_void_p * max(len(arrays), 1))(*[address(a) for a in arrays])


def name_in_c(struct: type) -> str:
    """RateProbe's is rate_probe."""
    return re.sub("(?<!^)([A-Z])", r"_\1", struct.__name__).lower()


class Plain(ctypes.Structure):
    """One of every step, whose numbers have been checked before."""
    if TYPE_CHECKING: # what ctypes makes of _fields_
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


# Fields that may name a population, or a number for random numbers: None is NO_POPULATION, or the index (CARVE_ID_OF_INDEX).
OPTIONAL = ("modulator", "gate", "selection", "random_id")


class Struct(Plain):
    """One that a caller describes something with: its unsigned fields are checked when they are set."""
    _bits: Dict[str, int]

    def __init_subclass__(cls) -> None:
        fields: Iterable[Any] = cls._fields_ # pairs; a third element is of bit fields
        cls._bits = {name: ctypes.sizeof(kind) * 8 for name, kind in fields
                     if kind in (c_uint8, c_uint32, c_uint64)}

    def __setattr__(self, name: str, value: Any) -> None:
        bits = self._bits.get(name)
        # Of a term `modulator` is a power, of one byte.
        if value is None and name in OPTIONAL and bits == 32:
            value = NO_POPULATION
        super().__setattr__(name, whole(name, value, bits) if bits else value)


class Population(Struct):
    _fields_ = _fields("struct_size kind n_units random_id parameters", parameters=c_void_p)


class Input(Struct):
    _fields_ = _fields("struct_size shared fixed reserved")


class Gaussian(Struct):
    _fields_ = _fields("struct_size shared fixed reserved")


class Rate(Struct):
    _fields_ = _fields("struct_size activation tau", tau=c_double)


class Poisson(Struct):
    _fields_ = _fields("struct_size source n_groups signal") + [
        (name, c_double) for name in "t_ref rate signal_gain signal_tau".split()]


class Receptor(Struct):
    _fields_ = _fields("kind source tau reversal share reserved_values", tau=c_double,
                       reversal=c_double, share=c_double, reserved_values=c_double * 4)


def _neuron(text: str) -> List[Tuple[str, Any]]:
    """What all neurons have, and the numbers of one."""
    return _fields("struct_size n_receptors receptors", receptors=POINTER(Receptor)) + [
        (name, c_double) for name in ("tau_m v_rest v_reset v_threshold t_ref drive " + text).split()]


_THRESHOLD = "threshold_jump threshold_tau v_min v_max "


class Lif(Struct):
    _fields_ = _neuron("")


class Tif(Struct):
    _fields_ = _neuron("")


class If(Struct):
    _fields_ = _neuron(_THRESHOLD)


class Cvaif(Struct):
    _fields_ = _neuron(_THRESHOLD + "adaptation_jump adaptation_tau adaptation_reversal voltage_tau "
                       "excitatory_tau inhibitory_tau")


class Eif(Struct):
    _fields_ = _neuron("v_onset slope")


class Term(Struct):
    _fields_ = [(name, c_uint8) for name in
                "event pre post pre2 post2 weight modulator pre_mean post_mean post_square weight_sum".split()] + [
                    ("reserved", c_uint8 * 5)]


class Polynomial(Struct):
    _fields_ = _fields("struct_size n_terms trace_jump coincidence terms eligibility reserved",
                       terms=POINTER(Term))


class Mlp(Struct):
    _fields_ = _fields("struct_size n_hidden inputs activation at_spikes n_second coincidence reserved tau_pre tau_post "
                       "tau_pre2 tau_post2",
                       **{name: c_double for name in ("tau_pre", "tau_post", "tau_pre2", "tau_post2")})


class Product(Struct):
    _fields_ = _fields("struct_size factors coincidence released tau_pre tau_post tau_pre2 tau_post2",
                       **{name: c_double for name in ("tau_pre", "tau_post", "tau_pre2", "tau_post2")})


class Rule(Struct):
    _fields_ = _fields("struct_size kind shared reserved parameters", parameters=c_void_p)


class Plasticity(Struct):
    _fields_ = _fields("struct_size rule presynaptic reserved eta modulator gate baseline window "
                       "baseline_start modulator_tau", eta=c_double, baseline_start=c_double,
                       modulator_tau=c_double)


class InDegree(Struct):
    _fields_ = _fields("struct_size in_degree")


class Csr(Struct):
    _fields_ = _fields("struct_size n_synapses row_start pre", row_start=POINTER(c_uint32),
                       pre=POINTER(c_uint32))


class Distribution(Struct):
    _fields_ = _fields("distribution reserved a b", a=c_double, b=c_double)


class Projection(Struct):
    _fields_ = _fields("struct_size pre post random_id connectivity receptor delay n_plasticity "
                       "inference n_sweeps mask_from initial_weights plasticity connections gain "
                       "w_min w_max weights", plasticity=POINTER(Plasticity),
                       connections=c_void_p, gain=c_double, w_min=c_double,
                       w_max=c_double, weights=Distribution)


class Probe(Struct):
    _fields_ = _fields("struct_size kind index reserved parameters", parameters=c_void_p)


class TrajectoryProbe(Struct):
    _fields_ = _fields("struct_size observations selection likelihood noise sums reserved", noise=c_double)


class RateProbe(Struct):
    _fields_ = _fields("struct_size reserved") + [
        (name, c_double) for name in "tau start low high target offset".split()]


class Model(Struct):
    _fields_ = _fields("struct_size precision isa layout lane_bytes n_replicas gradient batch form "
                       "n_populations n_projections n_rules n_probes reserved max_steps bound dt "
                       "surrogate populations projections rules probes", max_steps=c_uint64,
                       bound=c_double, dt=c_double, surrogate=c_double,
                       populations=POINTER(Population), projections=POINTER(Projection),
                       rules=POINTER(Rule), probes=POINTER(Probe))


class View(Plain):
    _fields_ = _fields("data ndim type shape stride", data=c_void_p, shape=c_size_t * 5,
                       stride=c_size_t * 5)


class SimInfo(Plain):
    _fields_ = _fields("struct_size precision isa form n_replicas lanes_per_block n_blocks "
                       "n_coefficients n_frozen layout steps bytes", steps=c_uint64,
                       bytes=c_uint64)


class Loss(Struct):
    _fields_ = _fields("struct_size kind projection target_shared target population other",
                       target=c_void_p)


class Spike(Plain):
    _fields_ = _fields("step population unit replica count", step=c_uint64)


class Stream(Plain):
    _fields_ = _fields("type layout length data", length=c_uint64, data=c_void_p)


class Recorder(Plain):
    _fields_ = _fields("struct_size reserved spikes capacity n_written n_read n_lost",
                       spikes=c_void_p, capacity=c_uint64, n_written=c_uint64, n_read=c_uint64,
                       n_lost=c_uint64)


class Step(Plain):
    _fields_ = _fields("struct_size n_inputs n_steps inputs recorder plastic half first_replica "
                       "n_replicas", n_steps=c_uint64, inputs=POINTER(Stream),
                       recorder=POINTER(Recorder))


class Fault(Plain):
    _fields_ = _fields("status reserved value where expected", status=c_int32, value=c_double,
                       where=c_char * 96, expected=c_char * 272)


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    model, view, info, loss = POINTER(Model), POINTER(View), POINTER(SimInfo), POINTER(Loss)
    sim, array, step, fault = c_void_p, c_void_p, POINTER(Step), POINTER(Fault)
    size, pointers = POINTER(c_size_t), POINTER(c_void_p)
    library.carve_version.restype = c_char_p
    for name, arguments in {
        **{f"{name_in_c(struct)}_init": [POINTER(struct), c_size_t]
           for struct in (Model, Population, Input, Gaussian, Rate, Poisson, Lif, Tif, If, Cvaif, Eif,
                          Projection, Plasticity, InDegree, Csr, Rule, Polynomial, Mlp, Product, Probe, RateProbe,
                          TrajectoryProbe, Loss, Step)},
        "sim_required_bytes": [model, size, fault],
        "sim_init": [array, c_size_t, model, pointers, fault],
        "sim_attach": [array, c_size_t, pointers, fault],
        "sim_reset": [sim, c_uint64, array, fault],
        "sim_clear": [sim, c_uint32, fault],
        "sim_step": [sim, step, fault],
        "sim_view": [sim, c_uint32, c_uint32, view, fault],
        "sim_get_info": [sim, info, fault],
        "sim_loss": [sim, loss, array, array, fault],
        "sim_residuals": [sim, loss, size, array, array, fault],
        "sim_chain": [sim, c_uint32, array, array, fault],
        "sim_eliminate": [sim, c_uint32, c_double, array, array, array, array, array, fault],
        "sim_loss_slopes": [sim, loss, array, array, fault],
        "sim_adjoint": [sim, step, pointers, array, fault],
        "random_uniform": [c_uint64, c_uint64, c_uint64, array, c_size_t],
        "random_normal": [c_uint64, c_uint64, c_uint64, array, c_size_t],
    }.items():
        function = getattr(library, "carve_" + name, None)
        if function is None:
            raise ImportError(f"{library._name} is of carve {library.carve_version().decode()}, which does not have carve_{name}: "
                              "install the library and this package from one version, or set CARVE_LIBRARY to another library")
        function.argtypes, function.restype = arguments, c_int32
    library.carve_status_string.argtypes = [c_int32]
    library.carve_isa_name.argtypes = [c_uint32]
    for name in ("carve_status_string", "carve_isa_name"):
        getattr(library, name).restype = c_char_p
    for name in ("carve_isa_compiled", "carve_isa_usable"):
        getattr(library, name).argtypes, getattr(library, name).restype = [c_uint32], c_int
    return library


lib = _declare(_load())
