// Written by scripts/rust_bindings.py from api/carve/status.h.
//! carve/status.h: how a call ends.


pub type carve_status = i32;
/// also the soname; raised only when an existing caller would break
pub const CARVE_ABI: u32 = 2;

// carve_status
/// success
pub const CARVE_OK: carve_status = 0;
/// a required pointer is null
pub const CARVE_E_NULL: carve_status = 1;
/// a struct carries fields that this library does not know
pub const CARVE_E_VERSION: carve_status = 2;
/// a value is outside its documented range
pub const CARVE_E_RANGE: carve_status = 3;
/// the memory does not start on a 64-byte boundary
pub const CARVE_E_ALIGN: carve_status = 4;
/// the memory is smaller than carve_sim_required_bytes says
pub const CARVE_E_SPACE: carve_status = 5;
/// the instruction set is not compiled in or not usable on this machine
pub const CARVE_E_ISA: carve_status = 6;
/// the block is not an intact sim of this version and byte order
pub const CARVE_E_CORRUPT: carve_status = 7;
/// the sim or the library was not built with what the call needs
pub const CARVE_E_UNAVAILABLE: carve_status = 8;

/// Why a call refused its arguments; printf("%s is %g; it %s", where, value, expected) is a sentence. Each call writes
/// all of it, unless the pointer is null. After a call that fails, nothing has changed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct carve_fault {
    pub status: carve_status,
    /// 0
    pub reserved: u32,
    /// of what is at fault; 0 for a pointer
    pub value: f64,
    /// "projections\[1\].w_max": a field of a struct, or a parameter of the call
    pub r#where: [u8; 96],
    /// "must be above w_min"
    pub expected: [u8; 272],
}

zeros! { carve_fault }
