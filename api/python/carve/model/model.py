"""The whole description of a network."""
import ctypes
from typing import Any, Dict, List, Sequence, Tuple

from .. import library
from ..errors import call
from .describe import Described, changed, fill
from .populations import Population
from .probes import Probe
from .projections import Csr, Projection
from .rules import AnyRule

_PARTS = {"populations": Population, "projections": Projection, "rules": AnyRule, "probes": Probe}


def _check_parts(described: Tuple[Tuple[Any, ...], ...]) -> None:
    """That they are what they are to be, and what the library reads by a pointer is as long as it takes it to be."""
    for (name, kind), parts in zip(_PARTS.items(), described):
        for k, part in enumerate(parts):
            if not isinstance(part, kind):
                raise TypeError(f"{name}[{k}] is {part!r}, not a carve.{kind.__name__}")
    populations, projections = described[:2]
    for k, projection in enumerate(projections):
        if isinstance(projection.graph, Csr) and projection.post < len(populations):
            projection.graph.check_rows(f"projections[{k}].connections", populations[projection.post].n_units)


class Model(Described, library.Model):
    """Populations, projections, rules and probes, which refer to each other by their indices. Neither it nor its parts can be
    changed afterwards.

    Parameters
    ----------
    populations : sequence of Population
        1 to 64, evaluated in this order.
    projections : sequence of Projection
        1 to 64.
    rules : sequence of Rule, Mlp, SpikeRule, Product or SpikeMlp
        Up to 16.
    probes : sequence of RateProbe, TrajectoryProbe, WeightsProbe or TransmittedProbe
        Up to 128.
    precision : Precision
        Type of every array of a sim.
    isa : Isa
        Instruction set; results do not depend on it.
    layout : Layout
        What the lanes of the machine's registers are.
    lane_bytes : int
        32, 64, or the size of one element, 4 or 8; results do not depend on it.
    n_replicas : int
        1 to 1048576.
    gradient : Gradient
        Which derivatives there are by the coefficients of the rules.
    batch : int
        Samples per step, 1 to 65536; the update is their mean.
    form : Form
        How a batch enters the update.
    max_steps : int
        Most steps between resets; 0: no bound. Gradient.ADJOINT needs one.
    bound : float
        A replica is frozen when the drive of a unit, a voltage or a plastic weight passes it; above 0.
    dt : float
        A step of a spiking model in s, 1e-6 to 0.1.
    surrogate : float
        Steepness of the surrogate gradient (docs/model.md, M18), above 0.
    """

    def __init__(self, populations: Sequence[Population], projections: Sequence[Projection], rules: Sequence[AnyRule] = (),
                 probes: Sequence[Probe] = (), **fields: Any) -> None:
        super().__init__()
        # What the struct points to.
        described = tuple(populations), tuple(projections), tuple(rules), tuple(probes)
        _check_parts(described)
        object.__setattr__(self, "described", described)
        arrays: List[Any] = [(library.Population * len(populations))(*populations),
                                   (library.Projection * len(projections))(*projections),
                                   (library.Rule * len(rules))(*rules), (library.Probe * len(probes))(*probes)]
        fill(self, fields)
        object.__setattr__(self, "_arrays", arrays)
        for name, array in zip(("populations", "projections", "rules", "probes"), arrays):
            setattr(self, "n_" + name, len(array))
            setattr(self, name, ctypes.cast(array, type(getattr(self, name))))
        for one in (self, *populations, *projections, *rules, *probes):
            one._become_part()

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        populations, projections, rules, probes = self.described
        more = {name: part for name, part in (("rules", rules), ("probes", probes)) if part}
        return [populations, projections], {**more, **changed(self)}

    def required_bytes(self) -> int:
        """The size of a sim's block, which depends on the model alone.

        Returns
        -------
        int
            In bytes.

        Raises
        ------
        CarveError
            If the model is not valid.
        """
        n = ctypes.c_size_t()
        call(library.lib.carve_sim_required_bytes, ctypes.byref(self), ctypes.byref(n))
        return n.value
