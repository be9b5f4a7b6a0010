// Written by scripts/rust_bindings.py from api/carve/random.h.
//! carve/random.h: random numbers by counter.

use crate::status::*;

extern "C" {
    /// Counter-based (Philox4x32-10): the value at index first + i is a function of (seed, stream, index) alone. Uniform
    /// in (0, 1); standard normal. out \[n\]. No range limits; at once with anything; CARVE_E_NULL.
    pub fn carve_random_uniform(seed: u64, stream: u64, first: u64, out: *mut f64, n: usize) -> carve_status;
    pub fn carve_random_normal(seed: u64, stream: u64, first: u64, out: *mut f64, n: usize) -> carve_status;
}
