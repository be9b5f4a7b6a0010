//! The C interface of carve, `carve.h`, as it is: structs, constants and functions by the same names. What a call does,
//! its units, its cost and which calls may run at once are said in the headers, whose comments are repeated here.
//! The crate `carve` is a safe interface to it.
//!
//! The defaults of a struct are those of its `_init` function; all other structs are 0 by default. `char` is `u8`:
//! texts are UTF-8 and end with a 0.
//!
//! libcarve is looked for in the folder CARVE_LIB_DIR, else by pkg-config; CARVE_STATIC=1 links `libcarve.a`.
//!
//! ```
//! use carve_sys::*;
//!
//! // SAFETY: it takes no pointer.
//! assert_eq!(unsafe { carve_abi_version() }, CARVE_ABI);
//! let rate = carve_rate { activation: CARVE_ACTIVATION_TANH, ..Default::default() };
//! assert_eq!(rate.tau, 1.0);
//! ```

#![no_std]
#![allow(non_camel_case_types)]

/// The defaults of each struct are those of its `_init` function.
macro_rules! defaults {
    ($($name:ident: $init:ident),*) => { $(
        impl Default for $name {
            fn default() -> Self {
                let mut object = core::mem::MaybeUninit::uninit();
                // SAFETY: `init` writes all of an object of this size, or fails.
                unsafe {
                    let status = $init(object.as_mut_ptr(), core::mem::size_of::<Self>());
                    assert!(status == crate::CARVE_OK, "libcarve is older than the crate carve-sys");
                    object.assume_init()
                }
            }
        }
    )* };
}
macro_rules! zeros {
    ($($name:ident),*) => { $(
        impl Default for $name {
            fn default() -> Self {
                // SAFETY: its fields are numbers and pointers, which may be 0.
                unsafe { core::mem::zeroed() }
            }
        }
    )* };
}

// Written by scripts/rust_bindings.py.
#[rustfmt::skip]
mod library;
#[rustfmt::skip]
mod loss;
#[rustfmt::skip]
mod model;
#[rustfmt::skip]
mod neurons;
#[rustfmt::skip]
mod probes;
#[rustfmt::skip]
mod random;
#[rustfmt::skip]
mod rules;
#[rustfmt::skip]
mod sim;
#[rustfmt::skip]
mod status;

pub use {
    library::*, loss::*, model::*, neurons::*, probes::*, random::*, rules::*, sim::*, status::*,
};
