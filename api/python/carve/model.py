"""The description of a network. Keyword arguments are the fields of carve.h's structs, those of an
element and of the structs that it points to together: fields that are not given keep carve.h's
defaults, those that do not exist are a TypeError."""
import ctypes

import numpy as np

from . import constants, library
from .errors import call, check


def fill(struct, fields, others=()):
    """Defaults from the library, then `fields`. others: names that the caller takes elsewhere."""
    init = getattr(library.lib, f"carve_{library.name_in_c(_base(type(struct)))}_init")
    check(init(ctypes.byref(struct), ctypes.sizeof(struct)))
    names = _names(type(struct))
    for name, value in fields.items():
        if name not in names:
            raise TypeError(f"{type(struct).__name__} has no field {name!r}; it has "
                            + ", ".join(sorted(names | set(others))))
        setattr(struct, name, value)


def _base(struct):
    """The struct of library.py that a class describes."""
    return struct if struct.__module__ == library.__name__ else _base(struct.__base__)


def _names(struct):
    """The numbers of a struct that a caller sets."""
    return {name for name, kind in struct._fields_
            if name not in ("struct_size", "reserved", "n_receptors", "n_plasticity", "n_terms", "kind")
            and kind in (ctypes.c_uint32, ctypes.c_uint64, ctypes.c_double)}


def _split(fields, struct):
    """`fields` without those of the struct, and these."""
    names = _names(struct)
    return ({name: value for name, value in fields.items() if name not in names},
            {name: value for name, value in fields.items() if name in names})


class Population(library.Population):
    """One of Input, Gaussian, Rate, Poisson, Lif, Tif, If, Cvaif, Eif. parameters: the struct of its kind."""
    _kind = _struct = None

    def __init__(self, n_units, **fields):
        super().__init__()
        fields, own = _split(fields, self._struct)
        object.__setattr__(self, "own", self._struct())
        fill(self.own, own)
        fill(self, {"n_units": n_units, **fields}, _names(self._struct))
        self.kind = self._kind
        self.parameters = ctypes.addressof(self.own)

    # What the struct itself does not have is its parameters'.
    def __getattr__(self, name):
        return getattr(object.__getattribute__(self, "own"), name)

    def __setattr__(self, name, value):
        target = self.own if name in _names(self._struct) else super()
        target.__setattr__(name, value)


class Input(Population):
    _kind, _struct = constants.PopulationKind.INPUT, library.Input


class Gaussian(Population):
    _kind, _struct = constants.PopulationKind.GAUSSIAN, library.Gaussian


class Rate(Population):
    """activation: Activation.LINEAR, ... tau: time constant in steps, 1 (no memory) by default."""
    _kind, _struct = constants.PopulationKind.RATE, library.Rate


class Poisson(Population):
    _kind, _struct = constants.PopulationKind.POISSON, library.Poisson


class Receptor(library.Receptor):
    """One that follows another: Receptor(0.1, kind=carve.ReceptorKind.FILTERED, source=0, share=0.5)."""

    def __init__(self, tau, reversal=0.0, kind=constants.ReceptorKind.CONDUCTANCE, source=0, share=0.0):
        super().__init__(kind=kind, source=source, tau=tau, reversal=reversal, share=share)


class Neurons(Population):
    """receptors: a list of Receptor."""

    def __init__(self, n_units, receptors=(), **fields):
        super().__init__(n_units, **fields)
        if receptors:
            array = (library.Receptor * len(receptors))(*receptors)
            self.own.n_receptors = len(receptors)
            self.own.receptors = ctypes.cast(array, ctypes.POINTER(library.Receptor))


class Lif(Neurons):
    _kind, _struct = constants.PopulationKind.LIF, library.Lif


class Tif(Neurons):
    _kind, _struct = constants.PopulationKind.TIF, library.Tif


class If(Neurons):
    _kind, _struct = constants.PopulationKind.IF, library.If


class Cvaif(Neurons):
    _kind, _struct = constants.PopulationKind.CVAIF, library.Cvaif


class Eif(Neurons):
    _kind, _struct = constants.PopulationKind.EIF, library.Eif


def Normal(mean=0.0, sd=0.0):
    """Initial weights: weights=carve.Normal(0, 0.1)."""
    return library.Distribution(constants.DistributionKind.NORMAL, 0, mean, sd)


def Uniform(low, high):
    return library.Distribution(constants.DistributionKind.UNIFORM, 0, low, high)


def LogUniform(low, high):
    return library.Distribution(constants.DistributionKind.LOG_UNIFORM, 0, low, high)


class InDegree(library.InDegree):
    """connections=carve.InDegree(100): drawn, as many for each postsynaptic unit."""
    connectivity = constants.Connectivity.IN_DEGREE

    def __init__(self, in_degree):
        super().__init__()
        fill(self, {"in_degree": in_degree})


class Csr(library.Csr):
    """connections=carve.Csr(row_start, pre): compressed sparse rows, one a postsynaptic unit; of a
    matrix [post][pre] of SciPy's csr_array its indptr and, sorted, its indices."""
    connectivity = constants.Connectivity.LIST

    def __init__(self, row_start, pre):
        super().__init__()
        fill(self, {})
        arrays = [_unsigned(name, values) for name, values in (("row_start", row_start), ("pre", pre))]
        object.__setattr__(self, "arrays", arrays)
        self.n_synapses = arrays[1].size
        for name, array in zip(("row_start", "pre"), arrays):
            setattr(self, name, array.ctypes.data_as(ctypes.POINTER(ctypes.c_uint32)))


def _unsigned(name, values):
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "ui":
        raise TypeError(f"{name} is not a list of integers")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) < 1 << 32:
        raise ValueError(f"{name} has a number that is not from 0 to {(1 << 32) - 1}")
    return np.ascontiguousarray(array, np.uint32)


class Plasticity(library.Plasticity):
    """How a projection uses a rule: rule, its index, eta, presynaptic, modulator, gate and the modulator's
    baseline, window, baseline_start, and if it spikes modulator_tau."""

    def __init__(self, rule, **fields):
        super().__init__()
        fill(self, {"rule": rule, **fields})


class Projection(library.Projection):
    """rule: the index of its rule, and with it what else Plasticity takes; or plasticity: a Plasticity for each of
    its rules, if there are several; without, the weights do not change. weights: Normal, Uniform or
    LogUniform. connections: InDegree or Csr, if it is sparse."""

    def __init__(self, weights=None, connections=None, plasticity=(), **fields):
        super().__init__()
        fields, use = _split(fields, library.Plasticity)
        if plasticity and use:
            raise TypeError(f"{', '.join(use)} beside plasticity: they belong to one of its rules")
        fill(self, fields, _names(library.Plasticity) | {"weights", "connections"})
        if weights is not None:
            self.weights = weights
        if connections is not None:
            object.__setattr__(self, "graph", connections)
            self.connectivity = connections.connectivity
            self.connections = ctypes.addressof(connections)
        if use and "rule" not in use:
            raise TypeError(f"{', '.join(use)} without rule: the weights would not change")
        uses = list(plasticity) or ([Plasticity(**use)] if use else [])
        if uses:
            array = (library.Plasticity * len(uses))(*uses)
            self.n_plasticity = len(uses)
            self.plasticity = ctypes.cast(array, ctypes.POINTER(library.Plasticity))
            object.__setattr__(self, "uses", array)


class _Polynomial(library.Rule):
    def __init__(self, terms, **fields):
        super().__init__()
        fields, own = _split(fields, library.Polynomial)
        object.__setattr__(self, "own", library.Polynomial())
        fill(self.own, own)
        array = (library.Term * len(terms))(*terms)
        self.own.n_terms = len(terms)
        self.own.terms = ctypes.cast(array, ctypes.POINTER(library.Term))
        fill(self, fields, _names(library.Polynomial) | {"terms"})
        self.parameters = ctypes.addressof(self.own)


FACTORS = ("pre", "post", "weight", "modulator", "pre_mean", "post_mean", "post_square", "weight_sum")
MEANS = FACTORS[4:7]


def _powers(term):
    """Of FACTORS, of a term as Rule takes it."""
    pairs = isinstance(term, dict) or (len(term) > 0 and all(isinstance(part, tuple) for part in term))
    if pairs:
        term = dict(term)
        powers = tuple(term.get(name, 0) for name in FACTORS)
        known = not set(term) - set(FACTORS)
    else:
        powers = (*term, 0, 0, 0, 0, 0)[:8]
        known = len(term) in (3, 4)
    if not known or not all(0 <= power <= (2 if name == "modulator" else 3)
                            for name, power in zip(FACTORS, powers)):
        raise ValueError(f"{term} is not a term: three powers, each 0 to 3, or a fourth of the third "
                         f"factor, 0 to 2; or a dict of powers, with names among {', '.join(FACTORS)}")
    return powers


def _shown(powers):
    if any(powers[4:]):
        return tuple((name, power) for name, power in zip(FACTORS, powers) if power)
    return powers[:4] if powers[3] else powers[:3]


class Rule(_Polynomial):
    """A polynomial of rates. terms: powers (a, b, c) of x^a y^b w^c, or (a, b, c, d) of x^a y^b w^c r^d
    with the third factor r, which is the modulator of a projection; or dicts of powers by name, or pairs: pre, post,
    weight, modulator, pre_mean, post_mean, post_square (means of x, y, y^2 over the steps before) and
    weight_sum (of all weights onto the postsynaptic unit). eligibility=1: the terms drive a trace of each
    synapse, which changes the weight. Coefficients are in the order of term_list(), which begins with the
    time constants of means and of the trace, as ln(tau / steps), and shows terms with means as pairs."""

    def __init__(self, terms=constants.TERMS_27, **fields):
        whole = sorted({_powers(term) for term in terms}, key=lambda p: (p[3], p[:3], p[4:]))
        names = [f"tau_{name}" for k, name in enumerate(FACTORS)
                 if name in MEANS and any(powers[k] for powers in whole)]
        names += ["tau_eligibility"] if fields.get("eligibility") else []
        object.__setattr__(self, "_terms", names + [_shown(powers) for powers in whole])
        super().__init__([library.Term(event=constants.Event.STEP, **dict(zip(FACTORS, powers)))
                          for powers in whole], **fields)

    def term_list(self):
        return list(self._terms)


class Mlp(library.Rule):
    """A rule of rates that is a network of one hidden layer of n_hidden units (10), from inputs, names
    among those of Rule's terms, to dw / eta. activation: Activation.TANH, RELU or SIGMOID. Coefficients
    are in the order of term_list(): the time constants of means as ln(tau / steps), the weights of the hidden
    units [unit][input], their biases, the weights of the output, and its bias."""

    def __init__(self, inputs=("pre", "post", "weight"), **fields):
        super().__init__()
        inputs = set(inputs)
        if not inputs or inputs - set(FACTORS):
            raise ValueError(f"inputs must be names among {', '.join(FACTORS)}, at least one; not "
                             f"{', '.join(sorted(inputs)) or 'none'}")
        fields, own = _split(fields, library.Mlp)
        object.__setattr__(self, "own", library.Mlp())
        fill(self.own, {**own, "inputs": sum(1 << FACTORS.index(name) for name in inputs)})
        fill(self, fields, _names(library.Mlp))
        self.kind = constants.RuleKind.MLP
        self.parameters = ctypes.addressof(self.own)

    def term_list(self):
        inputs = [name for k, name in enumerate(FACTORS) if self.own.inputs >> k & 1]
        units = range(self.own.n_hidden)
        return ([f"tau_{name}" for name in inputs if name in MEANS]
                + [f"hidden[{unit}].{name}" for unit in units for name in inputs]
                + [f"hidden[{unit}].bias" for unit in units]
                + [f"output.hidden[{unit}]" for unit in units] + ["output.bias"])


class SpikeRule(_Polynomial):
    """terms: ("pre", a, b, c) of y^a r^b w^c at a presynaptic spike, ("post", a, b, c) of x^a o^b w^c
    at a postsynaptic one; a, b 0 or 1, c 0 to 2; or with a fifth, the power of the third factor, 0 to 2, which is the
    modulator of a projection, and a sixth, that of the sum of the projection's weights onto the postsynaptic unit,
    0 to 2. Coefficients are in the order of term_list(), which begins with the time constants of the traces that the terms read: "tau_pre", "tau_post", "tau_pre2", "tau_post2", as ln(tau / s).
    eligibility=1: the terms drive a trace of each synapse, of "tau_eligibility", which changes the weight in every step
    together with the power of the third factor that all terms have."""

    def __init__(self, terms=constants.TERMS_PAIR, **fields):
        for term in terms:
            if (len(term) not in (4, 5, 6) or term[0] not in ("pre", "post")
                    or not all(0 <= order <= most for order, most in zip(term[1:], (1, 1, 2, 2, 2)))):
                raise ValueError(f"{term!r} is not a term of a spike rule; see SpikeRule")
        whole = sorted({(*term, 0, 0)[:6] for term in terms},
                       key=lambda t: (t[0] != "pre", t[4], t[1:4], t[5]))
        object.__setattr__(self, "_terms", [term if term[5] else term[:5] if term[4] else term[:4]
                                            for term in whole])
        super().__init__([self._term(*term) for term in whole], **fields)

    @staticmethod
    def _term(side, a, b, c, power, weight_sum):
        shared = {"weight": c, "modulator": power, "weight_sum": weight_sum}
        if side == "pre":
            return library.Term(event=constants.Event.PRE, post=a, pre2=b, **shared)
        return library.Term(event=constants.Event.POST, pre=a, post2=b, **shared)

    def term_list(self):
        def reads(side, which):
            return any(term[0] == side and term[which] for term in self._terms)
        traces = {"tau_pre": ("post", 1), "tau_post": ("pre", 1), "tau_pre2": ("pre", 2), "tau_post2": ("post", 2)}
        eligibility = ["tau_eligibility"] if self.own.eligibility else []
        return [name for name, trace in traces.items() if reads(*trace)] + eligibility + list(self._terms)


class Product(library.Rule):
    """A product of factors, a rule for spiking synapses (carve.h, carve_product). factors: names among voltage,
    excitatory and inhibitory, of the postsynaptic neuron's state, all by default. Coefficients are in the order
    of term_list(): of each side "size", "offset", "weight", "weight^2", those of the factors, and those of
    the traces, as "pre.weight"; with all factors c0 to c20."""

    def __init__(self, factors=("voltage", "excitatory", "inhibitory"), **fields):
        super().__init__()
        known = ("voltage", "excitatory", "inhibitory")
        if set(factors) - set(known):
            raise ValueError(f"factors must be names among {', '.join(known)}; not {', '.join(factors)}")
        fields, own = _split(fields, library.Product)
        object.__setattr__(self, "own", library.Product())
        fill(self.own, {**own, "factors": sum(1 << known.index(name) for name in set(factors))})
        fill(self, fields, _names(library.Product))
        self.kind = constants.RuleKind.PRODUCT
        self.parameters = ctypes.addressof(self.own)

    def term_list(self):
        bits = {"voltage": 1, "excitatory": 2, "excitatory^2": 2, "inhibitory": 4}
        first = ["size", "offset", "weight", "weight^2"] + [name for name in bits if self.own.factors & bits[name]]
        traces = {"pre": ["pre2", "post"], "post": ["pre", "post2", "post2^3"]}
        return [f"{side}.{name}" for side in traces for name in first + traces[side]]


class SpikeMlp(library.Rule):
    """A rule for spiking synapses that is a network (carve.h, carve_mlp with at_spikes): from inputs, names among pre,
    post (traces), weight, voltage, excitatory and inhibitory (of the postsynaptic neuron), to n_hidden units (10), and to
    n_second (none), of activation Activation.TANH, RELU or SIGMOID, and from these to dw / eta at each side's spikes.
    Coefficients are in the order of term_list()."""
    INPUTS = {"pre": 0, "post": 1, "weight": 2, "voltage": 8, "excitatory": 9, "inhibitory": 10}

    def __init__(self, inputs=("pre", "post", "weight"), **fields):
        super().__init__()
        if not inputs or set(inputs) - set(self.INPUTS):
            raise ValueError(f"inputs must be names among {', '.join(self.INPUTS)}, at least one; not "
                             f"{', '.join(sorted(inputs)) or 'none'}")
        fields, own = _split(fields, library.Mlp)
        object.__setattr__(self, "own", library.Mlp())
        fill(self.own, {**own, "at_spikes": 1, "inputs": sum(1 << self.INPUTS[name] for name in set(inputs))})
        fill(self, fields, _names(library.Mlp))
        self.kind = constants.RuleKind.MLP
        self.parameters = ctypes.addressof(self.own)

    def term_list(self):
        layers = [("hidden", self.own.n_hidden)] + [("second", n) for n in (self.own.n_second,) if n]
        names, terms = [name for name, bit in self.INPUTS.items() if self.own.inputs >> bit & 1], []
        for layer, n in layers:
            terms += [f"{layer}[{unit}].{name}" for unit in range(n) for name in names]
            terms += [f"{layer}[{unit}].bias" for unit in range(n)]
            names = [f"{layer}[{unit}]" for unit in range(n)]
        return terms + [f"{side}.{name}" for side in ("pre", "post") for name in names + ["bias"]]


class Model(library.Model):
    def __init__(self, populations, projections, rules=(), probes=(), **fields):
        super().__init__()
        # What the struct points to.
        self.described = list(populations), list(projections), list(rules), list(probes)
        self._arrays = [(library.Population * len(populations))(*populations),
                        (library.Projection * len(projections))(*projections),
                        (library.Rule * len(rules))(*rules), (library.Probe * len(probes))(*probes)]
        fill(self, fields)
        for name, array in zip(("populations", "projections", "rules", "probes"), self._arrays):
            setattr(self, "n_" + name, len(array))
            setattr(self, name, ctypes.cast(array, type(getattr(self, name))))

    def required_bytes(self):
        n = ctypes.c_size_t()
        call(library.lib.carve_sim_required_bytes, ctypes.byref(self), ctypes.byref(n))
        return n.value
