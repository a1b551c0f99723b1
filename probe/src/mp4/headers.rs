//! Header boxes of a few fields: how long, and which way up.

use crate::cut::Cut;

/// Time scale and duration of `mvhd` and `mdhd`; a duration of all ones is none.
pub(super) fn times(body: &[u8]) -> Option<(u32, u64)> {
    let mut cut = Cut(body);
    let version = cut.be32()? >> 24;
    let (timescale, duration) = if version == 1 {
        cut.skip(16)?;
        (cut.be32()?, cut.be64()?)
    } else {
        cut.skip(8)?;
        let (timescale, duration) = (cut.be32()?, cut.be32()?);
        let duration = if duration == u32::MAX {
            u64::MAX
        } else {
            u64::from(duration)
        };
        (timescale, duration)
    };
    Some((timescale, if duration == u64::MAX { 0 } else { duration }))
}

/// The duration of `mehd`.
pub(super) fn extent(body: &[u8]) -> Option<u64> {
    let mut cut = Cut(body);
    if cut.be32()? >> 24 == 1 {
        cut.be64()
    } else {
        cut.be32().map(u64::from)
    }
}

/// The track's id, and how its picture is turned: a matrix of 16.16 numbers, of which only quarter turns are known.
pub(super) fn track_header(body: &[u8]) -> Option<(u32, u16)> {
    let mut cut = Cut(body);
    let is_long = cut.be32()? >> 24 == 1;
    cut.skip(if is_long { 16 } else { 8 })?;
    let id = cut.be32()?;
    cut.skip(if is_long { 12 } else { 8 } + 16)?;
    let (a, b) = (cut.be32()?, cut.be32()?);
    cut.skip(4)?;
    let (c, d) = (cut.be32()?, cut.be32()?);
    let is_negative = |number: u32| number >> 31 == 1;
    let rotation = match (a, b, c, d) {
        (0, b, c, 0) if b != 0 && c != 0 => {
            if is_negative(b) {
                270
            } else {
                90
            }
        }
        (a, 0, 0, d) if is_negative(a) && is_negative(d) => 180,
        _ => 0,
    };
    Some((id, rotation))
}

/// What the edit list plays, in the movie's time scale.
pub(super) fn edits(body: &[u8]) -> Option<u64> {
    let mut cut = Cut(body);
    let is_long = cut.be32()? >> 24 == 1;
    let mut sum = 0_u64;
    for _ in 0..cut.be32()?.min(4096) {
        let duration = if is_long {
            cut.be64()?
        } else {
            u64::from(cut.be32()?)
        };
        sum = sum.checked_add(duration)?;
        cut.skip(if is_long { 12 } else { 8 })?;
    }
    Some(sum).filter(|sum| *sum > 0)
}
