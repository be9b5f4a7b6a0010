"""Rules of spiking synapses."""
from typing import Any, Iterable, List, Sequence

from .. import library
from ..constants import TERMS_PAIR, Event, Factor, ProductFactor, RuleKind
from .rules import _ACTIVATION, _COINCIDENCE, _SHARED, _TAUS, AnyRule, PolynomialRule, bits_of


class SpikeRule(PolynomialRule):
    __doc__ = f"""A polynomial of spikes, their traces and the weight (docs/model.md, M15, M47, M48, M50).

    Its coefficients are in the order of term_list(), which begins with the time constants of the traces that the terms
    read, "tau_pre", "tau_post", "tau_pre2", "tau_post2", and of the eligibility trace, as ln(tau / s).

    Parameters
    ----------
    terms : iterable of tuple
        ("pre", a, b, c) of y^a r^b w^c at a presynaptic spike, ("post", a, b, c) of x^a o^b w^c at a postsynaptic one; a
        and b are 0 or 1, c is 0 to 2. A fifth number is the power of the third factor, the projection's modulator, 0 to
        2, a sixth that of the sum of the projection's weights onto the postsynaptic unit, 0 to 2.
    {_SHARED}
    trace_jump : TraceJump
        What a spike adds to its traces.
    {_COINCIDENCE}
    eligibility : {{0, 1}}
        1: the terms drive a trace of each synapse, which changes the weight in every step together with the power of
        the third factor that all terms have.
    """

    def __init__(self, terms: Iterable[Sequence[Any]] = TERMS_PAIR, **fields: Any) -> None:
        super().__init__()
        terms = list(terms)
        for term in terms:
            if (len(term) not in (4, 5, 6) or term[0] not in ("pre", "post")
                    or not all(0 <= order <= most for order, most in zip(term[1:], (1, 1, 2, 2, 2)))):
                raise ValueError(f"{term!r} is not a term of a spike rule; see SpikeRule")
        whole = sorted({(*term, 0, 0)[:6] for term in terms},
                       key=lambda t: (t[0] != "pre", t[4], t[1:4], t[5]))
        self._fill_terms([self._term(*term) for term in whole], fields)
        object.__setattr__(self, "_terms", [term if term[5] else term[:5] if term[4] else term[:4]
                                            for term in whole])

    @staticmethod
    def _term(side: str, a: int, b: int, c: int, power: int, weight_sum: int) -> library.Term:
        shared = {"weight": c, "modulator": power, "weight_sum": weight_sum}
        if side == "pre":
            return library.Term(event=Event.PRE, post=a, pre2=b, **shared)
        return library.Term(event=Event.POST, pre=a, post2=b, **shared)

    def term_list(self) -> List[Any]:
        def reads(side: str, which: int) -> bool:
            return any(term[0] == side and term[which] for term in self._terms)
        traces = {"tau_pre": ("post", 1), "tau_post": ("pre", 1), "tau_pre2": ("pre", 2), "tau_post2": ("post", 2)}
        eligibility = ["tau_eligibility"] if self.own.eligibility else []
        return [name for name, trace in traces.items() if reads(*trace)] + eligibility + self._terms


class Product(AnyRule):
    __doc__ = f"""A product of factors (docs/model.md, M22; carve/rules.h, carve_product).

    Its coefficients are in the order of term_list(): of each side "size", "offset", "weight", "weight^2", those of the
    factors, and those of the traces, as "pre.weight"; with all factors c0 to c20.

    Parameters
    ----------
    factors : iterable of str
        Names among voltage, excitatory and inhibitory, of the postsynaptic neuron's state, which Cvaif has.
    {_SHARED}
    {_COINCIDENCE}
    released : {{0, 1}}
        1: the factor of the weight at a postsynaptic spike is that of the released code.
    {_TAUS}
    """
    _kind, _struct, _positional = RuleKind.PRODUCT, library.Product, "factors"
    FACTORS = {factor.name.lower(): factor.value for factor in ProductFactor if factor.name}

    def __init__(self, factors: Iterable[str] = ("voltage", "excitatory", "inhibitory"), **fields: Any) -> None:
        super().__init__()
        self._fill({}, fields, {"factors": bits_of("factors", factors, self.FACTORS)})

    def _given(self) -> Any:
        return [name for name, bit in self.FACTORS.items() if self.own.factors & bit]

    def term_list(self) -> List[Any]:
        bits = {"voltage": 1, "excitatory": 2, "excitatory^2": 2, "inhibitory": 4}
        first = ["size", "offset", "weight", "weight^2"] + [name for name in bits if self.own.factors & bits[name]]
        traces = {"pre": ["pre2", "post"], "post": ["pre", "post2", "post2^3"]}
        return [f"{side}.{name}" for side in traces for name in first + traces[side]]


class SpikeMlp(AnyRule):
    __doc__ = f"""A network of one or two hidden layers, from inputs to dw / eta at each side's spikes (docs/model.md, M51).

    Its coefficients are in the order of term_list().

    Parameters
    ----------
    inputs : iterable of str
        Names among pre, post (traces), weight, voltage, excitatory and inhibitory (of the postsynaptic neuron, which
        Cvaif has), at least one.
    {_SHARED}
    n_hidden : int
        1 to 64.
    {_ACTIVATION}
    n_second : int
        Hidden units of a second layer, 0 to 64; 0: there is none.
    {_COINCIDENCE}
    {_TAUS}
    """
    _kind, _struct, _positional = RuleKind.MLP, library.Mlp, "inputs"
    INPUTS = {name: Factor[name.upper()].value for name in ("pre", "post", "weight", "voltage", "excitatory", "inhibitory")}

    def __init__(self, inputs: Iterable[str] = ("pre", "post", "weight"), **fields: Any) -> None:
        super().__init__()
        self._fill({}, fields, {"inputs": bits_of("inputs", inputs, self.INPUTS, 1)})
        self.own.at_spikes = 1

    def _given(self) -> Any:
        return [name for name, bit in self.INPUTS.items() if self.own.inputs & bit]

    def term_list(self) -> List[Any]:
        layers = [("hidden", self.own.n_hidden)] + [("second", n) for n in (self.own.n_second,) if n]
        names, terms = self._given(), []
        for layer, n in layers:
            terms += [f"{layer}[{unit}].{name}" for unit in range(n) for name in names]
            terms += [f"{layer}[{unit}].bias" for unit in range(n)]
            names = [f"{layer}[{unit}]" for unit in range(n)]
        return terms + [f"{side}.{name}" for side in ("pre", "post") for name in names + ["bias"]]
