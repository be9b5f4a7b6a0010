/* network.h: a model in static memory, small enough for a microcontroller, and what a run of it
 * needs. C99 through carve.h alone: it compiles wherever the library does. */
#ifndef CARVE_TESTS_MACHINES_NETWORK_H
#define CARVE_TESTS_MACHINES_NETWORK_H

#include <carve.h>

enum { MAX_PARTS = 8, MAX_LOSSES = 3 };

typedef struct network {
    carve_model model;
    carve_population populations[MAX_PARTS];
    carve_projection projections[MAX_PARTS];
    carve_rule rules[MAX_PARTS];
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
carve_population* add_population(network* n, uint32_t kind, uint32_t n_units);
carve_projection* add_projection(network* n, uint32_t pre, uint32_t post, uint32_t rule);
carve_rule* add_rule(network* n, uint64_t terms);
carve_loss* add_loss(network* n, uint32_t kind);

void set_defaults(network* n);

#endif
