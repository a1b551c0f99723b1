//! Reads the message in H.264 and HEVC that tells the picture's rotation: display orientation, ITU-T H.264, D.1.27, and
//! H.265, D.2.17. FFmpeg rotates by it if the container says nothing.

use crate::cut::{Bits, Cut};
use crate::sps::unescaped;
use crate::turn::turn;

/// The payload type of the message.
const DISPLAY_ORIENTATION: u32 = 47;

/// The clockwise rotation in degrees, if this unit holds messages and one of them tells it.
pub(crate) fn of_unit(codec: &str, unit: &[u8]) -> Option<u16> {
    let first = *unit.first()?;
    let messages = match codec {
        "h264" if first & 0x1F == 6 => unit.get(1..)?,
        "hevc" if first >> 1 & 0x3F == 39 => unit.get(2..)?,
        _ => return None,
    };
    let plain = unescaped(messages);
    let mut cut = Cut(&plain);
    // Units have few messages; the bits after the last one do not parse as a message.
    for _ in 0..64 {
        let (kind, bytes) = (number(&mut cut)?, number(&mut cut)?);
        let body = cut.take(usize::try_from(bytes).ok()?)?;
        if kind == DISPLAY_ORIENTATION {
            return rotation(body);
        }
    }
    None
}

/// Reads a number: bytes of 255 and a last byte are summed up.
fn number(cut: &mut Cut<'_>) -> Option<u32> {
    let mut number = 0_u32;
    loop {
        let byte = cut.u8()?;
        number = number.checked_add(u32::from(byte))?;
        if byte != 255 {
            return Some(number);
        }
    }
}

/// Reads the rotation, which is stored counter-clockwise in 65536ths of a turn.
fn rotation(body: &[u8]) -> Option<u16> {
    let mut bits = Bits::new(body);
    if bits.flag()? {
        return None;
    }
    bits.skip(2);
    let turns = bits.number(16)?;
    Some(turn(-f64::from(turns) * 360.0 / 65_536.0))
}

/// Finds the first such message in a piece of an elementary stream, where units begin with 0, 0, 1.
pub(crate) fn find(codec: &str, stream: &[u8]) -> Option<u16> {
    let mut rest = stream;
    for _ in 0..256 {
        let at = rest.windows(3).position(|window| window == [0, 0, 1])?;
        rest = rest.get(at + 3..)?;
        let end = rest.windows(3).position(|window| window == [0, 0, 1]);
        let unit = rest.get(..end.unwrap_or(rest.len()))?;
        if let Some(rotation) = of_unit(codec, unit) {
            return Some(rotation);
        }
    }
    None
}
