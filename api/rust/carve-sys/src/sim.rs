// Written by scripts/rust_bindings.py from api/carve/sim.h.
//! carve/sim.h: a network in memory: building, stepping, reading and writing it.

use core::ffi::c_void;
use crate::model::*;
use crate::status::*;

/// opaque; in the caller's memory
#[repr(C)]
pub struct carve_sim {
    _opaque: [u8; 0],
    _pinned: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}
/// of a sim's memory, bytes
pub const CARVE_ALIGNMENT: usize = 64;

// parts of what changes as a sim is stepped
/// rates, leaky drives and past rates; voltages, conductances, refractory periods, spikes on their way; with their
/// sensitivities
pub const CARVE_PART_ACTIVITY: u32 = 1;
/// what rules read: spike traces, baselines of modulators, means of rates; and eligibility traces; with their
/// sensitivities
pub const CARVE_PART_TRACES: u32 = 2;
/// and their sensitivities
pub const CARVE_PART_WEIGHTS: u32 = 4;
/// what losses, trajectories and counts have summed up
pub const CARVE_PART_MEASURES: u32 = 8;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_spike {
    /// since the last reset, 0-based
    pub step: u64,
    /// index, 0 in the caller's lists
    pub population: u32,
    pub unit: u32,
    /// 0 in the caller's lists
    pub replica: u32,
    /// 1: several at once are not in this version
    pub count: u32,
}

// type of a stream, beside CARVE_F32 and CARVE_F64
/// carve_spike, strictly increasing in (step, unit)
pub const CARVE_SPIKES: u32 = 4;

// layout of a stream: as below; others are not in this version
pub const CARVE_STREAM_BLOCKS: u32 = 0;

/// What the caller streams to one population: values to an input, \[block\]\[step\]\[sample\]\[unit\]\[lane\], shared:
/// \[step\]\[sample\]\[unit\]; fixed: without \[step\], padding lanes included (carve_sim_info), or spikes to a streamed
/// poisson population: the same list serves all calls until the next reset, each takes what belongs to its steps.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_stream {
    /// the model's precision, or CARVE_SPIKES
    pub r#type: u32,
    /// CARVE_STREAM_BLOCKS
    pub layout: u32,
    /// elements; of values just those of the call's steps
    pub length: u64,
    /// \[length\], unchanged during the call; null if length is 0
    pub data: *const c_void,
}

/// A ring buffer of the caller's that takes the spikes of all neurons. Those of one neuron in one lane are in order of
/// time. What does not fit is counted, not written.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_recorder {
    /// sizeof(carve_recorder)
    pub struct_size: u32,
    /// 0
    pub reserved: u32,
    /// \[capacity\]
    pub spikes: *mut carve_spike,
    /// \>= 1
    pub capacity: u64,
    /// in all; the newest is at (n_written - 1) % capacity
    pub n_written: u64,
    /// by the caller, who raises it; n_written - n_read \<= capacity
    pub n_read: u64,
    /// spikes that found the buffer full
    pub n_lost: u64,
}

// half of a step: others are not in this version
pub const CARVE_STEP_WHOLE: u32 = 0;

/// What carve_sim_step does.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_step {
    /// sizeof(carve_step); set by carve_step_init
    pub struct_size: u32,
    /// input populations and streamed poisson ones; default 0
    pub n_inputs: u32,
    /// default 0
    pub n_steps: u64,
    /// \[n_inputs\], in the order of their populations' declaration
    pub inputs: *const carve_stream,
    /// null (default), or who takes the spikes
    pub recorder: *mut carve_recorder,
    /// 1 (default); 0: weights, eligibility traces and their sensitivities do not change, all else continues (not with
    /// CARVE_GRADIENT_ADJOINT)
    pub plastic: u32,
    /// CARVE_STEP_WHOLE (default)
    pub half: u32,
    /// 0 in this version
    pub first_replica: u32,
    /// 0 (default): all; fewer are not in this version
    pub n_replicas: u32,
}

// arrays of a sim; index: of the population, projection or rule that the array belongs to. What belongs to a rule of a
// projection, its learning rate, traces, baseline and eligibility, has the projection's index if it is its first; the
// further ones of all projections, in order, have the indices after the last projection's.
/// projection; \[block\]\[post\]\[pre\]\[lane\], read and write. Of a sparse one \[block\]\[synapse\]\[lane\], row after
/// row; with CARVE_LAYOUT_TARGETS by presynaptic units: see CARVE_VIEW_COLUMN_START
pub const CARVE_VIEW_WEIGHTS: u32 = 0;
/// projection; \[block\]\[post\]\[pre\]\[coefficient\]\[lane\], dw/dtheta over the coefficients of all rules in order,
/// and free initial weights behind them; plastic ones of a sim with a gradient only. With CARVE_LAYOUT_AFFERENTS
/// \[replica\] \[post\]\[pre / 16\]\[coefficient\]\[pre % 16\]
pub const CARVE_VIEW_SENSITIVITIES: u32 = 1;
/// rule; \[block\]\[term\]\[lane\], shared: \[term\]; read and write
pub const CARVE_VIEW_THETA: u32 = 2;
/// population; \[block\]\[sample\]\[unit\]\[lane\], of the last step; not for inputs that are streamed per lane, nor in
/// moment form
pub const CARVE_VIEW_RATES: u32 = 3;
/// gaussian population; \[block\]\[unit\]\[lane\], shared: \[unit\]
pub const CARVE_VIEW_MEAN: u32 = 4;
/// gaussian population; \[block\]\[unit\]\[unit\]\[lane\], shared: \[unit\] \[unit\]; the covariance is factor times its
/// transpose
pub const CARVE_VIEW_FACTOR: u32 = 5;
/// index 0; \[block\]\[lane\], uint64: 0, or 1 + the 0-based step at which the lane was frozen
pub const CARVE_VIEW_FROZEN: u32 = 6;
/// index 0; \[block\]\[lane\], uint64, read only
pub const CARVE_VIEW_STREAMS: u32 = 7;
/// poisson population; double \[2\]\[group\], of all lanes: base rates, Hz, and gains of the signals, Hz; read and write
pub const CARVE_VIEW_GROUPS: u32 = 8;
/// neurons; uint64 \[2\], of all lanes: the steps from \[0\] to before \[1\] are counted and scored; 0 and 2^64 - 1 after
/// carve_sim_init; read and write
pub const CARVE_VIEW_WINDOW: u32 = 9;
/// neurons; \[block\]\[unit\]\[lane\], V
pub const CARVE_VIEW_VOLTAGES: u32 = 10;
/// neurons; \[block\]\[unit\]\[receptor\]\[lane\], decayed to the next step (cvaif: as the last step used them). With
/// CARVE_LAYOUT_TARGETS \[block\]\[receptor\]\[unit\]\[lane\], to be multiplied by CARVE_VIEW_CONDUCTANCE_SCALES
pub const CARVE_VIEW_CONDUCTANCES: u32 = 11;
/// neurons; \[block\]\[unit\]\[lane\], spikes in the window
pub const CARVE_VIEW_SPIKE_COUNTS: u32 = 12;
/// neurons with CARVE_PROBE_RATE; \[block\]\[lane\], Hz
pub const CARVE_VIEW_FILTERED_RATE: u32 = 13;
/// plastic projection; \[block\]\[pre\]\[x, r\]\[lane\], right after the last spike of a poisson unit; decayed to the
/// next step of neurons. Of rates, where the rule reads the mean of x, \[block\]\[pre\]\[lane\], that mean (M41). With
/// CARVE_LAYOUT_TARGETS \[block\]\[x, r\]\[pre\]\[lane\], decayed to the next step if multiplied by
/// CARVE_VIEW_TRACE_SCALES
pub const CARVE_VIEW_PRE_TRACES: u32 = 14;
/// plastic projection; \[block\]\[post\]\[y, o\]\[lane\], decayed to the next step. Of rates, where the rule reads them,
/// \[block\]\[post\]\[y, y^2\]\[lane\], their means (M41). With CARVE_LAYOUT_TARGETS \[block\]\[y, o\]\[post\]\[lane\],
/// likewise
pub const CARVE_VIEW_POST_TRACES: u32 = 15;
/// plastic projection from a poisson population, not with CARVE_LAYOUT_TARGETS; uint64 \[pre\], of all lanes: 1 + the
/// step in which its last spike arrived, 0: none
pub const CARVE_VIEW_LAST_SPIKES: u32 = 16;
/// projection with CARVE_PROBE_TRANSMITTED; \[block\]\[post\]\[group\]\[lane\]: sum of gain w over the spikes in the
/// window of its postsynaptic population
pub const CARVE_VIEW_TRANSMITTED: u32 = 17;
/// if and cvaif populations; \[block\]\[unit\]\[row\]\[lane\], what neurons have beside the voltage and conductances, by
/// rows of CARVE_STATE_...; with CARVE_LAYOUT_TARGETS \[block\]\[row\]\[unit\]\[lane\]
pub const CARVE_VIEW_NEURON_STATE: u32 = 18;
/// sparse projection, not with CARVE_LAYOUT_TARGETS; uint32 \[post + 1\], of all lanes: where the synapses of each
/// postsynaptic unit begin, read only
pub const CARVE_VIEW_ROW_START: u32 = 19;
/// likewise; uint32 \[synapse\], of all lanes: presynaptic units, read only
pub const CARVE_VIEW_PRE_UNITS: u32 = 20;
/// What the model says of all replicas, and the caller may set for each; a reset leaves it. Any content is safe: a NaN
/// among learning rates or gains freezes its replica when it acts, a NaN among bounds does not bind. Weights beyond new
/// bounds move at their next update.
///
/// plastic projection; \[block\]\[lane\], learning rates.
pub const CARVE_VIEW_ETA: u32 = 21;
/// plastic projection of which the model bounds the weights; \[block\]\[w_min, w_max\]\[lane\]
pub const CARVE_VIEW_BOUNDS: u32 = 22;
/// projection onto neurons; \[block\]\[lane\]
pub const CARVE_VIEW_GAIN: u32 = 23;
/// A reset sets them, unlike the three above.
///
/// plastic projection whose modulator has a baseline; \[block\]\[step\] \[lane\], its mean (_EXPONENTIAL, one), or the
/// rates of the last \`window\` steps, that of step t at t % window (_WINDOW); read and write. Its derivative is that of
/// what the steps made of it: clear CARVE_PART_TRACES before you write
pub const CARVE_VIEW_BASELINE: u32 = 24;
/// Memory of rates (M38, M39) and trajectories (M40).
///
/// rate population with a tau above 1; \[block\]\[sample\]\[unit\]\[lane\], u of the last step, from which the next one
/// starts; read and write
pub const CARVE_VIEW_DRIVE: u32 = 25;
/// of it, if it depends on theta, in a sim with a forward gradient; \[block\]\[sample\]\[unit\]\[coefficient\]\[lane\],
/// du/dtheta
pub const CARVE_VIEW_DRIVE_SENSITIVITIES: u32 = 26;
/// any population, an input too, from which a projection between rates with a delay comes;
/// \[block\]\[step\]\[sample\]\[unit\]\[lane\], its rates in the last n steps, n the longest delay + 2, those of step t
/// at t % n; before the first step those of step -d at n - d. Read and write; their derivatives are those of what the
/// steps made of them: clear CARVE_PART_ACTIVITY before you write
pub const CARVE_VIEW_PAST_RATES: u32 = 27;
/// rate population with a CARVE_PROBE_TRAJECTORY; \[block\]\[2\]\[lane\], its loss and the sum of the weights of
/// observations, of which a choice is one; with a forward gradient, if it depends on theta, \[block\]\[2 + K + K (K + 1)
/// / 2\]\[lane\]: the loss, its K derivatives, the Gauss-Newton matrix, entries (k, l \<= k) by k, and that sum. With
/// CARVE_SUMS_OF_UNITS \[block\]\[unit\]\[6\]\[lane\]: sums of m, m y, m y^2, m o, m o y, m o^2, and with derivatives Y
/// of y \[block\]\[unit\]\[6 + 3 K + K (K + 1) / 2\]\[lane\]: of m Y_k, m y Y_k, m o Y_k, and m Y_k Y_l, l \<= k, too
/// (M46). Where initial weights are free \[block\]\[unit\]\[2 + K + K (K + 1) / 2\]\[lane\], as without units, K those of
/// carve_sim_info (M24); read and write
pub const CARVE_VIEW_TRAJECTORY: u32 = 28;
/// plastic projection under a rule with eligibility; \[block\]\[post\]\[pre\]\[lane\], of a sparse one
/// \[block\]\[synapse\]\[lane\], its traces (M42), at spikes decayed to the next step (M48); read and write
pub const CARVE_VIEW_ELIGIBILITY: u32 = 29;
/// of it, in a sim with a gradient; \[block\]\[post\]\[pre\]\[coefficient\]\[lane\]
pub const CARVE_VIEW_ELIGIBILITY_SENSITIVITIES: u32 = 30;
/// plastic projection whose modulator spikes; \[block\]\[lane\], Hz, its filtered rate, which the next step reads (M47);
/// read and write
pub const CARVE_VIEW_MODULATOR_RATE: u32 = 31;
/// projection with a CARVE_PROBE_WEIGHTS (M52); the sums in the order of CARVE_VIEW_TRAJECTORY: without a gradient
/// \[block\]\[2\]\[lane\], with a forward gradient \[block\]\[2 + K + K (K + 1) / 2\]\[lane\], and where initial weights
/// onto its postsynaptic population are free those of each postsynaptic unit's weights, \[block\]\[post\]\[2 + K + K (K +
/// 1) / 2\]\[lane\]; read and write
pub const CARVE_VIEW_WEIGHT_TRAJECTORY: u32 = 32;
/// CARVE_LAYOUT_TARGETS only.
///
/// projection; uint32 \[pre + 1\], of all replicas: where the synapses of each presynaptic unit begin, read only
pub const CARVE_VIEW_COLUMN_START: u32 = 33;
/// projection; uint16 \[synapse\], of all replicas: postsynaptic units, increasing in those of one presynaptic unit; read
/// only
pub const CARVE_VIEW_POST_UNITS: u32 = 34;
/// plastic projection; \[block\]\[2\]\[2\]\[lane\], what the traces of the other views are to be multiplied by: of x, r;
/// y, o
pub const CARVE_VIEW_TRACE_SCALES: u32 = 35;
/// neurons; \[block\]\[receptor\]\[lane\], what g of the other view is to be multiplied by
pub const CARVE_VIEW_CONDUCTANCE_SCALES: u32 = 36;

// rows of CARVE_VIEW_NEURON_STATE (M32, M33)
/// if, cvaif: V, of the threshold above v_threshold
pub const CARVE_STATE_THRESHOLD: u32 = 0;
/// cvaif, as the rest: conductance of adaptation
pub const CARVE_STATE_ADAPTATION: u32 = 1;
/// V, filtered
pub const CARVE_STATE_VOLTAGE: u32 = 2;
/// V, filtered
pub const CARVE_STATE_EXCITATORY_CURRENT: u32 = 3;
/// V, filtered, with that of adaptation; outward
pub const CARVE_STATE_INHIBITORY_CURRENT: u32 = 4;

// element types of a view, beside CARVE_F32 and CARVE_F64
pub const CARVE_U64: u32 = 2;
pub const CARVE_U32: u32 = 3;
pub const CARVE_U16: u32 = 5;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_view {
    /// inside the sim's memory, valid until that is reused
    pub data: *mut c_void,
    /// 1 .. 5; CARVE_F32, CARVE_F64, CARVE_U64, _U32 or _U16
    pub ndim: u32,
    /// 1 .. 5; CARVE_F32, CARVE_F64, CARVE_U64, _U32 or _U16
    pub r#type: u32,
    /// entries past ndim are 1
    pub shape: [usize; 5],
    /// in elements
    pub stride: [usize; 5],
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_sim_info {
    /// in: sizeof(carve_sim_info); at most so many bytes are written
    pub struct_size: u32,
    /// CARVE_F32, CARVE_F64
    pub precision: u32,
    /// the one chosen; blocks of one element take the scalar one's code
    pub isa: u32,
    /// CARVE_FORM_SAMPLES or CARVE_FORM_MOMENTS
    pub form: u32,
    /// replicas
    pub n_replicas: u32,
    pub lanes_per_block: u32,
    pub n_blocks: u32,
    /// of all rules together, and behind them columns of free initial weights (CARVE_INITIAL_FREE, M23)
    pub n_coefficients: u32,
    /// lanes frozen so far
    pub n_frozen: u32,
    /// CARVE_LAYOUT_REPLICAS, _AFFERENTS or _TARGETS
    pub layout: u32,
    /// taken since the last reset
    pub steps: u64,
    /// of the sim's block
    pub bytes: u64,
}

defaults! { carve_step: carve_step_init }

zeros! { carve_spike, carve_stream, carve_recorder, carve_view, carve_sim_info }

extern "C" {
    /// Exact bytes that carve_sim_init uses: a pure function of \*model, equal on every machine. For a static buffer the
    /// program carve_size prints them as a constant. At once with anything. CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE
    /// (also: a size overflows), CARVE_E_UNAVAILABLE (docs/embedded.md).
    pub fn carve_sim_required_bytes(model: *const carve_model, bytes: *mut usize, fault: *mut carve_fault) -> carve_status;
    /// Builds a sim in memory\[0 .. bytes), resets it with seed 0, and points \*sim into it. There is no destroy: forget
    /// \*sim, then reuse or release the memory. Coefficients, means and factors are 0. The memory holds no part of the
    /// model (CARVE_E_RANGE). Alone on the memory. CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE, CARVE_E_ALIGN,
    /// CARVE_E_SPACE, CARVE_E_ISA, CARVE_E_UNAVAILABLE.
    pub fn carve_sim_init(memory: *mut c_void, bytes: usize, model: *const carve_model, sim: *mut *mut carve_sim, fault: *mut carve_fault) -> carve_status;
    /// Takes a block that was copied, saved or sent from elsewhere, checks its header, size, checksum, model and plan (a
    /// library without the feature \`models\`: the first three), picks an instruction set that this machine has, and
    /// points \*sim into it. Any content of arrays is safe. Alone on the memory. CARVE_E_NULL, CARVE_E_ALIGN,
    /// CARVE_E_SPACE, CARVE_E_CORRUPT, CARVE_E_UNAVAILABLE. Cost: independent of the arrays' size.
    pub fn carve_sim_attach(memory: *mut c_void, bytes: usize, sim: *mut *mut carve_sim, fault: *mut carve_fault) -> carve_status;
    /// Back to step 0: draws the graphs of CARVE_CONNECT_IN_DEGREE by (seed, random_id, post) and the initial weights of
    /// every projection by (seed, stream, random_id, post, pre), clips those of plastic projections to their bounds,
    /// clears rates, sensitivities and frozen lanes, and sets baselines to their start. Coefficients, means, factors,
    /// learning rates, bounds, gains, poisson rates and windows stay. streams \[n_replicas\] names each lane's random
    /// stream (null: lane l has stream l); lanes that are to see the same numbers carry the same one. Alone.
    /// CARVE_E_NULL.
    pub fn carve_sim_reset(sim: *mut carve_sim, seed: u64, streams: *const u64, fault: *mut carve_fault) -> carve_status;
    /// Sets the given parts, a sum of CARVE_PART_..., to what the last reset made of them, the same drawn weights again,
    /// clipped to the bounds as they are now. Time, random numbers and frozen lanes stay as they are. Alone.
    /// CARVE_E_NULL, CARVE_E_RANGE, CARVE_E_UNAVAILABLE (weights of a sim with CARVE_GRADIENT_ADJOINT).
    pub fn carve_sim_clear(sim: *mut carve_sim, parts: u32, fault: *mut carve_fault) -> carve_status;
    pub fn carve_step_init(step: *mut carve_step, size: usize) -> carve_status;
    /// Advances n_steps steps: rates (M1 to M5, and M6 to M8 with sensitivities; third factors, gates, memory,
    /// trajectories and general rules by M35 to M46, M52), or spikes (M12 to M16, M21, and M18, M19; M47 to M49).
    /// Replicas that leave the bound or the finite numbers are frozen: carve_sim_info counts them, CARVE_VIEW_FROZEN says
    /// when, and their rates, memory, plastic weights, sensitivities and sums are quiet NaN. Alone. CARVE_E_NULL,
    /// CARVE_E_VERSION, CARVE_E_RANGE (also: more than max_steps in all, or 2^40 of a spiking model; a stream of another
    /// type or length; spikes of the call's steps, or in the first call after a reset all of a list's, that are not
    /// sorted; spikes of the call's steps that name no unit; a recorder of capacity 0, or more read than written),
    /// CARVE_E_UNAVAILABLE (a recorder without spikes; plastic 0 with CARVE_GRADIENT_ADJOINT). Cost, per lane block,
    /// sample and step: about 20 flops per synapse, and 7 more per coefficient with sensitivities, and K (K + 4) per
    /// recorded rate or weight with K coefficients; if it spikes, about 50 flops a neuron and step, and 10 a synapse and
    /// spike that it transmits or follows; under several rules of a projection some times that, and with eligibility 10 a
    /// synapse and step.
    pub fn carve_sim_step(sim: *mut carve_sim, step: *const carve_step, fault: *mut carve_fault) -> carve_status;
    /// Where an array is. A reader. CARVE_E_NULL, CARVE_E_RANGE (which, index), CARVE_E_UNAVAILABLE.
    pub fn carve_sim_view(sim: *mut carve_sim, which: u32, index: u32, view: *mut carve_view, fault: *mut carve_fault) -> carve_status;
    /// An array of one replica, in double, whatever the layout and the precision: the elements of the view without block
    /// and lane, in their order (sensitivities \[post\]\[pre\]\[coefficient\] always), n of them. An array that all
    /// replicas share is that of each. Numbers of uint64 are rounded beyond 2^53. As a view, but slower: for what is done
    /// once a run. To read is a reader's, to write is alone, and not of what is read only or CARVE_VIEW_FROZEN
    /// (CARVE_E_UNAVAILABLE); a uint64 is a whole number of at least 0 (CARVE_E_RANGE). CARVE_E_NULL, CARVE_E_RANGE
    /// (which, index, replica, another n), CARVE_E_UNAVAILABLE.
    pub fn carve_sim_read(sim: *const carve_sim, which: u32, index: u32, replica: u32, values: *mut f64, n: usize, fault: *mut carve_fault) -> carve_status;
    pub fn carve_sim_write(sim: *mut carve_sim, which: u32, index: u32, replica: u32, values: *const f64, n: usize, fault: *mut carve_fault) -> carve_status;
    /// A reader. CARVE_E_NULL, CARVE_E_VERSION (struct_size smaller than the first version's).
    pub fn carve_sim_get_info(sim: *const carve_sim, info: *mut carve_sim_info, fault: *mut carve_fault) -> carve_status;
}
