"""Rules of rates, and what all rules have in common."""
import ctypes
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple, Union

from .. import library
from ..constants import TERMS_27, Event, Factor, RuleKind
from .describe import WithParameters

_SHARED = """shared : {0, 1}
        1: all replicas have one theta; 0: each its own."""
_ACTIVATION = """activation : Activation
        Of the hidden units: TANH, RELU or SIGMOID."""
_COINCIDENCE = """coincidence : Coincidence
        Whether a postsynaptic spike sees presynaptic spikes of its own step."""
_TAUS = """tau_pre, tau_post : float
        Time constants in s, above 0, of the pre- and postsynaptic traces that the other side's spikes read.
    tau_pre2, tau_post2 : float
        Of the traces that spikes of their own side read."""


class AnyRule(WithParameters, library.Rule):
    """What Rule, Mlp, SpikeRule, Product and SpikeMlp have in common."""
    _positional: str

    def term_list(self) -> List[Any]:
        """The names of the coefficients, in their order.

        Returns
        -------
        list
            One for each coefficient: a term as the constructor takes it, or a str.
        """
        raise NotImplementedError

    def _given(self) -> Any:
        """The constructor's first argument."""
        raise NotImplementedError

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [self._given()], self._changed(self._positional)


class PolynomialRule(AnyRule):
    """What Rule and SpikeRule have in common."""
    _kind, _struct, _positional = RuleKind.POLYNOMIAL, library.Polynomial, "terms"
    _terms: List[Any]

    def _fill_terms(self, terms: Sequence[library.Term], fields: Mapping[str, Any]) -> None:
        if not terms:
            raise ValueError("terms is empty; a rule has at least one")
        self._fill({}, fields)
        array = (library.Term * len(terms))(*terms)
        self.own.n_terms = len(terms)
        self.own.terms = ctypes.cast(array, ctypes.POINTER(library.Term))

    def _given(self) -> Any:
        return list(self._terms)


FACTORS = ("pre", "post", "weight", "modulator", "pre_mean", "post_mean", "post_square", "weight_sum")
MEANS = FACTORS[4:7]
Term = Union[Sequence[int], Mapping[str, int], Sequence[Tuple[str, int]]]


def _powers(term: Any) -> Tuple[int, ...]:
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


def _shown(powers: Tuple[int, ...]) -> Tuple[Any, ...]:
    if any(powers[4:]):
        return tuple((name, power) for name, power in zip(FACTORS, powers) if power)
    return powers[:4] if powers[3] else powers[:3]


class Rule(PolynomialRule):
    __doc__ = f"""A polynomial of rates (docs/model.md, M3, M35, M41, M42).

    Its coefficients are in the order of term_list(), which begins with the time constants of means and of the
    eligibility trace, as ln(tau / steps).

    Parameters
    ----------
    terms : iterable of terms
        Powers (a, b, c) of x^a y^b w^c, each 0 to 3, or (a, b, c, d) with the power d of the third factor, the
        projection's modulator, 0 to 2; or dicts of powers by name, or pairs: pre, post, weight, modulator, pre_mean,
        post_mean, post_square (means of x, y, y^2 over the steps before), weight_sum (of all weights onto the
        postsynaptic unit).
    {_SHARED}
    eligibility : {{0, 1}}
        1: the terms drive a trace of each synapse, which changes the weight.
    """
    _not_taken = ("trace_jump", "coincidence")

    def __init__(self, terms: Iterable[Term] = TERMS_27, **fields: Any) -> None:
        super().__init__()
        whole = sorted({_powers(term) for term in terms}, key=lambda p: (p[3], p[:3], p[4:]))
        self._fill_terms([library.Term(event=Event.STEP, **dict(zip(FACTORS, powers))) for powers in whole], fields)
        taus = [f"tau_{name}" for k, name in enumerate(FACTORS) if name in MEANS and any(powers[k] for powers in whole)]
        object.__setattr__(self, "_terms", [_shown(powers) for powers in whole])
        object.__setattr__(self, "_taus", taus)

    def term_list(self) -> List[Any]:
        return [*self._taus, *(["tau_eligibility"] if self.eligibility else []), *self._terms]


def bits_of(what: str, chosen: Iterable[str], known: Mapping[str, int], least: int = 0) -> int:
    """The sum of what `known` has for the names, of which there are at least 0 or 1."""
    chosen = set(chosen)
    wrong = sorted(chosen - set(known))
    if wrong or len(chosen) < least:
        raise ValueError(f"{what} must be names among {', '.join(known)}{', at least one' if least else ''}; "
                         f"not {', '.join(wrong) or 'none'}")
    return sum(known[name] for name in chosen)


class Mlp(AnyRule):
    __doc__ = f"""A rule of rates that is a network of one hidden layer, from inputs to dw / eta (docs/model.md, M43).

    Its coefficients are in the order of term_list(): the time constants of means as ln(tau / steps), the weights of the
    hidden units [unit][input], their biases, the weights of the output, and its bias.

    Parameters
    ----------
    inputs : iterable of str
        Names among those of Rule's terms, at least one.
    {_SHARED}
    n_hidden : int
        1 to 64.
    {_ACTIVATION}
    """
    _kind, _struct, _positional = RuleKind.MLP, library.Mlp, "inputs"
    _not_taken = ("n_second", "coincidence", "tau_pre", "tau_post", "tau_pre2", "tau_post2")
    INPUTS = {name: Factor[name.upper()].value for name in FACTORS}

    def __init__(self, inputs: Iterable[str] = ("pre", "post", "weight"), **fields: Any) -> None:
        super().__init__()
        self._fill({}, fields, {"inputs": bits_of("inputs", inputs, self.INPUTS, 1)})

    def _given(self) -> Any:
        return [name for name, bit in self.INPUTS.items() if self.own.inputs & bit]

    def term_list(self) -> List[Any]:
        inputs, units = self._given(), range(self.own.n_hidden)
        return ([f"tau_{name}" for name in inputs if name in MEANS]
                + [f"hidden[{unit}].{name}" for unit in units for name in inputs]
                + [f"hidden[{unit}].bias" for unit in units]
                + [f"output.hidden[{unit}]" for unit in units] + ["output.bias"])
