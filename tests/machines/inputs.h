/* inputs.h: what a run reads, drawn once for all machines. */
#ifndef CARVE_TESTS_MACHINES_INPUTS_H
#define CARVE_TESTS_MACHINES_INPUTS_H

#include "network.h"

/* In (-1, 1), a multiple of 2^-7: exact in both precisions, and so is its product with a scale
 * that is a power of two. */
double draw(void);
void restart_draws(void);

/* Coefficients, means and factors. */
void set_arrays(const network* n, carve_sim* sim);

/* Fills the steps of one call of n_steps, with the spikes of all calls. Returns null, or what went
 * wrong. */
const char* make_inputs(const network* n, size_t lanes_per_block, carve_step* step);

#endif
