/* carve.h: fixed-memory simulation of networks with plastic synapses, and the derivative of what
 * they become with respect to the coefficients of their plasticity rules.
 *
 * Unless a function's comment says otherwise:
 *   memory   the library never allocates; arrays belong to the caller, who keeps them alive while
 *            they are in use; a sim lives in one block and may be copied or saved as bytes
 *   lanes    a sim steps n_replicas independent replicas of one network. The lane is the innermost
 *            index of every array, in lane blocks of W = lane_bytes / sizeof(element) lanes:
 *            lane l is at [block = l / W]...[l % W]. Lanes past n_replicas are padding. With
 *            CARVE_LAYOUT_AFFERENTS W is 1, and rows of units are padded: views have the strides.
 *   shapes   [a][b] is row-major
 *   units    rates, weights and coefficients have no unit; time is counted in steps. In spiking
 *            models times are in s, potentials in V, rates in Hz, a step lasts carve_model.dt
 *   errors   a call that does not return CARVE_OK has changed nothing
 *   threads  no hidden state; one sim belongs to one thread at a time, different sims may run
 *            concurrently
 *   numbers  IEEE 754 with fused multiply-add: the same bits on every instruction set, and in
 *            every mode of the caller's floating-point unit (flush to zero, rounding, traps), which
 *            a call sets to the defaults and restores
 * The equations (M1), (M2), ... are those of docs/model.md. */
#ifndef CARVE_H
#define CARVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(CARVE_BUILDING) && defined(__GNUC__)
#define CARVE_API __attribute__((visibility("default")))
#else
#define CARVE_API
#endif

#define CARVE_ABI 1u /* also the soname; raised only when an existing caller would break */

/* ---- Status ------------------------------------------------------------------------------- */

/* name, value (ABI), text (not ABI): append only */
#define CARVE_STATUS_LIST(X)                                                                       \
    X(CARVE_OK, 0, "success")                                                                      \
    X(CARVE_E_NULL, 1, "a required pointer is null")                                               \
    X(CARVE_E_VERSION, 2, "a struct carries fields that this library does not know")               \
    X(CARVE_E_RANGE, 3, "a value is outside its documented range")                                 \
    X(CARVE_E_ALIGN, 4, "the memory does not start on a 64-byte boundary")                         \
    X(CARVE_E_SPACE, 5, "the memory is smaller than carve_sim_required_bytes says")                \
    X(CARVE_E_ISA, 6, "the instruction set is not compiled in or not usable on this machine")      \
    X(CARVE_E_DIVERGED, 7, "at least one lane left the bound or the finite numbers and is frozen") \
    X(CARVE_E_CORRUPT, 8, "the block is not an intact sim of this version and byte order")         \
    X(CARVE_E_UNAVAILABLE, 9, "the sim was not built with what this call needs")

typedef int32_t carve_status; /* not an enum: its size never depends on the compiler */
enum {
#define CARVE_X(name, value, text) name = (value),
    CARVE_STATUS_LIST(CARVE_X)
#undef CARVE_X
};

/* ---- Model -------------------------------------------------------------------------------- */

/* Structs grow at their end only. A struct_size larger than this library's is accepted if all that
 * the library does not know is zero, CARVE_E_VERSION otherwise; arrays of structs are walked with
 * the struct_size of their first element as stride, which all elements must carry.
 *
 * A field that nothing in the model or loss reads must keep its default: CARVE_E_RANGE otherwise. */

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
                                * may have a lateral projection; no terms of order 3 in x or y */
};

enum { /* what the lanes of the machine's registers are; equal to rounding */
       CARVE_LAYOUT_REPLICAS = 0, /* a lane, a replica */
       CARVE_LAYOUT_AFFERENTS =
           1,                /* 16 neighbouring afferents of one replica, for few replicas of a wide
                             * network. A lane block is one replica, lanes_per_block 1. Models of
                             * rates, online, without lateral projections, residuals, adjoint */
       CARVE_LAYOUT_AUTO = 2 /* afferents where they take at most half as long by the plan's cost
                             * model, else replicas */
};
#define CARVE_AFFERENTS                                                                            \
    16u /* lanes of CARVE_LAYOUT_AFFERENTS, on every machine and in both precisions */

enum { /* population; a model's populations are all of the first three kinds, or all spiking */
       CARVE_POPULATION_INPUT = 0,
       CARVE_POPULATION_GAUSSIAN = 1,
       CARVE_POPULATION_RATE = 2,
       CARVE_POPULATION_POISSON = 3,
       CARVE_POPULATION_LIF = 4
};
enum {
    CARVE_ACTIVATION_LINEAR = 0,
    CARVE_ACTIVATION_RELU = 1,
    CARVE_ACTIVATION_TANH = 2,
    CARVE_ACTIVATION_SIGMOID = 3
};                                                       /* activation */
enum { CARVE_CONNECT_ALL = 0, CARVE_CONNECT_LOWER = 1 }; /* connectivity */
enum {
    CARVE_INFERENCE_SEQUENTIAL = 0,
    CARVE_INFERENCE_SWEEPS = 1,
    CARVE_INFERENCE_SOLVE = 2
};                                                                    /* inference */
enum { CARVE_MASK_FROM_START = 0, CARVE_MASK_FROM_FIRST_UPDATE = 1 }; /* mask_from */
enum {
    CARVE_PRESYNAPTIC_RATE = 0,
    CARVE_PRESYNAPTIC_RESIDUAL_BELOW = 1,
    CARVE_PRESYNAPTIC_RESIDUAL = 2
};                               /* presynaptic */
#define CARVE_STATIC 0xFFFFFFFFu /* carve_projection.rule: weights that do not change */
enum { CARVE_SOURCE_CONSTANT = 0, CARVE_SOURCE_SIGNAL = 1, CARVE_SOURCE_STREAMED = 2 }; /* source */
enum { CARVE_SYNAPSES_CONDUCTANCE = 0, CARVE_SYNAPSES_CURRENT = 1 };   /* synapses */
enum { CARVE_EXCITATORY = 0, CARVE_INHIBITORY = 1 };                   /* receptor */
enum { CARVE_COINCIDENCE_PRE_FIRST = 0, CARVE_COINCIDENCE_BLIND = 1 }; /* coincidence */
enum { CARVE_RULE_RATES = 0, CARVE_RULE_SPIKES = 1 };                  /* kind of a rule */
enum { CARVE_TRACE_JUMP_ONE = 0, CARVE_TRACE_JUMP_INVERSE_TAU = 1 };   /* trace_jump */

/* One population of n_units units. Its rates at a step are, by kind,
 *   CARVE_POPULATION_INPUT     read from the array that the caller hands to carve_sim_step;
 *   CARVE_POPULATION_GAUSSIAN  mean + factor z, z standard normal, drawn by (seed, stream, step, sample, unit);
 *                   mean [unit] and factor [unit][unit] are views, 0 after carve_sim_init;
 *   CARVE_POPULATION_RATE      f(u), u the sum over its afferent projections (M1, M2), f the activation.
 * Or it spikes:
 *   CARVE_POPULATION_POISSON   units that do not depend on anything in the sim (M21): one spike train for all
 *                   lanes, drawn by lane 0's stream, or streamed by the caller (carve_spike_list);
 *   CARVE_POPULATION_LIF       leaky integrate-and-fire neurons (M12, M13).
 * The defaults of neurons and poisson units are those of the single cell of Vogels et al. 2011. */
typedef struct carve_population {
    uint32_t struct_size; /* sizeof(carve_population); set by carve_population_init */
    uint32_t
        kind; /* CARVE_POPULATION_INPUT ... CARVE_POPULATION_LIF, default CARVE_POPULATION_RATE */
    uint32_t n_units; /* 1 .. 65536, default 1; of a lif population 1 .. 4096 */
    uint32_t
        activation; /* of a rate population; CARVE_ACTIVATION_LINEAR (default) ... CARVE_ACTIVATION_SIGMOID */
    uint32_t shared; /* 1: the input's values, or the gaussian's mean and factor, are those of
                           * all lanes; 0 (default): each lane has its own */
    uint32_t fixed;  /* 1: every step sees the same batch (full batch); 0 (default): each step
                           * its own */
    /* Of a poisson population. */
    uint32_t source;   /* CARVE_SOURCE_CONSTANT (default): groups of constant rate; _SIGNAL: rates
                        * that follow a signal per group; _STREAMED: by the caller */
    uint32_t n_groups; /* groups of n_units / n_groups neighbouring units, which share a rate; a
                        * divisor of n_units, default 1 */
    uint32_t signal;   /* populations of source _SIGNAL with the same number, n_groups and
                        * signal_tau see the same signals; default 0 */
    /* Of a lif population. */
    uint32_t synapses;  /* CARVE_SYNAPSES_CONDUCTANCE (default): in units of the leak conductance;
                          * CARVE_SYNAPSES_CURRENT: a synaptic current through the leak resistance, V */
    uint32_t scored;    /* 1: its rate is filtered, compared with its target and with its bounds
                          * (M16); 0 (default) */
    uint32_t reserved;  /* 0 */
    double t_ref;       /* s, refractory period of poisson units and of neurons, rounded to whole
                          * steps: a spike at step t, and none before step t + 1 + t_ref / dt; the
                          * neuron's voltage is clamped at v_reset; 0 .. 1, default 5e-3 */
    double rate;        /* Hz, poisson: initial value of the base rates, >= 0, default 5 */
    double signal_gain; /* Hz, initial value of the signals' gains, >= 0, default 500 / 0.03 */
    double signal_tau;  /* s, of the signals' filter, > 0, default 0.05: filtered noise, whose mean
                          * of 0, variance and autocorrelation do not depend on dt (M21) */
    double tau_m;       /* s, membrane, > 0, default 0.02 */
    double tau_exc;     /* s, decay of the excitatory and */
    double tau_inh;     /* s, of the inhibitory synapses, > 0, default 5e-3 and 0.01 */
    double v_rest;      /* V, default -0.06 */
    double v_reset;     /* V, below v_threshold, default -0.06 */
    double v_threshold; /* V, a neuron above it spikes, default -0.05 */
    double v_exc,
        v_inh;       /* V, reversal potentials of CARVE_SYNAPSES_CONDUCTANCE, default 0 and -0.08 */
    double drive;    /* V, constant current through the leak resistance, default 0 */
    double rate_tau; /* s, filter of the population's rate, > 0, default 1 */
    double rate_start;  /* Hz, the filter's state at reset, >= 0, default 50.05 */
    double rate_low;    /* Hz, a lane is frozen when the filtered rate falls below rate_low */
    double rate_high;   /* Hz, or passes rate_high > rate_low; default 0 and +inf */
    double rate_target; /* Hz, >= 0, default 10 */
    double rate_offset; /* Hz, > 0, default 2: the loss is (rate - target)^2 / (rate + offset) */
} carve_population;

/* All the synapses from one population to another, or within one (lateral: pre == post). */
typedef struct carve_projection {
    uint32_t struct_size; /* sizeof(carve_projection); set by carve_projection_init */
    uint32_t pre;         /* index of the presynaptic population, default 0; between populations of
                           * rates <= post */
    uint32_t post;        /* index of the postsynaptic population, of kind rate or lif, default 1 */
    uint32_t
        connectivity; /* CARVE_CONNECT_ALL (default); CARVE_CONNECT_LOWER: only from pre unit j to post unit
                            * i > j ("hierarchical"); lateral projections only */
    uint32_t rule; /* index of its rule, or CARVE_STATIC (default) */
    uint32_t
        inference; /* lateral only (M2): CARVE_INFERENCE_SEQUENTIAL (default; needs CARVE_CONNECT_LOWER),
                            * CARVE_INFERENCE_SWEEPS, or CARVE_INFERENCE_SOLVE (linear populations) */
    uint32_t n_sweeps; /* of CARVE_INFERENCE_SWEEPS, 1 .. 1000, default 1 */
    uint32_t
        mask_from; /* CARVE_CONNECT_LOWER only: the other entries act never (CARVE_MASK_FROM_START,
                            * default), or until the first update sets them to 0
                            * (CARVE_MASK_FROM_FIRST_UPDATE, needs CARVE_INFERENCE_SWEEPS) */
    uint32_t presynaptic; /* what the rule of a feedforward projection reads as x_j of post unit i:
                            * CARVE_PRESYNAPTIC_RATE (default): the rate; _RESIDUAL_BELOW: x_j - sum over
                            * k < i of w_kj y_k; _RESIDUAL: x_j - sum over all k of w_kj y_k, both
                            * with the weights before the update. Residuals: no gradient, samples */
    uint32_t reserved;    /* 0 */
    double eta;           /* learning rate, finite, default 0.1 */
    double w_min, w_max;  /* bounds of plastic weights, w_min < w_max, default -inf, +inf */
    double w_mean, w_sd;  /* carve_sim_reset draws weights from N(w_mean, w_sd^2), default 0, 0 */
    /* Of a projection onto a lif population. Within one it has no synapse from a unit to itself. */
    uint32_t receptor; /* CARVE_EXCITATORY (default) or CARVE_INHIBITORY */
    uint32_t delay;    /* steps, 1 .. 1024 from a lif population; 0 from a poisson population,
                           * whose spikes may be shifted as well; default 0 */
    uint32_t
        coincidence; /* CARVE_COINCIDENCE_PRE_FIRST (default): a postsynaptic spike sees the presynaptic
                           * spikes that arrived in its step; CARVE_COINCIDENCE_BLIND: it does not */
    uint32_t tuning; /* 1: what each group of the poisson population transmitted is summed up
                           * (CARVE_VIEW_TRANSMITTED); 0 (default) */
    double gain;     /* conductance (or V) that a spike adds per unit of weight, finite,
                           * default 1; Vogels et al. 2011: 0.014 excitatory, 0.035 inhibitory */
} carve_projection;

/* A rule for rates is a Volterra rule (M3): dw = eta * mean over the batch of sum theta_abc x^a y^b
 * w^c, x and y the pre- and postsynaptic rate, w the weight. Its coefficients are kept in the order
 * of the bits. */
#define CARVE_TERM(a, b, c) ((uint64_t)1 << (16 * (a) + 4 * (b) + (c))) /* a, b, c in 0 .. 3 */
#define CARVE_TERMS_27 0x0000077707770777u                              /* a, b, c in 0 .. 2 */
typedef struct carve_rule {
    uint32_t struct_size; /* sizeof(carve_rule); set by carve_rule_init */
    uint32_t shared;      /* 1 (default): all lanes have one theta; 0: each lane has its own */
    uint64_t terms;       /* the terms in use, at least one bit; default CARVE_TERMS_27 */
    uint32_t kind;        /* CARVE_RULE_RATES (default) or CARVE_RULE_SPIKES */
    uint32_t
        trace_jump; /* of spikes: a spike adds 1 to its traces (CARVE_TRACE_JUMP_ONE, default) or
                           * 1 / tau (CARVE_TRACE_JUMP_INVERSE_TAU) */
} carve_rule;

/* A spike rule (M15): at a presynaptic spike dw = eta sum pre_abc y^a r^b w^c, at a postsynaptic
 * spike dw = eta sum post_abc x^a o^b w^c, a and b in 0 .. 1, c in 0 .. 2. x and r are traces of
 * the presynaptic unit, y and o of the postsynaptic one; r and o are those before the spike itself.
 * Its coefficients, in the order of the bits, are the natural logarithms of the traces' time
 * constants (in s), and pre_abc, post_abc. A term needs the bits of the traces that it reads. */
#define CARVE_TAU_PRE ((uint64_t)1 << 0)   /* of x */
#define CARVE_TAU_POST ((uint64_t)1 << 1)  /* of y */
#define CARVE_TAU_PRE2 ((uint64_t)1 << 2)  /* of r, for triplets */
#define CARVE_TAU_POST2 ((uint64_t)1 << 3) /* of o, for triplets */
#define CARVE_AT_PRE(a, b, c) ((uint64_t)1 << (4 + 6 * (a) + 3 * (b) + (c)))
#define CARVE_AT_POST(a, b, c) ((uint64_t)1 << (16 + 6 * (a) + 3 * (b) + (c)))
/* ln tau_pre, ln tau_post, alpha, kappa, beta, gamma of
 * dw/dt = eta (alpha S_pre + kappa y S_pre + beta S_post + gamma x S_post) */
#define CARVE_TERMS_PAIR                                                                           \
    (CARVE_TAU_PRE | CARVE_TAU_POST | CARVE_AT_PRE(0, 0, 0) | CARVE_AT_PRE(1, 0, 0) |              \
     CARVE_AT_POST(0, 0, 0) | CARVE_AT_POST(1, 0, 0))

/* The whole description. Read only during the call that it is passed to. */
typedef struct carve_model {
    uint32_t struct_size;   /* sizeof(carve_model); set by carve_model_init */
    uint32_t precision;     /* CARVE_F32, CARVE_F64 (default) */
    uint32_t isa;           /* CARVE_ISA_AUTO (default), or the one to force; does not
                             * change sizes or results */
    uint32_t lane_bytes;    /* bytes of a lane block: 32 (default), 64, or one element (4
                             * in CARVE_F32, 8 in CARVE_F64); does not change results.
                             * Of no effect with CARVE_LAYOUT_AFFERENTS */
    uint32_t n_replicas;    /* replicas, 1 .. 1048576, default 1 */
    uint32_t gradient;      /* CARVE_GRADIENT_NONE (default); _FORWARD: sensitivities
                             * beside the weights; _ADJOINT: carve_sim_adjoint, needs
                             * max_steps, no lateral projection, form SAMPLES */
    uint32_t batch;         /* samples per step, 1 .. 65536, default 1 (online) */
    uint32_t form;          /* CARVE_FORM_AUTO (default), or the one to force */
    uint32_t n_populations; /* 1 .. 64 */
    uint32_t n_projections; /* 1 .. 64 */
    uint32_t n_rules;       /* 0 .. 16 */
    uint32_t layout;        /* CARVE_LAYOUT_REPLICAS (default), _AFFERENTS or _AUTO */
    uint64_t max_steps;     /* most steps between resets; 0 (default): no bound */
    double bound;           /* a lane is frozen when |u| of a unit, |V| of a neuron or
                             * |w| of a plastic weight passes it; > 0, default 1e9 */
    double dt;              /* s, of a step of a spiking model, 1e-6 .. 0.1, default
                             * 1e-4 */
    double surrogate;       /* b of the surrogate gradient (M18), > 0, default 10 */
    const carve_population* populations; /* [n_populations], evaluated in this order */
    const carve_projection* projections; /* [n_projections] */
    const carve_rule* rules;             /* [n_rules] */
} carve_model;

/* Each writes the defaults into *object. size: sizeof *object as the caller compiled it.
 * CARVE_E_NULL, CARVE_E_VERSION (size is smaller than the first version's or larger than ours). */
CARVE_API carve_status carve_model_init(carve_model* model, size_t size);
CARVE_API carve_status carve_population_init(carve_population* population, size_t size);
CARVE_API carve_status carve_projection_init(carve_projection* projection, size_t size);
CARVE_API carve_status carve_rule_init(carve_rule* rule, size_t size);

/* Writes one sentence that names the first field at fault, its value and its range ("" if the model
 * is valid) into text[0 .. text_bytes), always terminated, and returns its full length like
 * snprintf. model and text may be null. */
CARVE_API size_t carve_model_explain(const carve_model* model, char* text, size_t text_bytes);

/* ---- Sim ---------------------------------------------------------------------------------- */

typedef struct carve_sim carve_sim; /* opaque; lives in the caller's memory */

#define CARVE_ALIGNMENT 64u /* of a sim's memory, bytes */

/* Exact bytes that carve_sim_init uses: a pure function of *model, equal on every machine. For a
 * static buffer the program carve_size prints them as a constant. CARVE_E_NULL, CARVE_E_VERSION,
 * CARVE_E_RANGE (also: a size overflows). */
CARVE_API carve_status carve_sim_required_bytes(const carve_model* model, size_t* bytes);

/* Builds a sim in memory[0 .. bytes), resets it with seed 0, and points *sim into it. There is no
 * destroy: forget *sim, then reuse or release the memory. Coefficients, means and factors are 0.
 * The memory holds no part of the model (CARVE_E_RANGE).
 * CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE, CARVE_E_ALIGN, CARVE_E_SPACE, CARVE_E_ISA. */
CARVE_API carve_status carve_sim_init(void* memory, size_t bytes, const carve_model* model,
                                      carve_sim** sim);

/* Takes a block that was copied, saved or sent from elsewhere, checks its header, size, checksum,
 * model and plan, picks an instruction set that this machine has, and points *sim into it. Array
 * contents are taken as they are: any content is safe. CARVE_E_NULL, CARVE_E_ALIGN, CARVE_E_SPACE,
 * CARVE_E_CORRUPT. Cost: independent of the arrays' size. */
CARVE_API carve_status carve_sim_attach(void* memory, size_t bytes, carve_sim** sim);

/* Back to step 0: draws the initial weights of every projection by (seed, stream, projection,
 * post, pre), clips those of plastic projections to their bounds, clears rates, sensitivities and
 * frozen lanes. Coefficients, means and factors stay. streams [n_replicas] names each lane's random
 * stream (null: lane l has stream l); lanes that are to see the same numbers carry the same one.
 * CARVE_E_NULL. */
CARVE_API carve_status carve_sim_reset(carve_sim* sim, uint64_t seed, const uint64_t* streams);

/* Advances n_steps steps (M1 to M5, and M6 to M8 with sensitivities); 0 is allowed.
 * inputs: one pointer per input population, in declaration order (null if there is none), each to
 * elements of model.precision, unchanged during the call:
 *   [block][step][sample][unit][lane], shared: [step][sample][unit]; fixed: without [step].
 * A spiking model: (M12 to M16, M21, and M18, M19 with sensitivities); inputs: one pointer per streamed
 * poisson population, each to a carve_spike_list. CARVE_E_RANGE also if the spikes of the call's
 * steps, or in the first call after a reset all of the list's, are not sorted, and if those of the
 * call's steps name no unit of the population. Cost per lane block: about 50 flops a neuron and step, and 10
 * a synapse and spike that it transmits or follows. After CARVE_E_DIVERGED, which is the exception
 * to "changed nothing", healthy lanes have advanced and frozen lanes are flagged: their rates,
 * plastic weights and sensitivities are quiet NaN. CARVE_E_NULL, CARVE_E_RANGE (more than max_steps
 * in all, or 2^40 of a spiking model), CARVE_E_DIVERGED (also if a lane was frozen by an earlier
 * call). Cost, per lane block, sample and step: about 20 flops per synapse, and 7 more per
 * coefficient with sensitivities. */
CARVE_API carve_status carve_sim_step(carve_sim* sim, const void* const* inputs, uint64_t n_steps);

typedef struct carve_spike {
    uint64_t step;       /* since the last reset, 0-based */
    uint32_t population; /* index, 0 in the caller's lists */
    uint32_t unit;
    uint32_t lane;     /* 0 in the caller's lists */
    uint32_t reserved; /* 0 */
} carve_spike;

/* The spikes of a streamed poisson population, strictly increasing in (step, unit): the same list
 * serves all calls until the next reset, each takes what belongs to its steps. */
typedef struct carve_spike_list {
    const carve_spike* spikes; /* [n_spikes]; may be null if n_spikes is 0 */
    uint64_t n_spikes;
} carve_spike_list;

/* A ring buffer of the caller's that takes the spikes of all lif populations. Those of one neuron
 * in one lane are in order of time. What does not fit is counted, not written. */
typedef struct carve_recorder {
    uint32_t struct_size; /* sizeof(carve_recorder) */
    uint32_t reserved;    /* 0 */
    carve_spike* spikes;  /* [capacity] */
    uint64_t capacity;    /* >= 1 */
    uint64_t n_written;   /* in all; the newest is at (n_written - 1) % capacity */
    uint64_t n_read;      /* by the caller, who raises it; n_written - n_read <= capacity */
    uint64_t n_lost;      /* spikes that found the buffer full */
} carve_recorder;

/* carve_sim_step that also records. Errors as carve_sim_step, and CARVE_E_UNAVAILABLE (no spikes in
 * this model), CARVE_E_VERSION, CARVE_E_RANGE (capacity 0, or more read than written). */
CARVE_API carve_status carve_sim_step_recording(carve_sim* sim, const void* const* inputs,
                                                uint64_t n_steps, carve_recorder* recorder);

enum { /* arrays of a sim; index: of the population, projection or rule that the array belongs to */
       CARVE_VIEW_WEIGHTS = 0,       /* projection; [block][post][pre][lane], read and write */
       CARVE_VIEW_SENSITIVITIES = 1, /* projection; [block][post][pre][coefficient][lane], dw/dtheta
                                      * over the coefficients of all rules in order; plastic ones of
                                      * a sim with a gradient only. With CARVE_LAYOUT_AFFERENTS
                                      * [replica] [post][pre / 16][coefficient][pre % 16] */
       CARVE_VIEW_THETA = 2,         /* rule; [block][term][lane], shared: [term]; read and write */
       CARVE_VIEW_RATES = 3,     /* population; [block][sample][unit][lane], of the last step; not
                                  * for inputs that are streamed per lane, nor in moment form */
       CARVE_VIEW_MEAN = 4,      /* gaussian population; [block][unit][lane], shared: [unit] */
       CARVE_VIEW_FACTOR = 5,    /* gaussian population; [block][unit][unit][lane], shared: [unit]
                                  * [unit]; the covariance is factor times its transpose */
       CARVE_VIEW_FROZEN = 6,    /* index 0; [block][lane], uint64: 0, or 1 + the 0-based step at
                                  * which the lane was frozen */
       CARVE_VIEW_STREAMS = 7,   /* index 0; [block][lane], uint64, read only */
       CARVE_VIEW_GROUPS = 8,    /* poisson population; double [2][group], of all lanes: base rates,
                                  * Hz, and gains of the signals, Hz; read and write */
       CARVE_VIEW_WINDOW = 9,    /* lif population; uint64 [2], of all lanes: the steps from [0] to
                                  * before [1] are counted and scored; 0 and 2^64 - 1 after
                                  * carve_sim_init; read and write */
       CARVE_VIEW_VOLTAGES = 10, /* lif population; [block][unit][lane], V */
       CARVE_VIEW_CONDUCTANCES = 11, /* lif population; [block][unit][receptor][lane], decayed to
                                      * the next step */
       CARVE_VIEW_SPIKE_COUNTS = 12, /* lif population; [block][unit][lane], spikes in the window */
       CARVE_VIEW_FILTERED_RATE = 13, /* scored lif population; [block][lane], Hz */
       CARVE_VIEW_PRE_TRACES = 14,  /* plastic projection; [block][pre][x, r][lane], right after the
                                     * last spike of a poisson unit; decayed to the next step of a lif */
       CARVE_VIEW_POST_TRACES = 15, /* plastic projection; [block][post][y, o][lane], decayed to the
                                     * next step */
       CARVE_VIEW_LAST_SPIKES = 16, /* plastic projection from a poisson population; uint64 [pre],
                                     * of all lanes: 1 + the step of its last spike, 0: none */
       CARVE_VIEW_TRANSMITTED =
           17 /* projection with tuning; [block][post][group][lane]: sum of gain w
               * over the spikes in the window of its postsynaptic population */
};
enum { CARVE_U64 = 2 }; /* element type of a view, beside CARVE_F32 and CARVE_F64 */

typedef struct carve_view {
    void* data;          /* inside the sim's memory, valid until that is reused */
    uint32_t ndim, type; /* 1 .. 5; CARVE_F32, CARVE_F64 or CARVE_U64 */
    size_t shape[5];     /* entries past ndim are 1 */
    size_t stride[5];    /* in elements */
} carve_view;

/* Where an array lives. CARVE_E_NULL, CARVE_E_RANGE (which, index), CARVE_E_UNAVAILABLE. */
CARVE_API carve_status carve_sim_view(carve_sim* sim, uint32_t which, uint32_t index,
                                      carve_view* view);

typedef struct carve_sim_info {
    uint32_t struct_size; /* in: sizeof(carve_sim_info); at most so many bytes are written */
    uint32_t precision;   /* CARVE_F32, CARVE_F64 */
    uint32_t isa;         /* the one in use */
    uint32_t form;        /* CARVE_FORM_SAMPLES or CARVE_FORM_MOMENTS */
    uint32_t n_replicas;  /* replicas */
    uint32_t lanes_per_block;
    uint32_t n_blocks;
    uint32_t n_coefficients; /* of all rules together */
    uint32_t n_frozen;       /* lanes frozen so far */
    uint32_t layout;         /* CARVE_LAYOUT_REPLICAS or CARVE_LAYOUT_AFFERENTS */
    uint64_t steps;          /* taken since the last reset */
    uint64_t bytes;          /* of the sim's block */
} carve_sim_info;

/* CARVE_E_NULL, CARVE_E_VERSION (struct_size smaller than the first version's). */
CARVE_API carve_status carve_sim_get_info(const carve_sim* sim, carve_sim_info* info);

/* ---- Loss --------------------------------------------------------------------------------- */

enum {
    /* Mean over rows of min over s = +-1 of |w_i - s target_i|. */
    CARVE_LOSS_DISTANCE = 0,
    /* The same of the squared norm. */
    CARVE_LOSS_DISTANCE_SQUARED = 1,
    /* 1 - tr(P_W P_T) / n_post: distance of the row spaces; target rows orthonormal, n_post <= 16. */
    CARVE_LOSS_SUBSPACE = 2,
    /* Mean over i < k of (a_i . C a_k)^2, a the effective weights: with the lateral projection of the
     * postsynaptic population, which must be linear; target: C, the inputs' second moments, symmetric;
     * feedforward projections only, 2 <= n_post <= 16. */
    CARVE_LOSS_DECORRELATION = 3,
    /* Mean over the window of (rate - target)^2 / (rate + offset) of a scored lif population (M16). */
    CARVE_LOSS_RATE = 4,
    /* 1 - correlation over groups of what two projections with tuning transmitted, mean over
     * postsynaptic units (M17); value only. */
    CARVE_LOSS_TUNING = 5
};

/* An objective on the weights [post][pre] of one projection (M10), or on what a spiking population
 * did in its window. */
typedef struct carve_loss {
    uint32_t struct_size;   /* sizeof(carve_loss); set by carve_loss_init */
    uint32_t kind;          /* CARVE_LOSS_DISTANCE (default), ... */
    uint32_t projection;    /* default 0 */
    uint32_t target_shared; /* 1 (default): target is [post][pre] (decorrelation: [pre][pre]);
                             * 0: [post][pre][n_replicas] */
    const double* target;   /* in double whatever the precision; not of _RATE and _TUNING */
    uint32_t population;    /* of CARVE_LOSS_RATE, default 0 */
    uint32_t other;         /* of CARVE_LOSS_TUNING: the second projection, with the same
                             * postsynaptic population and number of groups; default 0 */
} carve_loss;
CARVE_API carve_status carve_loss_init(carve_loss* loss, size_t size);

/* Per lane: value [n_replicas], and unless null gradient [n_coefficients][n_replicas], dL/dtheta. Frozen
 * lanes get NaN; so does a lane whose weights are not finite. The sign s is held fixed in the
 * gradient. CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE, CARVE_E_UNAVAILABLE (gradient without
 * sensitivities; a population that is not linear). Does not change the sim. */
CARVE_API carve_status carve_sim_loss(const carve_sim* sim, const carve_loss* loss, double* value,
                                      double* gradient);

/* Per lane: value [n_replicas], and dloss_dw [post][pre][n_replicas], dL/dw of the loss's projection (not
 * of the lateral one that _DECORRELATION depends on, too). As carve_sim_loss otherwise, but needs
 * no sensitivities. CARVE_E_UNAVAILABLE for _RATE and _TUNING, which are no functions of weights. */
CARVE_API carve_status carve_sim_loss_slopes(const carve_sim* sim, const carve_loss* loss,
                                             double* value, double* dloss_dw);

/* The residuals r whose squares make up the loss: CARVE_LOSS_DISTANCE and _SQUARED: w - s target,
 * n = n_post * n_pre, loss = mean over rows of |r_i| or |r_i|^2; _SUBSPACE, _RATE
 * and _TUNING: n = 1, r = sqrt(loss);
 * _DECORRELATION: a_i . C a_k of the pairs (0, 1), (0, 2), ..., (1, 2), ..., loss = mean of
 * squares. *n receives n; residuals [n][n_replicas] and jacobian [n][n_coefficients][n_replicas] may be
 * null. Errors as carve_sim_loss. */
CARVE_API carve_status carve_sim_residuals(const carve_sim* sim, const carve_loss* loss, size_t* n,
                                           double* residuals, double* jacobian);

/* Any other loss: dloss_dw [post][pre][n_replicas] of one plastic projection in, dL/dtheta
 * [n_coefficients][n_replicas] out (M8). CARVE_E_NULL, CARVE_E_RANGE, CARVE_E_UNAVAILABLE. */
CARVE_API carve_status carve_sim_chain(const carve_sim* sim, uint32_t projection,
                                       const double* dloss_dw, double* gradient);

/* The same for a sim with CARVE_GRADIENT_ADJOINT, by a sweep back through all its steps (M11): a
 * loss of the last weights. dloss_dw [n_projections]: null, or dL/dw [post][pre][n_replicas] of that
 * plastic projection; gradient [n_coefficients][n_replicas]. inputs: as for one carve_sim_step of
 * n_steps, all the steps since the reset, with the values that these saw; generated ones are
 * generated again. Since the first step coefficients, means and factors must not have been changed,
 * nor weights been written. Frozen lanes get NaN. Afterwards the sim is what it was before.
 * CARVE_E_NULL, CARVE_E_RANGE (n_steps is not the number of steps since the reset),
 * CARVE_E_UNAVAILABLE (another gradient). Cost, per synapse, sample and step: about 74 flops,
 * whatever n_coefficients. */
CARVE_API carve_status carve_sim_adjoint(carve_sim* sim, const void* const* inputs,
                                         uint64_t n_steps, const double* const* dloss_dw,
                                         double* gradient);

/* ---- Random numbers ----------------------------------------------------------------------- */

/* Counter-based (Philox4x32-10): the value at index first + i is a function of (seed, stream,
 * index) alone. Uniform in (0, 1); standard normal. out [n]. No range limits; CARVE_E_NULL. */
CARVE_API carve_status carve_random_uniform(uint64_t seed, uint64_t stream, uint64_t first,
                                            double* out, size_t n);
CARVE_API carve_status carve_random_normal(uint64_t seed, uint64_t stream, uint64_t first,
                                           double* out, size_t n);

/* ---- Library ------------------------------------------------------------------------------ */

CARVE_API uint32_t carve_abi_version(void);                     /* CARVE_ABI of the library */
CARVE_API const char* carve_version(void);                      /* "0.1.0" */
CARVE_API const char* carve_status_string(carve_status status); /* never null */
CARVE_API const char* carve_isa_name(uint32_t isa);             /* "avx2"; "unknown", never null */
CARVE_API int carve_isa_compiled(uint32_t isa);                 /* 1 if this library contains it */
CARVE_API int carve_isa_usable(uint32_t isa); /* 1 if it also runs on this machine */

#ifdef __cplusplus
}
#endif
#endif
