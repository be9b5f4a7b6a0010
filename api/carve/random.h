/* carve/random.h: random numbers by counter. Include carve.h. */
#ifndef CARVE_RANDOM_H
#define CARVE_RANDOM_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counter-based (Philox4x32-10): the value at index first + i is a function of (seed, stream,
 * index) alone. Uniform in (0, 1); standard normal. out [n]. No range limits; at once with
 * anything; CARVE_E_NULL. */
CARVE_API carve_status carve_random_uniform(uint64_t seed, uint64_t stream, uint64_t first,
                                            double* out, size_t n);
CARVE_API carve_status carve_random_normal(uint64_t seed, uint64_t stream, uint64_t first,
                                           double* out, size_t n);

#ifdef __cplusplus
}
#endif
#endif
