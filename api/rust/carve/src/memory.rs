//! The block of a sim: owned, or the caller's.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// Memory for [`Sim::in_memory`](crate::Sim::in_memory), on the boundary that a sim needs. In a static or on the stack;
/// the program `carve_size` prints how many bytes a model takes.
#[repr(C, align(64))]
pub struct Memory<const BYTES: usize>([MaybeUninit<u8>; BYTES]);

impl<const BYTES: usize> Memory<BYTES> {
    pub const fn new() -> Self {
        Memory([MaybeUninit::uninit(); BYTES])
    }
    pub fn as_mut_slice(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.0
    }
}

impl<const BYTES: usize> Default for Memory<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

pub(crate) struct Block<'m> {
    start: NonNull<u8>,
    bytes: usize,
    #[cfg(feature = "alloc")]
    owned: bool,
    memory: PhantomData<&'m mut [u8]>,
}

impl<'m> Block<'m> {
    pub(crate) fn borrowed(memory: &'m mut [MaybeUninit<u8>]) -> Self {
        // SAFETY: a slice is never null.
        let start = unsafe { NonNull::new_unchecked(memory.as_mut_ptr().cast()) };
        Block {
            start,
            bytes: memory.len(),
            #[cfg(feature = "alloc")]
            owned: false,
            memory: PhantomData,
        }
    }
    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(feature = "alloc")]
mod owned {
    use super::Block;
    use alloc::alloc::{alloc, dealloc, handle_alloc_error, Layout};
    use core::marker::PhantomData;
    use core::ptr::NonNull;

    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, carve_sys::CARVE_ALIGNMENT)
            .expect("a block fits into memory")
    }
    impl Block<'static> {
        pub(crate) fn owned(bytes: usize) -> Self {
            let layout = layout(bytes.max(1));
            // SAFETY: the size is not 0.
            let start = NonNull::new(unsafe { alloc(layout) })
                .unwrap_or_else(|| handle_alloc_error(layout));
            Block { start, bytes: layout.size(), owned: true, memory: PhantomData }
        }
    }
    impl Drop for Block<'_> {
        fn drop(&mut self) {
            if self.owned {
                // SAFETY: it was allocated with this layout.
                unsafe { dealloc(self.start(), layout(self.bytes)) }
            }
        }
    }
}
