//! What a sim is fed in a step, and who takes its spikes.

use crate::Spike;
use carve_sys::{
    carve_recorder, carve_stream, CARVE_F32, CARVE_F64, CARVE_SPIKES, CARVE_STREAM_BLOCKS,
};
use core::marker::PhantomData;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for crate::Spike {}
}

/// What can be streamed: f32 or f64, as the model's precision is, to an input, [`Spike`] to a poisson population.
pub trait Streamed: sealed::Sealed {
    #[doc(hidden)]
    const TYPE: u32;
}
impl Streamed for f32 {
    const TYPE: u32 = CARVE_F32;
}
impl Streamed for f64 {
    const TYPE: u32 = CARVE_F64;
}
impl Streamed for Spike {
    const TYPE: u32 = CARVE_SPIKES;
}

/// What is streamed to one population: values `[block][step][sample][unit][lane]`, shared `[step][sample][unit]`, fixed
/// without `[step]`; or a sorted list of spikes.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    #[allow(dead_code)] // the library reads it
    raw: carve_stream,
    data: PhantomData<&'a [f64]>,
}

impl<'a, T: Streamed> From<&'a [T]> for Stream<'a> {
    fn from(values: &'a [T]) -> Self {
        let data = if values.is_empty() { core::ptr::null() } else { values.as_ptr().cast() };
        let raw = carve_stream {
            r#type: T::TYPE,
            layout: CARVE_STREAM_BLOCKS,
            length: values.len() as u64,
            data,
        };
        Stream { raw, data: PhantomData }
    }
}

/// What [`Sim::run`](crate::Sim::run) does.
#[derive(Debug)]
pub struct Step<'a, 'r> {
    pub n_steps: u64,
    /// One for each input population and streamed poisson one, in the order of their declaration.
    pub inputs: &'a [Stream<'a>],
    /// Who takes the spikes.
    pub recorder: Option<&'a mut Recorder<'r>>,
    /// false: weights, eligibility traces and their sensitivities do not change, all else continues.
    pub plastic: bool,
}

impl Default for Step<'_, '_> {
    fn default() -> Self {
        Step { n_steps: 0, inputs: &[], recorder: None, plastic: true }
    }
}

/// A ring buffer that takes the spikes of all neurons. It is an iterator over those that have not been taken out yet;
/// a spike that finds the buffer full is counted and lost.
#[derive(Debug)]
pub struct Recorder<'a> {
    pub(crate) raw: carve_recorder,
    spikes: PhantomData<&'a mut [Spike]>,
}

impl<'a> Recorder<'a> {
    /// For as many spikes as the buffer has room for, at least one.
    pub fn new(buffer: &'a mut [Spike]) -> Self {
        let raw = carve_recorder {
            struct_size: core::mem::size_of::<carve_recorder>() as u32,
            spikes: buffer.as_mut_ptr(),
            capacity: buffer.len() as u64,
            ..Default::default()
        };
        Recorder { raw, spikes: PhantomData }
    }
    /// Spikes that found the buffer full.
    pub fn n_lost(&self) -> u64 {
        self.raw.n_lost
    }
}

impl Iterator for Recorder<'_> {
    type Item = Spike;
    fn next(&mut self) -> Option<Spike> {
        if self.raw.n_read == self.raw.n_written {
            return None;
        }
        let at = self.raw.n_read % self.raw.capacity;
        self.raw.n_read += 1;
        // SAFETY: the buffer is borrowed, and `at` is below its length.
        Some(unsafe { *self.raw.spikes.add(at as usize) })
    }
}

// SAFETY: their pointers are references.
unsafe impl Send for Stream<'_> {}
unsafe impl Sync for Stream<'_> {}
unsafe impl Send for Recorder<'_> {}
unsafe impl Sync for Recorder<'_> {}
