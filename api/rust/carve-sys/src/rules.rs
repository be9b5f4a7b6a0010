// Written by scripts/rust_bindings.py from api/carve/rules.h.
//! carve/rules.h: plasticity rules, and how projections use them.

use core::ffi::c_void;
use crate::status::*;

// when a term changes the weight
/// in every step, for rates: dw = eta \* mean over the batch of sum theta x^pre y^post w^weight r^modulator (M3, M35),
/// powers 0 .. 3, of r 0 .. 2, times powers of means and of a sum (M41)
pub const CARVE_EVENT_STEP: u8 = 0;
/// at a presynaptic spike: dw = eta sum theta y^post r^pre2 w^weight, times powers 0 .. 2 of the third factor (M47) and
/// of a sum of weights (M50)
pub const CARVE_EVENT_PRE: u8 = 1;
/// at a postsynaptic spike: dw = eta sum theta x^pre o^post2 w^weight (M15), likewise; powers of traces 0 .. 1, of the
/// weight 0 .. 2
pub const CARVE_EVENT_POST: u8 = 2;

/// A term of a polynomial rule: a product of powers. w is the weight. In every step x and y are the pre- and postsynaptic
/// rates, and r is the third factor: the modulator of the projection's plasticity (M35). There may be more factors:
/// exponential means of x, y and y^2 over the steps before, and the sum of all weights onto the postsynaptic unit by this
/// projection (M41). At spikes x and r are traces of the presynaptic unit, y and o of the postsynaptic one; r and o, for
/// triplets, are those before the spike itself. The third factor is the power \`modulator\` there, too, and the sum of
/// weights that of \`weight_sum\`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_term {
    /// CARVE_EVENT_STEP ... CARVE_EVENT_POST
    pub event: u8,
    /// powers of x and y
    pub pre: u8,
    /// powers of x and y
    pub post: u8,
    /// powers of r and o
    pub pre2: u8,
    /// powers of r and o
    pub post2: u8,
    /// power of w
    pub weight: u8,
    /// power of the third factor, 0 .. 2
    pub modulator: u8,
    /// of the means of x, y and y^2, 0 .. 3
    pub pre_mean: u8,
    /// of the means of x, y and y^2, 0 .. 3
    pub post_mean: u8,
    /// of the means of x, y and y^2, 0 .. 3
    pub post_square: u8,
    /// of the sum of weights, 0 .. 3, at spikes 0 .. 2
    pub weight_sum: u8,
    /// 0
    pub reserved: [u8; 5],
}

// trace_jump
pub const CARVE_TRACE_JUMP_ONE: u32 = 0;
pub const CARVE_TRACE_JUMP_INVERSE_TAU: u32 = 1;

// coincidence
pub const CARVE_COINCIDENCE_PRE_FIRST: u32 = 0;
pub const CARVE_COINCIDENCE_BLIND: u32 = 1;

/// A sum of terms. Its coefficients theta are, in this order: the natural logarithms of the time constants, at spikes (in
/// s) of those of the traces x, y, r, o that a term reads, and of the eligibility trace, in every step (in steps) of
/// those of the means of x, y and y^2 that a term reads, and of the eligibility trace; then one for each term.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_polynomial {
    /// sizeof(carve_polynomial); set by carve_polynomial_init
    pub struct_size: u32,
    /// 1 .. 192, or 0 (default): the 27 of rates with powers 0 .. 2 each of x, y and w
    pub n_terms: u32,
    /// of spikes: what a spike adds to its traces: 1 (CARVE_TRACE_JUMP_ONE, default) or 1 / tau
    /// (CARVE_TRACE_JUMP_INVERSE_TAU)
    pub trace_jump: u32,
    /// of spikes: whether a postsynaptic spike sees the presynaptic ones that arrived in its step:
    /// CARVE_COINCIDENCE_PRE_FIRST (default), or not: CARVE_COINCIDENCE_BLIND
    pub coincidence: u32,
    /// \[n_terms\], null if that is 0: all of rates or all of spikes, each once, in increasing order of (event,
    /// modulator, pre, post, pre2, post2, weight, pre_mean, post_mean, post_square, weight_sum)
    pub terms: *const carve_term,
    /// 1: the terms drive an eligibility trace of the synapse, and dw of a step is eta times the trace times r^d, where
    /// d, the power of the third factor, is the same in all terms (M42, at spikes M48); 0 (default): dw is their sum
    pub eligibility: u32,
    /// 0
    pub reserved: u32,
}

// what the sum of a rule may depend on: bits of carve_mlp.inputs
pub const CARVE_FACTOR_PRE: u32 = 1;
pub const CARVE_FACTOR_POST: u32 = 2;
pub const CARVE_FACTOR_WEIGHT: u32 = 4;
pub const CARVE_FACTOR_MODULATOR: u32 = 8;
pub const CARVE_FACTOR_PRE_MEAN: u32 = 16;
pub const CARVE_FACTOR_POST_MEAN: u32 = 32;
pub const CARVE_FACTOR_POST_SQUARE: u32 = 64;
pub const CARVE_FACTOR_WEIGHT_SUM: u32 = 128;
/// the next ones at spikes alone: as CARVE_PRODUCT_...
pub const CARVE_FACTOR_VOLTAGE: u32 = 256;
pub const CARVE_FACTOR_EXCITATORY: u32 = 512;
pub const CARVE_FACTOR_INHIBITORY: u32 = 1024;

/// Of rates: dw = eta G, G a network of one hidden layer: G = c + sum over h of v_h f(b_h + sum over i of u_hi z_i), z
/// the inputs in the order of their bits (M43). Its coefficients theta are, in this order: the natural logarithms of the
/// time constants (in steps) of the means among the inputs; u \[n_hidden\]\[input\]; b \[n_hidden\]; v \[n_hidden\]; c.
///
/// For rules at spikes (at_spikes): at a presynaptic spike eta G_pre, at a postsynaptic one eta G_post, of the same
/// hidden units, G = c + sum over k of v_k f(b'_k + sum over h of u'_kh f(b_h + sum over i of u_hi z_i)), or without the
/// second layer as above (M51). z are, in the order of their bits, the trace of the presynaptic unit (_PRE: r at its own
/// spikes, x at postsynaptic ones), that of the postsynaptic one (_POST: o at its own spikes, y at presynaptic ones), the
/// weight, and V, E and I of the postsynaptic neuron, which only CARVE_POPULATION_CVAIF has. theta: u; b; u'
/// \[n_second\]\[n_hidden\]; b' \[n_second\]; v and c at presynaptic spikes; v and c at postsynaptic ones. No gradient.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_mlp {
    /// sizeof(carve_mlp); set by carve_mlp_init
    pub struct_size: u32,
    /// 1 .. 64, default 10
    pub n_hidden: u32,
    /// bits CARVE_FACTOR_..., at least one; default _PRE, _POST and _WEIGHT
    pub inputs: u32,
    /// f: CARVE_ACTIVATION_TANH (default), _RELU or _SIGMOID
    pub activation: u32,
    /// Only for rules at spikes; otherwise as by default.
    ///
    /// 1: at spikes; 0 (default): in every step, between rates
    pub at_spikes: u32,
    /// units of a second hidden layer, 1 .. 64, or 0 (default): there is none
    pub n_second: u32,
    /// as of carve_product
    pub coincidence: u32,
    /// 0
    pub reserved: u32,
    /// time constants of x and y, s, above 0, default 0.01
    pub tau_pre: f64,
    /// time constants of x and y, s, above 0, default 0.01
    pub tau_post: f64,
    /// of r and o, s, above 0, default 0.1
    pub tau_pre2: f64,
    /// of r and o, s, above 0, default 0.1
    pub tau_post2: f64,
}

// factors of the postsynaptic neuron's state: bits of carve_product.factors
/// its filtered voltage V
pub const CARVE_PRODUCT_VOLTAGE: u32 = 1;
/// its filtered excitatory current E
pub const CARVE_PRODUCT_EXCITATORY: u32 = 2;
/// its filtered inhibitory current I
pub const CARVE_PRODUCT_INHIBITORY: u32 = 4;

/// For rules at spikes: dw = eta times a product of factors (M22), in the form of 21 coefficients of Confavreux et al.
/// (SpikES). V, E and I are those of the postsynaptic neuron (CARVE_VIEW_NEURON_STATE), which only CARVE_POPULATION_CVAIF
/// has; x and r are traces of the presynaptic unit, y and o of the postsynaptic one, raised by 1 at its spikes. V, E and
/// I are multiplied by 15 first, traces by 2:
///
/// presynaptic: c0 (1 + c1 + c2 w + c3 w^2) (1 + c4 V) (1 + c5 E + c6 E^2) (1 + c7 I) (1 + c8 r) (1 + c9 y) postsynaptic:
/// c10 (1 + c11 + c12 w + c13 w^2) (1 + c14 V) (1 + c15 E + c16 E^2) (1 + c17 I) (1 + c18 x) (1 + c19 o + c20 o^3)
///
/// Its coefficients theta are c0 to c20 in this order, without those of factors that it does not have. No gradient.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_product {
    /// sizeof(carve_product); set by carve_product_init
    pub struct_size: u32,
    /// bits CARVE_PRODUCT_..., by default all; 0: none, for neurons of any kind
    pub factors: u32,
    /// as of carve_polynomial, but CARVE_COINCIDENCE_BLIND is the default
    pub coincidence: u32,
    /// 1: the factor of w at a postsynaptic spike is that of the released code, 1 + c11 + c12 c13 w^2; 0 (default): as
    /// above
    pub released: u32,
    /// time constants of x and y, s, above 0, default 0.02
    pub tau_pre: f64,
    /// time constants of x and y, s, above 0, default 0.02
    pub tau_post: f64,
    /// of r and o, s, above 0, default 0.1
    pub tau_pre2: f64,
    /// of r and o, s, above 0, default 0.1
    pub tau_post2: f64,
}

// kind: the struct of parameters
pub const CARVE_RULE_POLYNOMIAL: u32 = 0;
pub const CARVE_RULE_MLP: u32 = 1;
pub const CARVE_RULE_PRODUCT: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_rule {
    /// sizeof(carve_rule); set by carve_rule_init
    pub struct_size: u32,
    /// CARVE_RULE_POLYNOMIAL (default): carve_polynomial; _MLP: carve_mlp; _PRODUCT: carve_product
    pub kind: u32,
    /// 1 (default): all replicas have one theta; 0: each its own
    pub shared: u32,
    /// 0
    pub reserved: u32,
    /// the struct of its kind, from its _init; null: its defaults
    pub parameters: *const c_void,
}

// what a rule reads as x_j of post unit i
/// the rate x_j
pub const CARVE_PRESYNAPTIC_RATE: u32 = 0;
/// x_j - sum over k \< i of w_kj y_k
pub const CARVE_PRESYNAPTIC_RESIDUAL_BELOW: u32 = 1;
/// x_j - sum over all k of w_kj y_k
pub const CARVE_PRESYNAPTIC_RESIDUAL: u32 = 2;

// what is taken from a modulator's rate (M36)
pub const CARVE_BASELINE_NONE: u32 = 0;
/// its running mean, of weight 1 / window for the newest step
pub const CARVE_BASELINE_EXPONENTIAL: u32 = 1;
/// its mean over the last \`window\` steps
pub const CARVE_BASELINE_WINDOW: u32 = 2;

// most rules of a projection
pub const CARVE_MAX_PLASTICITY: u32 = 4;

/// The use of a rule by a projection. It may have several: what they change a weight by adds up, all at the weight before
/// the step, or before the spike, and the bounds clip the sum (M45, M49).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_plasticity {
    /// sizeof(carve_plasticity); set by carve_plasticity_init
    pub struct_size: u32,
    /// index of the rule, default 0
    pub rule: u32,
    /// CARVE_PRESYNAPTIC_RATE (default); residuals, which are of the weights before the update: of feedforward
    /// projections, no gradient, samples
    pub presynaptic: u32,
    /// 0
    pub reserved: u32,
    /// learning rate, finite, default 0.1 (CARVE_VIEW_ETA: of each replica)
    pub eta: f64,
    /// One sample a step, form CARVE_FORM_SAMPLES, layout CARVE_LAYOUT_REPLICAS, no adjoint; at spikes no gradient; (M35)
    /// to (M37), (M47).
    ///
    /// index of the population whose rate, a mean over its units, is the third factor r of the rule, in a spiking model
    /// an input or one that spikes, whose rate is filtered; CARVE_NO_POPULATION (default) if, and only if, the rule has
    /// none
    pub modulator: u32,
    /// index of a population, in a spiking model an input: in steps in which the rate of its first unit is 0 or not a
    /// number the rule changes neither weights nor eligibility traces, nor their sensitivities; everything else
    /// continues; where the gates of all rules of a projection are closed weights are not clipped either; default
    /// CARVE_NO_POPULATION
    pub gate: u32,
    /// r is the rate (CARVE_BASELINE_NONE, default), or the rate minus its own mean over the steps before (_EXPONENTIAL,
    /// _WINDOW), which a closed gate does not stop
    pub baseline: u32,
    /// steps of that mean, 1 (default) .. 1024
    pub window: u32,
    /// its value before the first step, finite, default 0
    pub baseline_start: f64,
    /// of a modulator that spikes: s, time constant of the filter that makes a rate of its spikes (M47), \>= 1e-9,
    /// default 1
    pub modulator_tau: f64,
}

defaults! { carve_polynomial: carve_polynomial_init, carve_mlp: carve_mlp_init, carve_product: carve_product_init,
            carve_rule: carve_rule_init, carve_plasticity: carve_plasticity_init }

zeros! { carve_term }

extern "C" {
    /// Writes the terms of rates with powers up to those given, 0 .. 3 each, in the order of a rule, and returns how many
    /// there are. terms \[capacity\] may be null; no more than capacity are written.
    pub fn carve_terms_up_to(pre: u32, post: u32, weight: u32, terms: *mut carve_term, capacity: u32) -> u32;
    /// As carve_model_init.
    pub fn carve_polynomial_init(polynomial: *mut carve_polynomial, size: usize) -> carve_status;
    pub fn carve_mlp_init(mlp: *mut carve_mlp, size: usize) -> carve_status;
    pub fn carve_product_init(product: *mut carve_product, size: usize) -> carve_status;
    pub fn carve_rule_init(rule: *mut carve_rule, size: usize) -> carve_status;
    pub fn carve_plasticity_init(plasticity: *mut carve_plasticity, size: usize) -> carve_status;
}
