"""Populations: n units of one kind."""
import ctypes
from typing import Any, ClassVar, Dict, List, Sequence, Tuple

from .. import library
from ..constants import PopulationKind, ReceptorKind
from .describe import Described, WithParameters

_ID = """random_id : int, optional
        Names the population's random numbers: with the same id it draws the same ones, whatever else the model has. None
        (default): its index."""


class Population(WithParameters, library.Population):
    """What Input, Gaussian, Rate, Poisson, Lif, Tif, If, Cvaif and Eif have in common."""
    _not_taken: ClassVar[Tuple[str, ...]] = ("random_id",) # only gaussian and poisson populations draw random numbers

    def __init__(self, n_units: int, **fields: Any) -> None:
        super().__init__()
        if self._struct is None:
            raise TypeError(f"{type(self).__name__} is no kind of population; kinds are Input, Gaussian, Rate, Poisson, "
                            "Lif, Tif, If, Cvaif and Eif")
        self._fill({"n_units": n_units}, fields)

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return [self.n_units], self._changed("n_units")


_BATCH = """shared : {{0, 1}}
        1: all replicas {what}; 0: each its own.
    fixed : {{0, 1}}
        1: every step sees the same batch; 0: its own."""


class Input(Population):
    __doc__ = f"""Values that the caller streams to Sim.step, and some projection, modulator, gate or probe reads.

    Parameters
    ----------
    n_units : int
        1 to 65536.
    {_BATCH.format(what="see the same values")}
    """
    _kind, _struct = PopulationKind.INPUT, library.Input


class Gaussian(Population):
    __doc__ = f"""Rates mean + factor z, z standard normal. Mean [unit] and factor [unit][unit] are View.MEAN and View.FACTOR, 0 at first.

    Parameters
    ----------
    n_units : int
        1 to 65536.
    {_BATCH.format(what="have one mean and factor")}
    {_ID}
    """
    _kind, _struct = PopulationKind.GAUSSIAN, library.Gaussian
    _not_taken = ()


class Rate(Population):
    __doc__ = f"""Rates f(u), u the sum over the afferent projections or a leaky average of it (docs/model.md, M1, M2, M38).

    Parameters
    ----------
    n_units : int
        1 to 65536.
    activation : Activation
        f.
    tau : float
        Time constant of u in steps, at least 1; 1: no memory.
    """
    _kind, _struct = PopulationKind.RATE, library.Rate


class Poisson(Population):
    __doc__ = f"""Units whose spikes depend on nothing in the sim: one train for all replicas (docs/model.md, M21).

    Parameters
    ----------
    n_units : int
        1 to 65536.
    source : Source
        Where the spikes come from.
    n_groups : int
        Groups of neighbouring units that share a rate; a divisor of n_units.
    signal : int
        Populations of Source.SIGNAL with the same number, n_groups and signal_tau see the same signals.
    t_ref : float
        Refractory period in s, 0 to 1, rounded to whole steps.
    rate : float
        Base rate in Hz, at least 0.
    signal_gain : float
        Gain of the signals in Hz, at least 0.
    signal_tau : float
        Time constant of the signals' filter in s, above 0.
    {_ID}
    """
    _kind, _struct = PopulationKind.POISSON, library.Poisson
    _not_taken = ()


class Receptor(Described, library.Receptor):
    """What a synapse opens (docs/model.md, M30).

    Parameters
    ----------
    tau : float
        Decay in s, above 0; of ReceptorKind.FILTERED that of the filter.
    reversal : float
        Reversal potential in V, of conductances only.
    kind : ReceptorKind
    source : int
        Of ReceptorKind.FILTERED: the index of the receptor that it follows.
    share : float
        Of ReceptorKind.FILTERED: the part of its source's conductance that acts through it, 0 to 1.
    """

    def __init__(self, tau: float, reversal: float = 0.0, kind: int = ReceptorKind.CONDUCTANCE, source: int = 0,
                 share: float = 0.0) -> None:
        super().__init__(kind=kind, source=source, tau=tau, reversal=reversal, share=share)

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        return _receptor(self)


def _receptor(struct: library.Receptor) -> Tuple[List[Any], Dict[str, Any]]:
    fields = {name: getattr(struct, name) for name in ("reversal", "kind", "source", "share")}
    if fields["kind"]:
        fields["kind"] = ReceptorKind(fields["kind"])
    return [struct.tau], {name: value for name, value in fields.items() if value}


class Neurons(Population):
    """What Lif, Tif, If, Cvaif and Eif have in common."""

    def __init__(self, n_units: int, receptors: Sequence[library.Receptor] = (), **fields: Any) -> None:
        super().__init__(n_units, **fields)
        if receptors:
            array = (library.Receptor * len(receptors))(*receptors)
            self.own.n_receptors = len(receptors)
            self.own.receptors = ctypes.cast(array, ctypes.POINTER(library.Receptor))

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        arguments, fields = super()._arguments()
        if self.own.n_receptors:
            made = [_receptor(self.own.receptors[i]) for i in range(self.own.n_receptors)]
            arguments.append([Receptor(*a, **f) for a, f in made])
        return arguments, fields


_NEURONS = """Parameters
    ----------
    n_units : int
        1 to 4096.
    receptors : sequence of Receptor
        1 to 4; without, those of the model of the literature (carve/neurons.h).
    tau_m : float
        Time constant of the membrane in s, above 0.
    v_rest, v_reset, v_threshold : float
        Resting, reset and threshold potential in V; v_reset is below v_threshold.
    t_ref : float
        Refractory period in s, 0 to 1, rounded to whole steps.
    drive : float
        Constant current through the leak resistance, in V."""
_THRESHOLD = """threshold_jump : float
        What a spike sets the threshold to, in V above v_threshold; at least 0.
    threshold_tau : float
        Decay of the threshold in s, above 0.
    v_min, v_max : float
        Range in V that the voltage is clipped to."""


class Lif(Neurons):
    __doc__ = f"""Leaky integrate-and-fire neurons (docs/model.md, M12, M13), by default those of Vogels et al. 2011.

    {_NEURONS}
    """
    _kind, _struct = PopulationKind.LIF, library.Lif


class Tif(Neurons):
    __doc__ = f"""Integrate-and-fire neurons by Euler's step (docs/model.md, M31), by default TIFGroup of Auryn.

    {_NEURONS}
    """
    _kind, _struct = PopulationKind.TIF, library.Tif


class If(Neurons):
    __doc__ = f"""Integrate-and-fire neurons whose threshold a spike lifts (docs/model.md, M32), by default IFGroup of Auryn.

    {_NEURONS}
    {_THRESHOLD}
    """
    _kind, _struct = PopulationKind.IF, library.If


class Cvaif(Neurons):
    __doc__ = f"""If with a conductance of adaptation and filtered values of its state (docs/model.md, M33).

    {_NEURONS}
    {_THRESHOLD}
    adaptation_jump : float
        What a spike adds to the conductance of adaptation, in units of the leak; at least 0.
    adaptation_tau : float
        Decay of the adaptation in s, above 0.
    adaptation_reversal : float
        Reversal potential of the adaptation in V.
    voltage_tau, excitatory_tau, inhibitory_tau : float
        Time constants in s, above 0, of the filters of the voltage, the excitatory, and the inhibitory current.
    """
    _kind, _struct = PopulationKind.CVAIF, library.Cvaif


class Eif(Neurons):
    __doc__ = f"""Exponential integrate-and-fire neurons (docs/model.md, M34), by default those of Fourcaud-Trocme et al. 2003.

    {_NEURONS}
    v_onset : float
        Where a spike starts, in V.
    slope : float
        How sharply it does, in V, above 0.
    """
    _kind, _struct = PopulationKind.EIF, library.Eif
