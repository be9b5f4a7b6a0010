//! Arrays inside of a sim.

use core::marker::PhantomData;
use core::ops::{Index, IndexMut};
use core::slice;

use carve_sys::{carve_view, CARVE_F32, CARVE_F64, CARVE_U16, CARVE_U32, CARVE_U64};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for u16 {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// What a view may be of: f32, f64, u16, u32, u64.
pub trait Element: Copy + sealed::Sealed {
    #[doc(hidden)]
    const TYPE: u32;
}
impl Element for f32 {
    const TYPE: u32 = CARVE_F32;
}
impl Element for f64 {
    const TYPE: u32 = CARVE_F64;
}
impl Element for u16 {
    const TYPE: u32 = CARVE_U16;
}
impl Element for u32 {
    const TYPE: u32 = CARVE_U32;
}
impl Element for u64 {
    const TYPE: u32 = CARVE_U64;
}

/// How many elements there are from the first one to the last.
fn span(of: &carve_view) -> usize {
    let n = of.ndim as usize;
    if of.data.is_null() || of.shape[..n].contains(&0) {
        return 0;
    }
    1 + of.shape[..n]
        .iter()
        .zip(&of.stride[..n])
        .map(|(size, stride)| (size - 1) * stride)
        .sum::<usize>()
}

/// Where an element is. Panics where there is none.
fn position<const N: usize>(of: &carve_view, index: [usize; N]) -> usize {
    let shape = &of.shape[..of.ndim as usize];
    assert!(
        N == shape.len() && index.iter().zip(shape).all(|(i, size)| i < size),
        "index {:?} is not in a view of shape {:?}",
        index,
        shape
    );
    index.iter().zip(&of.stride).map(|(i, stride)| i * stride).sum()
}

/// An array of a sim, for reading: `view[[block, post, pre, lane]]`. Lanes are the innermost index (`carve.h`).
#[derive(Clone, Copy, Debug)]
pub struct View<'s, T> {
    of: carve_view,
    sim: PhantomData<&'s [T]>,
}

impl<'s, T: Element> View<'s, T> {
    /// # Safety
    /// It is a view of elements of this type, which nothing writes during `'s`.
    pub(crate) unsafe fn new(of: carve_view) -> Self {
        View { of, sim: PhantomData }
    }
    pub fn shape(&self) -> &[usize] {
        &self.of.shape[..self.of.ndim as usize]
    }
    /// In elements.
    pub fn stride(&self) -> &[usize] {
        &self.of.stride[..self.of.ndim as usize]
    }
    /// From the first element to the last, with the padding between them.
    pub fn as_slice(&self) -> &'s [T] {
        match span(&self.of) {
            0 => &[],
            // SAFETY: by `new`.
            n => unsafe { slice::from_raw_parts(self.of.data.cast(), n) },
        }
    }
}

impl<T: Element, const N: usize> Index<[usize; N]> for View<'_, T> {
    type Output = T;
    fn index(&self, index: [usize; N]) -> &T {
        &self.as_slice()[position(&self.of, index)]
    }
}

/// An array of a sim, for writing. Any content is safe; what `carve.h` calls read only is not for the caller to change.
#[derive(Debug)]
pub struct ViewMut<'s, T> {
    of: carve_view,
    sim: PhantomData<&'s mut [T]>,
}

impl<T: Element> ViewMut<'_, T> {
    /// # Safety
    /// It is a view of elements of this type, which nothing else uses during its lifetime.
    pub(crate) unsafe fn new(of: carve_view) -> Self {
        ViewMut { of, sim: PhantomData }
    }
    pub fn shape(&self) -> &[usize] {
        &self.of.shape[..self.of.ndim as usize]
    }
    /// In elements.
    pub fn stride(&self) -> &[usize] {
        &self.of.stride[..self.of.ndim as usize]
    }
    /// From the first element to the last, with the padding between them.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match span(&self.of) {
            0 => &mut [],
            // SAFETY: by `new`.
            n => unsafe { slice::from_raw_parts_mut(self.of.data.cast(), n) },
        }
    }
}

impl<T: Element, const N: usize> Index<[usize; N]> for ViewMut<'_, T> {
    type Output = T;
    fn index(&self, index: [usize; N]) -> &T {
        // SAFETY: by `new`; the element is in the view.
        unsafe { &*self.of.data.cast::<T>().add(position(&self.of, index)) }
    }
}
impl<T: Element, const N: usize> IndexMut<[usize; N]> for ViewMut<'_, T> {
    fn index_mut(&mut self, index: [usize; N]) -> &mut T {
        let at = position(&self.of, index);
        &mut self.as_mut_slice()[at]
    }
}
