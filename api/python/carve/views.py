"""What carve_sim_view shows: element types, arrays that replicas share, and what a model needs to have one."""
import numpy as np

from . import constants

TYPES = {constants.F32: np.float32, constants.F64: np.float64, constants.U64: np.uint64,
         constants.U32: np.uint32}

# Dimensions of the arrays that all lanes may share.
SHARED_DIMS = {constants.VIEW_THETA: 1, constants.VIEW_MEAN: 1, constants.VIEW_FACTOR: 2,
               constants.VIEW_GROUPS: 2, constants.VIEW_WINDOW: 1, constants.VIEW_LAST_SPIKES: 1,
               constants.VIEW_ROW_START: 1, constants.VIEW_PRE_UNITS: 1}

GRADIENT = "a model with gradient=carve.GRADIENT_FORWARD"
# What the model needs to have a view.
NEEDS = {constants.VIEW_SENSITIVITIES: "a plastic projection of " + GRADIENT,
         constants.VIEW_RATES: "a population that is neither streamed per lane nor in moment "
                               "form (Model(form=...))",
         constants.VIEW_MEAN: "a gaussian population",
         constants.VIEW_FACTOR: "a gaussian population",
         constants.VIEW_FILTERED_RATE: "a population of neurons with a RateProbe",
         constants.VIEW_TRANSMITTED: "a projection with a TransmittedProbe",
         **dict.fromkeys([constants.VIEW_ROW_START, constants.VIEW_PRE_UNITS],
                         "a projection with connections"),
         constants.VIEW_GROUPS: "a poisson population that is not streamed",
         constants.VIEW_LAST_SPIKES: "a plastic projection from a poisson population",
         **dict.fromkeys([constants.VIEW_WINDOW, constants.VIEW_VOLTAGES,
                          constants.VIEW_CONDUCTANCES, constants.VIEW_SPIKE_COUNTS],
                         "neurons"),
         constants.VIEW_ETA: "a plastic projection",
         constants.VIEW_BOUNDS: "a plastic projection of which the model bounds the weights",
         constants.VIEW_GAIN: "a projection onto neurons",
         constants.VIEW_BASELINE: "a plastic projection whose modulator has a baseline",
         constants.VIEW_DRIVE: "a population of rates with a tau above 1",
         constants.VIEW_DRIVE_SENSITIVITIES: "a population of rates with a tau above 1 that depends on "
                                             "theta, in " + GRADIENT,
         constants.VIEW_PAST_RATES: "a population, or an input, from which a projection with a delay comes",
         constants.VIEW_TRAJECTORY: "a population of rates with a TrajectoryProbe",
         constants.VIEW_ELIGIBILITY: "a projection under a rule with eligibility",
         constants.VIEW_ELIGIBILITY_SENSITIVITIES: "a projection under a Rule with eligibility, in " + GRADIENT,
         constants.VIEW_MODULATOR_RATE: "a plastic projection whose modulator is a population that spikes",
         constants.VIEW_WEIGHT_TRAJECTORY: "a projection with a WeightsProbe",
         constants.VIEW_NEURON_STATE: "a population of if or cvaif neurons",
         **dict.fromkeys([constants.VIEW_PRE_TRACES, constants.VIEW_POST_TRACES],
                         "a plastic projection of a spiking model, or under a Rule that reads means of rates")}
NAMES = {value: name for name, value in vars(constants).items() if name.startswith("VIEW_")}


def has_lanes(which, array):
    return array.ndim != SHARED_DIMS.get(which)
