//! Calls libjpeg (MozJPEG's). Its errors unwind through C, and are caught here and nowhere else.

use std::os::raw::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mozjpeg_sys::{
    J_MESSAGE_CODE, JERR_ARITH_NOTIMPL, JERR_BAD_PRECISION, JERR_OUT_OF_MEMORY,
    JERR_SOF_UNSUPPORTED, JWRN_BOGUS_PROGRESSION, JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE,
    JWRN_JPEG_EOF, JWRN_MUST_RESYNC, jpeg_common_struct, jpeg_error_mgr as ErrorMgr,
    jpeg_std_error,
};

use crate::Damage;

use super::RenderError;

/// Problems that libjpeg only warns about, while it fills in grey or garbage for the lost pixels.
const LOST_PIXELS: [J_MESSAGE_CODE; 5] = [
    JWRN_BOGUS_PROGRESSION,
    JWRN_HIT_MARKER,
    JWRN_HUFF_BAD_CODE,
    JWRN_JPEG_EOF,
    JWRN_MUST_RESYNC,
];

/// Features that libjpeg recognizes, but does not support or was built without.
const UNSUPPORTED: [(J_MESSAGE_CODE, &str); 3] = [
    (JERR_ARITH_NOTIMPL, "an arithmetic-coded JPEG"),
    (JERR_BAD_PRECISION, "a JPEG of other than 8 bits a sample"),
    (JERR_SOF_UNSUPPORTED, "a lossless or hierarchical JPEG"),
];

/// The number of a message in jerror.h, as the payload of an unwinding error.
struct Complaint(c_int);

/// Runs libjpeg. The crate's functions return errors of reading, and unwind on errors in the format.
pub(crate) fn guard<T>(work: impl FnOnce() -> std::io::Result<T>) -> Result<T, RenderError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Ok(done.map_err(|error| Damage::Malformed(Box::new(error)))?),
        Err(payload) => match payload.downcast::<Complaint>() {
            Ok(complaint) => Err(complaint.into()),
            Err(other) => resume_unwind(other),
        },
    }
}

impl From<Box<Complaint>> for RenderError {
    fn from(complaint: Box<Complaint>) -> Self {
        let Complaint(code) = *complaint;
        if code == JERR_OUT_OF_MEMORY {
            return Damage::Memory.into();
        }
        UNSUPPORTED
            .iter()
            .find(|(unsupported, _)| *unsupported == code)
            .map_or_else(
                || Damage::Malformed(format!("libjpeg's message {code}").into()).into(),
                |(_, what)| Self::Unsupported(what),
            )
    }
}

/// Returns an error manager that unwinds with the number of each error, and of each warning about lost pixels. Other
/// warnings are ignored.
#[allow(
    unsafe_code,
    reason = "jpeg_error_mgr is plain data that jpeg_std_error fills in; it keeps no pointer to it"
)]
pub(crate) fn strict_errors() -> ErrorMgr {
    // SAFETY: all of its fields may be zero (numbers, nullable pointers and functions), and it outlives the call.
    let mut errors = unsafe {
        let mut errors: ErrorMgr = std::mem::zeroed();
        jpeg_std_error(&mut errors);
        errors
    };
    errors.error_exit = Some(unwind_with_number);
    errors.emit_message = Some(unwind_on_lost_pixels);
    errors
}

#[cold]
extern "C-unwind" fn unwind_with_number(common: &mut jpeg_common_struct) {
    resume_unwind(Box::new(Complaint(code(common))));
}

extern "C-unwind" fn unwind_on_lost_pixels(common: &mut jpeg_common_struct, level: c_int) {
    // Negative levels are warnings; the others are tracing.
    if level < 0 && LOST_PIXELS.iter().any(|lost| *lost == code(common)) {
        unwind_with_number(common);
    }
}

/// Returns the message's number in jerror.h.
#[allow(
    unsafe_code,
    reason = "libjpeg hands over a struct with a pointer to the error manager it was given"
)]
fn code(common: &jpeg_common_struct) -> c_int {
    // SAFETY: the manager is owned by the decompressor that calls, and is read only.
    unsafe { common.err.as_ref() }.map_or(-1, |errors| errors.msg_code)
}

#[cfg(test)]
mod tests {
    use std::os::raw::c_int;

    #[allow(
        unsafe_code,
        reason = "a function of MozJPEG's that its headers keep to itself"
    )]
    unsafe extern "C" {
        /// This function of jsimd.h returns 0 if libjpeg is built without SIMD.
        safe fn jsimd_can_idct_4x4() -> c_int;
    }

    #[test]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn mozjpeg_is_built_with_simd() {
        assert_ne!(jsimd_can_idct_4x4(), 0);
    }
}
