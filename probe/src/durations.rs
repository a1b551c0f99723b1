//! How long each sample of a fragment lasts, out of bytes that are at hand: of files that were made here, and are read again.

use crate::cut::Cut;

/// Of the first track of a header (`moov`, within whatever stands before it): ticks a second, and how many of them a sample
/// lasts unless its fragment says so.
#[must_use]
pub fn of_header(init: &[u8]) -> Option<(u32, u32)> {
    let moov = child(init, b"moov")?;
    let mdia = child(child(moov, b"trak")?, b"mdia")?;
    let mut cut = Cut(child(mdia, b"mdhd")?);
    let is_long = cut.be32()? >> 24 == 1;
    cut.skip(if is_long { 16 } else { 8 })?;
    let timescale = cut.be32()?;
    let default = child(moov, b"mvex").and_then(|mvex| {
        let mut cut = Cut(child(mvex, b"trex")?);
        cut.skip(12)?;
        cut.be32()
    });
    Some((timescale, default.unwrap_or(0)))
}

/// Of each sample of the fragment whose content (of `moof`) this is.
#[must_use]
pub fn of_fragment(moof: &[u8], default: u32) -> Vec<u32> {
    let mut all = Vec::new();
    for (_, traf) in children(moof).filter(|(name, _)| name == b"traf") {
        if track(traf, default, &mut all).is_none() {
            break;
        }
    }
    all
}

/// Nothing where it breaks off, or has enough.
fn track(traf: &[u8], default: u32, all: &mut Vec<u32>) -> Option<()> {
    let mut cut = Cut(child(traf, b"tfhd")?);
    let flags = cut.be32()?;
    cut.skip(4)?;
    cut.skip(if flags & 1 != 0 { 8 } else { 0 })?;
    cut.skip(if flags & 2 != 0 { 4 } else { 0 })?;
    let default = if flags & 8 != 0 { cut.be32()? } else { default };
    for (_, trun) in children(traf).filter(|(name, _)| name == b"trun") {
        run(trun, default, all)?;
    }
    Some(())
}

/// ISO/IEC 14496-12, 8.8.8: each sample has as many fields as flags say.
fn run(trun: &[u8], default: u32, all: &mut Vec<u32>) -> Option<()> {
    let mut cut = Cut(trun);
    let flags = cut.be32()?;
    let count = usize::try_from(cut.be32()?).ok()?;
    cut.skip(if flags & 1 != 0 { 4 } else { 0 })?;
    cut.skip(if flags & 4 != 0 { 4 } else { 0 })?;
    let has_duration = flags & 0x100 != 0;
    let others = [0x200, 0x400, 0x800]
        .iter()
        .filter(|bit| flags & **bit != 0)
        .count();
    for _ in 0..count {
        // A run without fields of its own may claim any number.
        (all.len() < MAX_SAMPLES).then_some(())?;
        all.push(if has_duration { cut.be32()? } else { default });
        cut.skip(others * 4)?;
    }
    Some(())
}

/// Samples of a fragment that are counted: some minutes of them.
const MAX_SAMPLES: usize = 100_000;

fn child<'a>(body: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(body)
        .find(|(name, _)| name == wanted)
        .map(|(_, content)| content)
}

/// The boxes of a piece, as far as they are whole.
fn children(body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut cut = Cut(body);
    std::iter::from_fn(move || {
        let size = usize::try_from(cut.be32()?).ok()?;
        let name = cut.array::<4>()?;
        Some((name, cut.take(size.checked_sub(8)?)?))
    })
}
