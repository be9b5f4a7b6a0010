/* hash.h: FNV-1a over values, the same whatever the order of their bytes in memory. */
#ifndef CARVE_TESTS_MACHINES_HASH_H
#define CARVE_TESTS_MACHINES_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline void hash_number(uint64_t* hash, uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
        *hash = (*hash ^ (number >> shift & 0xFF)) * UINT64_C(0x100000001b3);
}
/* The sign and payload of a NaN are not promised. A float is told by its value in double. */
static inline void hash_real(uint64_t* hash, double x) {
    uint64_t bits = UINT64_C(0x7FF8) << 48;
    if (x == x)
        memcpy(&bits, &x, sizeof bits);
    hash_number(hash, bits);
}
static inline void hash_reals(uint64_t* hash, const double* x, size_t n) {
    for (size_t i = 0; i < n; ++i)
        hash_real(hash, x[i]);
}

#endif
