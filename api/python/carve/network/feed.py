"""What a run feeds to a network: the caller's data, checked, and cut into the steps that are taken at once."""
from typing import Any, Dict, List, Mapping, Optional

import numpy as np

from ..sim.arrays import Array
from ..sim.spikes import spike_array
from .arrays import floats
from .rule_text import unknown


class Feed:
    """steps: how many the run has."""

    def __init__(self, network: Any, data: Any, steps: Optional[int]):
        self.network = network
        self.streamed = [p for p in network.populations.values() if p.is_streamed]
        self.given = self._by_name(data)
        self.values = {name: self._checked(name, values) for name, values in self.given.items()}
        self.steps = self._steps(steps)
        self._check_spikes()
        self.packed: Dict[str, Array] = {}

    def _by_name(self, data: Any) -> Dict[str, Any]:
        names = [p.name for p in self.streamed]
        if not isinstance(data, Mapping):
            if data is None and not names:
                return {}
            if data is None or len(names) != 1:
                wanted = ", ".join(names) or "nothing: the network has no inputs"
                raise ValueError(f"data needs an array for each of {wanted}, as a dict by name" if names else f"data is for {wanted}")
            return {names[0]: data}
        for name in data:
            if name not in names:
                raise ValueError("data: " + unknown("input", name, names))
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(f"data has nothing for {', '.join(map(repr, missing))}")
        return {name: data[name] for name in names}

    def _checked(self, name: str, values: Any) -> Array:
        """As [replica or 1][step][sample][unit], without step if the input is fixed; spikes as the library takes them."""
        population, batch = self.network.populations[name], self.network.batch
        if population.takes_spikes:
            return spike_array(f"data[{name!r}]", values, population.units)
        array = floats(f"data[{name!r}]", values)
        shown = np.shape(values)
        fixed = bool(population.fields.get("fixed"))
        if population.units == 1 and not fixed and batch == 1 and array.ndim == 1:
            array = array[:, None]
        if not fixed and batch == 1 and array.ndim in (2, 3):
            array = array[..., None, :]
        dims = 2 if fixed else 3
        if array.ndim == dims:
            array = array[None]
        replicas = self.network.replicas
        if array.ndim != dims + 1 or array.shape[-2:] != (batch, population.units) or len(array) not in (1, replicas):
            step = "" if fixed else "[step]"
            sample = "" if batch == 1 and not fixed else f"[{batch}]"
            raise ValueError(f"data[{name!r}] has shape {shown}, not {step}{sample}[{population.units}] or "
                             f"[{replicas}]{step}{sample}[{population.units}]")
        if population.fields.get("shared") and len(array) != 1:
            raise ValueError(f"data[{name!r}] has shape {shown}, with values for each replica, but the input is shared: "
                             "declare it without shared=True")
        return array

    def _steps(self, steps: Optional[int]) -> int:
        lengths = {name: array.shape[1] for name, array in self.values.items()
                   if not self.network.populations[name].takes_spikes and array.ndim == 4}
        if steps is None:
            if not lengths:
                raise ValueError("steps is needed: no data tell how long the run is"
                                 + (" (or seconds)" if self.network.spikes_at_all else ""))
            if len(set(lengths.values())) > 1:
                raise ValueError("data are of different lengths: " + ", ".join(f"{name} of {n} steps" for name, n in lengths.items()))
            return next(iter(lengths.values()))
        for name, n in lengths.items():
            if n < steps:
                raise ValueError(f"data[{name!r}] is of {n} steps, not {steps}")
        return steps

    def _check_spikes(self) -> None:
        for name, values in self.values.items():
            if self.network.populations[name].takes_spikes and len(values) and values["step"][-1] >= self.steps:
                raise ValueError(f"data[{name!r}] has a spike in step {values['step'][-1]}; the run has the steps 0 to {self.steps - 1}")

    def part(self, first: int, last: int) -> Dict[str, Any]:
        """The caller's data of some replicas."""
        return {name: np.asarray(given)[first:last] if self._of_each(name) else given for name, given in self.given.items()}

    def _of_each(self, name: str) -> bool:
        return not self.network.populations[name].takes_spikes and len(self.values[name]) == self.network.replicas > 1

    def replace(self, name: str, values: Any) -> None:
        """Other data of an input, of as many steps."""
        self.values[name] = self._checked(name, values)
        self.packed.pop(name, None)

    def arrays(self, sim: Any, begin: int, first: int, last: int) -> List[Array]:
        """For Sim.step, of the steps first to before last of the run, which began at step `begin` of the sim."""
        return [self._array(sim, k, population, begin, first, last) for k, population in enumerate(self.streamed)]

    def _array(self, sim: Any, k: int, population: Any, begin: int, first: int, last: int) -> Array:
        values = self.values[population.name]
        if population.takes_spikes:
            within = values[(values["step"] >= first) & (values["step"] < last)]
            return np.stack([within["step"].astype(np.int64) + begin, within["unit"].astype(np.int64)], axis=1)
        described = next(p for p, name in zip(sim.model.described[0], self.network.populations) if name == population.name)
        if values.ndim == 3:  # a batch for all steps
            if population.name not in self.packed:
                self.packed[population.name] = values[0] if described.shared else self._pack(sim, values)
            return self.packed[population.name]
        part = values[:, first:last]
        chosen: Array = part[0] if described.shared else self._pack(sim, part)
        return chosen

    def _pack(self, sim: Any, values: Array) -> Array:
        lanes = np.moveaxis(values, 0, -1)
        packed: Array = sim.pack_inputs(np.broadcast_to(lanes, (*lanes.shape[:-1], sim.model.n_replicas)))
        return packed
