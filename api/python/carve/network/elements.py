"""Populations and projections of a Network: what they are called, what carve.Model is given of them, and their arrays."""
import copy
import zlib
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Type, Union

import numpy as np

from .. import library, model
from ..constants import Baseline, Connectivity, Inference, IntEnum, MaskFrom, Presynaptic, Source, View
from ..sim.arrays import Array
from .arrays import floats, read_only, replica_first, replica_last
from .rule_text import Closed, nearest, unknown
from .rules import ThirdFactor, choice

# Further fields of a projection, and the enums that their words are of.
_FIELDS: Dict[str, Optional[Type[IntEnum]]] = {"delay": None, "gain": None, "inference": Inference, "n_sweeps": None, "mask_from": MaskFrom}


def random_id(name: str) -> int:
    """By it random numbers are drawn, so that what is added to a network does not redraw the rest."""
    return zlib.crc32(name.encode()) >> 1


def _bounds(name: str, bounds: Any) -> Tuple[float, float]:
    array = floats(f"bounds of {name!r}", bounds)
    if array.shape != (2,) or not array[0] < array[1]:
        raise ValueError(f"bounds of {name!r} is {bounds!r}; it is (low, high), low below high")
    return float(array[0]), float(array[1])


class NamedPopulation:
    """Of a Network. `units`: how many; `kind`: of the kernel."""
    label = ""

    def __init__(self, name: str, kind: type, units: int, fields: Mapping[str, Any], covariance: Any = None, mean: Any = None):
        self.name, self.kind, self.units, self.fields = name, kind, library.whole("units", units), dict(fields)
        if kind is model.Gaussian:
            self.covariance = _covariance(name, covariance, self.units)
            self.mean = floats(f"mean of {name!r}", mean).copy()
            if self.mean.ndim not in (0, 1, 2) or self.mean.ndim and self.mean.shape[-1] != self.units or not np.isfinite(self.mean).all():
                raise ValueError(f"mean of {name!r} has shape {self.mean.shape}; it is a finite number, [{self.units}] or [replica][{self.units}]")

    @property
    def is_streamed(self) -> bool:
        return self.kind is model.Input or self.takes_spikes

    @property
    def takes_spikes(self) -> bool:
        return self.kind is model.Poisson and self.fields.get("source") == Source.STREAMED

    @property
    def spikes(self) -> bool:
        return self.kind is model.Poisson or isinstance(self, NamedNeurons)

    def describe(self, shared: bool) -> model.Population:
        """As carve.Model takes it. shared: all replicas see the same data."""
        fields = dict(self.fields)
        if self.kind is model.Input:
            fields["shared"] = bool(shared)
        elif self.kind is model.Gaussian or self.kind is model.Poisson and not self.takes_spikes:
            fields["random_id"] = random_id(self.name)
        described: model.Population = self.kind(self.units, **fields)
        return described

    def fill(self, sim: Any, index: int) -> None:
        """What a Sim does not have from its description."""
        if self.kind is not model.Gaussian:
            return
        shape, replicas = (self.units, self.units), sim.model.n_replicas
        factor = replica_last(f"covariance of {self.name!r}", np.linalg.cholesky(self.covariance), shape, replicas)
        mean = replica_last(f"mean of {self.name!r}", self.mean, (self.units,), replicas)
        sim.put(View.FACTOR, index, factor)
        sim.put(View.MEAN, index, mean)

    def part(self, first: int, last: int, replicas: int) -> "NamedPopulation":
        """With the arrays of some replicas."""
        other = copy.copy(self)
        if self.kind is model.Gaussian:
            other.covariance = _rows(self.covariance, 3, first, last, replicas)
            other.mean = _rows(self.mean, 2, first, last, replicas)
        return other

    def __repr__(self) -> str:
        return f"<{self.name} ({self.kind.__name__.lower()}, {self.units})>"


def _covariance(name: str, covariance: Any, units: int) -> Array:
    """[unit][unit] or [replica][unit][unit], of that, a variance, or [unit] variances."""
    array = floats(f"covariance of {name!r}", covariance).copy()
    array = array * np.eye(units) if array.shape in ((), (units,)) else array
    if array.ndim not in (2, 3) or array.shape[-2:] != (units, units):
        raise ValueError(f"covariance of {name!r} has shape {array.shape}; it is a variance, [{units}] variances, [{units}][{units}] or "
                         f"[replica][{units}][{units}]")
    if not np.isfinite(array).all():
        raise ValueError(f"covariance of {name!r} has numbers that are not finite")
    if not np.allclose(array, np.swapaxes(array, -1, -2), rtol=1e-8, atol=0):
        raise ValueError(f"covariance of {name!r} is not symmetric")
    try:
        np.linalg.cholesky(array)
    except np.linalg.LinAlgError:
        raise ValueError(f"covariance of {name!r} is not positive definite") from None
    return array


class NamedNeurons(NamedPopulation):
    """receptors: their names, in the order of the kernel."""

    def __init__(self, name: str, kind: type, units: int, fields: Mapping[str, Any],
                 receptors: Optional[Mapping[str, library.Receptor]] = None):
        super().__init__(name, kind, units, fields)
        self.receptors = ["excitatory", "inhibitory"] if receptors is None else list(receptors)
        self.described = [] if receptors is None else list(receptors.values())

    def describe(self, shared: bool) -> model.Population:
        described: model.Population = self.kind(self.units, receptors=self.described, **self.fields)
        return described


def _rows(values: Any, dims: int, first: int, last: int, replicas: int) -> Any:
    """Of an array that has a value for each replica, those of some."""
    array = np.asarray(values)
    return array[first:last] if array.ndim == dims and len(array) == replicas else values


Distribution = Union[model.Normal, model.Uniform, model.LogUniform]


def _distribution(name: str, weights: Any) -> Tuple[Distribution, Optional[Array]]:
    """From what initial weights are drawn, and the array that they are instead."""
    if isinstance(weights, (model.Normal, model.Uniform, model.LogUniform)):
        return weights, None
    array = floats(f"weights of {name!r}", weights)
    if not np.isfinite(array).all():
        raise ValueError(f"weights of {name!r} have numbers that are not finite")
    if array.ndim == 0:
        return model.Normal(float(array), 0.0), None
    return model.Normal(), array.copy()


class NamedProjection(Closed):
    """Of a Network. Its arrays are those of the network in memory.

    Attributes
    ----------
    rules : list
        What changes the weights.
    """
    _last = "_eta"

    def __init__(self, network: Any, name: str, pre: str, post: str, rules: Sequence[Any], *, eta: Any, weights: Any, bounds: Any,
                 connect: Any, receptor: Optional[str], gate: Optional[str], fields: Mapping[str, Any]):
        self._network, self.name, self.pre, self.post, self.rules = network, name, pre, post, list(rules)
        self.gate, self.fields = gate, dict(fields)
        for key, value in self.fields.items():
            if key not in _FIELDS:
                raise TypeError(f"project({name!r}): " + unknown("option", key, _FIELDS))
            words = _FIELDS[key]
            self.fields[key] = choice(key, value, words) if words else value
        self.receptor = self._receptor(receptor)
        self.connect = self._connections(connect)
        self.bounds = None if bounds is None else _bounds(name, bounds)
        self.distribution, self.initial = _distribution(name, weights)
        self._check_initial(weights)
        if not self.rules and (eta is not None or bounds is not None or gate is not None):
            what = "eta" if eta is not None else "bounds" if bounds is not None else "gate"
            raise TypeError(f"{what} of {name!r} without a rule: the weights would not change")
        self._eta = self._rates(eta)
        self._check_rules()

    def _shape(self) -> Tuple[int, ...]:
        """Of the weights of a replica."""
        post, pre = (self._network.populations[name].units for name in (self.post, self.pre))
        graph = self.connect.get("connections")
        if isinstance(graph, model.InDegree):
            return (post * graph.in_degree,)
        return (post, pre) if graph is None else (graph.n_synapses,)

    def _check_initial(self, weights: Any) -> None:
        shape, replicas = self._shape(), self._network.replicas
        if self.initial is not None and self.initial.shape not in (shape, (replicas, *shape)):
            raise ValueError(f"weights of {self.name!r} have shape {self.initial.shape}, not {shape} or {(replicas, *shape)}, nor are they "
                             "a number or a distribution")
        if weights is not self.distribution:
            self._check_values(np.array(self.distribution.a) if self.initial is None else self.initial)

    def _check_values(self, weights: Array) -> None:
        """Of given weights, a number or [...][post][pre]: that the bounds and the synapses that there are admit them."""
        if self.bounds is not None and ((weights < self.bounds[0]) | (weights > self.bounds[1])).any():
            raise ValueError(f"weights of {self.name!r} pass their bounds {self.bounds}")
        if "connectivity" in self.connect and weights.ndim and np.triu(weights).any():
            raise ValueError(f'weights of {self.name!r}: with connect="lower" there are only synapses [post][pre] with post > pre; others are 0')

    def _check_rules(self) -> None:
        to_neurons = isinstance(self._network.populations[self.post], NamedNeurons)
        for rule in self.rules:
            if rule.at_spikes != to_neurons:
                raise ValueError(f"the rule of {self.name!r} is for {'spikes' if rule.at_spikes else 'rates'}, and {self.post!r} is a population of "
                                 + ('neurons: "pre: ...; post: ..." is text for these' if to_neurons else "rates: \"x y - w\" is text for these"))

    def _receptor(self, receptor: Optional[str]) -> Optional[int]:
        if receptor is None:
            return None
        post = self._network.populations[self.post]
        if not isinstance(post, NamedNeurons):
            raise ValueError(f"receptor of {self.name!r}: {self.post!r} is not a population of neurons")
        if receptor not in post.receptors:
            raise ValueError(unknown("receptor", receptor, post.receptors))
        return post.receptors.index(receptor)

    def _connections(self, connect: Any) -> Dict[str, Any]:
        if isinstance(connect, str):
            if connect not in ("all", "lower"):
                raise ValueError(f'connect is {connect!r}; it can be "all", "lower", {{"in_degree": n}} or a Csr' + nearest(connect, ["all", "lower"]))
            return {"connectivity": Connectivity.LOWER} if connect == "lower" else {}
        if isinstance(connect, Mapping) and set(connect) == {"in_degree"}:
            return {"connections": model.InDegree(connect["in_degree"])}
        if isinstance(connect, model.Csr):
            connect.check_rows(f"connect of {self.name!r}", self._network.populations[self.post].units)
            return {"connections": connect}
        raise TypeError(f'connect is {connect!r}; it can be "all", "lower", {{"in_degree": n}} or a Csr')

    def _rates(self, eta: Any) -> List[Any]:
        """A learning rate for each rule."""
        several = isinstance(eta, (list, tuple, np.ndarray)) and np.ndim(eta) == 1
        given = list(eta) if several else [eta] * len(self.rules)
        if len(given) != len(self.rules):
            raise ValueError(f"eta of {self.name!r}: {len(given)} learning rates for {len(self.rules)} rules")
        default = model.Plasticity(0).eta
        return [rate if rate is not None else default if rule.eta is None else rule.eta for rate, rule in zip(given, self.rules)]

    # ---- As carve.Model takes it

    def describe(self, network: Any, index: Mapping[int, int]) -> model.Projection:
        """index: of each rule, by its id, in the model."""
        fields = {**self.fields, **self.connect}
        if self.bounds is not None:
            fields["w_min"], fields["w_max"] = self.bounds
        if self.receptor is not None:
            fields["receptor"] = self.receptor
        uses = [self._use(network, rule, index.get(id(rule), 0), eta) for rule, eta in zip(self.rules, self._eta)]
        fields["random_id"] = random_id(self.name)
        return model.Projection(pre=network._index(self.pre), post=network._index(self.post), weights=self.distribution,
                                plasticity=uses, **fields)

    def _use(self, network: Any, rule: Any, index: int, eta: Any) -> model.Plasticity:
        fields: Dict[str, Any] = {"eta": float(np.mean(eta))}
        if rule.presynaptic != "rate":
            fields["presynaptic"] = choice("presynaptic", rule.presynaptic, Presynaptic)
        if self.gate is not None:
            fields["gate"] = network._index(self.gate)
        third: Optional[ThirdFactor] = rule.third
        if third is not None:
            fields["modulator"] = network._index(third.population)
            if third.baseline:
                fields["baseline"] = choice("baseline", third.baseline, Baseline)
                fields["window"] = third.window
            if third.filter is not None:
                fields["modulator_tau"] = third.filter
        return model.Plasticity(index, **fields)

    def fill(self, sim: Any, index: int) -> None:
        """Initial weights that are given."""
        if self.initial is not None:
            sim.put(View.WEIGHTS, index, replica_last(f"weights of {self.name!r}", self.initial, self._shape(), sim.model.n_replicas))

    def set_eta(self, sim: Any, index: int) -> None:
        places = [index] + self._further(sim)
        for place, eta in zip(places, self._eta):
            sim.put(View.ETA, place, eta)

    def _further(self, sim: Any) -> List[int]:
        """Where arrays of the rules behind the first are (carve.h, CARVE_VIEW_WEIGHTS)."""
        at = len(self._network.projections)
        for other in self._network.projections.values():
            more = max(len(other.rules) - 1, 0)
            if other.name == self.name:
                return list(range(at, at + more))
            at += more
        return []

    def copied(self, network: Any, rules: Mapping[int, Any]) -> "NamedProjection":
        """For another network, with its rules."""
        other = copy.copy(self)
        other._network, other.rules, other._eta = network, [rules[id(rule)] for rule in self.rules], list(self._eta)
        return other

    def part(self, first: int, last: int, replicas: int) -> None:
        """Keeps what it is given for some replicas."""
        if self.initial is not None:
            self.initial = _rows(self.initial, len(self._shape()) + 1, first, last, replicas)
        self._eta = [_rows(eta, 1, first, last, replicas) for eta in self._eta]

    # ---- Arrays

    @property
    def index(self) -> int:
        return list(self._network.projections).index(self.name)

    @property
    def weights(self) -> Array:
        """[replica][post][pre], of sparse projections [replica][synapse], as they are now: a copy that cannot be written to. They can
        be set, also to what is one for all replicas; a reset draws them anew."""
        return read_only(replica_first(self._network.sim.get(View.WEIGHTS, self.index)))

    @weights.setter
    def weights(self, values: Any) -> None:
        sim = self._network.sim
        weights = replica_last(f"weights of {self.name!r}", values, self._shape(), sim.model.n_replicas)
        self._check_values(replica_first(weights))
        sim.put(View.WEIGHTS, self.index, weights)

    @property
    def sensitivities(self) -> Array:
        """[replica][post][pre][K], derivatives of the weights by the coefficients of all rules, of a network with a gradient."""
        return read_only(replica_first(self._network.sim.get(View.SENSITIVITIES, self.index)))

    @property
    def theta(self) -> Array:
        """[K], the coefficients of its rules, a copy; names: `coefficients`. They can be set, and act from the next run on."""
        return read_only(np.concatenate([rule.theta for rule in self.rules] or [np.empty(0)]))

    @theta.setter
    def theta(self, values: Any) -> None:
        values = floats(f"theta of {self.name!r}", values)
        if values.shape != self.theta.shape:
            raise ValueError(f"theta of {self.name!r} has shape {values.shape}, not {self.theta.shape}")
        for rule in self.rules:
            rule.theta[...], values = values[:len(rule.theta)], values[len(rule.theta):]

    @property
    def coefficients(self) -> Dict[str, float]:
        """theta by name; of several rules "0: x y", by their places in `rules`."""
        several = len(self.rules) > 1
        return {(f"{k}: {name}" if several else name): value
                for k, rule in enumerate(self.rules) for name, value in rule.coefficients.items()}

    @property
    def eta(self) -> Union[None, float, Array, List[Any]]:
        """Learning rate, one or [replica]; a list of these if there are several rules. It can be set, and acts from the next
        run on."""
        return None if not self._eta else self._eta[0] if len(self._eta) == 1 else list(self._eta)

    @eta.setter
    def eta(self, values: Any) -> None:
        if not self.rules:
            raise TypeError(f"eta of {self.name!r} without a rule: the weights would not change")
        several = len(self.rules) > 1
        given = list(values) if several else [values]
        if len(given) != len(self.rules) or any(np.shape(eta) not in ((), (self._network.replicas,)) for eta in given):
            raise ValueError(f"eta of {self.name!r}: a number or [{self._network.replicas}] for each of {len(self.rules)} rules")
        self._eta = [eta if np.ndim(eta) == 0 else np.array(eta, float) for eta in given]

    def __repr__(self) -> str:
        rules = " and ".join(repr(rule).removeprefix("<PlasticityRule ").strip("<>") for rule in self.rules) or "fixed"
        return f"<{self.name}: {self.pre} -> {self.post}, {rules}>"
