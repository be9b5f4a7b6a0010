"""From a Network to a Sim."""
import re
from typing import Any, Sequence

from .. import model
from ..constants import Form, Gradient, Precision
from ..errors import CarveError
from ..sim import Sim


def build_sim(network: Any, shared: Sequence[str]) -> Sim:
    """shared: names of inputs that are the same for all replicas."""
    rules, fields = network.rules, dict(network.fields)
    if network.dt is not None:
        fields["dt"] = network.dt
    if any(monitor.needs_samples for monitor in network.monitors):
        fields.setdefault("form", Form.SAMPLES)
    index = {id(rule): k for k, rule in enumerate(rules)}
    described = model.Model(
        [p.describe(name in shared) for name, p in network.populations.items()],
        [p.describe(network, index) for p in network.projections.values()],
        [rule.kernel() for rule in rules], network.probes, n_replicas=network.replicas, batch=network.batch,
        precision=Precision.F64 if network.precision == "double" else Precision.F32,
        gradient=Gradient.FORWARD if network.gradient else Gradient.NONE, **fields)
    try:
        sim = Sim(described)
    except CarveError as error:
        error.args = (_with_names(network, str(error)), *error.args[1:])
        raise
    for k, population in enumerate(network.populations.values()):
        population.fill(sim, k)
    return sim


def _with_names(network: Any, text: str) -> str:
    """The kernel's sentence, with the names of what it counts."""
    names = {"population": list(network.populations), "projection": list(network.projections)}
    return re.sub(r"(population|projection)s\[(\d+)\]", lambda found: f"{found[1]} {names[found[1]][int(found[2])]!r}", text)
