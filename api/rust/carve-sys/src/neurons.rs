// Written by scripts/rust_bindings.py from api/carve/neurons.h.
//! carve/neurons.h: kinds of neurons, and what their synapses open.

use crate::status::*;

// kind of a receptor
pub const CARVE_RECEPTOR_CONDUCTANCE: u32 = 0;
pub const CARVE_RECEPTOR_CURRENT: u32 = 1;
/// follows another: the slow part of what that lets through, as NMDA receptors are in Auryn
pub const CARVE_RECEPTOR_FILTERED: u32 = 2;

/// What a synapse opens (M30). A neuron has up to CARVE_MAX_RECEPTORS, of any kinds; in a model with a gradient two, both
/// conductances or both currents.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_receptor {
    /// CARVE_RECEPTOR_CONDUCTANCE: in units of the leak conductance; _CURRENT: a current through the leak resistance, V;
    /// inhibition is a gain below 0; _FILTERED: one of the two, as its source; no projection has it
    pub kind: u32,
    /// of _FILTERED: the index of a receptor that is not, which it low-pass filters; else 0
    pub source: u32,
    /// s, decay, \> 0; of _FILTERED that of the filter
    pub tau: f64,
    /// V, of conductances, else 0
    pub reversal: f64,
    /// of _FILTERED: the part of its source's conductance that acts through it and no longer through its source; 0 .. 1,
    /// those of one source together, too; else 0
    pub share: f64,
    /// 0
    pub reserved_values: [f64; 4],
}

// indices of the default receptors
pub const CARVE_EXCITATORY: u32 = 0;
pub const CARVE_INHIBITORY: u32 = 1;

pub const CARVE_MAX_RECEPTORS: u32 = 4;

/// Leaky integrate-and-fire neurons (M12, M13). The defaults are those of the single cell of Vogels et al. 2011.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_lif {
    /// sizeof(carve_lif); set by carve_lif_init
    pub struct_size: u32,
    /// 1 .. 4, or 0 (default): conductances, excitatory (5 ms, 0 V) and inhibitory (10 ms, -0.08 V)
    pub n_receptors: u32,
    /// \[n_receptors\], null if there is none
    pub receptors: *const carve_receptor,
    /// s, membrane, \> 0, default 0.02
    pub tau_m: f64,
    /// V, default -0.06
    pub v_rest: f64,
    /// V, below v_threshold, default -0.06
    pub v_reset: f64,
    /// V, a neuron above it spikes, default -0.05
    pub v_threshold: f64,
    /// s, refractory period, rounded to whole steps: the voltage is clamped at v_reset; 0 .. 1, default 5e-3
    pub t_ref: f64,
    /// V, constant current through the leak resistance, default 0
    pub drive: f64,
}

/// Integrate-and-fire neurons by Euler's step (M31). The defaults are those of TIFGroup in Auryn (Zenke and Gerstner
/// 2014), and so is the default for their receptors, the same as carve_lif's.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_tif {
    /// sizeof(carve_tif); set by carve_tif_init
    pub struct_size: u32,
    /// 1 .. 4, or 0 (default)
    pub n_receptors: u32,
    /// \[n_receptors\], null if there is none
    pub receptors: *const carve_receptor,
    /// s, membrane, \> 0, default 0.02
    pub tau_m: f64,
    /// V, default -0.06
    pub v_rest: f64,
    /// V, below v_threshold, default -0.06
    pub v_reset: f64,
    /// V, a neuron above it spikes, default -0.05
    pub v_threshold: f64,
    /// s, refractory period, rounded to whole steps: the voltage is clamped at v_reset; 0 .. 1, default 5e-3
    pub t_ref: f64,
    /// V, constant current through the leak resistance, default 0
    pub drive: f64,
}

/// Integrate-and-fire neurons whose threshold a spike lifts, by Euler's step (M32). The defaults are those of IFGroup in
/// Auryn.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_if {
    /// sizeof(carve_if); set by carve_if_init
    pub struct_size: u32,
    /// 1 .. 4, or 0 (default): conductances, excitatory (5 ms, 0 V) and inhibitory (10 ms, -0.08 V), and one that follows
    /// the excitatory one (NMDA: 0.1 s, 0 V, share 0.5)
    pub n_receptors: u32,
    /// \[n_receptors\], null if there is none
    pub receptors: *const carve_receptor,
    /// s, membrane, \> 0, default 0.02
    pub tau_m: f64,
    /// V, default -0.07
    pub v_rest: f64,
    /// V, below v_threshold, default -0.07
    pub v_reset: f64,
    /// V, what the threshold falls back to, default -0.05
    pub v_threshold: f64,
    /// s, refractory period as of carve_tif; 0 .. 1, default 0: the voltage continues below the lifted threshold
    pub t_ref: f64,
    /// V, constant current through the leak resistance, default 0
    pub drive: f64,
    /// V, \>= 0, what a spike sets the threshold to, above v_threshold; default 0.1
    pub threshold_jump: f64,
    /// s, its decay, \> 0, default 5e-3
    pub threshold_tau: f64,
    /// V, the range that the voltage is clipped to, v_min \< v_max; default -0.08, 0
    pub v_min: f64,
    /// V, the range that the voltage is clipped to, v_min \< v_max; default -0.08, 0
    pub v_max: f64,
}

/// carve_if with a conductance of adaptation, and filtered values of the voltage and of the excitatory and the inhibitory
/// current (M33), which are views. The defaults are those of CVAIFGroup in the networks of Confavreux, Ramesh, Goncalves,
/// Macke and Vogels 2023.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_cvaif {
    /// sizeof(carve_cvaif); set by carve_cvaif_init
    pub struct_size: u32,
    /// 1 .. 4, or 0 (default): those of carve_if, the last one with a share of 1 / 1.3. Inhibitory are conductances whose
    /// reversal is below v_rest
    pub n_receptors: u32,
    /// \[n_receptors\], null if there is none
    pub receptors: *const carve_receptor,
    /// as in carve_if, with the same defaults
    pub tau_m: f64,
    pub v_rest: f64,
    pub v_reset: f64,
    pub v_threshold: f64,
    pub t_ref: f64,
    pub drive: f64,
    pub threshold_jump: f64,
    pub threshold_tau: f64,
    pub v_min: f64,
    pub v_max: f64,
    /// what a spike adds to the conductance of adaptation, in units of the leak, \>= 0, default 0.1
    pub adaptation_jump: f64,
    /// s, its decay, \> 0, default 0.1
    pub adaptation_tau: f64,
    /// V, default -0.08
    pub adaptation_reversal: f64,
    /// s, filter of the voltage, \> 0, default 0.1
    pub voltage_tau: f64,
    /// s, filter of the excitatory current, \> 0, default 0.01
    pub excitatory_tau: f64,
    /// s, filter of the inhibitory current and adaptation, \> 0, default 0.1
    pub inhibitory_tau: f64,
}

/// Exponential integrate-and-fire neurons (M34): past v_onset the voltage runs away, and passes v_threshold as a spike.
/// The defaults are those of Fourcaud-Trocme, Hansel, van Vreeswijk and Brunel 2003, those of the receptors carve_lif's.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_eif {
    /// sizeof(carve_eif); set by carve_eif_init
    pub struct_size: u32,
    /// 1 .. 4, or 0 (default)
    pub n_receptors: u32,
    /// \[n_receptors\], null if there is none
    pub receptors: *const carve_receptor,
    /// s, membrane, \> 0, default 0.01
    pub tau_m: f64,
    /// V, default -0.065
    pub v_rest: f64,
    /// V, below v_threshold, default -0.068
    pub v_reset: f64,
    /// V, a neuron above it spikes, default -0.03
    pub v_threshold: f64,
    /// s, refractory period as of carve_tif; 0 .. 1, default 1.7e-3
    pub t_ref: f64,
    /// V, constant current through the leak resistance, default 0
    pub drive: f64,
    /// V, where a spike starts, default -0.0599
    pub v_onset: f64,
    /// V, how sharply it does, \> 0, default 3.48e-3
    pub slope: f64,
}

defaults! { carve_lif: carve_lif_init, carve_tif: carve_tif_init, carve_if: carve_if_init,
            carve_cvaif: carve_cvaif_init, carve_eif: carve_eif_init }

zeros! { carve_receptor }

extern "C" {
    /// Each writes the defaults into \*object, as carve_model_init does.
    pub fn carve_lif_init(lif: *mut carve_lif, size: usize) -> carve_status;
    pub fn carve_tif_init(tif: *mut carve_tif, size: usize) -> carve_status;
    pub fn carve_if_init(object: *mut carve_if, size: usize) -> carve_status;
    pub fn carve_cvaif_init(cvaif: *mut carve_cvaif, size: usize) -> carve_status;
    pub fn carve_eif_init(eif: *mut carve_eif, size: usize) -> carve_status;
}
