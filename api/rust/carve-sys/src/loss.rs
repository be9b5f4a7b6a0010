// Written by scripts/rust_bindings.py from api/carve/loss.h.
//! carve/loss.h: what a sim has become, and derivatives of that.

use crate::sim::*;
use crate::status::*;

/// Mean over rows of min over s = +-1 of \|w_i - s target_i\|.
pub const CARVE_LOSS_DISTANCE: u32 = 0;
/// The same of the squared norm.
pub const CARVE_LOSS_DISTANCE_SQUARED: u32 = 1;
/// 1 - tr(P_W P_T) / n_post: distance of the row spaces; target rows orthonormal, n_post \<= 16.
pub const CARVE_LOSS_SUBSPACE: u32 = 2;
/// Mean over i \< k of (a_i . C a_k)^2, a the effective weights: with the lateral projection of the postsynaptic
/// population, which must be linear and without memory (M38, M39); target: C, the inputs' second moments, symmetric;
/// feedforward projections only, 2 \<= n_post \<= 16.
pub const CARVE_LOSS_DECORRELATION: u32 = 3;
/// Mean over the window of (rate - target)^2 / (rate + offset) of neurons with CARVE_PROBE_RATE (M16).
pub const CARVE_LOSS_RATE: u32 = 4;
/// 1 - correlation over groups of what two projections with CARVE_PROBE_TRANSMITTED transmitted, mean over postsynaptic
/// units (M17); value only.
pub const CARVE_LOSS_TUNING: u32 = 5;

/// An objective on the weights \[post\]\[pre\] of one projection (M10), or on what a spiking population did in its
/// window.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_loss {
    /// sizeof(carve_loss); set by carve_loss_init
    pub struct_size: u32,
    /// CARVE_LOSS_DISTANCE (default), ...
    pub kind: u32,
    /// default 0
    pub projection: u32,
    /// 1 (default): target is \[post\]\[pre\] (decorrelation: \[pre\]\[pre\]); 0: \[post\]\[pre\]\[n_replicas\]
    pub target_shared: u32,
    /// in double whatever the precision; not of _RATE and _TUNING
    pub target: *const f64,
    /// of CARVE_LOSS_RATE, default 0
    pub population: u32,
    /// of CARVE_LOSS_TUNING: the second projection, with the same postsynaptic population and number of groups; default 0
    pub other: u32,
}

defaults! { carve_loss: carve_loss_init }

extern "C" {
    pub fn carve_loss_init(loss: *mut carve_loss, size: usize) -> carve_status;
    /// Per lane: value \[n_replicas\], and unless null gradient \[n_coefficients\]\[n_replicas\], dL/dtheta. Frozen lanes
    /// get NaN; so does a lane whose weights are not finite. The sign s is held fixed in the gradient. CARVE_E_NULL,
    /// CARVE_E_VERSION, CARVE_E_RANGE, CARVE_E_UNAVAILABLE (gradient without sensitivities; a population that is not
    /// linear). A reader.
    pub fn carve_sim_loss(sim: *const carve_sim, loss: *const carve_loss, value: *mut f64, gradient: *mut f64, fault: *mut carve_fault) -> carve_status;
    /// Per lane: value \[n_replicas\], and dloss_dw \[post\]\[pre\]\[n_replicas\], dL/dw of the loss's projection (not of
    /// the lateral one that _DECORRELATION depends on, too). As carve_sim_loss otherwise, but needs no sensitivities. A
    /// reader. CARVE_E_UNAVAILABLE for _RATE and _TUNING, which are no functions of weights.
    pub fn carve_sim_loss_slopes(sim: *const carve_sim, loss: *const carve_loss, value: *mut f64, dloss_dw: *mut f64, fault: *mut carve_fault) -> carve_status;
    /// The residuals r whose squares make up the loss: CARVE_LOSS_DISTANCE and _SQUARED: w - s target, n = n_post \*
    /// n_pre, loss = mean over rows of \|r_i\| or \|r_i\|^2; _SUBSPACE, _RATE and _TUNING: n = 1, r = sqrt(loss);
    /// _DECORRELATION: a_i . C a_k of the pairs (0, 1), (0, 2), ..., (1, 2), ..., loss = mean of squares. \*n receives n;
    /// residuals \[n\]\[n_replicas\] and jacobian \[n\]\[n_coefficients\]\[n_replicas\] may be null. A reader. Errors as
    /// carve_sim_loss.
    pub fn carve_sim_residuals(sim: *const carve_sim, loss: *const carve_loss, n: *mut usize, residuals: *mut f64, jacobian: *mut f64, fault: *mut carve_fault) -> carve_status;
    /// Any other loss: dloss_dw \[post\]\[pre\]\[n_replicas\] of one plastic projection in, dL/dtheta
    /// \[n_coefficients\]\[n_replicas\] out (M8). A reader. CARVE_E_NULL, CARVE_E_RANGE, CARVE_E_UNAVAILABLE.
    pub fn carve_sim_chain(sim: *const carve_sim, projection: u32, dloss_dw: *const f64, gradient: *mut f64, fault: *mut carve_fault) -> carve_status;
    /// The loss of the probes of a rate population onto which initial weights are free (CARVE_INITIAL_FREE, M24), and of
    /// the probes of weights onto this population, as a function of the coefficients alone: the free initial weights of
    /// each unit are those that are best for the coefficients. K: coefficients of all rules; N: columns behind them,
    /// n_coefficients - K. value \[n_replicas\], the loss of all units as it stands; gradient \[K\]\[n_replicas\]; matrix
    /// \[K\]\[K\]\[n_replicas\]; dw \[unit\]\[N\]\[n_replicas\]: the step from the initial weights to the best ones, when
    /// the coefficients take the step dtheta \[K\]\[n_replicas\] (null: none). Each of the four may be null. precision: 1
    /// / sd^2 of a Gaussian prior of the initial weights around those that this run began with, \>= 0, which adds nothing
    /// to value; with 0 what the observations say nothing about stays as it was. NaN of replicas that are frozen, and of
    /// those whose sums have overflowed. Columns of dw that belong to another population are 0. dtheta is read only if dw
    /// is not null, and overlaps none of the results. Alone: it writes scratch. CARVE_E_NULL, CARVE_E_RANGE,
    /// CARVE_E_UNAVAILABLE (nothing is free there).
    pub fn carve_sim_eliminate(sim: *mut carve_sim, population: u32, precision: f64, dtheta: *const f64, value: *mut f64, gradient: *mut f64, matrix: *mut f64, dw: *mut f64, fault: *mut carve_fault) -> carve_status;
    /// The same as carve_sim_chain for a sim with CARVE_GRADIENT_ADJOINT, by a sweep back through all its steps (M11): a
    /// loss of the last weights. dloss_dw \[n_projections\]: null, or dL/dw \[post\]\[pre\]\[n_replicas\] of that plastic
    /// projection; gradient \[n_coefficients\]\[n_replicas\]. steps: as for one carve_sim_step of all the steps since the
    /// reset, with the values that these saw; generated ones are generated again. Since the first step coefficients,
    /// means, factors, learning rates and bounds must not have been changed, nor weights been written or cleared. Frozen
    /// lanes get NaN. Afterwards the sim is what it was before. Alone. CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE (as
    /// carve_sim_step, and n_steps is not the number of steps since the reset), CARVE_E_UNAVAILABLE (another gradient;
    /// plastic 0). Cost, per synapse, sample and step: about 74 flops, whatever n_coefficients.
    pub fn carve_sim_adjoint(sim: *mut carve_sim, steps: *const carve_step, dloss_dw: *const *const f64, gradient: *mut f64, fault: *mut carve_fault) -> carve_status;
}
