/* network.h: a model in static memory, small enough for a microcontroller, and what a run of it
 * needs. C99 through carve.h alone: it compiles wherever the library does. */
#ifndef CARVE_TESTS_MACHINES_NETWORK_H
#define CARVE_TESTS_MACHINES_NETWORK_H

#include <carve.h>

enum { MAX_PARTS = 8, MAX_LOSSES = 3 };

/* Terms as bits, in the order of a rule's coefficients: of rates x^a y^b w^c; of spikes y^a r^b w^c and
 * x^a o^b w^c, which follow the time constants of the traces that they read. */
#define TERM(a, b, c) ((uint64_t)1 << (16 * (a) + 4 * (b) + (c)))
#define TERMS_27 UINT64_C(0x0000077707770777)
#define AT_PRE(a, b, c) ((uint64_t)1 << (4 + 6 * (a) + 3 * (b) + (c)))
#define AT_POST(a, b, c) ((uint64_t)1 << (16 + 6 * (a) + 3 * (b) + (c)))
#define PAIR (AT_PRE(0, 0, 0) | AT_PRE(1, 0, 0) | AT_POST(0, 0, 0) | AT_POST(1, 0, 0))

/* The structs that an element may point to. */
typedef struct population_parts {
    carve_input input;
    carve_gaussian gaussian;
    carve_rate rate;
    carve_poisson poisson;
    carve_lif lif;
    carve_cvaif cvaif;
    carve_receptor receptors[2];
} population_parts;
typedef struct rule_parts {
    carve_polynomial polynomial;
    carve_term terms[64];
    uint64_t coefficients; /* as bits, time constants among them */
    uint32_t spikes, reserved;
} rule_parts;

typedef struct network {
    carve_model model;
    carve_population populations[MAX_PARTS];
    carve_projection projections[MAX_PARTS];
    carve_rule rules[MAX_PARTS];
    population_parts of_population[MAX_PARTS];
    carve_plasticity plasticity[MAX_PARTS];
    rule_parts of_rule[MAX_PARTS];
    carve_probe probes[MAX_PARTS];
    carve_trajectory_probe trajectory; /* of the first probe */
    carve_loss losses[MAX_LOSSES];
    uint32_t n_losses;
    uint64_t n_steps; /* of one call */
    uint64_t n_calls;
    double theta_scale; /* of coefficients of rates, which are drawn from (-1, 1) times it */
} network;

typedef struct network_case {
    const char* name;
    void (*describe)(network* n); /* *n: the defaults, no parts */
} network_case;

extern const network_case rate_cases[], spiking_cases[]; /* the last has the name null */

/* Parts at their defaults; the caller changes what it needs. */
population_parts* add_population(network* n, uint32_t kind, uint32_t n_units);
carve_projection* add_projection(network* n, uint32_t pre, uint32_t post);
/* Makes the projection that was added last plastic. */
carve_plasticity* add_plasticity(network* n, uint32_t rule, double eta);
carve_rule* add_rule(network* n, uint64_t terms);
carve_rule* add_spike_rule(network* n, uint64_t terms);
void add_probe(network* n, uint32_t kind, uint32_t index);
carve_loss* add_loss(network* n, uint32_t kind);

void set_defaults(network* n);

#endif
