"""Monitors: arrays of a network over time, as they are recorded while it is run."""
import ctypes
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from .. import library, model
from ..constants import Form, View
from ..errors import Diverged
from ..sim.arrays import Array
from ..sim.spikes import SPIKE
from .arrays import replica_first
from .elements import NamedNeurons, NamedProjection
from .rule_text import unknown

_NEVER = 1 << 63


class _Kind(NamedTuple):
    view: int
    of: str         # "rates", "neurons", "projections"
    before: bool    # as it is before a step, not after
    samples: bool   # of the batch's samples


_KINDS = {
    "rates": _Kind(View.RATES, "rates", False, True),
    "drive": _Kind(View.DRIVE, "rates", False, True),
    "voltages": _Kind(View.VOLTAGES, "neurons", False, False),
    "conductances": _Kind(View.CONDUCTANCES, "neurons", False, False),
    "weights": _Kind(View.WEIGHTS, "projections", True, False),
    "sensitivities": _Kind(View.SENSITIVITIES, "projections", True, False),
    "eligibility": _Kind(View.ELIGIBILITY, "projections", True, False),
}
_DEFAULTS = {"rates": "rates", "neurons": "spikes", "projections": "weights"}


def make_monitor(network: Any, name: str, element: Any, what: Optional[str], at: Any, every: Optional[int]) -> "Monitor":
    """What Network.monitor returns."""
    if isinstance(element, NamedProjection):
        of = "projections"
    elif element.spikes and not isinstance(element, NamedNeurons):
        raise ValueError(f"{name!r} is a population of given or drawn spikes, which depend on nothing: there is no monitor of them")
    else:
        of = "neurons" if isinstance(element, NamedNeurons) else "rates"
    possible = [word for word, kind in _KINDS.items() if kind.of == of] + ["spikes"] * (of == "neurons")
    what = _DEFAULTS[of] if what is None else what
    if what not in possible:
        raise ValueError(f"monitor of {name!r}: " + unknown("array", what, possible))
    if what == "spikes":
        if at is not None or every is not None:
            raise TypeError("at and every have no effect on spikes, which are all recorded")
        return SpikeMonitor(network, name)
    lacks = _lacks(network, element, what)
    if lacks:
        raise ValueError(f"monitor of {name!r}: there is no array {what!r}, {lacks}")
    return ArrayMonitor(network, name, what, at, every)


def _lacks(network: Any, element: Any, what: str) -> str:
    """Why the network does not have an array, or ""."""
    if what == "rates" and element.kind is model.Input and not element.fields["shared"]:
        return "the values of an input are the caller's own (of one with shared=True there is)"
    if what == "rates" and network.is_built and network.batch > 1 and network.sim.info().form == Form.MOMENTS:
        return "the network was built for the moments of its batch: add the monitor before the first run"
    if what == "drive" and element.fields.get("tau", 1) <= 1:
        return "a drive is of a population with tau above 1"
    if what == "sensitivities" and not (network.gradient and element.rules):
        return "sensitivities are of a projection with a rule, in a Network(gradient=True)"
    if what == "eligibility" and not any(getattr(rule.kernel(), "eligibility", 0) for rule in element.rules):
        return "no rule of the projection has an eligibility trace: PlasticityRule(..., eligibility=...)"
    return ""


class Monitor:
    """What a network records while it is run. `what`: of the element `name`."""
    needs_samples = False

    def __init__(self, network: Any, name: str, what: str):
        self._network, self.name, self.what = network, name, what

    def clear(self) -> None:
        """Forgets what has been recorded."""
        raise NotImplementedError

    def next_stop(self, step: int) -> int:
        """Before which step the network has to pause next, if it is before `step` now."""
        return _NEVER

    def before_step(self, sim: Any, step: int) -> None:
        """The network is about to take this step."""

    def after_step(self, sim: Any, step: int) -> None:
        """It has taken it."""


class ArrayMonitor(Monitor):
    """An array at chosen steps.

    Attributes
    ----------
    steps : ndarray [time]
        Those that have been recorded.
    values : ndarray [replica][time][...]
        Rates, drive and voltages [unit], with a batch [sample][unit]; conductances [unit][receptor]; weights and
        eligibility [post][pre], sparse ones [synapse]; sensitivities [post][pre][K].
    """

    def __init__(self, network: Any, name: str, what: str, at: Any, every: Optional[int]):
        super().__init__(network, name, what)
        self._kind = _KINDS[what]
        self.needs_samples = self._kind.samples
        if at is not None and every is not None:
            raise TypeError("at and every: give one of them")
        self._every = library.whole("every", 1 if every is None else every, 63)
        if self._every == 0:
            raise ValueError("every is 0; it is at least 1")
        self._at = None if at is None else np.unique(np.array([library.whole("at", step, 62) for step in at], np.int64))
        self.clear()

    def clear(self) -> None:
        self._steps: List[int] = []
        self._values: List[Array] = []

    def _next(self, step: int) -> int:
        """The next step from `step` on that is recorded."""
        if self._at is None:
            return -(-step // self._every) * self._every
        later = self._at[self._at >= step]
        return int(later[0]) if len(later) else _NEVER

    def next_stop(self, step: int) -> int:
        return self._next(step + 1) if self._kind.before else self._next(step) + 1

    def before_step(self, sim: Any, step: int) -> None:
        if self._kind.before and self._next(step) == step:
            if self._steps and self._steps[-1] == step: # at the end of a run, since when it may have been set
                del self._steps[-1], self._values[-1]
            self._record(sim, step)

    def after_step(self, sim: Any, step: int) -> None:
        if not self._kind.before and self._next(step) == step:
            self._record(sim, step)

    def _record(self, sim: Any, step: int) -> None:
        elements = self._network.projections if self._kind.of == "projections" else self._network.populations
        array = replica_first(sim.get(self._kind.view, list(elements).index(self.name)))
        self._values.append(array[:, 0] if self._kind.samples and self._network.batch == 1 else array)
        self._steps.append(step)

    @property
    def steps(self) -> Array:
        return np.array(self._steps, np.int64)

    @property
    def in_seconds(self) -> bool:
        """Whether the network has `times`."""
        return bool(self._network.spikes_at_all)

    @property
    def times(self) -> Array:
        """[time], s, of a network that spikes."""
        return _seconds(self._network, self.steps)

    @property
    def values(self) -> Array:
        if not self._values:
            raise ValueError(f"the monitor of {self.name!r} has recorded nothing yet: run the network")
        return np.stack(self._values, axis=1)

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> Array:
        return self.values if dtype is None else self.values.astype(dtype)

    def __len__(self) -> int:
        return len(self._steps)

    def plot(self, ax: Any = None, replica: int = 0) -> Any:
        """Curves over time of one replica; returns matplotlib's axes."""
        from ..figures import plot_curves
        return plot_curves(self, ax, replica)

    def __repr__(self) -> str:
        return f"<{self.what} of {self.name} at {len(self)} steps>"


class SpikeMonitor(Monitor):
    """All spikes of a population of neurons, in the order of time.

    Attributes
    ----------
    steps, units, replicas : ndarray [spike]
    """

    def __init__(self, network: Any, name: str):
        super().__init__(network, name, "spikes")
        self.clear()

    def clear(self) -> None:
        self._spikes: List[Array] = []

    def take(self, spikes: Array) -> None:
        index = list(self._network.populations).index(self.name)
        mine = spikes[spikes["population"] == index]
        self._spikes.append(mine[np.lexsort((mine["unit"], mine["replica"], mine["step"]))])

    def _field(self, name: str) -> Array:
        parts = [spikes[name] for spikes in self._spikes]
        joined: Array = np.concatenate(parts).astype(np.int64) if parts else np.empty(0, np.int64)
        return joined

    @property
    def steps(self) -> Array:
        return self._field("step")

    @property
    def units(self) -> Array:
        return self._field("unit")

    @property
    def replicas(self) -> Array:
        return self._field("replica")

    @property
    def times(self) -> Array:
        """[spike], s."""
        return _seconds(self._network, self.steps)

    def counts(self) -> Array:
        """[replica][unit], numbers of spikes."""
        counts = np.zeros((self._network.replicas, self._network.populations[self.name].units), np.int64)
        np.add.at(counts, (self.replicas, self.units), 1)
        return counts

    def __len__(self) -> int:
        return sum(map(len, self._spikes))

    def plot(self, ax: Any = None, replica: int = 0) -> Any:
        """A raster of one replica; returns matplotlib's axes."""
        from ..figures import plot_raster
        return plot_raster(self, ax, replica)

    def __repr__(self) -> str:
        return f"<{len(self)} spikes of {self.name}>"


def _seconds(network: Any, steps: Array) -> Array:
    if not network.spikes_at_all:
        raise ValueError("a network of rates has no seconds: see steps")
    seconds: Array = steps * network.seconds_per_step
    return seconds


def step_with_spikes(sim: Any, inputs: List[Array], n_steps: int, capacity: int, plastic: bool
                     ) -> Tuple[Array, Optional[Diverged]]:
    """Sim.step_recording, with the spikes also of a step in which a replica diverged."""
    spikes = np.zeros(capacity, SPIKE)
    recorder = library.Recorder(struct_size=ctypes.sizeof(library.Recorder), spikes=spikes.ctypes.data, capacity=capacity)
    diverged = None
    try:
        sim._step_spiking(inputs, n_steps, recorder, plastic)
    except Diverged as error:
        diverged = error
    return spikes[:recorder.n_written], diverged
