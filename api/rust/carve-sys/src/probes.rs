// Written by scripts/rust_bindings.py from api/carve/probes.h.
//! carve/probes.h: what is measured while a sim is stepped.

use core::ffi::c_void;
use crate::status::*;

// kind, and the struct that parameters points to
/// carve_rate_probe; index: of neurons
pub const CARVE_PROBE_RATE: u32 = 0;
/// none; index: of a projection from a poisson population. What each of its groups transmitted in the window is summed up
/// (CARVE_VIEW_TRANSMITTED, CARVE_LOSS_TUNING)
pub const CARVE_PROBE_TRANSMITTED: u32 = 1;
/// carve_trajectory_probe; index: of a rate population
pub const CARVE_PROBE_TRAJECTORY: u32 = 2;
/// carve_trajectory_probe; index: of a plastic projection between populations of rates
pub const CARVE_PROBE_WEIGHTS: u32 = 3;

/// What is measured while a sim is stepped. An element has at most one probe of a kind.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_probe {
    /// sizeof(carve_probe); set by carve_probe_init
    pub struct_size: u32,
    /// CARVE_PROBE_RATE (default), ...
    pub kind: u32,
    /// of the population or projection, default 0
    pub index: u32,
    /// 0
    pub reserved: u32,
    /// the struct of its kind, from its _init; null: its defaults
    pub parameters: *const c_void,
}

/// The mean rate of a population, filtered (CARVE_VIEW_FILTERED_RATE), which freezes a replica when it leaves its bounds
/// and is compared with its target (CARVE_LOSS_RATE, M16).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_rate_probe {
    /// sizeof(carve_rate_probe); set by carve_rate_probe_init
    pub struct_size: u32,
    /// 0
    pub reserved: u32,
    /// s, of the filter, \> 0, default 1
    pub tau: f64,
    /// Hz, the filter's state at reset, \>= 0, default 50.05
    pub start: f64,
    /// Hz, a replica is frozen when the filtered rate falls below it, \>= 0
    pub low: f64,
    /// Hz, or passes it; above low; default 0 and +inf
    pub high: f64,
    /// Hz, \>= 0, default 10
    pub target: f64,
    /// Hz, \> 0, default 2: the loss is (rate - target)^2 / (rate + offset)
    pub offset: f64,
}

// of observations o of a rate y; the loss is the negative logarithm of it
/// normal around y: ((y - o) / noise)^2 / 2
pub const CARVE_LIKELIHOOD_GAUSSIAN: u32 = 0;
/// an event of probability y, in 0 .. 1: o is 1 or 0
pub const CARVE_LIKELIHOOD_BERNOULLI: u32 = 1;
/// a count of mean y: o is 0, 1, 2, ...
pub const CARVE_LIKELIHOOD_POISSON: u32 = 2;
/// a choice among the units, whose rates are logits: o is how often each was chosen
pub const CARVE_LIKELIHOOD_CATEGORICAL: u32 = 3;

// what is summed up
/// the loss, its derivatives and its Gauss-Newton matrix, of all units
pub const CARVE_SUMS_OF_LOSS: u32 = 0;
/// of _GAUSSIAN, of each unit: sums from which the loss follows with a gain and an offset of the unit, a noise of its
/// own, or means over time of its rate and their derivatives (M46)
pub const CARVE_SUMS_OF_UNITS: u32 = 1;

/// How far the rates of a population are from observed ones, summed up over the steps as they pass: the negative
/// logarithm of a likelihood, with a forward gradient its derivatives and its Gauss-Newton (Fisher) matrix
/// (CARVE_VIEW_TRAJECTORY, M40, M44). With CARVE_PROBE_WEIGHTS: how far the weights of a projection between populations
/// of rates are, as they are in a step before its updates (CARVE_VIEW_WEIGHT_TRAJECTORY, M52); a further step with
/// plastic 0 compares those after the last update. "Units" below are then pairs \[post\]\[pre\], at most 65536; what is
/// outside of a mask of CARVE_CONNECT_LOWER does not count, and each sample of a batch compares the same weights with its
/// own observations. Of every probe: observations are rates in every step, also where the selection ignores them, and are
/// taken as constant. It needs form CARVE_FORM_SAMPLES and layout CARVE_LAYOUT_REPLICAS, which _AUTO takes then, and no
/// adjoint.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_trajectory_probe {
    /// sizeof(carve_trajectory_probe); set by carve_trajectory_probe_init
    pub struct_size: u32,
    /// index of another population with as many units, whose rates are the observed ones: as a rule an input; default 0
    pub observations: u32,
    /// index of a population with as many units, or with one for all of them: its rate weights an observation; one whose
    /// weight is 0, negative or NaN is ignored, whatever its value. Default CARVE_NO_POPULATION: all have the weight 1.
    /// One for all of them with _CATEGORICAL
    pub selection: u32,
    /// CARVE_LIKELIHOOD_GAUSSIAN (default; weights have no other) ... _CATEGORICAL
    pub likelihood: u32,
    /// of _GAUSSIAN: standard deviation of an observation, \>= 1e-19 in CARVE_F32, \>= 1e-153 in CARVE_F64, default 1
    pub noise: f64,
    /// CARVE_SUMS_OF_LOSS (default; weights have no other), or _OF_UNITS, which are without the noise
    pub sums: u32,
    /// 0
    pub reserved: u32,
}

defaults! { carve_probe: carve_probe_init, carve_rate_probe: carve_rate_probe_init,
            carve_trajectory_probe: carve_trajectory_probe_init }

extern "C" {
    /// As carve_model_init.
    pub fn carve_probe_init(probe: *mut carve_probe, size: usize) -> carve_status;
    pub fn carve_rate_probe_init(probe: *mut carve_rate_probe, size: usize) -> carve_status;
    pub fn carve_trajectory_probe_init(probe: *mut carve_trajectory_probe, size: usize) -> carve_status;
}
