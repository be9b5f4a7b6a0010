//! Random numbers by counter.

use carve_sys::{carve_random_normal, carve_random_uniform};

/// Uniform in (0, 1): the value at index `first + i` is a function of (seed, stream, index) alone.
pub fn random_uniform(seed: u64, stream: u64, first: u64, out: &mut [f64]) {
    // SAFETY: as many are there; nothing else is refused.
    unsafe { carve_random_uniform(seed, stream, first, out.as_mut_ptr(), out.len()) };
}

/// Standard normal, likewise.
pub fn random_normal(seed: u64, stream: u64, first: u64, out: &mut [f64]) {
    // SAFETY: as many are there; nothing else is refused.
    unsafe { carve_random_normal(seed, stream, first, out.as_mut_ptr(), out.len()) };
}
