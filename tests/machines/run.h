/* run.h: what a network becomes, as four numbers that are equal on every machine. */
#ifndef CARVE_TESTS_MACHINES_RUN_H
#define CARVE_TESTS_MACHINES_RUN_H

#include "network.h"

typedef struct prints {
    uint64_t bytes;     /* of the block */
    uint64_t views;     /* status of each call, and all arrays but sensitivities */
    uint64_t losses;    /* values and slopes by weight of the network's losses, and residuals */
    uint64_t gradients; /* of these by coefficient, forward or by the adjoint, and sensitivities */
} prints;

/* Runs the network from fixed seeds. Returns null, or what went wrong. */
const char* run_network(network* n, prints* out);

/* Of uniform and normal numbers. */
uint64_t print_random(void);

#endif
