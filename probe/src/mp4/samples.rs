//! Reads as much of the sample tables as is needed: the number of samples, their duration and the place of the first.

use super::{Atom, Found, beginning};
use crate::DAMAGED;
use crate::cut::Cut;
use crate::reader::{Reader, Source};

/// The number of bytes of `stts` that are read: 32,768 runs of samples with the same duration. Only pictures with an
/// uneven rate have that many.
const MAX_TIMES: u64 = 256 << 10;

/// The samples of one track.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Samples {
    pub(super) count: u64,
    /// Their total duration in the track's time scale; `None` if it is unknown.
    pub(super) lasts: Option<u64>,
    /// The offset of the first chunk.
    pub(super) first: Option<u64>,
    /// The size of the first sample in bytes.
    pub(super) first_bytes: u32,
}

/// Records the information in a box of `stbl`.
pub(super) async fn note<S: Source>(
    file: &mut Reader<'_, S>,
    atom: &Atom,
    samples: &mut Samples,
) -> Found<(), S> {
    match &atom.name {
        b"stsz" | b"stz2" => {
            let body = beginning(file, atom, 16).await?;
            let mut cut = Cut(&body);
            let bytes = cut.skip(4).and_then(|()| cut.be32()).ok_or(DAMAGED)?;
            samples.count = u64::from(cut.be32().ok_or(DAMAGED)?);
            // The numbers in `stz2` have less than 32 bits; the first size is not needed there.
            samples.first_bytes = match (bytes, &atom.name) {
                (0, b"stsz") => cut.be32().unwrap_or(0),
                (bytes, b"stsz") => bytes,
                _ => 0,
            };
        }
        b"stts" => {
            let body = beginning(file, atom, MAX_TIMES).await?;
            samples.lasts = lasts(&body);
        }
        b"stco" => {
            let body = beginning(file, atom, 12).await?;
            let mut cut = Cut(&body);
            samples.first = cut.skip(8).and_then(|()| cut.be32()).map(u64::from);
        }
        b"co64" => {
            let body = beginning(file, atom, 16).await?;
            let mut cut = Cut(&body);
            samples.first = cut.skip(8).and_then(|()| cut.be64());
        }
        _ => {}
    }
    Ok(())
}

fn lasts(stts: &[u8]) -> Option<u64> {
    let mut cut = Cut(stts);
    cut.skip(4)?;
    let mut sum = 0_u64;
    for _ in 0..cut.be32()? {
        let (count, delta) = (u64::from(cut.be32()?), cut.be32()?);
        // FFmpeg takes a value with the highest bit set for a mistake, and uses the shortest duration.
        let delta = if delta >> 31 == 1 {
            1
        } else {
            u64::from(delta)
        };
        sum = sum.checked_add(count.checked_mul(delta)?)?;
    }
    Some(sum).filter(|sum| *sum > 0)
}
