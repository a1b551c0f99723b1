//! The tables of samples, as far as they are needed: how many there are, how long they last, and where the first one lies.

use super::{Atom, Found, beginning};
use crate::DAMAGED;
use crate::cut::Cut;
use crate::reader::{Reader, Source};

/// What is read of `stts`, in bytes: 32,768 runs of samples that last equally long. Only pictures at an uneven rate have
/// that many.
const MAX_TIMES: u64 = 256 << 10;

/// Of one track.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Samples {
    pub(super) count: u64,
    /// What they last together, in the track's time scale; none where that is not known.
    pub(super) lasts: Option<u64>,
    /// Where the first chunk of them lies.
    pub(super) first: Option<u64>,
    /// How long the first one is, in bytes.
    pub(super) first_bytes: u32,
}

/// Notes what a box of `stbl` says.
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
            // Of `stz2`, whose numbers have less than 32 bits, the first is no matter.
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
        // FFmpeg takes what has the highest bit for a mistake, and the sample for as short as can be.
        let delta = if delta >> 31 == 1 {
            1
        } else {
            u64::from(delta)
        };
        sum = sum.checked_add(count.checked_mul(delta)?)?;
    }
    Some(sum).filter(|sum| *sum > 0)
}
