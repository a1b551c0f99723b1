//! Reads the size of the largest picture from AV1's sequence header. AV1 Bitstream & Decoding Process Specification,
//! 5.3 and 5.5.

use crate::cut::{Bits, Cut};
use crate::stored::Picture;

/// Finds the sequence header, which is among the first units (OBUs).
pub(crate) fn sequence(units: &[u8]) -> Option<Picture> {
    let mut cut = Cut(units);
    for _ in 0..8 {
        let head = cut.u8()?;
        cut.skip(if head & 4 != 0 { 1 } else { 0 })?;
        let length = if head & 2 != 0 {
            leb128(&mut cut)?
        } else {
            cut.0.len()
        };
        let unit = cut.take(length)?;
        if head >> 3 & 15 == 1 {
            return size(unit);
        }
    }
    None
}

fn leb128(cut: &mut Cut<'_>) -> Option<usize> {
    let mut number = 0_usize;
    for index in 0..4 {
        let byte = cut.u8()?;
        number |= usize::from(byte & 0x7F) << (index * 7);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn size(unit: &[u8]) -> Option<Picture> {
    let mut bits = Bits::new(unit);
    bits.skip(4);
    if bits.flag()? {
        bits.skip(5);
    } else {
        operating_points(&mut bits)?;
    }
    let (across, down) = (bits.number(4)? + 1, bits.number(4)? + 1);
    let size = (bits.number(across)? + 1, bits.number(down)? + 1);
    Some(Picture { size, pixel: None })
}

fn operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    // Timing and decoder model.
    if bits.flag()? {
        bits.skip(64);
        if bits.flag()? {
            bits.golomb()?;
        }
        if bits.flag()? {
            delay_bits = Some(bits.number(5)? + 1);
            bits.skip(32 + 5 + 5);
        }
    }
    let has_delay = bits.flag()?;
    for _ in 0..=bits.number(5)? {
        bits.skip(12);
        if bits.number(5)? > 7 {
            bits.skip(1);
        }
        if let Some(width) = delay_bits
            && bits.flag()?
        {
            bits.skip(usize::try_from(width * 2 + 1).ok()?);
        }
        if has_delay && bits.flag()? {
            bits.skip(4);
        }
    }
    Some(())
}
