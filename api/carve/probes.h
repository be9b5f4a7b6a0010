/* carve/probes.h: what is measured while a sim is stepped. Include carve.h. */
#ifndef CARVE_PROBES_H
#define CARVE_PROBES_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {                              /* kind, and the struct that parameters points to */
       CARVE_PROBE_RATE = 0,        /* carve_rate_probe; index: of neurons */
       CARVE_PROBE_TRANSMITTED = 1, /* none; index: of a projection from a poisson population. What
                                     * each of its groups transmitted in the window is summed up
                                     * (CARVE_VIEW_TRANSMITTED, CARVE_LOSS_TUNING) */
       CARVE_PROBE_TRAJECTORY = 2,  /* carve_trajectory_probe; index: of a rate population */
       CARVE_PROBE_WEIGHTS = 3 /* carve_trajectory_probe; index: of a plastic projection between
                                     * populations of rates */
};

/* What is measured while a sim is stepped. An element has at most one probe of a kind. */
typedef struct carve_probe {
    uint32_t struct_size;   /* sizeof(carve_probe); set by carve_probe_init */
    uint32_t kind;          /* CARVE_PROBE_RATE (default), ... */
    uint32_t index;         /* of the population or projection, default 0 */
    uint32_t reserved;      /* 0 */
    const void* parameters; /* the struct of its kind, from its _init; null: its defaults */
} carve_probe;

/* The mean rate of a population, filtered (CARVE_VIEW_FILTERED_RATE), which freezes a replica when it
 * leaves its bounds and is compared with its target (CARVE_LOSS_RATE, M16). */
typedef struct carve_rate_probe {
    uint32_t struct_size; /* sizeof(carve_rate_probe); set by carve_rate_probe_init */
    uint32_t reserved;    /* 0 */
    double tau;           /* s, of the filter, > 0, default 1 */
    double start;         /* Hz, the filter's state at reset, >= 0, default 50.05 */
    double low;           /* Hz, a replica is frozen when the filtered rate falls below it, >= 0 */
    double high;          /* Hz, or passes it; above low; default 0 and +inf */
    double target;        /* Hz, >= 0, default 10 */
    double offset;        /* Hz, > 0, default 2: the loss is (rate - target)^2 / (rate + offset) */
} carve_rate_probe;

enum { /* of observations o of a rate y; the loss is the negative logarithm of it */
       CARVE_LIKELIHOOD_GAUSSIAN = 0,  /* normal around y: ((y - o) / noise)^2 / 2 */
       CARVE_LIKELIHOOD_BERNOULLI = 1, /* an event of probability y, in 0 .. 1: o is 1 or 0 */
       CARVE_LIKELIHOOD_POISSON = 2,   /* a count of mean y: o is 0, 1, 2, ... */
       /* a choice among the units, whose rates are logits: o is how often each was chosen */
       CARVE_LIKELIHOOD_CATEGORICAL = 3
};

enum { /* what is summed up */
       CARVE_SUMS_OF_LOSS =
           0, /* the loss, its derivatives and its Gauss-Newton matrix, of all units */
       /* of _GAUSSIAN, of each unit: sums from which the loss follows with a gain and an offset of the
        * unit, a noise of its own, or means over time of its rate and their derivatives (M46) */
       CARVE_SUMS_OF_UNITS = 1
};

/* How far the rates of a population are from observed ones, summed up over the steps as they pass: the
 * negative logarithm of a likelihood, with a forward gradient its derivatives and its Gauss-Newton (Fisher)
 * matrix (CARVE_VIEW_TRAJECTORY, M40, M44). With CARVE_PROBE_WEIGHTS: how far the weights of a projection
 * between populations of rates are, as they are in a step before its updates (CARVE_VIEW_WEIGHT_TRAJECTORY,
 * M52); a further step with plastic 0 compares those after the last update. "Units" below are then pairs
 * [post][pre], at most 65536; what is outside of a mask of CARVE_CONNECT_LOWER does not count, and each
 * sample of a batch compares the same weights with its own observations. Of every probe: observations are
 * rates in every step, also where the selection ignores them, and are taken as constant. It needs form
 * CARVE_FORM_SAMPLES and layout CARVE_LAYOUT_REPLICAS, which _AUTO takes then, and no adjoint. */
typedef struct carve_trajectory_probe {
    uint32_t struct_size;  /* sizeof(carve_trajectory_probe); set by carve_trajectory_probe_init */
    uint32_t observations; /* index of another population with as many units, whose rates are the
                            * observed ones: as a rule an input; default 0 */
    uint32_t selection;    /* index of a population with as many units, or with one for all of them:
                            * its rate weights an observation; one whose weight is 0, negative or NaN
                            * is ignored, whatever its value. Default CARVE_NO_POPULATION: all have
                            * the weight 1. One for all of them with _CATEGORICAL */
    uint32_t likelihood;   /* CARVE_LIKELIHOOD_GAUSSIAN (default; weights have no other) ...
                            * _CATEGORICAL */
    double noise;          /* of _GAUSSIAN: standard deviation of an observation, >= 1e-19 in
                            * CARVE_F32, >= 1e-153 in CARVE_F64, default 1 */
    uint32_t sums; /* CARVE_SUMS_OF_LOSS (default; weights have no other), or _OF_UNITS, which are
                        * without the noise */
    uint32_t reserved; /* 0 */
} carve_trajectory_probe;

/* As carve_model_init. */
CARVE_API carve_status carve_probe_init(carve_probe* probe, size_t size);
CARVE_API carve_status carve_rate_probe_init(carve_rate_probe* probe, size_t size);
CARVE_API carve_status carve_trajectory_probe_init(carve_trajectory_probe* probe, size_t size);

#ifdef __cplusplus
}
#endif
#endif
