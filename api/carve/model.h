/* carve/model.h: the description of a network. Include carve.h. */
#ifndef CARVE_MODEL_H
#define CARVE_MODEL_H

#include "neurons.h"
#include "probes.h"
#include "rules.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Structs that an _init function fills grow at their end only. A struct_size larger than this
 * library's is accepted if all that the library does not know is zero, CARVE_E_VERSION otherwise;
 * arrays of such structs are walked with the struct_size of their first element as stride, which all
 * elements carry. Structs without struct_size never change their size: what is reserved in them is 0.
 *
 * A field that nothing in the model reads keeps its default: CARVE_E_RANGE otherwise. What one
 * option does with another is a table in docs/model.md; a combination that is not there is refused. */

enum { CARVE_F32 = 0, CARVE_F64 = 1 }; /* precision: type of every array of a sim */
/* In CARVE_F32 the numbers of a model are at most 3.4e38 in size: the largest float. bound and
 * rate_high may be larger; weights that are drawn beyond it are infinite. */

enum { /* instruction set */
       CARVE_ISA_AUTO = 0,
       CARVE_ISA_SOFTFMA = 1, /* plain C++ with an exact FMA in software: everywhere, slow */
       CARVE_ISA_SCALAR = 2,  /* plain C++ with the machine's FMA instruction */
       CARVE_ISA_AVX2 = 3,    /* with FMA */
       CARVE_ISA_AVX512 = 4,
       CARVE_ISA_NEON = 5
};

enum { CARVE_GRADIENT_NONE = 0, CARVE_GRADIENT_FORWARD = 1, CARVE_GRADIENT_ADJOINT = 2 };

enum {                      /* how a batch of samples enters the update; equal to rounding (M9) */
       CARVE_FORM_AUTO = 0, /* the cheaper one by the plan's cost model */
       CARVE_FORM_SAMPLES = 1, /* sample by sample */
       CARVE_FORM_MOMENTS = 2  /* by the batch's moments: one linear layer on a fixed batch, which
                                * may have a lateral projection; no terms of order 3 in x or y, no
                                * third factor, gate, general rule (M41 to M45), memory or
                                * trajectory */
};

enum { /* what the lanes of the machine's registers are; equal to rounding */
       CARVE_LAYOUT_REPLICAS = 0, /* a lane, a replica */
       CARVE_LAYOUT_AFFERENTS =
           1, /* 16 neighbouring afferents of one replica, for few replicas of a wide
                              * network. A lane block is one replica, lanes_per_block 1. Models of
                              * rates, online, without lateral projections, residuals, third factors,
                              * gates, general rules (M41 to M45), memory, trajectories, adjoint */
       CARVE_LAYOUT_AUTO = 2, /* afferents where they take at most half as long by the plan's cost
                               * model, else replicas */
       CARVE_LAYOUT_TARGETS =
           3 /* neighbouring neurons of one replica, for large sparse networks. A lane block is one
              * replica, lanes_per_block 1. Spiking models without gradient whose projections are all
              * sparse, without third factors, gates, eligibility, sums of weights and several rules
              * of a projection */
};
#define CARVE_AFFERENTS                                                                            \
    16u /* lanes of CARVE_LAYOUT_AFFERENTS, on every machine and in both precisions */

/* ---- Populations -------------------------------------------------------------------------- */

enum {                                /* kind, and the struct that parameters points to */
       CARVE_POPULATION_INPUT = 0,    /* carve_input */
       CARVE_POPULATION_GAUSSIAN = 1, /* carve_gaussian */
       CARVE_POPULATION_RATE = 2,     /* carve_rate */
       CARVE_POPULATION_POISSON = 3,  /* carve_poisson */
       CARVE_POPULATION_LIF = 4,      /* carve_lif */
       CARVE_POPULATION_TIF = 5,      /* carve_tif */
       CARVE_POPULATION_IF = 6,       /* carve_if */
       CARVE_POPULATION_CVAIF = 7,    /* carve_cvaif */
       CARVE_POPULATION_EIF = 8       /* carve_eif */
};

/* Where the index of a population is optional: none. */
#define CARVE_NO_POPULATION 0xFFFFFFFFu

/* n_units units of one kind. All populations of a model are of the first three kinds (rates), or all
 * of the others (spikes): poisson units, and kinds of neurons. A spiking model may also have inputs:
 * its rules use them as modulators and gates, and no projection leads from them. */
typedef struct carve_population {
    uint32_t struct_size; /* sizeof(carve_population); set by carve_population_init */
    uint32_t kind;        /* default CARVE_POPULATION_RATE */
    uint32_t n_units;     /* 1 .. 65536, default 1; of neurons 1 .. 4096 */
    uint32_t random_id; /* names the population's random numbers: by the same id it draws the same,
                           * whatever else the model has. Default CARVE_ID_OF_INDEX */
    const void* parameters; /* the struct of its kind, from its _init; null: its defaults */
} carve_population;
#define CARVE_ID_OF_INDEX 0xFFFFFFFFu /* random_id: the index among populations, or projections */

/* Values that the caller streams to carve_sim_step, and some projection, modulator, gate or probe reads. */
typedef struct carve_input {
    uint32_t struct_size; /* sizeof(carve_input); set by carve_input_init */
    uint32_t shared;      /* 1: all replicas see the same values; 0 (default): each its own */
    uint32_t fixed;       /* 1: every step sees the same batch (full batch); 0 (default): its own */
    uint32_t reserved;    /* 0 */
} carve_input;

/* Rates mean + factor z, z standard normal, drawn by (seed, stream, step, sample, unit); mean [unit]
 * and factor [unit][unit] are views, 0 after carve_sim_init. */
typedef struct carve_gaussian {
    uint32_t struct_size; /* sizeof(carve_gaussian); set by carve_gaussian_init */
    uint32_t shared;      /* 1: all replicas have one mean and factor; 0 (default): each its own */
    uint32_t fixed;       /* 1: every step sees the same batch; 0 (default): its own */
    uint32_t reserved;    /* 0 */
} carve_gaussian;

enum { /* f(u) */
       CARVE_ACTIVATION_LINEAR = 0,
       CARVE_ACTIVATION_RELU = 1,
       CARVE_ACTIVATION_TANH = 2,
       CARVE_ACTIVATION_SIGMOID = 3
};

/* Rates f(u), u the sum over the afferent projections (M1, M2), or a leaky average of it (M38). */
typedef struct carve_rate {
    uint32_t struct_size; /* sizeof(carve_rate); set by carve_rate_init */
    uint32_t activation;  /* CARVE_ACTIVATION_LINEAR (default) ... CARVE_ACTIVATION_SIGMOID */
    double tau; /* steps, time constant of u: u moves by 1 / tau of the way to the sum in a
                           * step; >= 1, finite, default 1: no memory. A larger one needs form
                           * CARVE_FORM_SAMPLES and layout CARVE_LAYOUT_REPLICAS, which _AUTO takes
                           * then, and no adjoint */
} carve_rate;

enum {                            /* where the spikes of a poisson population come from */
       CARVE_SOURCE_CONSTANT = 0, /* groups of constant rate */
       CARVE_SOURCE_SIGNAL = 1,   /* rates that follow a signal for each group */
       CARVE_SOURCE_STREAMED = 2  /* the caller: CARVE_SPIKES */
};

/* Units whose spikes depend on nothing in the sim (M21): one train for all replicas, drawn by the
 * stream of replica 0, or streamed. The defaults are those of the single cell of Vogels et al. 2011. */
typedef struct carve_poisson {
    uint32_t struct_size; /* sizeof(carve_poisson); set by carve_poisson_init */
    uint32_t source;      /* CARVE_SOURCE_CONSTANT (default) ... CARVE_SOURCE_STREAMED */
    uint32_t n_groups;    /* groups of n_units / n_groups neighbouring units, which share a rate; a
                           * divisor of n_units, default 1 */
    uint32_t signal;      /* populations of source _SIGNAL with the same number, n_groups and
                           * signal_tau see the same signals; default 0 */
    double t_ref;       /* s, refractory period, rounded to whole steps: a spike at step t, and none
                           * before step t + 1 + t_ref / dt; 0 .. 1, default 5e-3 */
    double rate;        /* Hz, initial value of the base rates, >= 0, default 5 */
    double signal_gain; /* Hz, initial value of the signals' gains, >= 0, default 500 / 0.03 */
    double signal_tau;  /* s, of the signals' filter, > 0, default 0.05: filtered noise, whose mean
                           * of 0, variance and autocorrelation do not depend on dt (M21) */
} carve_poisson;

/* ---- Projections -------------------------------------------------------------------------- */

enum {                          /* which pairs of units have a synapse, and the struct that
                                  * connections points to */
       CARVE_CONNECT_ALL = 0,   /* all; within neurons none from a unit to itself */
       CARVE_CONNECT_LOWER = 1, /* from pre unit j to post unit i > j ("hierarchical"); lateral
                                  * projections of rates only */
       /* Sparse: spiking models without gradient. One graph for all replicas. */
       CARVE_CONNECT_IN_DEGREE = 2, /* carve_in_degree: drawn, as many for each postsynaptic unit */
       CARVE_CONNECT_LIST = 3       /* carve_csr: the caller's */
};

/* Each postsynaptic unit has synapses from in_degree different units, which carve_sim_reset draws by
 * (seed, random_id, post): any set of them is as likely as any other, without the unit itself. */
typedef struct carve_in_degree {
    uint32_t struct_size; /* sizeof(carve_in_degree); set by carve_in_degree_init */
    uint32_t in_degree;   /* 1 (default) .. units of pre, one less within a population */
} carve_in_degree;

/* Compressed sparse rows, one a postsynaptic unit: synapses row_start[i] to before row_start[i + 1]
 * are onto unit i. They are copied into the sim. */
typedef struct carve_csr {
    uint32_t struct_size;      /* sizeof(carve_csr); set by carve_csr_init */
    uint32_t n_synapses;       /* >= 1 */
    const uint32_t* row_start; /* [units of post + 1], from 0 to n_synapses, not decreasing */
    const uint32_t* pre; /* [n_synapses] presynaptic units, strictly increasing in a row; within
                                * a population not the unit itself */
} carve_csr;

enum { CARVE_INFERENCE_SEQUENTIAL = 0, CARVE_INFERENCE_SWEEPS = 1, CARVE_INFERENCE_SOLVE = 2 };
enum { CARVE_MASK_FROM_START = 0, CARVE_MASK_FROM_FIRST_UPDATE = 1 };
enum { CARVE_WEIGHTS_NORMAL = 0, CARVE_WEIGHTS_UNIFORM = 1, CARVE_WEIGHTS_LOG_UNIFORM = 2 };

enum { /* initial_weights */
       CARVE_INITIAL_GIVEN = 0,
       CARVE_INITIAL_FREE =
           1 /* unknown: a trajectory is fitted by them, too (carve_sim_eliminate) */
};

/* From what carve_sim_reset draws initial weights: each by (seed, stream, random_id, post, pre) alone.
 * Weights that the caller has are written after the reset. */
typedef struct carve_distribution {
    uint32_t distribution; /* CARVE_WEIGHTS_NORMAL (default): mean a, standard deviation b >= 0;
                            * _UNIFORM: from a to b >= a; _LOG_UNIFORM: the logarithm is uniform,
                            * from a > 0 to b >= a */
    uint32_t reserved;     /* 0 */
    double a, b;           /* finite, default 0, 0 */
} carve_distribution;

/* All the synapses from one population to another, or within one (pre == post; lateral, if these are
 * populations of rates and there is no delay). */
typedef struct carve_projection {
    uint32_t struct_size; /* sizeof(carve_projection); set by carve_projection_init */
    uint32_t pre;         /* index of the presynaptic population, default 0; between populations of
                            * rates <= post unless there is a delay */
    uint32_t post;        /* index of the postsynaptic population, of rates or neurons, default 1 */
    uint32_t random_id;   /* names its random numbers, as in carve_population */
    uint32_t connectivity; /* CARVE_CONNECT_ALL (default) ... CARVE_CONNECT_LIST */
    uint32_t receptor;     /* onto neurons: index of their receptor, default 0 */
    uint32_t delay;        /* steps: a spike or rate of step t arrives in step t + delay. 1 .. 1024
                            * from neurons; 0 (default) .. 1024 from poisson populations, and between
                            * any two populations of rates (M39): there with form
                            * CARVE_FORM_SAMPLES and layout CARVE_LAYOUT_REPLICAS, which _AUTO takes
                            * then, presynaptic CARVE_PRESYNAPTIC_RATE, and no adjoint */
    uint32_t n_plasticity; /* rules that change the weights: 0 (default): none, they stay; 1; or
                            * up to CARVE_MAX_PLASTICITY, at most 64 in all, a projection without any
                            * counting as one. Several onto neurons need no gradient; several between rates need a batch of 1, form
                            * CARVE_FORM_SAMPLES and layout CARVE_LAYOUT_REPLICAS, which _AUTO
                            * takes then, presynaptic CARVE_PRESYNAPTIC_RATE, and no adjoint */
    uint32_t inference;    /* lateral, of rates (M2): CARVE_INFERENCE_SEQUENTIAL (default; needs
                            * CARVE_CONNECT_LOWER), _SWEEPS, or _SOLVE (linear populations) */
    uint32_t n_sweeps;     /* of CARVE_INFERENCE_SWEEPS, 1 .. 1000, default 1 */
    uint32_t mask_from;    /* CARVE_CONNECT_LOWER only: the other entries act never
                            * (CARVE_MASK_FROM_START, default), or until the first update sets them
                            * to 0 (CARVE_MASK_FROM_FIRST_UPDATE, needs CARVE_INFERENCE_SWEEPS) */
    uint32_t initial_weights; /* CARVE_INITIAL_GIVEN (default), or _FREE: of a plastic one between
                            * rates, with CARVE_GRADIENT_FORWARD. There are derivatives by them, of
                            * each row by its own, behind those by the coefficients (M23). post has a
                            * CARVE_PROBE_TRAJECTORY with CARVE_SUMS_OF_LOSS, not _CATEGORICAL, or a
                            * projection to it a CARVE_PROBE_WEIGHTS; it drives no population, itself
                            * neither, and modulates nothing */
    const carve_plasticity* plasticity; /* [n_plasticity], null if there is none */
    const void* connections;    /* the struct of a sparse connectivity, from its _init, else null */
    double gain;                /* onto neurons: conductance (or V) that a spike adds per unit of
                            * weight, finite, default 1; Vogels et al. 2011: 0.014 excitatory, 0.035
                            * inhibitory. CARVE_VIEW_GAIN: of each replica */
    double w_min, w_max;        /* bounds of plastic weights, w_min < w_max, default -inf, +inf.
                                 * CARVE_VIEW_BOUNDS: of each replica */
    carve_distribution weights; /* the initial ones; those of plastic projections are clipped to the
                                 * bounds. Default 0 */
} carve_projection;

/* ---- Model -------------------------------------------------------------------------------- */

/* The whole description. Read only during the call that it is passed to. */
typedef struct carve_model {
    uint32_t struct_size;   /* sizeof(carve_model); set by carve_model_init */
    uint32_t precision;     /* CARVE_F32, CARVE_F64 (default) */
    uint32_t isa;           /* CARVE_ISA_AUTO (default), or the one to force; does not
                             * change sizes or results */
    uint32_t layout;        /* CARVE_LAYOUT_REPLICAS (default) ... _TARGETS */
    uint32_t lane_bytes;    /* bytes of a lane block: 32 (default), 64, or one element (4
                             * in CARVE_F32, 8 in CARVE_F64); does not change results.
                             * Of no effect with CARVE_LAYOUT_AFFERENTS and _TARGETS */
    uint32_t n_replicas;    /* 1 .. 1048576, default 1 */
    uint32_t gradient;      /* CARVE_GRADIENT_NONE (default); _FORWARD: sensitivities
                             * beside the weights; _ADJOINT: carve_sim_adjoint, needs
                             * max_steps, no lateral projection, third factor, gate, general
                             * rule (M41 to M45), memory or trajectory, form SAMPLES */
    uint32_t batch;         /* samples per step, 1 .. 65536, default 1 (online) */
    uint32_t form;          /* CARVE_FORM_AUTO (default), or the one to force */
    uint32_t n_populations; /* 1 .. 64 */
    uint32_t n_projections; /* 1 .. 64 */
    uint32_t n_rules;       /* 0 .. 16 */
    uint32_t n_probes;      /* 0 .. 128 */
    uint32_t reserved;      /* 0 */
    uint64_t max_steps;     /* most steps between resets; 0 (default): no bound */
    double bound;           /* a replica is frozen when |u| of a unit, |V| of a neuron or
                             * |w| of a plastic weight passes it; > 0, default 1e9 */
    double dt;              /* s, of a step of a spiking model, 1e-6 .. 0.1, default
                             * 1e-4 */
    double surrogate;       /* b of the surrogate gradient (M18), > 0, default 10 */
    const carve_population* populations; /* [n_populations], evaluated in this order */
    const carve_projection* projections; /* [n_projections] */
    const carve_rule* rules;             /* [n_rules] */
    const carve_probe* probes;           /* [n_probes] */
} carve_model;

/* Each writes the defaults into *object; at once with anything. size: sizeof *object as the caller compiled it.
 * CARVE_E_NULL, CARVE_E_VERSION (size is smaller than the first version's or larger than ours). */
CARVE_API carve_status carve_model_init(carve_model* model, size_t size);
CARVE_API carve_status carve_population_init(carve_population* population, size_t size);
CARVE_API carve_status carve_input_init(carve_input* input, size_t size);
CARVE_API carve_status carve_gaussian_init(carve_gaussian* gaussian, size_t size);
CARVE_API carve_status carve_rate_init(carve_rate* rate, size_t size);
CARVE_API carve_status carve_poisson_init(carve_poisson* poisson, size_t size);
CARVE_API carve_status carve_projection_init(carve_projection* projection, size_t size);
CARVE_API carve_status carve_in_degree_init(carve_in_degree* in_degree, size_t size);
CARVE_API carve_status carve_csr_init(carve_csr* csr, size_t size);

#ifdef __cplusplus
}
#endif
#endif
