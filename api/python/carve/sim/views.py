"""What carve_sim_view shows: element types, arrays that replicas share, and what a model needs to have one."""
from typing import Any, Dict, Mapping

import numpy as np
from numpy.typing import NDArray

from .. import constants

TYPES: Mapping[int, Any] = {constants.Precision.F32: np.float32, constants.Precision.F64: np.float64, constants.ElementType.U64: np.uint64,
         constants.ElementType.U32: np.uint32, constants.ElementType.U16: np.uint16}

# Dimensions of the arrays that all lanes may share.
SHARED_DIMS: Mapping[int, int] = {constants.View.THETA: 1, constants.View.MEAN: 1, constants.View.FACTOR: 2,
               constants.View.GROUPS: 2, constants.View.WINDOW: 1, constants.View.LAST_SPIKES: 1,
               constants.View.ROW_START: 1, constants.View.PRE_UNITS: 1,
               constants.View.COLUMN_START: 1, constants.View.POST_UNITS: 1}

GRADIENT = "a model with gradient=carve.Gradient.FORWARD"
# What the model needs to have a view.
NEEDS: Dict[int, str] = {constants.View.SENSITIVITIES: "a plastic projection of " + GRADIENT,
         constants.View.RATES: "a population that is neither streamed per lane nor in moment "
                               "form (Model(form=...))",
         constants.View.MEAN: "a gaussian population",
         constants.View.FACTOR: "a gaussian population",
         constants.View.FILTERED_RATE: "a population of neurons with a RateProbe",
         constants.View.TRANSMITTED: "a projection with a TransmittedProbe",
         **dict.fromkeys([constants.View.ROW_START, constants.View.PRE_UNITS],
                         "a projection with connections, and a layout that is not TARGETS"),
         **dict.fromkeys([constants.View.COLUMN_START, constants.View.POST_UNITS],
                         "a model with layout=carve.Layout.TARGETS"),
         constants.View.CONDUCTANCE_SCALES: "neurons of a model with layout=carve.Layout.TARGETS",
         constants.View.TRACE_SCALES: "a plastic projection of a model with layout=carve.Layout.TARGETS",
         constants.View.GROUPS: "a poisson population that is not streamed",
         constants.View.LAST_SPIKES: "a plastic projection from a poisson population",
         **dict.fromkeys([constants.View.WINDOW, constants.View.VOLTAGES,
                          constants.View.CONDUCTANCES, constants.View.SPIKE_COUNTS],
                         "neurons"),
         constants.View.ETA: "a plastic projection",
         constants.View.BOUNDS: "a plastic projection of which the model bounds the weights",
         constants.View.GAIN: "a projection onto neurons",
         constants.View.BASELINE: "a plastic projection whose modulator has a baseline",
         constants.View.DRIVE: "a population of rates with a tau above 1",
         constants.View.DRIVE_SENSITIVITIES: "a population of rates with a tau above 1 that depends on "
                                             "theta, in " + GRADIENT,
         constants.View.PAST_RATES: "a population, or an input, from which a projection with a delay comes",
         constants.View.TRAJECTORY: "a population of rates with a TrajectoryProbe",
         constants.View.ELIGIBILITY: "a projection under a rule with eligibility",
         constants.View.ELIGIBILITY_SENSITIVITIES: "a projection under a Rule with eligibility, in " + GRADIENT,
         constants.View.MODULATOR_RATE: "a plastic projection whose modulator is a population that spikes",
         constants.View.WEIGHT_TRAJECTORY: "a projection with a WeightsProbe",
         constants.View.NEURON_STATE: "a population of if or cvaif neurons",
         **dict.fromkeys([constants.View.PRE_TRACES, constants.View.POST_TRACES],
                         "a plastic projection of a spiking model, or under a Rule that reads means of rates")}
NAMES: Mapping[int, str] = {view.value: f"View.{view.name}" for view in constants.View}


def has_lanes(which: int, array: NDArray[Any]) -> bool:
    return array.ndim != SHARED_DIMS.get(which)
