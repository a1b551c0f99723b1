//! Reads the duration of each sample of a fragment from bytes in memory. It is used for files that this platform made
//! itself.

use crate::cut::Cut;

/// The ticks per second of the first track in a header (`moov`, possibly after other boxes), and the default duration
/// of a sample in ticks.
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

/// The time at which the first fragment of a file begins, in ticks; `None` if the file is no fragment or does not say it.
#[must_use]
pub fn begins(file: &[u8]) -> Option<u64> {
    let traf = child(child(file, b"moof")?, b"traf")?;
    let mut cut = Cut(child(traf, b"tfdt")?);
    if cut.be32()? >> 24 == 1 {
        cut.be64()
    } else {
        cut.be32().map(u64::from)
    }
}

/// The duration of each sample in a fragment, in ticks. `moof` is the content of that box.
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

/// Adds the durations of a track; `None` if the data is cut off or there are too many samples.
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

/// Adds the durations of a run (ISO/IEC 14496-12, 8.8.8); flags tell which fields each sample has.
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
        // A run without fields per sample may claim any number of samples.
        (all.len() < MAX_SAMPLES).then_some(())?;
        all.push(if has_duration { cut.be32()? } else { default });
        cut.skip(others * 4)?;
    }
    Some(())
}

/// The maximum number of samples per fragment; it covers some minutes.
const MAX_SAMPLES: usize = 100_000;

fn child<'a>(body: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(body)
        .find(|(name, _)| name == wanted)
        .map(|(_, content)| content)
}

/// The boxes in these bytes, up to the first incomplete one.
fn children(body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut cut = Cut(body);
    std::iter::from_fn(move || {
        let size = usize::try_from(cut.be32()?).ok()?;
        let name = cut.array::<4>()?;
        Some((name, cut.take(size.checked_sub(8)?)?))
    })
}
