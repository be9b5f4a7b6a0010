// Written by scripts/rust_bindings.py from api/carve/library.h.
//! carve/library.h: the library and its instruction sets.

use crate::status::*;

extern "C" {
    /// All at once with anything.
    ///
    /// CARVE_ABI of the library
    pub fn carve_abi_version() -> u32;
    /// "0.1.0"
    pub fn carve_version() -> *const u8;
    /// never null
    pub fn carve_status_string(status: carve_status) -> *const u8;
    /// "avx2"; "unknown", never null
    pub fn carve_isa_name(isa: u32) -> *const u8;
    /// 1 if this library contains it
    pub fn carve_isa_compiled(isa: u32) -> i32;
    /// 1 if it also runs on this machine
    pub fn carve_isa_usable(isa: u32) -> i32;
}
