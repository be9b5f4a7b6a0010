/* carve/neurons.h: kinds of neurons, and what their synapses open. Include carve.h. */
#ifndef CARVE_NEURONS_H
#define CARVE_NEURONS_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* kind of a receptor */
       CARVE_RECEPTOR_CONDUCTANCE = 0,
       CARVE_RECEPTOR_CURRENT = 1,
       CARVE_RECEPTOR_FILTERED = 2 /* follows another: the slow part of what that lets through, as
                                    * NMDA receptors are in Auryn */
};

/* What a synapse opens (M30). A neuron has up to CARVE_MAX_RECEPTORS, of any kinds; in a model with a
 * gradient two, both conductances or both currents. */
typedef struct carve_receptor {
    uint32_t kind; /* CARVE_RECEPTOR_CONDUCTANCE: in units of the leak conductance; _CURRENT: a
                      * current through the leak resistance, V; inhibition is a gain below 0;
                      * _FILTERED: one of the two, as its source; no projection has it */
    uint32_t
        source; /* of _FILTERED: the index of a receptor that is not, which it low-pass filters;
                      * else 0 */
    double tau; /* s, decay, > 0; of _FILTERED that of the filter */
    double reversal; /* V, of conductances, else 0 */
    double share; /* of _FILTERED: the part of its source's conductance that acts through it and no
                      * longer through its source; 0 .. 1, those of one source together, too; else 0 */
    double reserved_values[4]; /* 0 */
} carve_receptor;
enum { CARVE_EXCITATORY = 0, CARVE_INHIBITORY = 1 }; /* indices of the default receptors */
enum { CARVE_MAX_RECEPTORS = 4 };

/* Leaky integrate-and-fire neurons (M12, M13). The defaults are those of the single cell of Vogels et
 * al. 2011. */
typedef struct carve_lif {
    uint32_t struct_size; /* sizeof(carve_lif); set by carve_lif_init */
    uint32_t n_receptors; /* 1 .. 4, or 0 (default): conductances, excitatory (5 ms, 0 V) and
                           * inhibitory (10 ms, -0.08 V) */
    const carve_receptor* receptors; /* [n_receptors], null if there is none */
    double tau_m;                    /* s, membrane, > 0, default 0.02 */
    double v_rest;                   /* V, default -0.06 */
    double v_reset;                  /* V, below v_threshold, default -0.06 */
    double v_threshold;              /* V, a neuron above it spikes, default -0.05 */
    double t_ref; /* s, refractory period, rounded to whole steps: the voltage is clamped at
                   * v_reset; 0 .. 1, default 5e-3 */
    double drive; /* V, constant current through the leak resistance, default 0 */
} carve_lif;

/* Integrate-and-fire neurons by Euler's step (M31). The defaults are those of TIFGroup in Auryn (Zenke and
 * Gerstner 2014), and so is the default for their receptors, the same as carve_lif's. */
typedef struct carve_tif {
    uint32_t struct_size;            /* sizeof(carve_tif); set by carve_tif_init */
    uint32_t n_receptors;            /* 1 .. 4, or 0 (default) */
    const carve_receptor* receptors; /* [n_receptors], null if there is none */
    double tau_m;                    /* s, membrane, > 0, default 0.02 */
    double v_rest;                   /* V, default -0.06 */
    double v_reset;                  /* V, below v_threshold, default -0.06 */
    double v_threshold;              /* V, a neuron above it spikes, default -0.05 */
    double t_ref; /* s, refractory period, rounded to whole steps: the voltage is clamped at
                   * v_reset; 0 .. 1, default 5e-3 */
    double drive; /* V, constant current through the leak resistance, default 0 */
} carve_tif;

/* Integrate-and-fire neurons whose threshold a spike lifts, by Euler's step (M32). The defaults are those
 * of IFGroup in Auryn. */
typedef struct carve_if {
    uint32_t struct_size; /* sizeof(carve_if); set by carve_if_init */
    uint32_t n_receptors; /* 1 .. 4, or 0 (default): conductances, excitatory (5 ms, 0 V) and
                           * inhibitory (10 ms, -0.08 V), and one that follows the excitatory one
                           * (NMDA: 0.1 s, 0 V, share 0.5) */
    const carve_receptor* receptors; /* [n_receptors], null if there is none */
    double tau_m;                    /* s, membrane, > 0, default 0.02 */
    double v_rest;                   /* V, default -0.07 */
    double v_reset;                  /* V, below v_threshold, default -0.07 */
    double v_threshold;              /* V, what the threshold falls back to, default -0.05 */
    double t_ref; /* s, refractory period as of carve_tif; 0 .. 1, default 0: the voltage continues
                   * below the lifted threshold */
    double drive; /* V, constant current through the leak resistance, default 0 */
    double threshold_jump; /* V, >= 0, what a spike sets the threshold to, above v_threshold;
                            * default 0.1 */
    double threshold_tau;  /* s, its decay, > 0, default 5e-3 */
    double v_min, v_max;   /* V, the range that the voltage is clipped to, v_min < v_max; default
                            * -0.08, 0 */
} carve_if;

/* carve_if with a conductance of adaptation, and filtered values of the voltage and of the excitatory and
 * the inhibitory current (M33), which are views. The defaults are those of CVAIFGroup in the networks of
 * Confavreux, Ramesh, Goncalves, Macke and Vogels 2023. */
typedef struct carve_cvaif {
    uint32_t struct_size; /* sizeof(carve_cvaif); set by carve_cvaif_init */
    uint32_t n_receptors; /* 1 .. 4, or 0 (default): those of carve_if, the last one with a share of
                           * 1 / 1.3. Inhibitory are conductances whose reversal is below v_rest */
    const carve_receptor* receptors; /* [n_receptors], null if there is none */
    double tau_m;                    /* as in carve_if, with the same defaults */
    double v_rest;
    double v_reset;
    double v_threshold;
    double t_ref;
    double drive;
    double threshold_jump;
    double threshold_tau;
    double v_min, v_max;
    double adaptation_jump; /* what a spike adds to the conductance of adaptation, in units of the
                                 * leak, >= 0, default 0.1 */
    double adaptation_tau;  /* s, its decay, > 0, default 0.1 */
    double adaptation_reversal; /* V, default -0.08 */
    double voltage_tau;         /* s, filter of the voltage, > 0, default 0.1 */
    double excitatory_tau;      /* s, filter of the excitatory current, > 0, default 0.01 */
    double inhibitory_tau;      /* s, filter of the inhibitory current and adaptation, > 0, default
                                 * 0.1 */
} carve_cvaif;

/* Exponential integrate-and-fire neurons (M34): past v_onset the voltage runs away, and passes
 * v_threshold as a spike. The defaults are those of Fourcaud-Trocme, Hansel, van Vreeswijk and Brunel 2003,
 * those of the receptors carve_lif's. */
typedef struct carve_eif {
    uint32_t struct_size;            /* sizeof(carve_eif); set by carve_eif_init */
    uint32_t n_receptors;            /* 1 .. 4, or 0 (default) */
    const carve_receptor* receptors; /* [n_receptors], null if there is none */
    double tau_m;                    /* s, membrane, > 0, default 0.01 */
    double v_rest;                   /* V, default -0.065 */
    double v_reset;                  /* V, below v_threshold, default -0.068 */
    double v_threshold;              /* V, a neuron above it spikes, default -0.03 */
    double t_ref;   /* s, refractory period as of carve_tif; 0 .. 1, default 1.7e-3 */
    double drive;   /* V, constant current through the leak resistance, default 0 */
    double v_onset; /* V, where a spike starts, default -0.0599 */
    double slope;   /* V, how sharply it does, > 0, default 3.48e-3 */
} carve_eif;

/* Each writes the defaults into *object, as carve_model_init does. */
CARVE_API carve_status carve_lif_init(carve_lif* lif, size_t size);
CARVE_API carve_status carve_tif_init(carve_tif* tif, size_t size);
CARVE_API carve_status carve_if_init(carve_if* object, size_t size);
CARVE_API carve_status carve_cvaif_init(carve_cvaif* cvaif, size_t size);
CARVE_API carve_status carve_eif_init(carve_eif* eif, size_t size);

#ifdef __cplusplus
}
#endif
#endif
