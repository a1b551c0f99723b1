//! Reads the one entry of an EXIF block that changes how a picture is shown: its orientation (EXIF 2.32, 4.6.4, tag
//! 0x0112).
//!
//! Writers put more than the bare TIFF block into a file: JPEG's prefix `Exif\0\0` in WebP and PNG, zeros before and
//! after it, an orientation stored as a LONG. The meaning of such a block is clear, so it is read. The delivered
//! original gets a new block that every reader understands.

use super::Walk;

/// The prefix of the block in JPEG's APP1. The sixth byte is padding, and some writers put something else there.
const PREFIX: &[u8] = b"Exif\0";

/// The most zeros that may precede the block.
const MOST_PADDING: usize = 16;

const ORIENTATION: u16 = 0x0112;

/// Returns whether the content of an APP1 segment is EXIF rather than XMP.
pub(super) fn is_exif(content: &[u8]) -> bool {
    content.starts_with(PREFIX)
}

/// Returns the orientation, 1 to 8, or `None` if the block holds no valid one.
pub(super) fn orientation(block: &[u8]) -> Option<u8> {
    let (order, tiff) = tiff(block)?;
    let directory = usize::try_from(order.u32(tiff.get(4..8)?)?).ok()?;
    let mut walk = Walk {
        rest: tiff.get(directory..)?,
    };
    let entries = order.u16(walk.take(2)?)?;
    for _ in 0..entries {
        let entry = walk.take(12)?;
        if order.u16(entry)? == ORIENTATION {
            return value(order, entry);
        }
    }
    None
}

/// Returns the first number of an entry. TIFF 6.0, section 2: readers should accept BYTE, SHORT and LONG for any
/// unsigned integer.
fn value(order: Order, entry: &[u8]) -> Option<u8> {
    let field = entry.get(8..12)?;
    let number = match order.u16(entry.get(2..4)?)? {
        1 => u32::from(*field.first()?),
        3 => u32::from(order.u16(field)?),
        4 => order.u32(field)?,
        _ => return None,
    };
    u8::try_from(number)
        .ok()
        .filter(|number| (1..=8).contains(number))
}

/// Returns the TIFF block without anything that writers put before it.
fn tiff(block: &[u8]) -> Option<(Order, &[u8])> {
    let mut rest = match block.strip_prefix(PREFIX) {
        Some(rest) => rest.get(1..)?,
        None => block,
    };
    let padding = rest
        .iter()
        .take(MOST_PADDING)
        .take_while(|byte| **byte == 0);
    rest = rest.get(padding.count()..)?;
    match rest.first_chunk()? {
        b"II*\0" => Some((Order::Little, rest)),
        b"MM\0*" => Some((Order::Big, rest)),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: &[u8]) -> Option<u16> {
        let bytes = *bytes.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32(self, bytes: &[u8]) -> Option<u32> {
        let bytes = *bytes.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }
}
