//! Unpacks the bytes of a strip or tile, as many at a time as a row needs.

use std::io::Read;

use flate2::read::ZlibDecoder;
use weezl::{BitOrder, LzwStatus, decode::Decoder};

use super::super::ConvertError;
use super::picture::Compression;
use crate::Damage;

/// The bytes of a strip or tile.
pub(super) enum Stream<'a> {
    Plain(&'a [u8]),
    PackBits(PackBits<'a>),
    Lzw(&'a [u8], Box<Decoder>),
    Deflate(Box<ZlibDecoder<&'a [u8]>>),
}

impl<'a> Stream<'a> {
    /// Opens a strip; `None` if its coding is one of whole rows.
    pub(super) fn open(compression: Compression, coded: &'a [u8]) -> Option<Self> {
        Some(match compression {
            Compression::None => Self::Plain(coded),
            Compression::PackBits => Self::PackBits(PackBits {
                rest: coded,
                run: Run::Done,
            }),
            Compression::Lzw => Self::Lzw(coded, Box::new(lzw(coded))),
            Compression::Deflate => Self::Deflate(Box::new(ZlibDecoder::new(coded))),
            Compression::Jpeg | Compression::Fax(_) => return None,
        })
    }

    /// Fills the row.
    pub(super) fn fill(&mut self, row: &mut [u8]) -> Result<(), ConvertError> {
        match self {
            Self::Plain(rest) => {
                let (taken, behind) = rest.split_at_checked(row.len()).ok_or(Damage::Truncated)?;
                row.copy_from_slice(taken);
                *rest = behind;
                Ok(())
            }
            Self::PackBits(packed) => Ok(packed.fill(row).ok_or(Damage::Truncated)?),
            Self::Lzw(rest, decoder) => fill_by_lzw(rest, decoder, row),
            Self::Deflate(decoder) => Ok(decoder
                .read_exact(row)
                .map_err(|error| Damage::Malformed(Box::new(error)))?),
        }
    }
}

/// Returns the decoder: the order of bits was another before TIFF 5.0. As libtiff does, it is told by the first code,
/// which is 256 and has 9 bits.
fn lzw(coded: &[u8]) -> Decoder {
    match coded {
        [0, second, ..] if second & 1 == 1 => Decoder::new(BitOrder::Lsb, 8),
        _ => Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    }
}

fn fill_by_lzw(
    rest: &mut &[u8],
    decoder: &mut Decoder,
    mut row: &mut [u8],
) -> Result<(), ConvertError> {
    while !row.is_empty() {
        let done = decoder.decode_bytes(rest, row);
        *rest = rest.get(done.consumed_in..).unwrap_or_default();
        row = row.get_mut(done.consumed_out..).unwrap_or_default();
        match done.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::NoProgress | LzwStatus::Done) if row.is_empty() => {}
            Ok(LzwStatus::NoProgress | LzwStatus::Done) => return Err(Damage::Truncated.into()),
            Err(error) => return Err(Damage::Malformed(Box::new(error)).into()),
        }
    }
    Ok(())
}

/// Runs of bytes (TIFF 6.0, section 9).
pub(super) struct PackBits<'a> {
    rest: &'a [u8],
    run: Run,
}

#[derive(Clone, Copy)]
enum Run {
    Done,
    Copy(u8),
    Repeat(u8, u8),
}

impl PackBits<'_> {
    fn fill(&mut self, row: &mut [u8]) -> Option<()> {
        for byte in row {
            *byte = self.next()?;
        }
        Some(())
    }

    fn next(&mut self) -> Option<u8> {
        loop {
            match self.run {
                Run::Copy(left) => {
                    self.run = if left > 1 {
                        Run::Copy(left - 1)
                    } else {
                        Run::Done
                    };
                    return self.byte();
                }
                Run::Repeat(byte, left) => {
                    self.run = if left > 1 {
                        Run::Repeat(byte, left - 1)
                    } else {
                        Run::Done
                    };
                    return Some(byte);
                }
                Run::Done => {
                    self.run = match self.byte()? {
                        count @ ..128 => Run::Copy(count + 1),
                        128 => Run::Done,
                        count => Run::Repeat(self.byte()?, 0_u8.wrapping_sub(count) + 1),
                    };
                }
            }
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}
