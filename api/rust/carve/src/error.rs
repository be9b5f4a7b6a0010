//! Why a call failed.

use crate::Fault;
use carve_sys::{carve_status, carve_status_string, CARVE_OK};
use core::fmt::{self, Write};

/// On the heap, if there is one: results remain small.
#[cfg(feature = "alloc")]
mod words {
    pub(super) type Words = alloc::boxed::Box<crate::Fault>;
    pub(super) fn of(fault: crate::Fault) -> Words {
        Words::new(fault)
    }
}
#[cfg(not(feature = "alloc"))]
mod words {
    pub(super) type Words = crate::Fault;
    pub(super) fn of(fault: crate::Fault) -> Words {
        fault
    }
}

/// Why a call refused its arguments: `projections[1].w_max is 0; it must be above w_min`. A call that fails has
/// changed nothing.
#[derive(Clone, Debug)]
pub struct Error {
    status: carve_status,
    fault: words::Words,
}

impl Error {
    pub(crate) fn new(
        status: carve_status,
        place: &str,
        value: f64,
        expected: fmt::Arguments<'_>,
    ) -> Self {
        let mut fault = Fault { status, value, ..Fault::default() };
        // What does not fit would be left out.
        let _ = Text(&mut fault.r#where).write_str(place);
        let _ = Text(&mut fault.expected).write_fmt(expected);
        Error { status, fault: words::of(fault) }
    }
    /// `carve::E_RANGE`, ...
    pub fn status(&self) -> carve_status {
        self.status
    }
    /// A field of a struct, or a parameter of the call: `projections[1].w_max`. Empty if the call names none.
    pub fn place(&self) -> &str {
        text(&self.fault.r#where)
    }
    /// Of what is at fault.
    pub fn value(&self) -> f64 {
        self.fault.value
    }
    /// `must be above w_min`
    pub fn expected(&self) -> &str {
        text(&self.fault.expected)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place().is_empty() {
            return f.write_str(status_string(self.status));
        }
        let size = if self.value() < 0.0 { -self.value() } else { self.value() };
        write!(f, "{} is ", self.place())?;
        if size.is_finite() && size != 0.0 && !(1e-4..1e15).contains(&size) {
            write!(f, "{:e}", self.value())?;
        } else {
            write!(f, "{}", self.value())?;
        }
        write!(f, "; it {}", self.expected())
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Error {}

/// What a status means.
pub fn status_string(status: carve_status) -> &'static str {
    // SAFETY: of any number; the text is never null.
    unsafe { static_text(carve_status_string(status)) }
}

/// # Safety
/// It ends with a 0 and lasts as long as the program.
pub(crate) unsafe fn static_text(start: *const u8) -> &'static str {
    // SAFETY: all of it up to the 0 is there.
    let bytes = unsafe {
        let length = (0..).find(|&at| *start.add(at) == 0).unwrap_or(0);
        core::slice::from_raw_parts(start, length)
    };
    core::str::from_utf8(bytes).unwrap_or("")
}

/// The rest of a buffer, which ends with a 0.
struct Text<'a>(&'a mut [u8]);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let rest = core::mem::take(&mut self.0);
        if text.len() >= rest.len() {
            return Err(fmt::Error);
        }
        let (here, rest) = rest.split_at_mut(text.len());
        here.copy_from_slice(text.as_bytes());
        self.0 = rest;
        Ok(())
    }
}

/// What a buffer has before its first 0.
fn text(buffer: &[u8]) -> &str {
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(buffer.len());
    core::str::from_utf8(&buffer[..end]).unwrap_or("")
}

/// A call that fills in a fault.
pub(crate) fn call(with_fault: impl FnOnce(*mut Fault) -> carve_status) -> Result<(), Error> {
    let mut fault = Fault::default();
    match with_fault(&mut fault) {
        CARVE_OK => Ok(()),
        status => Err(Error { status, fault: words::of(fault) }),
    }
}
