"""The description of a network. Keyword arguments are the fields of carve.h's structs: those that
are not given keep its defaults, those that do not exist are a TypeError."""
import ctypes

from . import library
from .constants import (POPULATION_GAUSSIAN, POPULATION_INPUT, POPULATION_LIF, POPULATION_POISSON,
                        POPULATION_RATE, RULE_SPIKES, TERMS_PAIR)
from .errors import check


def fill(struct, init, fields):
    """Defaults from the library, then `fields`."""
    check(init(ctypes.byref(struct), ctypes.sizeof(struct)))
    names = {name for name, _ in struct._fields_} - {"struct_size", "reserved"}
    for name, value in fields.items():
        if name not in names:
            raise TypeError(f"{type(struct).__name__} has no field {name!r}; it has "
                            + ", ".join(sorted(names)))
        setattr(struct, name, value)


class Population(library.Population):
    def __init__(self, **fields):
        super().__init__()
        fill(self, library.lib.carve_population_init, fields)


def Input(n_units, **fields):
    return Population(kind=POPULATION_INPUT, n_units=n_units, **fields)


def Gaussian(n_units, **fields):
    return Population(kind=POPULATION_GAUSSIAN, n_units=n_units, **fields)


def Rate(n_units, **fields):
    return Population(kind=POPULATION_RATE, n_units=n_units, **fields)


def Poisson(n_units, **fields):
    return Population(kind=POPULATION_POISSON, n_units=n_units, **fields)


def Lif(n_units, **fields):
    return Population(kind=POPULATION_LIF, n_units=n_units, **fields)


class Projection(library.Projection):
    def __init__(self, **fields):
        super().__init__()
        fill(self, library.lib.carve_projection_init, fields)


class Rule(library.Rule):
    """terms: exponents (a, b, c) of x^a y^b w^c. Coefficients are in the order of sorted(terms)."""

    def __init__(self, terms=None, **fields):
        super().__init__()
        if terms is not None:
            fields["terms"] = 0
            for term in terms:
                if len(term) != 3 or not all(0 <= order <= 3 for order in term):
                    raise ValueError(f"{term} is not a term: three orders, each 0 to 3")
                a, b, c = term
                fields["terms"] |= 1 << (16 * a + 4 * b + c)
        fill(self, library.lib.carve_rule_init, fields)

    def term_list(self):
        return [(bit // 16, bit // 4 % 4, bit % 4) for bit in range(64) if self.terms >> bit & 1]


class SpikeRule(library.Rule):
    """terms: "tau_pre", "tau_post", "tau_pre2", "tau_post2", ("pre", a, b, c), ("post", a, b, c): the
    traces' time constants and the exponents of CARVE_AT_PRE and CARVE_AT_POST. Coefficients are in
    the order of term_list(), those of time constants ln(tau / s)."""

    _TERMS = ["tau_pre", "tau_post", "tau_pre2", "tau_post2"] + [
        (side, a, b, c) for side in ("pre", "post") for a in range(2) for b in range(2)
        for c in range(3)]

    def __init__(self, terms=TERMS_PAIR, **fields):
        super().__init__()
        fields["terms"] = 0
        for term in terms:
            if term not in self._TERMS:
                raise ValueError(f"{term!r} is not a term of a spike rule; see SpikeRule")
            fields["terms"] |= 1 << self._TERMS.index(term)
        fill(self, library.lib.carve_rule_init, {"kind": RULE_SPIKES, **fields})

    def term_list(self):
        return [term for bit, term in enumerate(self._TERMS) if self.terms >> bit & 1]


class Model(library.Model):
    def __init__(self, populations, projections, rules=(), **fields):
        super().__init__()
        # The arrays of the struct point into these.
        self._arrays = [(library.Population * len(populations))(*populations),
                        (library.Projection * len(projections))(*projections),
                        (library.Rule * len(rules))(*rules)]
        fill(self, library.lib.carve_model_init, fields)
        for name, array in zip(("populations", "projections", "rules"), self._arrays):
            setattr(self, "n_" + name, len(array))
            setattr(self, name, ctypes.cast(array, type(getattr(self, name))))

    def required_bytes(self):
        n = ctypes.c_size_t()
        check(library.lib.carve_sim_required_bytes(ctypes.byref(self), ctypes.byref(n)), self)
        return n.value
