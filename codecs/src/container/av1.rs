//! AV1's open bitstream units (AV1 specification, 5.3): what a coded picture consists of. A picture is shown from its
//! sequence header, its frame headers and its tile groups. Everything else is left out: metadata, padding, reserved
//! kinds.

use super::Walk;
use crate::Damage;

/// The most frames in one picture, shown or not: four layers, and what these may refer to. A film's next picture comes
/// with a few hidden frames before it.
const MAX_FRAMES: usize = 16;

const SEQUENCE_HEADER: u8 = 1;
const FRAME_HEADER: u8 = 3;
const TILE_GROUP: u8 = 4;
const FRAME: u8 = 6;

/// A coded picture: the units that are needed to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) bytes: Vec<u8>,
    /// The frames that are decoded or shown again, at least one.
    pub(crate) frames: usize,
    /// The content of the sequence header, if it is there; all headers are the same.
    pub(crate) sequence: Option<Vec<u8>>,
}

/// Reads the units of a picture.
///
/// # Errors
/// [`Damage`] when one of them is cut short, there are no frames or too many, or sequence headers differ.
pub(crate) fn units(bytes: &[u8]) -> Result<Units, Damage> {
    let mut walk = Walk { rest: bytes };
    let mut units = Units {
        bytes: Vec::with_capacity(bytes.len()),
        frames: 0,
        sequence: None,
    };
    while !walk.rest.is_empty() {
        let unit = Unit::next(&mut walk).ok_or(Damage::Truncated)?;
        units.add(&unit)?;
    }
    if units.frames == 0 || units.frames > MAX_FRAMES {
        return Err(malformed("no frame, or too many in one picture"));
    }
    Ok(units)
}

impl Units {
    fn add(&mut self, unit: &Unit<'_>) -> Result<(), Damage> {
        match unit.kind {
            SEQUENCE_HEADER => {
                let known = self.sequence.get_or_insert_with(|| unit.content.to_vec());
                if known != unit.content {
                    return Err(malformed("two different sequences"));
                }
            }
            FRAME_HEADER | FRAME => self.frames += 1,
            TILE_GROUP => {}
            // Temporal delimiters have no place in an item; a frame header may come again, redundantly (7).
            _ => return Ok(()),
        }
        unit.write(&mut self.bytes);
        Ok(())
    }
}

struct Unit<'a> {
    kind: u8,
    /// The header's extension: the layer.
    extension: Option<u8>,
    content: &'a [u8],
}

impl<'a> Unit<'a> {
    fn next(walk: &mut Walk<'a>) -> Option<Self> {
        let header = walk.byte()?;
        // The highest bit is always zero.
        (header & 0x80 == 0).then_some(())?;
        let extension = if header & 4 != 0 {
            Some(walk.byte()?)
        } else {
            None
        };
        let length = if header & 2 != 0 {
            number(walk)?
        } else {
            walk.rest.len()
        };
        Some(Self {
            kind: (header >> 3) & 15,
            extension,
            content: walk.take(length)?,
        })
    }

    /// Writes the unit with its length.
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.kind << 3 | u8::from(self.extension.is_some()) << 2 | 2);
        out.extend(self.extension);
        let mut left = self.content.len();
        loop {
            let [low, ..] = left.to_le_bytes();
            left >>= 7;
            out.push(low & 0x7F | if left > 0 { 0x80 } else { 0 });
            if left == 0 {
                break;
            }
        }
        out.extend_from_slice(self.content);
    }
}

/// Reads a number in groups of seven bits (4.10.5), of at most 32 bits.
fn number(walk: &mut Walk<'_>) -> Option<usize> {
    let mut number = 0_u64;
    for group in 0..8 {
        let byte = walk.byte()?;
        number |= u64::from(byte & 0x7F) << (group * 7);
        if byte & 0x80 == 0 {
            return usize::try_from(u32::try_from(number).ok()?).ok();
        }
    }
    None
}

fn malformed(how: &'static str) -> Damage {
    Damage::Malformed(how.into())
}

#[cfg(test)]
mod tests {
    use super::{MAX_FRAMES, units};

    /// A unit of this kind with its length.
    fn unit(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        [&[kind << 3 | 2, length], content].concat()
    }

    #[test]
    fn what_does_not_show_is_left_out() {
        let (sequence, frame) = (unit(1, b"sequence"), unit(6, b"frame"));
        let told = [
            unit(2, b""),
            sequence.clone(),
            unit(5, b"where it was taken"),
            frame.clone(),
            unit(15, b"padding"),
            unit(9, b"reserved"),
        ];
        let read = units(&told.concat()).unwrap();
        assert_eq!(read.bytes, [sequence.clone(), frame.clone()].concat());
        assert_eq!(
            (read.frames, read.sequence.as_deref()),
            (1, Some(&b"sequence"[..]))
        );
        // A last unit without its length, and a longer form of a length.
        let short = [&sequence[..], &[6 << 3], b"frame"].concat();
        assert_eq!(units(&short).unwrap().bytes, read.bytes);
        let long = [&sequence[..], &[6 << 3 | 2, 0x85, 0x80, 0], b"frame"].concat();
        assert_eq!(units(&long).unwrap(), read);
        let layer = [&sequence[..], &[6 << 3 | 6, 8, 5], b"frame"].concat();
        assert_eq!(units(&layer).unwrap().bytes, layer);
        let large = [&sequence[..], &[6 << 3 | 2, 0xAC, 2], &[7; 300]].concat();
        assert_eq!(units(&large).unwrap().bytes, large);
    }

    #[test]
    fn what_is_cut_or_too_much_is_damage() {
        let frame = unit(6, b"frame");
        assert!(units(&frame.repeat(MAX_FRAMES)).is_ok());
        for wrong in [
            Vec::new(),
            unit(1, b"sequence"),
            frame.repeat(MAX_FRAMES + 1),
            frame[..4].to_vec(),
            vec![0x80 | 6 << 3],
            vec![6 << 3 | 2, 0x80],
            [&[6 << 3 | 2][..], &[0x80; 9]].concat(),
            [unit(1, b"one"), unit(1, b"two"), frame].concat(),
        ] {
            assert!(units(&wrong).is_err(), "{wrong:?}");
        }
    }
}
