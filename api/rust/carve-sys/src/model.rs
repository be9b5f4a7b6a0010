// Written by scripts/rust_bindings.py from api/carve/model.h.
//! carve/model.h: the description of a network.

use core::ffi::c_void;
use crate::probes::*;
use crate::rules::*;
use crate::status::*;

// Structs that an _init function fills grow at their end only. A struct_size larger than this library's is accepted if
// all that the library does not know is zero, CARVE_E_VERSION otherwise; arrays of such structs are walked with the
// struct_size of their first element as stride, which all elements carry. Structs without struct_size never change their
// size: what is reserved in them is 0.
//
// A field that nothing in the model reads keeps its default: CARVE_E_RANGE otherwise. What one option does with another
// is a table in docs/model.md; a combination that is not there is refused.
//
// precision: type of every array of a sim
pub const CARVE_F32: u32 = 0;
pub const CARVE_F64: u32 = 1;

// In CARVE_F32 the numbers of a model are at most 3.4e38 in size: the largest float. bound and rate_high may be larger;
// weights that are drawn beyond it are infinite.
//
// instruction set
pub const CARVE_ISA_AUTO: u32 = 0;
/// plain C++ with an exact FMA in software: everywhere, slow
pub const CARVE_ISA_SOFTFMA: u32 = 1;
/// plain C++ with the machine's FMA instruction
pub const CARVE_ISA_SCALAR: u32 = 2;
/// with FMA
pub const CARVE_ISA_AVX2: u32 = 3;
pub const CARVE_ISA_AVX512: u32 = 4;
pub const CARVE_ISA_NEON: u32 = 5;

pub const CARVE_GRADIENT_NONE: u32 = 0;
pub const CARVE_GRADIENT_FORWARD: u32 = 1;
pub const CARVE_GRADIENT_ADJOINT: u32 = 2;

// how a batch of samples enters the update; equal to rounding (M9)
/// the cheaper one by the plan's cost model
pub const CARVE_FORM_AUTO: u32 = 0;
/// sample by sample
pub const CARVE_FORM_SAMPLES: u32 = 1;
/// by the batch's moments: one linear layer on a fixed batch, which may have a lateral projection; no terms of order 3 in
/// x or y, no third factor, gate, general rule (M41 to M45), memory or trajectory
pub const CARVE_FORM_MOMENTS: u32 = 2;

// what the lanes of the machine's registers are; equal to rounding
/// a lane, a replica
pub const CARVE_LAYOUT_REPLICAS: u32 = 0;
/// 16 neighbouring afferents of one replica, for few replicas of a wide network. A lane block is one replica,
/// lanes_per_block 1. Models of rates, online, without lateral projections, residuals, third factors, gates, general
/// rules (M41 to M45), memory, trajectories, adjoint
pub const CARVE_LAYOUT_AFFERENTS: u32 = 1;
/// afferents where they take at most half as long by the plan's cost model, else replicas
pub const CARVE_LAYOUT_AUTO: u32 = 2;
/// neighbouring neurons of one replica, for large sparse networks. A lane block is one replica, lanes_per_block 1.
/// Spiking models without gradient whose projections are all sparse, without third factors, gates, eligibility, sums of
/// weights and several rules of a projection
pub const CARVE_LAYOUT_TARGETS: u32 = 3;

// kind, and the struct that parameters points to
/// carve_input
pub const CARVE_POPULATION_INPUT: u32 = 0;
/// carve_gaussian
pub const CARVE_POPULATION_GAUSSIAN: u32 = 1;
/// carve_rate
pub const CARVE_POPULATION_RATE: u32 = 2;
/// carve_poisson
pub const CARVE_POPULATION_POISSON: u32 = 3;
/// carve_lif
pub const CARVE_POPULATION_LIF: u32 = 4;
/// carve_tif
pub const CARVE_POPULATION_TIF: u32 = 5;
/// carve_if
pub const CARVE_POPULATION_IF: u32 = 6;
/// carve_cvaif
pub const CARVE_POPULATION_CVAIF: u32 = 7;
/// carve_eif
pub const CARVE_POPULATION_EIF: u32 = 8;
/// Where the index of a population is optional: none.
pub const CARVE_NO_POPULATION: u32 = 0xFFFFFFFF;

/// n_units units of one kind. All populations of a model are of the first three kinds (rates), or all of the others
/// (spikes): poisson units, and kinds of neurons. A spiking model may also have inputs: its rules use them as modulators
/// and gates, and no projection leads from them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_population {
    /// sizeof(carve_population); set by carve_population_init
    pub struct_size: u32,
    /// default CARVE_POPULATION_RATE
    pub kind: u32,
    /// 1 .. 65536, default 1; of neurons 1 .. 4096
    pub n_units: u32,
    /// names the population's random numbers: by the same id it draws the same, whatever else the model has. Default
    /// CARVE_ID_OF_INDEX
    pub random_id: u32,
    /// the struct of its kind, from its _init; null: its defaults
    pub parameters: *const c_void,
}
/// random_id: the index among populations, or projections
pub const CARVE_ID_OF_INDEX: u32 = 0xFFFFFFFF;

/// Values that the caller streams to carve_sim_step, and some projection, modulator, gate or probe reads.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_input {
    /// sizeof(carve_input); set by carve_input_init
    pub struct_size: u32,
    /// 1: all replicas see the same values; 0 (default): each its own
    pub shared: u32,
    /// 1: every step sees the same batch (full batch); 0 (default): its own
    pub fixed: u32,
    /// 0
    pub reserved: u32,
}

/// Rates mean + factor z, z standard normal, drawn by (seed, stream, step, sample, unit); mean \[unit\] and factor
/// \[unit\]\[unit\] are views, 0 after carve_sim_init.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_gaussian {
    /// sizeof(carve_gaussian); set by carve_gaussian_init
    pub struct_size: u32,
    /// 1: all replicas have one mean and factor; 0 (default): each its own
    pub shared: u32,
    /// 1: every step sees the same batch; 0 (default): its own
    pub fixed: u32,
    /// 0
    pub reserved: u32,
}

// f(u)
pub const CARVE_ACTIVATION_LINEAR: u32 = 0;
pub const CARVE_ACTIVATION_RELU: u32 = 1;
pub const CARVE_ACTIVATION_TANH: u32 = 2;
pub const CARVE_ACTIVATION_SIGMOID: u32 = 3;

/// Rates f(u), u the sum over the afferent projections (M1, M2), or a leaky average of it (M38).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_rate {
    /// sizeof(carve_rate); set by carve_rate_init
    pub struct_size: u32,
    /// CARVE_ACTIVATION_LINEAR (default) ... CARVE_ACTIVATION_SIGMOID
    pub activation: u32,
    /// steps, time constant of u: u moves by 1 / tau of the way to the sum in a step; \>= 1, finite, default 1: no
    /// memory. A larger one needs form CARVE_FORM_SAMPLES and layout CARVE_LAYOUT_REPLICAS, which _AUTO takes then, and
    /// no adjoint
    pub tau: f64,
}

// where the spikes of a poisson population come from
/// groups of constant rate
pub const CARVE_SOURCE_CONSTANT: u32 = 0;
/// rates that follow a signal for each group
pub const CARVE_SOURCE_SIGNAL: u32 = 1;
/// the caller: CARVE_SPIKES
pub const CARVE_SOURCE_STREAMED: u32 = 2;

/// Units whose spikes depend on nothing in the sim (M21): one train for all replicas, drawn by the stream of replica 0,
/// or streamed. The defaults are those of the single cell of Vogels et al. 2011.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_poisson {
    /// sizeof(carve_poisson); set by carve_poisson_init
    pub struct_size: u32,
    /// CARVE_SOURCE_CONSTANT (default) ... CARVE_SOURCE_STREAMED
    pub source: u32,
    /// groups of n_units / n_groups neighbouring units, which share a rate; a divisor of n_units, default 1
    pub n_groups: u32,
    /// populations of source _SIGNAL with the same number, n_groups and signal_tau see the same signals; default 0
    pub signal: u32,
    /// s, refractory period, rounded to whole steps: a spike at step t, and none before step t + 1 + t_ref / dt; 0 .. 1,
    /// default 5e-3
    pub t_ref: f64,
    /// Hz, initial value of the base rates, \>= 0, default 5
    pub rate: f64,
    /// Hz, initial value of the signals' gains, \>= 0, default 500 / 0.03
    pub signal_gain: f64,
    /// s, of the signals' filter, \> 0, default 0.05: filtered noise, whose mean of 0, variance and autocorrelation do
    /// not depend on dt (M21)
    pub signal_tau: f64,
}

// which pairs of units have a synapse, and the struct that connections points to
/// all; within neurons none from a unit to itself
pub const CARVE_CONNECT_ALL: u32 = 0;
/// from pre unit j to post unit i \> j ("hierarchical"); lateral projections of rates only
pub const CARVE_CONNECT_LOWER: u32 = 1;
/// Sparse: spiking models without gradient. One graph for all replicas.
///
/// carve_in_degree: drawn, as many for each postsynaptic unit
pub const CARVE_CONNECT_IN_DEGREE: u32 = 2;
/// carve_csr: the caller's
pub const CARVE_CONNECT_LIST: u32 = 3;

/// Each postsynaptic unit has synapses from in_degree different units, which carve_sim_reset draws by (seed, random_id,
/// post): any set of them is as likely as any other, without the unit itself.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_in_degree {
    /// sizeof(carve_in_degree); set by carve_in_degree_init
    pub struct_size: u32,
    /// 1 (default) .. units of pre, one less within a population
    pub in_degree: u32,
}

/// Compressed sparse rows, one a postsynaptic unit: synapses row_start\[i\] to before row_start\[i + 1\] are onto unit i.
/// They are copied into the sim.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_csr {
    /// sizeof(carve_csr); set by carve_csr_init
    pub struct_size: u32,
    /// \>= 1
    pub n_synapses: u32,
    /// \[units of post + 1\], from 0 to n_synapses, not decreasing
    pub row_start: *const u32,
    /// \[n_synapses\] presynaptic units, strictly increasing in a row; within a population not the unit itself
    pub pre: *const u32,
}

pub const CARVE_INFERENCE_SEQUENTIAL: u32 = 0;
pub const CARVE_INFERENCE_SWEEPS: u32 = 1;
pub const CARVE_INFERENCE_SOLVE: u32 = 2;

pub const CARVE_MASK_FROM_START: u32 = 0;
pub const CARVE_MASK_FROM_FIRST_UPDATE: u32 = 1;

pub const CARVE_WEIGHTS_NORMAL: u32 = 0;
pub const CARVE_WEIGHTS_UNIFORM: u32 = 1;
pub const CARVE_WEIGHTS_LOG_UNIFORM: u32 = 2;

// initial_weights
pub const CARVE_INITIAL_GIVEN: u32 = 0;
/// unknown: a trajectory is fitted by them, too (carve_sim_eliminate)
pub const CARVE_INITIAL_FREE: u32 = 1;

/// From what carve_sim_reset draws initial weights: each by (seed, stream, random_id, post, pre) alone. Weights that the
/// caller has are written after the reset.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_distribution {
    /// CARVE_WEIGHTS_NORMAL (default): mean a, standard deviation b \>= 0; _UNIFORM: from a to b \>= a; _LOG_UNIFORM: the
    /// logarithm is uniform, from a \> 0 to b \>= a
    pub distribution: u32,
    /// 0
    pub reserved: u32,
    /// finite, default 0, 0
    pub a: f64,
    /// finite, default 0, 0
    pub b: f64,
}

/// All the synapses from one population to another, or within one (pre == post; lateral, if these are populations of
/// rates and there is no delay).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_projection {
    /// sizeof(carve_projection); set by carve_projection_init
    pub struct_size: u32,
    /// index of the presynaptic population, default 0; between populations of rates \<= post unless there is a delay
    pub pre: u32,
    /// index of the postsynaptic population, of rates or neurons, default 1
    pub post: u32,
    /// names its random numbers, as in carve_population
    pub random_id: u32,
    /// CARVE_CONNECT_ALL (default) ... CARVE_CONNECT_LIST
    pub connectivity: u32,
    /// onto neurons: index of their receptor, default 0
    pub receptor: u32,
    /// steps: a spike or rate of step t arrives in step t + delay. 1 .. 1024 from neurons; 0 (default) .. 1024 from
    /// poisson populations, and between any two populations of rates (M39): there with form CARVE_FORM_SAMPLES and layout
    /// CARVE_LAYOUT_REPLICAS, which _AUTO takes then, presynaptic CARVE_PRESYNAPTIC_RATE, and no adjoint
    pub delay: u32,
    /// rules that change the weights: 0 (default): none, they stay; 1; or up to CARVE_MAX_PLASTICITY, at most 64 in all,
    /// a projection without any counting as one. Several onto neurons need no gradient; several between rates need a
    /// batch of 1, form CARVE_FORM_SAMPLES and layout CARVE_LAYOUT_REPLICAS, which _AUTO takes then, presynaptic
    /// CARVE_PRESYNAPTIC_RATE, and no adjoint
    pub n_plasticity: u32,
    /// lateral, of rates (M2): CARVE_INFERENCE_SEQUENTIAL (default; needs CARVE_CONNECT_LOWER), _SWEEPS, or _SOLVE
    /// (linear populations)
    pub inference: u32,
    /// of CARVE_INFERENCE_SWEEPS, 1 .. 1000, default 1
    pub n_sweeps: u32,
    /// CARVE_CONNECT_LOWER only: the other entries act never (CARVE_MASK_FROM_START, default), or until the first update
    /// sets them to 0 (CARVE_MASK_FROM_FIRST_UPDATE, needs CARVE_INFERENCE_SWEEPS)
    pub mask_from: u32,
    /// CARVE_INITIAL_GIVEN (default), or _FREE: of a plastic one between rates, with CARVE_GRADIENT_FORWARD. There are
    /// derivatives by them, of each row by its own, behind those by the coefficients (M23). post has a
    /// CARVE_PROBE_TRAJECTORY with CARVE_SUMS_OF_LOSS, not _CATEGORICAL, or a projection to it a CARVE_PROBE_WEIGHTS; it
    /// drives no population, itself neither, and modulates nothing
    pub initial_weights: u32,
    /// \[n_plasticity\], null if there is none
    pub plasticity: *const carve_plasticity,
    /// the struct of a sparse connectivity, from its _init, else null
    pub connections: *const c_void,
    /// onto neurons: conductance (or V) that a spike adds per unit of weight, finite, default 1; Vogels et al. 2011:
    /// 0.014 excitatory, 0.035 inhibitory. CARVE_VIEW_GAIN: of each replica
    pub gain: f64,
    /// bounds of plastic weights, w_min \< w_max, default -inf, +inf. CARVE_VIEW_BOUNDS: of each replica
    pub w_min: f64,
    /// bounds of plastic weights, w_min \< w_max, default -inf, +inf. CARVE_VIEW_BOUNDS: of each replica
    pub w_max: f64,
    /// the initial ones; those of plastic projections are clipped to the bounds. Default 0
    pub weights: carve_distribution,
}

/// The whole description. Read only during the call that it is passed to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_model {
    /// sizeof(carve_model); set by carve_model_init
    pub struct_size: u32,
    /// CARVE_F32, CARVE_F64 (default)
    pub precision: u32,
    /// CARVE_ISA_AUTO (default), or the one to force; does not change sizes or results
    pub isa: u32,
    /// CARVE_LAYOUT_REPLICAS (default) ... _TARGETS
    pub layout: u32,
    /// bytes of a lane block: 32 (default), 64, or one element (4 in CARVE_F32, 8 in CARVE_F64); does not change results.
    /// Of no effect with CARVE_LAYOUT_AFFERENTS and _TARGETS
    pub lane_bytes: u32,
    /// 1 .. 1048576, default 1
    pub n_replicas: u32,
    /// CARVE_GRADIENT_NONE (default); _FORWARD: sensitivities beside the weights; _ADJOINT: carve_sim_adjoint, needs
    /// max_steps, no lateral projection, third factor, gate, general rule (M41 to M45), memory or trajectory, form
    /// SAMPLES
    pub gradient: u32,
    /// samples per step, 1 .. 65536, default 1 (online)
    pub batch: u32,
    /// CARVE_FORM_AUTO (default), or the one to force
    pub form: u32,
    /// 1 .. 64
    pub n_populations: u32,
    /// 1 .. 64
    pub n_projections: u32,
    /// 0 .. 16
    pub n_rules: u32,
    /// 0 .. 128
    pub n_probes: u32,
    /// 0
    pub reserved: u32,
    /// most steps between resets; 0 (default): no bound
    pub max_steps: u64,
    /// a replica is frozen when \|u\| of a unit, \|V\| of a neuron or \|w\| of a plastic weight passes it; \> 0, default
    /// 1e9
    pub bound: f64,
    /// s, of a step of a spiking model, 1e-6 .. 0.1, default 1e-4
    pub dt: f64,
    /// b of the surrogate gradient (M18), \> 0, default 10
    pub surrogate: f64,
    /// \[n_populations\], evaluated in this order
    pub populations: *const carve_population,
    /// \[n_projections\]
    pub projections: *const carve_projection,
    /// \[n_rules\]
    pub rules: *const carve_rule,
    /// \[n_probes\]
    pub probes: *const carve_probe,
}

defaults! { carve_population: carve_population_init, carve_input: carve_input_init,
            carve_gaussian: carve_gaussian_init, carve_rate: carve_rate_init, carve_poisson: carve_poisson_init,
            carve_in_degree: carve_in_degree_init, carve_csr: carve_csr_init, carve_projection: carve_projection_init,
            carve_model: carve_model_init }

zeros! { carve_distribution }

extern "C" {
    /// Each writes the defaults into \*object; at once with anything. size: sizeof \*object as the caller compiled it.
    /// CARVE_E_NULL, CARVE_E_VERSION (size is smaller than the first version's or larger than ours).
    pub fn carve_model_init(model: *mut carve_model, size: usize) -> carve_status;
    pub fn carve_population_init(population: *mut carve_population, size: usize) -> carve_status;
    pub fn carve_input_init(input: *mut carve_input, size: usize) -> carve_status;
    pub fn carve_gaussian_init(gaussian: *mut carve_gaussian, size: usize) -> carve_status;
    pub fn carve_rate_init(rate: *mut carve_rate, size: usize) -> carve_status;
    pub fn carve_poisson_init(poisson: *mut carve_poisson, size: usize) -> carve_status;
    pub fn carve_projection_init(projection: *mut carve_projection, size: usize) -> carve_status;
    pub fn carve_in_degree_init(in_degree: *mut carve_in_degree, size: usize) -> carve_status;
    pub fn carve_csr_init(csr: *mut carve_csr, size: usize) -> carve_status;
}
