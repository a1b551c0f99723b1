//! Reads the sequence header of VC-1's advanced profile. SMPTE 421M, 6.1.

use crate::cut::Bits;
use crate::stored::Picture;

/// Pixel shapes by number: SMPTE 421M, table 7.
const SHAPES: [(u32, u32); 14] = [
    (1, 1),
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
];

/// Reads a sequence header, without its start code.
pub(crate) fn sequence(header: &[u8]) -> Option<Picture> {
    let mut bits = Bits::new(header);
    let is_advanced = bits.number(2)? == 3;
    // Skip level, chroma format and hints for post-processing.
    bits.skip(3 + 2 + 3 + 5 + 1);
    let size = (bits.number(12)? * 2 + 2, bits.number(12)? * 2 + 2);
    bits.skip(6);
    is_advanced.then(|| Picture {
        size,
        pixel: displayed(&mut bits),
    })
}

fn displayed(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    if !bits.flag()? {
        return None;
    }
    bits.skip(28);
    if !bits.flag()? {
        return None;
    }
    match bits.number(4)? {
        15 => Some((bits.number(8)? + 1, bits.number(8)? + 1)),
        number => SHAPES.get(usize::try_from(number).ok()?).copied(),
    }
}
