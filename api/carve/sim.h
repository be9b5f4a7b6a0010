/* carve/sim.h: a network in memory: building, stepping, reading and writing it. Include carve.h. */
#ifndef CARVE_SIM_H
#define CARVE_SIM_H

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct carve_sim carve_sim; /* opaque; in the caller's memory */

#define CARVE_ALIGNMENT 64u /* of a sim's memory, bytes */

/* Exact bytes that carve_sim_init uses: a pure function of *model, equal on every machine. For a static
 * buffer the program carve_size prints them as a constant. At once with anything. CARVE_E_NULL,
 * CARVE_E_VERSION, CARVE_E_RANGE (also: a size overflows), CARVE_E_UNAVAILABLE (docs/embedded.md). */
CARVE_API carve_status carve_sim_required_bytes(const carve_model* model, size_t* bytes,
                                                carve_fault* fault);

/* Builds a sim in memory[0 .. bytes), resets it with seed 0, and points *sim into it. There is no
 * destroy: forget *sim, then reuse or release the memory. Coefficients, means and factors are 0.
 * The memory holds no part of the model (CARVE_E_RANGE).
 * Alone on the memory. CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE, CARVE_E_ALIGN, CARVE_E_SPACE,
 * CARVE_E_ISA, CARVE_E_UNAVAILABLE. */
CARVE_API carve_status carve_sim_init(void* memory, size_t bytes, const carve_model* model,
                                      carve_sim** sim, carve_fault* fault);

/* Takes a block that was copied, saved or sent from elsewhere, checks its header, size, checksum, model and
 * plan (a library without the feature `models`: the first three), picks an instruction set that this machine
 * has, and points *sim into it. Any content of arrays is safe. Alone on the memory. CARVE_E_NULL, CARVE_E_ALIGN,
 * CARVE_E_SPACE, CARVE_E_CORRUPT, CARVE_E_UNAVAILABLE. Cost: independent of the arrays' size. */
CARVE_API carve_status carve_sim_attach(void* memory, size_t bytes, carve_sim** sim,
                                        carve_fault* fault);

/* Back to step 0: draws the graphs of CARVE_CONNECT_IN_DEGREE by (seed, random_id, post) and the
 * initial weights of every projection by (seed, stream, random_id, post, pre), clips those of
 * plastic projections to their bounds, clears rates, sensitivities and frozen lanes, and sets
 * baselines to their start. Coefficients, means, factors, learning rates, bounds, gains, poisson
 * rates and windows stay. streams [n_replicas] names each lane's random stream (null: lane l has
 * stream l); lanes that are to see the same numbers carry the same one. Alone. CARVE_E_NULL. */
CARVE_API carve_status carve_sim_reset(carve_sim* sim, uint64_t seed, const uint64_t* streams,
                                       carve_fault* fault);

enum { /* parts of what changes as a sim is stepped */
       CARVE_PART_ACTIVITY =
           1, /* rates, leaky drives and past rates; voltages, conductances, refractory periods,
               * spikes on their way; with their sensitivities */
       CARVE_PART_TRACES = 2,  /* what rules read: spike traces, baselines of modulators, means of
                                * rates; and eligibility traces; with their sensitivities */
       CARVE_PART_WEIGHTS = 4, /* and their sensitivities */
       CARVE_PART_MEASURES = 8 /* what losses, trajectories and counts have summed up */
};

/* Sets the given parts, a sum of CARVE_PART_..., to what the last reset made of them, the same drawn
 * weights again, clipped to the bounds as they are now. Time, random numbers and frozen lanes stay as
 * they are. Alone.
 * CARVE_E_NULL, CARVE_E_RANGE, CARVE_E_UNAVAILABLE (weights of a sim with CARVE_GRADIENT_ADJOINT). */
CARVE_API carve_status carve_sim_clear(carve_sim* sim, uint32_t parts, carve_fault* fault);

typedef struct carve_spike {
    uint64_t step;       /* since the last reset, 0-based */
    uint32_t population; /* index, 0 in the caller's lists */
    uint32_t unit;
    uint32_t replica; /* 0 in the caller's lists */
    uint32_t count;   /* 1: several at once are not in this version */
} carve_spike;

enum {                   /* type of a stream, beside CARVE_F32 and CARVE_F64 */
       CARVE_SPIKES = 4, /* carve_spike, strictly increasing in (step, unit) */
};
enum { CARVE_STREAM_BLOCKS = 0 }; /* layout of a stream: as below; others are not in this version */

/* What the caller streams to one population: values to an input,
 *   [block][step][sample][unit][lane], shared: [step][sample][unit]; fixed: without [step],
 * padding lanes included (carve_sim_info), or spikes to a streamed poisson population: the same list
 * serves all calls until the next reset, each takes what belongs to its steps. */
typedef struct carve_stream {
    uint32_t type;    /* the model's precision, or CARVE_SPIKES */
    uint32_t layout;  /* CARVE_STREAM_BLOCKS */
    uint64_t length;  /* elements; of values just those of the call's steps */
    const void* data; /* [length], unchanged during the call; null if length is 0 */
} carve_stream;

/* A ring buffer of the caller's that takes the spikes of all neurons. Those of one neuron
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

enum { CARVE_STEP_WHOLE = 0 }; /* half of a step: others are not in this version */

/* What carve_sim_step does. */
typedef struct carve_step {
    uint32_t struct_size;       /* sizeof(carve_step); set by carve_step_init */
    uint32_t n_inputs;          /* input populations and streamed poisson ones; default 0 */
    uint64_t n_steps;           /* default 0 */
    const carve_stream* inputs; /* [n_inputs], in the order of their populations' declaration */
    carve_recorder* recorder;   /* null (default), or who takes the spikes */
    uint32_t plastic;           /* 1 (default); 0: weights, eligibility traces and their
                                 * sensitivities do not change, all else continues (not with CARVE_GRADIENT_ADJOINT) */
    uint32_t half;              /* CARVE_STEP_WHOLE (default) */
    uint32_t first_replica;     /* 0 in this version */
    uint32_t n_replicas;        /* 0 (default): all; fewer are not in this version */
} carve_step;
CARVE_API carve_status carve_step_init(carve_step* step, size_t size);

/* Advances n_steps steps: rates (M1 to M5, and M6 to M8 with sensitivities; third factors, gates,
 * memory, trajectories and general rules by M35 to M46, M52), or spikes (M12 to M16, M21, and M18, M19; M47 to M49). Replicas that
 * leave the bound or the finite numbers are frozen: carve_sim_info counts them, CARVE_VIEW_FROZEN
 * says when, and their rates, memory, plastic weights, sensitivities and sums are quiet NaN. Alone.
 * CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE (also: more than max_steps in
 * all, or 2^40 of a spiking model; a stream of another type or length; spikes of the call's steps, or
 * in the first call after a reset all of a list's, that are not sorted; spikes of the call's steps
 * that name no unit; a recorder of capacity 0, or more read than written), CARVE_E_UNAVAILABLE (a
 * recorder without spikes; plastic 0 with CARVE_GRADIENT_ADJOINT).
 * Cost, per lane block, sample and step: about 20 flops per synapse, and 7 more per coefficient with
 * sensitivities, and K (K + 4) per recorded rate or weight with K coefficients; if it spikes, about 50 flops a
 * neuron and step, and 10 a synapse and spike that it transmits or follows; under several rules of a
 * projection some times that, and with eligibility 10 a synapse and step. */
CARVE_API carve_status carve_sim_step(carve_sim* sim, const carve_step* step, carve_fault* fault);

enum { /* arrays of a sim; index: of the population, projection or rule that the array belongs to. What
        * belongs to a rule of a projection, its learning rate, traces, baseline and eligibility, has the
        * projection's index if it is its first; the further ones of all projections, in order, have the
        * indices after the last projection's. */
       CARVE_VIEW_WEIGHTS = 0,       /* projection; [block][post][pre][lane], read and write. Of a
                                      * sparse one [block][synapse][lane], row after row; with
                                      * CARVE_LAYOUT_TARGETS by presynaptic units: see
                                      * CARVE_VIEW_COLUMN_START */
       CARVE_VIEW_SENSITIVITIES = 1, /* projection; [block][post][pre][coefficient][lane], dw/dtheta
                                      * over the coefficients of all rules in order, and free initial
                                      * weights behind them; plastic ones of a sim with a gradient only. With CARVE_LAYOUT_AFFERENTS
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
       CARVE_VIEW_WINDOW = 9,    /* neurons; uint64 [2], of all lanes: the steps from [0] to
                                  * before [1] are counted and scored; 0 and 2^64 - 1 after
                                  * carve_sim_init; read and write */
       CARVE_VIEW_VOLTAGES = 10, /* neurons; [block][unit][lane], V */
       CARVE_VIEW_CONDUCTANCES = 11,  /* neurons; [block][unit][receptor][lane], decayed to the next
                                      * step (cvaif: as the last step used them). With
                                      * CARVE_LAYOUT_TARGETS [block][receptor][unit][lane], to be
                                      * multiplied by CARVE_VIEW_CONDUCTANCE_SCALES */
       CARVE_VIEW_SPIKE_COUNTS = 12,  /* neurons; [block][unit][lane], spikes in the window */
       CARVE_VIEW_FILTERED_RATE = 13, /* neurons with CARVE_PROBE_RATE; [block][lane], Hz */
       CARVE_VIEW_PRE_TRACES = 14,  /* plastic projection; [block][pre][x, r][lane], right after the
                                     * last spike of a poisson unit; decayed to the next step of
                                     * neurons. Of rates, where the rule reads the mean of x,
                                     * [block][pre][lane], that mean (M41). With
                                     * CARVE_LAYOUT_TARGETS [block][x, r][pre][lane], decayed to the
                                     * next step if multiplied by CARVE_VIEW_TRACE_SCALES */
       CARVE_VIEW_POST_TRACES = 15, /* plastic projection; [block][post][y, o][lane], decayed to the
                                     * next step. Of rates, where the rule reads them,
                                     * [block][post][y, y^2][lane], their means (M41). With
                                     * CARVE_LAYOUT_TARGETS [block][y, o][post][lane], likewise */
       CARVE_VIEW_LAST_SPIKES = 16, /* plastic projection from a poisson population, not with
                                     * CARVE_LAYOUT_TARGETS; uint64 [pre],
                                     * of all lanes: 1 + the step in which its last spike arrived,
                                     * 0: none */
       CARVE_VIEW_TRANSMITTED = 17, /* projection with CARVE_PROBE_TRANSMITTED;
                                     * [block][post][group][lane]: sum of gain w over the spikes in
                                     * the window of its postsynaptic population */
       CARVE_VIEW_NEURON_STATE = 18, /* if and cvaif populations; [block][unit][row][lane], what
                                      * neurons have beside the voltage and conductances, by rows of
                                      * CARVE_STATE_...; with CARVE_LAYOUT_TARGETS
                                      * [block][row][unit][lane] */
       CARVE_VIEW_ROW_START = 19,    /* sparse projection, not with CARVE_LAYOUT_TARGETS; uint32
                                   * [post + 1], of all lanes: where the synapses of each
                                   * postsynaptic unit begin, read only */
       CARVE_VIEW_PRE_UNITS =
           20, /* likewise; uint32 [synapse], of all lanes: presynaptic units, read
                                   * only */
       /* What the model says of all replicas, and the caller may set for each; a reset leaves it. Any
        * content is safe: a NaN among learning rates or gains freezes its replica when it acts, a NaN
        * among bounds does not bind. Weights beyond new bounds move at their next update. */
       CARVE_VIEW_ETA = 21,    /* plastic projection; [block][lane], learning rates.*/
       CARVE_VIEW_BOUNDS = 22, /* plastic projection of which the model bounds the weights;
                                * [block][w_min, w_max][lane] */
       CARVE_VIEW_GAIN = 23,   /* projection onto neurons; [block][lane] */
       /* A reset sets them, unlike the three above. */
       CARVE_VIEW_BASELINE = 24, /* plastic projection whose modulator has a baseline; [block][step]
                                 * [lane], its mean (_EXPONENTIAL, one), or the rates of the last
                                 * `window` steps, that of step t at t % window (_WINDOW); read and
                                 * write. Its derivative is that of what the steps made of it: clear
                                 * CARVE_PART_TRACES before you write */
       /* Memory of rates (M38, M39) and trajectories (M40). */
       CARVE_VIEW_DRIVE =
           25, /* rate population with a tau above 1; [block][sample][unit][lane], u of
                               * the last step, from which the next one starts; read and write */
       CARVE_VIEW_DRIVE_SENSITIVITIES =
           26, /* of it, if it depends on theta, in a sim with a forward gradient;
                * [block][sample][unit][coefficient][lane], du/dtheta */
       CARVE_VIEW_PAST_RATES =
           27, /* any population, an input too, from which a projection between rates with a delay
                * comes; [block][step][sample][unit][lane], its rates in the last n steps, n the
                * longest delay + 2, those of step t at t % n; before the first step those of step -d
                * at n - d. Read and write; their derivatives are those of what the steps made of
                * them: clear CARVE_PART_ACTIVITY before you write */
       CARVE_VIEW_TRAJECTORY =
           28, /* rate population with a CARVE_PROBE_TRAJECTORY; [block][2][lane], its loss and
                * the sum of the weights of observations, of which a choice is one; with a forward
                * gradient, if it depends on theta, [block][2 + K + K (K + 1) / 2][lane]: the loss, its
                * K derivatives, the Gauss-Newton matrix, entries (k, l <= k) by k, and that sum.
                * With CARVE_SUMS_OF_UNITS [block][unit][6][lane]: sums of m, m y, m y^2, m o, m o y,
                * m o^2, and with derivatives Y of y [block][unit][6 + 3 K + K (K + 1) / 2][lane]: of
                * m Y_k, m y Y_k, m o Y_k, and m Y_k Y_l, l <= k, too (M46). Where initial weights are
                * free [block][unit][2 + K + K (K + 1) / 2][lane], as without units, K those of
                * carve_sim_info (M24); read and write */
       CARVE_VIEW_ELIGIBILITY =
           29, /* plastic projection under a rule with eligibility; [block][post][pre][lane], of a
                * sparse one [block][synapse][lane], its traces (M42), at spikes decayed to the next
                * step (M48); read and write */
       CARVE_VIEW_ELIGIBILITY_SENSITIVITIES =
           30, /* of it, in a sim with a gradient; [block][post][pre][coefficient][lane] */
       CARVE_VIEW_MODULATOR_RATE = 31, /* plastic projection whose modulator spikes; [block][lane],
                                        * Hz, its filtered rate, which the next step reads (M47);
                                        * read and write */
       CARVE_VIEW_WEIGHT_TRAJECTORY =
           32, /* projection with a CARVE_PROBE_WEIGHTS (M52); the sums in the order of
               * CARVE_VIEW_TRAJECTORY: without a gradient [block][2][lane], with a forward gradient
               * [block][2 + K + K (K + 1) / 2][lane], and where initial weights onto its
               * postsynaptic population are free those of each postsynaptic unit's weights,
               * [block][post][2 + K + K (K + 1) / 2][lane]; read and write */
       /* CARVE_LAYOUT_TARGETS only. */
       CARVE_VIEW_COLUMN_START = 33, /* projection; uint32 [pre + 1], of all replicas: where the
                                      * synapses of each presynaptic unit begin, read only */
       CARVE_VIEW_POST_UNITS = 34,   /* projection; uint16 [synapse], of all replicas: postsynaptic
                                      * units, increasing in those of one presynaptic unit; read
                                      * only */
       CARVE_VIEW_TRACE_SCALES = 35, /* plastic projection; [block][2][2][lane], what the traces of
                                      * the other views are to be multiplied by: of x, r; y, o */
       CARVE_VIEW_CONDUCTANCE_SCALES = 36 /* neurons; [block][receptor][lane], what g of the other
                                           * view is to be multiplied by */
};
enum {                                     /* rows of CARVE_VIEW_NEURON_STATE (M32, M33) */
       CARVE_STATE_THRESHOLD = 0,          /* if, cvaif: V, of the threshold above v_threshold */
       CARVE_STATE_ADAPTATION = 1,         /* cvaif, as the rest: conductance of adaptation */
       CARVE_STATE_VOLTAGE = 2,            /* V, filtered */
       CARVE_STATE_EXCITATORY_CURRENT = 3, /* V, filtered */
       CARVE_STATE_INHIBITORY_CURRENT = 4  /* V, filtered, with that of adaptation; outward */
};
enum {
    CARVE_U64 = 2,
    CARVE_U32 = 3,
    CARVE_U16 = 5
}; /* element types of a view, beside CARVE_F32
                                                        * and CARVE_F64 */

typedef struct carve_view {
    void* data;          /* inside the sim's memory, valid until that is reused */
    uint32_t ndim, type; /* 1 .. 5; CARVE_F32, CARVE_F64, CARVE_U64, _U32 or _U16 */
    size_t shape[5];     /* entries past ndim are 1 */
    size_t stride[5];    /* in elements */
} carve_view;

/* Where an array is. A reader. CARVE_E_NULL, CARVE_E_RANGE (which, index), CARVE_E_UNAVAILABLE. */
CARVE_API carve_status carve_sim_view(carve_sim* sim, uint32_t which, uint32_t index,
                                      carve_view* view, carve_fault* fault);

/* An array of one replica, in double, whatever the layout and the precision: the elements of the view
 * without block and lane, in their order (sensitivities [post][pre][coefficient] always), n of them.
 * An array that all replicas share is that of each. Numbers of uint64 are rounded beyond 2^53. As a
 * view, but slower: for what is done once a run. To read is a reader's, to write is alone, and not of
 * what is read only or CARVE_VIEW_FROZEN (CARVE_E_UNAVAILABLE); a uint64 is a whole number of at least
 * 0 (CARVE_E_RANGE).
 * CARVE_E_NULL, CARVE_E_RANGE (which, index, replica, another n), CARVE_E_UNAVAILABLE. */
CARVE_API carve_status carve_sim_read(const carve_sim* sim, uint32_t which, uint32_t index,
                                      uint32_t replica, double* values, size_t n,
                                      carve_fault* fault);
CARVE_API carve_status carve_sim_write(carve_sim* sim, uint32_t which, uint32_t index,
                                       uint32_t replica, const double* values, size_t n,
                                       carve_fault* fault);

typedef struct carve_sim_info {
    uint32_t struct_size; /* in: sizeof(carve_sim_info); at most so many bytes are written */
    uint32_t precision;   /* CARVE_F32, CARVE_F64 */
    uint32_t isa;         /* the one chosen; blocks of one element take the scalar one's code */
    uint32_t form;        /* CARVE_FORM_SAMPLES or CARVE_FORM_MOMENTS */
    uint32_t n_replicas;  /* replicas */
    uint32_t lanes_per_block;
    uint32_t n_blocks;
    uint32_t
        n_coefficients; /* of all rules together, and behind them columns of free initial weights
                              * (CARVE_INITIAL_FREE, M23) */
    uint32_t n_frozen;  /* lanes frozen so far */
    uint32_t layout;    /* CARVE_LAYOUT_REPLICAS, _AFFERENTS or _TARGETS */
    uint64_t steps;     /* taken since the last reset */
    uint64_t bytes;     /* of the sim's block */
} carve_sim_info;

/* A reader. CARVE_E_NULL, CARVE_E_VERSION (struct_size smaller than the first version's). */
CARVE_API carve_status carve_sim_get_info(const carve_sim* sim, carve_sim_info* info,
                                          carve_fault* fault);

#ifdef __cplusplus
}
#endif
#endif
