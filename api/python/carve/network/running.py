"""A run of a Network: its steps, as many at once as monitors and memory allow."""
from typing import Any, Optional

from ..errors import Diverged
from ..library import whole
from .elements import Neurons
from .feed import Feed
from .monitors import SpikeMonitor, step_with_spikes

_CHUNK = 1 << 20  # values of inputs, or spikes, that are in memory at once


def steps_of(network: Any, steps: Optional[int], seconds: Optional[float]) -> Optional[int]:
    """Of what a run is given; None: as many as the data have."""
    if seconds is None:
        return None if steps is None else whole("steps", steps, 63)
    if steps is not None:
        raise TypeError("steps and seconds: give one of them")
    if not network.spikes_at_all:
        raise ValueError("seconds: a network of rates has only steps")
    dt: float = network.seconds_per_step
    n = int(round(seconds / dt))
    if n < 0 or abs(n * dt - seconds) > 1e-6 * dt:
        raise ValueError(f"seconds is {seconds}, not a multiple of dt = {dt:g} s")
    return n


def _neurons(network: Any) -> int:
    units: int = sum(p.units for p in network.populations.values() if isinstance(p, Neurons))
    return units


def _chunk(network: Any) -> int:
    """Steps that are taken at once."""
    width: int = sum(p.units for p in network.populations.values() if p.is_streamed) * network.batch
    if any(isinstance(monitor, SpikeMonitor) for monitor in network.monitors):
        width = max(width, _neurons(network))
    replicas: int = network.replicas
    return max(1, _CHUNK // max(1, width * replicas))


def advance(network: Any, feed: Feed, plastic: bool) -> None:
    """The steps of a run. Raises Diverged at the end."""
    sim = network.sim
    frozen, begin = sim.info().n_frozen, sim.info().steps
    network.set_values(sim)
    for monitor in network.monitors:
        monitor.before_step(sim, begin)
    at, chunk, diverged = 0, _chunk(network), None
    while at < feed.steps:
        end = min([feed.steps, at + chunk, *(monitor.next_stop(begin + at) - begin for monitor in network.monitors)])
        diverged = _take(network, feed.arrays(sim, begin, at, end), end - at, plastic) or diverged
        at = end
        for monitor in network.monitors:
            monitor.after_step(sim, begin + at - 1)
            monitor.before_step(sim, begin + at)
    if diverged is not None and sim.info().n_frozen > frozen:
        raise diverged


def _take(network: Any, inputs: Any, n_steps: int, plastic: bool) -> Optional[Diverged]:
    recorders = [monitor for monitor in network.monitors if isinstance(monitor, SpikeMonitor)]
    if recorders:
        capacity = n_steps * _neurons(network) * network.replicas
        spikes, diverged = step_with_spikes(network.sim, inputs, n_steps, capacity, plastic)
        for monitor in recorders:
            monitor.take(spikes)
        return diverged
    try:
        network.sim.step(inputs, n_steps, plastic)
    except Diverged as error:
        return error
    return None
