"""Plasticity rules as values: a sum of products with its coefficients."""
import numbers
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Type, Union

import numpy as np

from .. import model
from ..constants import Coincidence, IntEnum, Presynaptic, TraceJump
from .rule_text import Closed, Polynomial, Product, nearest, parse, shown, unknown

Factor = Union[str, Mapping[str, Any]]
_MEANS = {"x": "pre_mean", "y": "post_mean", "y^2": "post_square"}
# At spikes: what a side's terms read (docs/model.md, M15), and how results name them.
_TRACES = {"pre": ("y1", "x2", "w"), "post": ("x1", "y2", "w")}
_GREEK = {"pre": ("alpha", "kappa", "_r"), "post": ("beta", "gamma", "_o")}
_TIME_CONSTANTS = ("tau_pre", "tau_post", "tau_pre2", "tau_post2")
DEFAULT_TAU = 0.02  # s, of the traces of rules at spikes: docs/task.md, tau


class ThirdFactor(NamedTuple):
    """The population whose mean rate is a factor of the rule, less its own mean over the last steps (`baseline`, None:
    none); filter: s, of a population that spikes."""
    population: str
    baseline: Optional[str]
    window: int
    filter: Optional[float]


class _Term(NamedTuple):
    event: str  # "step", "pre", "post"
    product: Product


def choice(what: str, word: Any, kind: Type[IntEnum]) -> int:
    """The member of an enum that a word like "tanh" stands for; a member is taken as it is."""
    if isinstance(word, kind):
        return word
    words = {member.name.lower(): member for member in kind}
    if not isinstance(word, str) or word.lower() not in words:
        raise ValueError(f"{what} is {word!r}, not one of {', '.join(words)}" + nearest(word, words))
    return words[word.lower()]


class PlasticityRule(Closed):
    """How a synapse changes: dw = eta times a sum of products.

    Between rates the sum acts in every step, and its factors are x, the presynaptic rate, y, the postsynaptic rate,
    and w, the weight. Where spikes arrive the text has a part for each side, "pre: y1 - 0.12; post: x1": the change at
    a presynaptic spike may read y1, the postsynaptic trace, and x2, a second presynaptic one; that at a postsynaptic
    spike x1 and y2; both the weight w.

    Parameters
    ----------
    rule : str, dict or list of str
        The sum as text; or a coefficient for each product, ``{"x y": 1, "y^2 w": -1}``; or only the products, whose
        coefficients are 0. Products at spikes may have the names that results give them, "alpha" for "pre: 1".
    factors : dict, optional
        Further factors by name. ``{"r": "reward"}``: the mean rate of the population `reward` in the step, the third
        factor, of which a rule has at most one; ``{"of": "reward", "minus": {"tau": 50}}``: less its running mean over
        50 steps, ``{"last": 50}``: less the mean of the last 50; ``{"of": "E", "tau": 1.0}``: of a population that
        spikes, filtered by 1 s. Between rates also ``{"of": "y^2", "tau": 50}``, the running mean of x, y or y^2
        by exp(-1 / tau) a step; and ``{"of": "w", "sum": "incoming"}``, the sum of the weights onto the unit.
    tau : float or dict, optional
        At spikes: time constants of the traces in s, 0.02 by default; a dict by name: tau_pre (of x1), tau_post (y1),
        tau_pre2 (x2), tau_post2 (y2).
    eligibility : float, optional
        The sum drives a trace of each synapse with this time constant, in steps between rates, in s at spikes; the
        third factor times the trace changes the weight.
    modulator : str or dict, optional
        A third factor outside of the sum, as one of `factors`; the products do not name it.
    presynaptic : {"rate", "residual_below", "residual"}
        What x is: the rate, or what it is less what the units before (Sanger), or all units, explain of it.
    eta : float, optional
        A learning rate that goes with the coefficients; `Network.project` takes it unless it is given another one.
    coincidence : {"pre_first", "blind"}
        At spikes: whether a postsynaptic spike sees the presynaptic ones of its own step.
    trace_jump : {"one", "inverse_tau"}
        At spikes: what a spike adds to its traces.
    source : str
        Where the rule is from, as files of rules say it.

    Attributes
    ----------
    names : list of str
        Of the coefficients, in the order of `theta`: time constants first.
    theta : ndarray [K]
        The coefficients; of a time constant its natural logarithm, in s at spikes, in steps between rates.

    Raises
    ------
    ValueError
        Names the column, the factor or the product at fault.
    """
    _last = "theta"

    def __init__(self, rule: Union[str, Mapping[str, float], Sequence[str]], *,
                 factors: Optional[Mapping[str, Factor]] = None, tau: Union[float, Mapping[str, float], None] = None,
                 eligibility: Optional[float] = None, modulator: Optional[Factor] = None, presynaptic: str = "rate", eta: Optional[float] = None,
                 coincidence: str = "pre_first", trace_jump: str = "one", source: str = ""):
        self.factors = dict(factors or {})
        self.eligibility, self.eta, self.source = eligibility, eta, source
        self.presynaptic, self.modulator = presynaptic, modulator
        for name, value in (("eligibility", eligibility), ("eta", eta)):
            if value is not None and not (_is_time(value) or name == "eta" and isinstance(value, numbers.Real)):
                raise ValueError(f"{name} is {value!r}; it is a number" + " above 0" * (name == "eligibility"))
        choice("presynaptic", presynaptic, Presynaptic)
        self._coincidence = choice("coincidence", coincidence, Coincidence)
        self._trace_jump = choice("trace_jump", trace_jump, TraceJump)
        terms = self._terms(rule)
        if not terms:
            raise ValueError(f"rule {rule!r} has no products")
        events = {term.event for term in terms}
        if "step" in events and len(events) > 1:
            raise ValueError(f"rule {rule!r} is for rates or for spikes (\"pre: ...\", \"post: ...\"), not for both")
        self.at_spikes = "step" not in events
        self.third = self._third(terms)
        self._products = tuple(terms)
        values = self._values(terms)
        self.names = [name for name, _ in values]
        self.theta = np.array([self._start(name, tau) if name.startswith("tau_") else value for name, value in values])
        self._check_tau(tau)

    @classmethod
    def of_powers(cls, x: int = 2, y: int = 2, w: int = 2, **options: Any) -> "PlasticityRule":
        """All products of powers up to those given, 0 to 3 each, with coefficients 0: where a search starts."""
        products = [shown((("x", a), ("y", b), ("w", c))) for a in range(x + 1) for b in range(y + 1) for c in range(w + 1)]
        return cls(products, **options)

    # ---- Products

    def _names_of(self, event: str) -> List[str]:
        clash = set(self.factors) & {"x", "y", "w", "x1", "x2", "y1", "y2"}
        if clash:
            raise ValueError(f"factors: {', '.join(sorted(clash))} is a factor that every rule has; choose another name")
        return [*(("x", "y", "w") if event == "step" else _TRACES[event]), *self.factors]

    def _terms(self, rule: Any) -> Dict[_Term, float]:
        if isinstance(rule, str):
            return self._of_text(rule)
        pairs = rule.items() if isinstance(rule, Mapping) else [(name, 0.0) for name in rule]
        terms: Dict[_Term, float] = {}
        for name, value in pairs:
            found = self._of_text(_greek_text(name))
            if len(found) != 1 or list(found.values()) != [1.0]:
                raise ValueError(f"{name!r} is not one product; give the whole sum as one text, or a product for each coefficient")
            [term] = found
            if term in terms:
                raise ValueError(f"the product {name!r} is there twice")
            terms[term] = float(value)
        return terms

    def _of_text(self, text: str) -> Dict[_Term, float]:
        text = text.strip()
        if ":" not in text:
            if text.replace(" ", "").startswith("dw=eta(") and text.endswith(")"):
                text = text[text.index("(") + 1:-1]
            return self._of_event("step", text)
        terms: Dict[_Term, float] = {}
        for part in filter(str.strip, text.replace("\n", ";").split(";")):
            event, colon, sum_text = part.partition(":")
            if not colon or event.strip() not in _TRACES:
                raise ValueError(f"rule {text!r}: {part.strip()!r} needs to begin with \"pre:\" or \"post:\"")
            for term, value in self._of_event(event.strip(), sum_text.strip()).items():
                terms[term] = terms.get(term, 0.0) + value
        return terms

    def _of_event(self, event: str, text: str) -> Dict[_Term, float]:
        polynomial: Polynomial = parse(text, self._names_of(event))
        return {_Term(event, product): value for product, value in polynomial.items() if value != 0}

    def _binding(self, name: str) -> Tuple[str, Factor]:
        """Which power of a kernel's term a further factor is."""
        bound = self.factors[name]
        if isinstance(bound, str):
            return "modulator", bound
        of = bound.get("of")
        if of == "w" and bound.get("sum") == "incoming" and set(bound) == {"of", "sum"}:
            return "weight_sum", bound
        if of in _MEANS and set(bound) == {"of", "tau"}:
            return _MEANS[of], bound
        if isinstance(of, str) and of not in ("x", "y", "w", "y^2") and set(bound) <= {"of", "minus", "tau"}:
            return "modulator", bound
        raise ValueError(f"factor {name!r} is {dict(bound)!r}; it can be the name of a population, "
                         '{"of": population, "minus": {"tau": steps} or {"last": steps}}, {"of": "x", "y" or "y^2", "tau": steps} '
                         'or {"of": "w", "sum": "incoming"}')

    def _powers(self, term: _Term) -> Dict[str, int]:
        """Of a term as the kernel takes it."""
        own = {"step": ("pre", "post", "weight"), "pre": ("post", "pre2", "weight"), "post": ("pre", "post2", "weight")}
        names = dict(zip(self._names_of(term.event), own[term.event]))
        powers: Dict[str, int] = {} if self.modulator is None else {"modulator": 1}
        for name, power in term.product:
            which = names.get(name) or self._binding(name)[0]
            if which in powers:
                raise ValueError(f"two factors of {shown(term.product)!r} are the same thing")
            powers[which] = power
            most = 2 if which == "modulator" or not self._is_step(term) and which in ("weight", "weight_sum") else \
                3 if self._is_step(term) else 1
            if power > most or (which.endswith(("_mean", "_square")) and not self._is_step(term)):
                raise ValueError(f"{name}^{power} in {shown(term.product)!r}: its power can be 0 to {most}"
                                 if power > most else f"{name}: running means are factors of rules between rates")
        return powers

    @staticmethod
    def _is_step(term: _Term) -> bool:
        return term.event == "step"

    def _third(self, terms: Mapping[_Term, float]) -> Optional[ThirdFactor]:
        used = {name for term in terms for name, _ in term.product if name in self.factors}
        idle = [name for name in self.factors if name not in used]
        if idle:
            raise ValueError(f"factor {idle[0]!r} is in no product of the rule: it would have no effect")
        bound = [name for name in self.factors if self._binding(name)[0] == "modulator"]
        if bound and self.modulator is not None:
            raise ValueError(f"modulator beside {bound[0]!r}: a rule has one third factor")
        if len(bound) > 1:
            raise ValueError(f"{bound[0]!r} and {bound[1]!r} are third factors, of which a rule has at most one: let a "
                             "population add them up")
        found = self.factors[bound[0]] if bound else self.modulator
        return None if found is None else third_factor(found)

    # ---- The order of the kernel

    def kernel(self) -> model.AnyRule:
        """The rule as `carve.Model` takes it."""
        terms = self._products
        flag = {"eligibility": 1} if self.eligibility else {}
        if not self.at_spikes:
            return model.Rule([self._powers(term) for term in terms], **flag)
        tuples = []
        for term in terms:
            p = self._powers(term)
            trace, second = ("post", "pre2") if term.event == "pre" else ("pre", "post2")
            tuples.append((term.event, *(p.get(k, 0) for k in (trace, second, "weight", "modulator", "weight_sum"))))
        return model.SpikeRule(tuples, coincidence=self._coincidence, trace_jump=self._trace_jump, **flag)

    def _values(self, terms: Mapping[_Term, float]) -> List[Tuple[str, float]]:
        """Name and value of each coefficient."""
        by_powers = {(term.event, frozenset(self._powers(term).items())): term for term in terms}
        of_mean = {self._binding(name)[0]: name for name in self.factors}
        values: List[Tuple[str, float]] = []
        for entry in self.kernel().term_list():
            if isinstance(entry, str):
                kind = entry[len("tau_"):]
                values.append((f"tau_{of_mean[kind]}" if kind in of_mean else entry, 0.0))
                continue
            term = by_powers[_key(entry)]
            values.append((self._term_name(term), terms[term]))
        return values

    def _term_name(self, term: _Term) -> str:
        if term.event == "step":
            return shown(term.product)
        powers = dict(term.product)
        first, second, weight = (powers.pop(name, 0) for name in _TRACES[term.event])
        if powers:
            return f"{term.event}: {shown(term.product)}"
        without, with_trace, suffix = _GREEK[term.event]
        return (with_trace if first else without) + (suffix if second else "") + ("", "_w", "_w2")[weight]

    def _start(self, name: str, tau: Any) -> float:
        if name == "tau_eligibility":
            value = self.eligibility
        elif name in _TIME_CONSTANTS:
            value = tau.get(name, DEFAULT_TAU) if isinstance(tau, Mapping) else DEFAULT_TAU if tau is None else tau
        else:
            bound = self.factors[name[len("tau_"):]]
            value = None if isinstance(bound, str) else bound["tau"]
        if value is None or not _is_time(value):
            raise ValueError(f"{name} is {value!r}; a time constant is a number above 0")
        return float(np.log(float(value)))

    def _check_tau(self, tau: Any) -> None:
        read = [name for name in self.names if name in _TIME_CONSTANTS]
        idle = [name for name in tau if name not in read] if isinstance(tau, Mapping) else []
        if idle or (tau is not None and not read):
            raise ValueError(f"tau of {idle[0] if idle else 'a rule without traces'} has no effect; the rule reads "
                             + (", ".join(read) or "no traces"))

    def beside_terms(self) -> Dict[str, Tuple[Any, Any]]:
        """What it says beside terms, eta and what coefficients are named after: each with its default."""
        return {"presynaptic": (self.presynaptic, "rate"), "modulator": (self.modulator, None),
                "coincidence": (Coincidence(self._coincidence).name.lower(), "pre_first"),
                "trace_jump": (TraceJump(self._trace_jump).name.lower(), "one")}

    # ---- Coefficients

    @property
    def coefficients(self) -> Dict[str, float]:
        """theta by name."""
        return dict(zip(self.names, self.theta.tolist()))

    def set(self, coefficients: Mapping[str, float]) -> "PlasticityRule":
        """Changes some coefficients, by name, and returns the rule."""
        for name, value in coefficients.items():
            if name not in self.names:
                raise ValueError(unknown("coefficient", name, self.names))
            self.theta[self.names.index(name)] = value
        return self

    def equation(self, digits: int = 4) -> str:
        """The sum as text, the largest coefficient first, without those that are 0."""
        if self.at_spikes:
            return ", ".join(f"{name} = {1e3 * np.exp(value):.{digits}g} ms" if name.startswith("tau_") else f"{name} = {value:.{digits}g}"
                             for name, value in self.coefficients.items())
        products = [(name, value) for name, value in self.coefficients.items() if not name.startswith("tau_") and value]
        text = ""
        for name, value in sorted(reversed(products), key=lambda pair: -abs(pair[1])):
            size = f"{abs(value):.{digits}g}"
            text += (" - " if value < 0 else " + ") if text else "-" if value < 0 else ""
            text += size if name == "1" else name if size == "1" else f"{size} {name}"
        return text or "0"

    def __repr__(self) -> str:
        return f"<PlasticityRule {self.equation()}>"


def _is_time(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and 0 < float(value) < float("inf")


def third_factor(bound: Factor) -> ThirdFactor:
    """What a factor of a rule, or `modulator`, says."""
    if isinstance(bound, str):
        return ThirdFactor(bound, None, 1, None)
    minus = bound.get("minus", {})
    if not isinstance(minus, Mapping) or len(minus) > 1 or set(minus) - {"tau", "last"}:
        raise ValueError(f'minus is {minus!r}; it can be {{"tau": steps}} or {{"last": steps}}')
    kind = {"tau": "exponential", "last": "window"}[next(iter(minus))] if minus else None
    return ThirdFactor(bound["of"], kind, next(iter(minus.values()), 1), bound.get("tau"))


def _key(entry: Sequence[Any]) -> Tuple[str, FrozenSet[Tuple[str, int]]]:
    """Event and powers of an entry of a kernel rule's term_list()."""
    if isinstance(entry[0], str):
        event, rest = entry[0], entry[1:]
        names = ("post", "pre2") if event == "pre" else ("pre", "post2")
        powers = dict(zip((*names, "weight", "modulator", "weight_sum"), rest))
    elif isinstance(entry[0], tuple):
        event, powers = "step", dict(entry)
    else:
        event, powers = "step", dict(zip(("pre", "post", "weight", "modulator"), entry))
    return event, frozenset((name, power) for name, power in powers.items() if power)


def _greek_text(name: str) -> str:
    """"pre: y1 w" of "kappa_w"; other names as they are."""
    for event, (without, with_trace, suffix) in _GREEK.items():
        for head, first in ((without, 0), (with_trace, 1)):
            for middle, second in (("", 0), (suffix, 1)):
                for tail, weight in (("", 0), ("_w", 1), ("_w2", 2)):
                    if name == head + middle + tail:
                        return f"{event}: {shown(tuple(zip(_TRACES[event], (first, second, weight))))}"
    return name


class KernelRule:
    """A rule of the kernel with coefficients, in the place of a PlasticityRule.

    Parameters
    ----------
    rule : Rule, Mlp, SpikeRule, SpikeMlp or Product
    theta : float or array [K]
        The coefficients, in the order of its term_list().
    modulator : str or dict, optional
        Its third factor, as a factor of a PlasticityRule.
    """
    presynaptic, eta = "rate", None

    def __init__(self, rule: model.AnyRule, theta: Any = 0.0, modulator: Optional[Factor] = None):
        self.rule = rule
        self.names = [str(name) for name in rule.term_list()]
        given = np.asarray(theta, float)
        if given.shape not in ((), (len(self.names),)):
            raise ValueError(f"theta of a KernelRule has shape {given.shape}; it is a number or {len(self.names)}: {', '.join(self.names)}")
        self.theta = np.full(len(self.names), given)
        self.third = None if modulator is None else third_factor(modulator)
        self.at_spikes = isinstance(rule, (model.SpikeRule, model.SpikeMlp, model.Product))

    def kernel(self) -> model.AnyRule:
        return self.rule

    @property
    def coefficients(self) -> Dict[str, float]:
        return dict(zip(self.names, self.theta.tolist()))

    def __repr__(self) -> str:
        return f"<{type(self.rule).__name__} of {len(self.names)} coefficients>"
