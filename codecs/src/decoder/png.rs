//! Decodes PNG with the crate `png`, and bounds the memory that it allocates.

use std::io::Cursor;

use png::{Decoder, Reader, Transformations};

use crate::Damage;

/// The most bytes that the decoder may allocate besides its rows: for profiles, palettes and texts. A profile is
/// compressed, and a file of a few kilobytes can promise one of gigabytes.
const MAX_ALLOCATION: usize = 64 << 20;

/// Reads everything before the pixels. Rows will have at least 8 bits per sample, and no palette.
///
/// # Errors
/// [`Damage`] when that is not well-formed or takes too much memory.
pub(crate) fn open(bytes: &[u8]) -> Result<Reader<Cursor<&[u8]>>, Damage> {
    let limits = png::Limits {
        bytes: MAX_ALLOCATION,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND);
    decoder.read_info().map_err(malformed)
}

/// Converts the decoder's error.
pub(crate) fn malformed(error: png::DecodingError) -> Damage {
    match error {
        png::DecodingError::LimitsExceeded => Damage::Memory,
        png::DecodingError::IoError(_)
        | png::DecodingError::Format(_)
        | png::DecodingError::Parameter(_) => Damage::Malformed(Box::new(error)),
    }
}
