"""Networks in the field's words: populations and projections by name, rules as text, monitors."""
import os
from copy import deepcopy
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from .. import model
from ..constants import Activation, Source, View
from ..library import whole
from ..model import describe
from ..sim.arrays import Array
from ..sim import Sim
from .arrays import floats, read_only
from .building import build_sim
from .elements import NamedNeurons, NamedPopulation, NamedProjection
from .feed import Feed
from .monitors import Monitor, make_monitor
from .rule_files import rule_of
from .rule_text import Closed, unknown
from .rules import KernelRule, PlasticityRule, choice
from .running import advance, steps_of

# Fields of carve.Model that a Network does not have under a name of its own.
_FURTHER = [name for name in describe.names(model.Model) if name not in ("n_replicas", "batch", "precision", "gradient", "dt")]
_DESCRIPTION = ("replicas", "batch", "gradient", "dt", "precision", "fields")
Rule = Union[str, os.PathLike, PlasticityRule, KernelRule]


class Network(Closed):
    """Replicas of one network, which differ in their random numbers, initial weights and, if they are given ones of
    their own, data.

    Populations and projections are added by name. The network is built in memory when it is first run, or when one of
    its arrays is read; nothing can be added afterwards, except monitors. Time is counted in steps from 0; in a network
    that spikes a step lasts dt seconds. The replica is the first index of all arrays.

    Parameters
    ----------
    replicas : int
        1 or more.
    seed : int
        Of all random numbers: initial weights, spikes, gaussian inputs.
    batch : int
        Samples that a step sees; their mean changes the weights. 1: the online rule.
    gradient : bool
        Whether derivatives of the weights by the coefficients of the rules are carried along (forward sensitivities).
    dt : float, optional
        Of a network that spikes: s, 1e-6 to 0.1, 1e-4 by default.
    precision : {"double", "single"}
    fields : keywords
        Others of carve.Model, as `bound`.

    Examples
    --------
    >>> net = carve.Network(replicas=20)
    >>> net.input("x", 3)
    >>> net.rate("y", 1)
    >>> net.project("x", "y", rule="x y - y^2 w", eta=0.1, weights=carve.Normal(0, 0.1), name="w")
    >>> rates = net.monitor("y", at=range(100))
    >>> net.run(data)                      # [step][unit], or [replica][step][unit]
    >>> net["w"].weights                   # [replica][post][pre]
    """
    _last = "_sim"

    def __init__(self, replicas: int = 1, seed: int = 0, *, batch: int = 1, gradient: bool = False, dt: Optional[float] = None,
                 precision: str = "double", **fields: Any):
        self.replicas, self.batch = whole("replicas", replicas), whole("batch", batch)
        self.seed, self.gradient, self.dt = whole("seed", seed, 64), bool(gradient), dt
        if precision not in ("double", "single"):
            raise ValueError(f'precision is {precision!r}, not "double" or "single"')
        for name in fields:
            if name not in _FURTHER:
                raise TypeError("Network: " + unknown("option", name, _FURTHER))
        self.precision, self.fields = precision, fields
        self.populations: Dict[str, NamedPopulation] = {}
        self.projections: Dict[str, NamedProjection] = {}
        self.probes: List[Any] = []  # of the kernel, which know their index
        self.monitors: List[Monitor] = []
        self._sim: Optional[Sim] = None

    # ---- Populations

    def input(self, name: str, units: int, *, fixed: bool = False, shared: bool = False) -> NamedPopulation:
        """Values that `run` is given.

        Parameters
        ----------
        name : str
        units : int
        fixed : bool
            Every step sees the same batch: data have no axis of steps.
        shared : bool
            All replicas see the same data, which are kept once. Without it data of one replica do for all, too.
        """
        return self._add_population(NamedPopulation(name, model.Input, units, {"fixed": fixed, "shared": shared}))

    def gaussian(self, name: str, units: int, covariance: Any = 1.0, mean: Any = 0.0, **fields: Any) -> NamedPopulation:
        """Rates that are drawn in each step. covariance: [unit][unit], [replica][unit][unit], variances [unit] or a variance;
        mean: [unit], [replica][unit] or a number."""
        return self._add_population(NamedPopulation(name, model.Gaussian, units, fields, covariance=covariance, mean=mean))

    def rate(self, name: str, units: int, activation: str = "linear", tau: float = 1.0) -> NamedPopulation:
        """Units whose rate is f of the sum over their afferents. activation: linear, relu, tanh or sigmoid. tau: time
        constant of the drive in steps, at least 1, which is without memory."""
        return self._add_population(NamedPopulation(name, model.Rate, units, {
            "activation": choice("activation", activation, Activation), "tau": tau}))

    def poisson(self, name: str, units: int, rate: float = 5.0, *, source: str = "constant", **fields: Any) -> NamedPopulation:
        """Units that spike at random, at a rate in Hz, the same spikes in all replicas. source "signal": the rate follows a
        signal. fields: others of carve.Poisson, as n_groups and t_ref (s)."""
        if choice("source", source, Source) == Source.STREAMED:
            raise ValueError("spikes that run() is given: Network.spikes")
        return self._add_population(NamedPopulation(name, model.Poisson, units, {
            "rate": rate, "source": choice("source", source, Source), **fields}))

    def spikes(self, name: str, units: int) -> NamedPopulation:
        """Units whose spikes `run` is given, integers [spike][2]: the step since the start of the run, and the unit; sorted."""
        return self._add_population(NamedPopulation(name, model.Poisson, units, {"source": Source.STREAMED}))

    def neurons(self, name: str, units: int, kind: str = "lif", receptors: Optional[Mapping[str, model.Receptor]] = None,
                **fields: Any) -> NamedPopulation:
        """Integrate-and-fire neurons.

        Parameters
        ----------
        kind : {"lif", "tif", "if", "cvaif", "eif"}
        receptors : dict of Receptor, optional
            By name, for `project(receptor=...)`; by default "excitatory" and "inhibitory" conductances.
        fields : keywords
            Those of carve.Lif and so on: times in s, potentials in V.
        """
        kinds = {"lif": model.Lif, "tif": model.Tif, "if": model.If, "cvaif": model.Cvaif, "eif": model.Eif}
        if kind not in kinds:
            raise ValueError(unknown("kind of neurons", kind, kinds))
        return self._add_population(NamedNeurons(name, kinds[kind], units, fields, receptors=receptors))

    def _add_population(self, population: NamedPopulation) -> NamedPopulation:
        self._check_new(population.name)
        population.describe(True)  # refuses what the kind does not have
        self.populations[population.name] = population
        return population

    def _check_new(self, name: str) -> None:
        if self._sim is not None:
            raise RuntimeError(f"{name!r} is added to a network that has been built: add all populations and projections "
                               "before the first run, or to a copy()")
        if not isinstance(name, str) or not name:
            raise TypeError(f"a name is a text, not {name!r}")
        if name in self.populations or name in self.projections:
            raise ValueError(f"there is something named {name!r} in the network already")

    # ---- Projections

    def project(self, pre: str, post: str, rule: Union[Rule, Sequence[Rule], None] = None, *, name: Optional[str] = None,
                eta: Union[float, Sequence[float], None] = None, weights: Any = 0.0, bounds: Optional[Tuple[float, float]] = None,
                connect: Any = "all", receptor: Optional[str] = None, gate: Optional[str] = None, **fields: Any) -> NamedProjection:
        """Synapses from one population to another, or within one.

        Parameters
        ----------
        pre, post : str
            Names of populations.
        rule : optional
            What changes the weights, which else stay: text such as "x y - y^2 w" or "pre: y1 - 0.12; post: x1"; the name of
            a rule of the literature, as "oja" (`carve rules`); the path of a rule.toml or a run directory; a
            PlasticityRule, which several projections may share; or a list of up to four of these, whose changes add up.
        name : str
            "PRE_to_POST" by default.
        eta : float or list of float, optional
            Learning rate, of each rule; by default that of the rule, or 0.1. `NamedProjection.eta` sets it for each replica.
        weights : Normal, Uniform, LogUniform, float or array
            Initial weights, [post][pre] or [replica][post][pre]; of sparse projections [synapse] or [replica][synapse].
        bounds : (float, float), optional
            Of plastic weights.
        connect : {"all", "lower"}, dict or Csr
            "lower": from unit j to units i > j of the same population; ``{"in_degree": n}``: from n units drawn for each
            postsynaptic one, onto neurons.
        receptor : str, optional
            Onto neurons: "excitatory" (default), "inhibitory", or one of their receptors' names.
        gate : str, optional
            A population: while its first unit's rate is 0 or NaN the rules change nothing.
        fields : keywords
            Others of carve.Projection: delay (steps), gain, inference, n_sweeps, mask_from.

        Raises
        ------
        ValueError, TypeError
            Name what is wrong, and the nearest name.
        """
        name = f"{pre}_to_{post}" if name is None else name
        self._check_new(name)
        for population in (pre, post, *([gate] if gate else [])):
            self._index(population)
        given = list(rule) if isinstance(rule, (list, tuple)) else [] if rule is None else [rule]
        rules = [rule_of(one, name) for one in given]
        for one in rules:
            if one.third is not None:
                self._index(one.third.population)
        projection = NamedProjection(self, name, pre, post, rules, eta=eta, weights=weights, bounds=bounds, connect=connect, receptor=receptor,
                                gate=gate, fields=fields)
        projection.describe(self, {})
        self.projections[name] = projection
        return projection

    def _index(self, name: str) -> int:
        if name not in self.populations:
            raise ValueError(unknown("population", name, self.populations))
        return list(self.populations).index(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _DESCRIPTION and self.__dict__.get("_sim") is not None:
            raise AttributeError(f"{name} of a network that has been built cannot be set: set it before the first run, or in a copy()")
        super().__setattr__(name, value)
        if name == "replicas":
            self.streams = range(value)

    def __getitem__(self, name: str) -> Any:
        found: Any = self.populations.get(name) or self.projections.get(name)
        if found is None:
            raise KeyError(unknown("population or projection", name, [*self.populations, *self.projections]))
        return found

    # ---- Rules

    @property
    def rules(self) -> List[Any]:
        """All rules, in the order of their coefficients; one that several projections share is there once."""
        found: List[Any] = []
        for projection in self.projections.values():
            found += [rule for rule in projection.rules if not any(rule is other for other in found)]
        return found

    @property
    def coefficients(self) -> Dict[str, float]:
        """theta by name, "x y"; with several rules "w: x y", after the first projection of the rule."""
        rules, named = self.rules, {}
        for rule in rules:
            owner = next(p for p in self.projections.values() if any(rule is other for other in p.rules))
            which = [other is rule for other in owner.rules].index(True)
            prefix = "" if len(rules) == 1 else f"{owner.name}[{which}]: " if len(owner.rules) > 1 else f"{owner.name}: "
            named.update({prefix + name: value for name, value in rule.coefficients.items()})
        return named

    @property
    def theta(self) -> Array:
        """[K], the coefficients of all rules, a copy. It can be set."""
        return read_only(np.concatenate([rule.theta for rule in self.rules] or [np.empty(0)]))

    @theta.setter
    def theta(self, values: Any) -> None:
        values = floats("theta", values)
        if values.shape != self.theta.shape:
            raise ValueError(f"theta has shape {values.shape}, not {self.theta.shape}: {', '.join(self.coefficients)}")
        for rule in self.rules:
            rule.theta[...], values = values[:len(rule.theta)], values[len(rule.theta):]

    # ---- Building

    def copy(self) -> "Network":
        """A network of the same description, with rules of its own, which has not been built and has no monitors."""
        other = Network.__new__(Network)
        vars(other).update(vars(self))
        other._sim, other.monitors, other.probes = None, [], list(self.probes)
        other.populations = dict(self.populations)
        rules = {id(rule): deepcopy(rule) for rule in self.rules}
        other.projections = {name: projection.copied(other, rules) for name, projection in self.projections.items()}
        return other

    __copy__ = copy

    def part(self, first: int, last: int) -> "Network":
        """A copy with some of the replicas, which have the random numbers and arrays that they have here."""
        other = self.copy()
        other.replicas, other.streams = last - first, self.streams[first:last]
        other.populations = {name: p.part(first, last, self.replicas) for name, p in self.populations.items()}
        for projection in other.projections.values():
            projection.part(first, last, self.replicas)
        return other

    def build(self, shared: Sequence[str] = ()) -> Sim:
        """A Sim of its own, of this description. shared: names of inputs that are the same for all replicas."""
        return build_sim(self, shared)

    def restart(self, sim: Sim, seed: Optional[int] = None) -> None:
        """Step 0 of a Sim of this network, with its coefficients, learning rates and initial weights."""
        self.set_values(sim)
        sim.reset(self.seed if seed is None else seed, self.streams)
        for k, projection in enumerate(self.projections.values()):
            projection.fill(sim, k)

    def set_values(self, sim: Sim) -> None:
        for k, rule in enumerate(self.rules):
            sim.put(View.THETA, k, rule.theta)
        for k, projection in enumerate(self.projections.values()):
            projection.set_eta(sim, k)

    @property
    def is_built(self) -> bool:
        """Whether it is in memory: after the first run, or when one of its arrays was read."""
        return self._sim is not None

    @property
    def sim(self) -> Sim:
        """The network in memory: all of its arrays, as carve.h describes them, with the replica as the last index."""
        if self._sim is None:
            self._sim = self.build([name for name, p in self.populations.items() if p.fields.get("shared")])
            self.restart(self._sim)
        return self._sim

    # ---- Running

    @property
    def step_count(self) -> int:
        """Steps since the last reset."""
        return 0 if self._sim is None else self._sim.info().steps

    @property
    def diverged(self) -> Array:
        """[replica], whether it left the bound or the finite numbers; its arrays are NaN."""
        return self.sim.get(View.FROZEN) > 0

    def reset(self, seed: Optional[int] = None) -> None:
        """Back to step 0, with new initial weights if there is a new seed; monitors forget what they recorded."""
        if seed is not None:
            self.seed = whole("seed", seed, 64)
        self.restart(self.sim)
        for monitor in self.monitors:
            monitor.clear()

    def monitor(self, name: str, what: Optional[str] = None, *, at: Any = None, every: Optional[int] = None) -> Monitor:
        """Records an array while the network is run.

        Parameters
        ----------
        name : str
            Of a population or projection.
        what : str, optional
            "rates" (default of rate populations) or "drive"; "spikes" (default of neurons), "voltages" or "conductances";
            "weights" (default of projections), "sensitivities" or "eligibility".
        at : sequence of int, optional
            The steps since the reset, in which it is recorded: weights as they are before this step, and after the last one;
            the others as this step made them. Not of spikes.
        every : int, optional
            Every so many steps, from step 0; 1 by default.

        Returns
        -------
        Monitor
            Its `values` are an array [replica][time][...]; a SpikeMonitor has lists of spikes.
        """
        monitor = make_monitor(self, name, self[name], what, at, every)
        self.monitors.append(monitor)
        return monitor

    def run(self, data: Any = None, steps: Optional[int] = None, *, seconds: Optional[float] = None, plastic: bool = True) -> None:
        """Continues from where the network is.

        Parameters
        ----------
        data : array or dict of arrays
            For each input, by name, values [step][unit] of all replicas or [replica][step][unit]; with a batch
            [step][sample][unit]; of fixed inputs without [step]; for each population of `spikes` integers [spike][2].
            An array alone if there is only one of these.
        steps : int, optional
            By default as many as the data have.
        seconds : float, optional
            In the place of steps, of a network that spikes: a multiple of dt.
        plastic : bool
            False: the weights stay.

        Raises
        ------
        Diverged
            At the end, if replicas diverged in this run. The others have advanced.
        """
        advance(self, Feed(self, data, steps_of(self, steps, seconds)), plastic)

    @property
    def seconds_per_step(self) -> float:
        """dt, s."""
        default: float = model.Model([model.Rate(1)], []).dt
        return default if self.dt is None else self.dt

    @property
    def spikes_at_all(self) -> bool:
        return any(p.spikes for p in self.populations.values())

    def __repr__(self) -> str:
        parts = [repr(element)[1:-1] for element in (*self.populations.values(), *self.projections.values())]
        return f"<Network of {self.replicas} replica{'s' * (self.replicas > 1)}: {'; '.join(parts)}>"
