//! A network in memory.

use crate::error::{call, static_text};
use crate::memory::Block;
use crate::{Element, Error, Settings, SimInfo, Step, Stream, View, ViewMut};
use carve_sys::*;
use core::mem::{size_of, MaybeUninit};
use core::ptr::{null, null_mut, NonNull};

#[cfg(feature = "alloc")]
use crate::Model;

/// A network in memory, its own or the caller's. What a call does, its cost and its units are said in `carve.h`.
///
/// Sims may be sent to other threads, and read from several at once.
pub struct Sim<'m> {
    sim: NonNull<carve_sim>,
    block: Block<'m>,
}

// SAFETY: the library has no state beside the block, and calls that take &self are readers.
unsafe impl Send for Sim<'_> {}
unsafe impl Sync for Sim<'_> {}

#[cfg(feature = "alloc")]
impl Sim<'static> {
    /// In memory of its own.
    pub fn new(model: &Model) -> Result<Self, Error> {
        let block = Block::owned(Self::required_bytes(model)?);
        // SAFETY: the pointers of `get` lead to what the model keeps.
        unsafe { Self::build(&model.get(), block) }
    }
    /// From the bytes of another one, [`block`](Sim::block): a copy.
    pub fn from_block(bytes: &[u8]) -> Result<Self, Error> {
        let block = Block::owned(bytes.len());
        // SAFETY: as many bytes were allocated.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), block.start(), bytes.len()) };
        Self::take(block)
    }
}

#[cfg(feature = "alloc")]
impl<'m> Sim<'m> {
    /// Exactly what a sim of this model takes: the same on every machine.
    pub fn required_bytes(model: &Model) -> Result<usize, Error> {
        let mut bytes = 0;
        let described = model.get();
        // SAFETY: the pointers of `get` lead to what the model keeps.
        call(|fault| unsafe { carve_sim_required_bytes(&described, &mut bytes, fault) })?;
        Ok(bytes)
    }
    /// In the caller's memory, aligned to [`ALIGNMENT`](crate::ALIGNMENT): a [`Memory`](crate::Memory) is.
    pub fn in_memory(model: &Model, memory: &'m mut [MaybeUninit<u8>]) -> Result<Self, Error> {
        // SAFETY: the pointers of `get` lead to what the model keeps.
        unsafe { Self::in_memory_of(&model.get(), memory) }
    }
}

impl<'m> Sim<'m> {
    /// As `in_memory`, of a description that is written with carve-sys, where there is no heap.
    ///
    /// # Safety
    /// Its pointers, and those of what they lead to, lead to as many elements as it says, of the structs of their kinds.
    pub unsafe fn in_memory_of(
        model: &Settings,
        memory: &'m mut [MaybeUninit<u8>],
    ) -> Result<Self, Error> {
        // SAFETY: the caller's.
        unsafe { Self::build(model, Block::borrowed(memory)) }
    }
    /// Takes a sim that was copied or sent into this memory, and checks it.
    pub fn attach(memory: &'m mut [u8]) -> Result<Self, Error> {
        // SAFETY: bytes that are initialized remain so.
        let memory = unsafe { &mut *(memory as *mut [u8] as *mut [MaybeUninit<u8>]) };
        Self::take(Block::borrowed(memory))
    }

    /// The bytes that [`attach`](Self::attach) and `from_block` take: to save, send or copy a sim with its state.
    pub fn block(&self) -> &[u8] {
        // SAFETY: all of them are written when a sim is built.
        unsafe { core::slice::from_raw_parts(self.block.start(), self.info().bytes as usize) }
    }
    pub fn info(&self) -> SimInfo {
        let mut info = SimInfo { struct_size: size_of::<SimInfo>() as u32, ..Default::default() };
        // SAFETY: the sim is intact, and the struct of this size.
        let answer = call(|fault| unsafe { carve_sim_get_info(self.get(), &mut info, fault) });
        answer.expect("an intact sim says what it is");
        info
    }
    /// For calls of carve-sys that have no method here.
    pub fn get(&self) -> *mut carve_sim {
        self.sim.as_ptr()
    }

    /// Back to step 0, with initial weights drawn by this seed and the random stream of each replica: its own number.
    pub fn reset(&mut self, seed: u64) {
        // SAFETY: streams may be null.
        let answer = call(|fault| unsafe { carve_sim_reset(self.get(), seed, null(), fault) });
        answer.expect("a reset of an intact sim has nothing to refuse");
    }
    /// As `reset`, with a random stream for each replica.
    pub fn reset_with_streams(&mut self, seed: u64, streams: &[u64]) -> Result<(), Error> {
        self.expect_length("streams.len()", streams.len(), self.info().n_replicas as usize)?;
        // SAFETY: there are as many as replicas.
        call(|fault| unsafe { carve_sim_reset(self.get(), seed, streams.as_ptr(), fault) })
    }
    /// Parts, a sum of `carve::PART_...`, to what the last reset made of them.
    pub fn clear(&mut self, parts: u32) -> Result<(), Error> {
        // SAFETY: the sim is intact.
        call(|fault| unsafe { carve_sim_clear(self.get(), parts, fault) })
    }
    /// As many steps, with one stream for each population that takes one.
    pub fn step(&mut self, n_steps: u64, inputs: &[Stream<'_>]) -> Result<(), Error> {
        self.run(Step { n_steps, inputs, ..Default::default() })
    }
    pub fn run(&mut self, step: Step<'_, '_>) -> Result<(), Error> {
        let raw = carve_step {
            n_steps: step.n_steps,
            n_inputs: step.inputs.len() as u32,
            inputs: if step.inputs.is_empty() { null() } else { step.inputs.as_ptr().cast() },
            recorder: step.recorder.map_or(null_mut(), |recorder| &mut recorder.raw),
            plastic: step.plastic.into(),
            ..Default::default()
        };
        // SAFETY: a Stream is a carve_stream of a slice; the recorder borrows its buffer.
        call(|fault| unsafe { carve_sim_step(self.get(), &raw, fault) })
    }

    /// `which`: `carve::VIEW_...`. An error where its elements are no T.
    pub fn view<T: Element>(&self, which: u32, index: u32) -> Result<View<'_, T>, Error> {
        // SAFETY: of elements of this type; writing needs &mut self.
        Ok(unsafe { View::new(self.checked_view::<T>(which, index)?) })
    }
    pub fn view_mut<T: Element>(
        &mut self,
        which: u32,
        index: u32,
    ) -> Result<ViewMut<'_, T>, Error> {
        // SAFETY: of elements of this type; nothing else uses the sim meanwhile.
        Ok(unsafe { ViewMut::new(self.checked_view::<T>(which, index)?) })
    }
    /// An array of one replica, as many numbers as it has.
    pub fn read(
        &self,
        which: u32,
        index: u32,
        replica: u32,
        values: &mut [f64],
    ) -> Result<(), Error> {
        let (start, n) = (values.as_mut_ptr(), values.len());
        // SAFETY: n are there, and another n is refused.
        call(|fault| unsafe { carve_sim_read(self.get(), which, index, replica, start, n, fault) })
    }
    pub fn write(
        &mut self,
        which: u32,
        index: u32,
        replica: u32,
        values: &[f64],
    ) -> Result<(), Error> {
        let (start, n) = (values.as_ptr(), values.len());
        // SAFETY: n are there, and another n is refused.
        call(|fault| unsafe { carve_sim_write(self.get(), which, index, replica, start, n, fault) })
    }
    /// `"avx2"`
    pub fn isa(&self) -> &'static str {
        // SAFETY: of any number; the text is never null.
        unsafe { static_text(carve_isa_name(self.info().isa)) }
    }

    pub(crate) fn expect_length(
        &self,
        place: &str,
        length: usize,
        expected: usize,
    ) -> Result<(), Error> {
        if length == expected {
            return Ok(());
        }
        Err(Error::new(CARVE_E_RANGE, place, length as f64, format_args!("must be {}", expected)))
    }
    /// Rows and columns of a projection's weights, unless it is sparse or there is none.
    pub(crate) fn pairs(&self, projection: u32) -> Option<(usize, usize)> {
        let view = self.raw_view(CARVE_VIEW_WEIGHTS, projection).ok()?;
        (view.ndim == 4).then(|| (view.shape[1], view.shape[2]))
    }

    fn checked_view<T: Element>(&self, which: u32, index: u32) -> Result<carve_view, Error> {
        let view = self.raw_view(which, index)?;
        if view.r#type != T::TYPE {
            return Err(Error::new(
                CARVE_E_RANGE,
                "T::TYPE",
                T::TYPE.into(),
                format_args!("must be {}, the type of the view's elements", view.r#type),
            ));
        }
        Ok(view)
    }
    fn raw_view(&self, which: u32, index: u32) -> Result<carve_view, Error> {
        let mut view = carve_view::default();
        // SAFETY: a reader, although it takes a pointer to write through.
        call(|fault| unsafe { carve_sim_view(self.get(), which, index, &mut view, fault) })?;
        Ok(view)
    }
    /// # Safety
    /// As of `in_memory_of`.
    unsafe fn build(model: &Settings, block: Block<'m>) -> Result<Self, Error> {
        let mut sim = null_mut();
        let (start, bytes) = (block.start().cast(), block.bytes());
        // SAFETY: as many bytes are there; the model is the caller's.
        call(|fault| unsafe { carve_sim_init(start, bytes, model, &mut sim, fault) })?;
        Ok(Sim { sim: NonNull::new(sim).expect("a sim has been built"), block })
    }
    fn take(block: Block<'m>) -> Result<Self, Error> {
        let mut sim = null_mut();
        let (start, bytes) = (block.start().cast(), block.bytes());
        // SAFETY: as many bytes are there, and any content is checked.
        call(|fault| unsafe { carve_sim_attach(start, bytes, &mut sim, fault) })?;
        Ok(Sim { sim: NonNull::new(sim).expect("a sim has been found"), block })
    }
}

#[cfg(feature = "alloc")]
impl Clone for Sim<'_> {
    /// In memory of its own; it continues exactly as this one does.
    fn clone(&self) -> Self {
        Sim::from_block(self.block()).expect("a copy of an intact sim is one")
    }
}
