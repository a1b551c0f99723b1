//! Reads the pixel shape in DV, which only the packs in its frames tell: SMPTE 314M, and IEC 61834-4, for pictures of
//! 720 pixels a line.

/// The offset of the video control pack in a frame: in the third video auxiliary block. Blocks have 80 bytes; a header
/// block, two subcode blocks and two auxiliary blocks come before.
const CONTROL: usize = 80 * 5 + 48 + 5;

/// The number of the video control pack.
const CONTROL_PACK: u8 = 0x61;

/// The number of bytes that are read of a frame.
pub(crate) const FRAME: u64 = 480;

/// The pixel shape for a frame of this stored size: television in 4:3 or in 16:9.
pub(crate) fn pixel(frame: &[u8], stored: (u32, u32)) -> Option<(u32, u32)> {
    let application = frame.get(4)? & 7;
    let pack = frame.get(CONTROL..CONTROL + 5)?;
    let shape = pack.get(2)? & 7;
    let has_control = pack.first() == Some(&CONTROL_PACK);
    let is_wide = has_control && (shape == 2 || (application == 0 && shape == 7));
    match (stored, is_wide) {
        ((720, 576), false) => Some((16, 15)),
        ((720, 576), true) => Some((64, 45)),
        ((720, 480), false) => Some((8, 9)),
        ((720, 480), true) => Some((32, 27)),
        _ => None,
    }
}
