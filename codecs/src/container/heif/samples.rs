//! The table of a track's samples (`stbl`, ISO/IEC 14496-12, 8.6 and 8.7): where each lies, and how long it is shown.

use std::ops::Range;

use super::boxes::{Fields, Part, malformed, part};
use crate::Damage;

/// The most samples: far more than the frames that any limit allows, and a table of them takes a few megabytes.
const MAX_SAMPLES: u32 = 100_000;

/// A picture of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// The place of its bytes in the file; not empty.
    pub(crate) range: Range<usize>,
    /// For how long it is shown, in the track's units of time.
    pub(crate) ticks: u32,
    /// Whether it refers to no other.
    pub(crate) is_sync: bool,
}

/// Reads the samples of a file of this length, at least one.
pub(super) fn read(table: &[Part<'_>], file: usize) -> Result<Vec<Sample>, Damage> {
    let sizes = sizes(part(table, b"stsz")?)?;
    let chunks = chunks(table)?;
    let ticks = ticks(part(table, b"stts")?, sizes.len())?;
    let sync = sync(table)?;
    let mut places = Places::new(part(table, b"stsc")?, &chunks)?;
    let mut samples = Vec::with_capacity(sizes.len());
    for ((size, ticks), number) in sizes.iter().zip(ticks).zip(1_u32..) {
        let start = places.next(*size)?;
        let end = start.checked_add(*size).filter(|end| *end <= file);
        samples.push(Sample {
            range: start..end.ok_or(Damage::Truncated)?,
            ticks,
            is_sync: sync
                .as_ref()
                .is_none_or(|sync| sync.binary_search(&number).is_ok()),
        });
    }
    if samples.is_empty() || samples.iter().any(|sample| sample.range.is_empty()) {
        return Err(malformed("a track without samples, or an empty one"));
    }
    Ok(samples)
}

/// `stsz`: one size for all, or one for each.
fn sizes(stsz: &Part<'_>) -> Result<Vec<usize>, Damage> {
    let (_, _, mut fields) = stsz.versioned()?;
    let each = fields.length(4)?;
    let count = fields.u32()?;
    if count > MAX_SAMPLES {
        return Err(malformed("too many samples"));
    }
    let size = |_| if each > 0 { Ok(each) } else { fields.length(4) };
    (0..count).map(size).collect()
}

/// `stco` or `co64`: where chunks of samples begin.
fn chunks(table: &[Part<'_>]) -> Result<Vec<usize>, Damage> {
    let (wide, bytes) = match part(table, b"stco") {
        Ok(stco) => (stco, 4),
        Err(_missing) => (part(table, b"co64")?, 8),
    };
    let (_, _, mut fields) = wide.versioned()?;
    let count = fields.u32()?;
    if count > MAX_SAMPLES {
        return Err(malformed("too many chunks"));
    }
    (0..count).map(|_| fields.length(bytes)).collect()
}

/// `stts`: how long so many samples are shown, each.
fn ticks(stts: &Part<'_>, count: usize) -> Result<Vec<u32>, Damage> {
    let (_, _, mut fields) = stts.versioned()?;
    let mut ticks = Vec::with_capacity(count);
    for _ in 0..fields.u32()? {
        let (run, each) = (fields.length(4)?, fields.u32()?);
        ticks.resize(ticks.len().saturating_add(run).min(count), each);
    }
    let last = ticks.last().copied().unwrap_or(0);
    ticks.resize(count, last);
    Ok(ticks)
}

/// `stss`: the samples that refer to no other, or `None` if all do so.
fn sync(table: &[Part<'_>]) -> Result<Option<Vec<u32>>, Damage> {
    let Ok(stss) = part(table, b"stss") else {
        return Ok(None);
    };
    let (_, _, mut fields) = stss.versioned()?;
    let count = fields.u32()?.min(MAX_SAMPLES);
    let mut sync: Vec<u32> = (0..count).map(|_| fields.u32()).collect::<Result<_, _>>()?;
    sync.sort_unstable();
    Ok(Some(sync))
}

/// Finds the place of one sample after the other: they follow one another within a chunk.
struct Places<'a> {
    chunks: std::slice::Iter<'a, usize>,
    /// The first chunk, counted from 1, from which on each has so many samples (`stsc`).
    runs: Vec<(u32, u32)>,
    chunk: u32,
    left: u32,
    at: usize,
}

impl<'a> Places<'a> {
    fn new(stsc: &Part<'_>, chunks: &'a [usize]) -> Result<Self, Damage> {
        let (_, _, mut fields) = stsc.versioned()?;
        let count = fields.u32()?;
        if count > MAX_SAMPLES {
            return Err(malformed("too many chunks"));
        }
        let run = |fields: &mut Fields<'_>| {
            let run = (fields.u32()?, fields.u32()?);
            // There is one description; see `movie`.
            if fields.u32()? != 1 || run.1 == 0 {
                return Err(malformed("chunks of another description, or of no samples"));
            }
            Ok(run)
        };
        let mut runs = (0..count)
            .map(|_| run(&mut fields))
            .collect::<Result<Vec<_>, _>>()?;
        // The next one is taken from the end.
        runs.reverse();
        Ok(Self {
            chunks: chunks.iter(),
            runs,
            chunk: 0,
            left: 0,
            at: 0,
        })
    }

    fn next(&mut self, size: usize) -> Result<usize, Damage> {
        if self.left == 0 {
            self.at = *self.chunks.next().ok_or(Damage::Truncated)?;
            self.chunk = self.chunk.saturating_add(1);
            while let [.., (next, _), _] = self.runs.as_slice()
                && *next <= self.chunk
            {
                self.runs.pop();
            }
            let (_, count) = self.runs.last().ok_or(Damage::Truncated)?;
            self.left = *count;
        }
        self.left = self.left.saturating_sub(1);
        let at = self.at;
        self.at = at.saturating_add(size);
        Ok(at)
    }
}
