"""A run of a Network: its steps, as many at once as monitors, memory and Ctrl-C allow."""
import contextlib
import signal
import threading
import time
from typing import Any, Iterator, List, Optional

from ..errors import Diverged
from ..library import whole
from .elements import NamedNeurons
from .feed import Feed
from .monitors import SpikeMonitor, step_with_spikes

_CHUNK = 1 << 20  # values of inputs, or spikes, that are in memory at once
_SECONDS = 0.2  # that a chunk takes, after which Ctrl-C has an effect
_FIRST = 64  # steps, of which none is known yet how long it takes


@contextlib.contextmanager
def _whole_chunk() -> Iterator[None]:
    """Lets Ctrl-C wait for the end of a chunk and what is recorded of it."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    came: List[Any] = []
    signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            handler(*came[0])


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
    units: int = sum(p.units for p in network.populations.values() if isinstance(p, NamedNeurons))
    return units


def _chunk(network: Any) -> int:
    """Steps that there is memory for at once."""
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
    most, diverged = _chunk(network), None
    at, chunk = 0, min(most, _FIRST)
    while at < feed.steps:
        end = min([feed.steps, at + chunk, *(monitor.next_stop(begin + at) - begin for monitor in network.monitors)])
        inputs, start = feed.arrays(sim, begin, at, end), time.perf_counter()
        with _whole_chunk():
            diverged = _take(network, inputs, end - at, plastic) or diverged
            for monitor in network.monitors:
                monitor.after_step(sim, begin + end - 1)
                monitor.before_step(sim, begin + end)
        in_time = int((end - at) * _SECONDS / max(time.perf_counter() - start, 1e-9))
        at, chunk = end, max(1, min(most, in_time, 4 * chunk))
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
