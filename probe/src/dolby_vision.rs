//! Tells whether a picture in Dolby Vision can be decoded without Dolby's own decoder: whether it has a base layer that
//! is HDR10, HLG or SDR.
//!
//! Dolby Laboratories, "Dolby Vision Streams Within the ISO Base Media File Format", "Dolby Vision Streams Within the
//! MPEG-2 Transport Stream Format", and "Dolby Vision Profiles and Levels".

use crate::codec::Codec;
use crate::cut::Bits;

/// The names of the boxes with the configuration record.
pub(crate) const BOXES: [[u8; 4]; 2] = [*b"dvcC", *b"dvvC"];

/// The name of pictures whose colours make sense to Dolby's own decoder only.
const WITHOUT_BASE: &str = "Dolby Vision without a base layer that others can show";

/// Returns the codec of a picture with this configuration record, which begins with its version.
pub(crate) fn with_record(codec: Codec, record: &[u8]) -> Codec {
    match profile(record) {
        Some(profile) if profile.is_without_base() => {
            Err(format!("{WITHOUT_BASE} (profile {})", profile.number))
        }
        Some(_) | None => codec,
    }
}

struct Profile {
    number: u32,
    /// The number of the format that the base layer is compatible with; 0 is none.
    compatibility: u32,
}

impl Profile {
    /// Returns whether there is no compatible base layer. Profile 5 has none; 10 (AV1) and 20 (two views) may have one.
    fn is_without_base(&self) -> bool {
        match self.number {
            5 => true,
            10 | 20 => self.compatibility == 0,
            _ => false,
        }
    }
}

/// Reads a record: the version in two bytes, seven bits of profile, six of level, three flags for the layers, and four
/// bits of compatibility. In transport streams, a stream without a base layer has another number in their place, and its
/// profile is none that is looked at.
fn profile(record: &[u8]) -> Option<Profile> {
    let mut bits = Bits::new(record);
    bits.number(16)?;
    let number = bits.number(7)?;
    bits.number(6 + 3)?;
    Some(Profile {
        number,
        compatibility: bits.number(4).unwrap_or(0),
    })
}
