//! Measures the duration of a fragmented movie: exactly if all fragments are read, otherwise extrapolated from the
//! first ones.

use std::collections::HashMap;

use super::{Found, beginning, children, header};
use crate::cut::Cut;
use crate::reader::{Reader, Source};
use crate::{DAMAGED, Stop};

/// The maximum number of boxes that are read after the header; each costs one or two blocks.
const MAX_FRAGMENTS: u32 = 4_000;

/// The total time (in the track's time scale) and the number of samples in each track's fragments.
#[derive(Debug, Default)]
pub(super) struct Measured(HashMap<u32, (u64, u64)>);

impl Measured {
    pub(super) fn of(&self, track: u32) -> Option<(u64, u64)> {
        self.0.get(&track).copied()
    }

    fn stretch(&mut self, seen: u64, all: u64) {
        let stretched = |number: u64| {
            let wide = u128::from(number) * u128::from(all);
            u64::try_from(wide / u128::from(seen.max(1))).unwrap_or(u64::MAX)
        };
        for (end, samples) in self.0.values_mut() {
            (*end, *samples) = (stretched(*end), stretched(*samples));
        }
    }
}

/// Measures the fragments after the movie's header.
pub(super) async fn measure<S: Source>(file: &mut Reader<'_, S>, first: u64) -> Found<Measured, S> {
    let end = file.bytes();
    let mut measured = Measured::default();
    let mut at = first;
    for _ in 0..MAX_FRAGMENTS {
        if at.saturating_add(8) > end {
            return Ok(measured);
        }
        if file.is_tired() {
            break;
        }
        let atom = match header(file, at, end).await {
            Ok(atom) => atom,
            // The recording was cut off: what came before can be played.
            Err(Stop::Refused(_)) if !measured.0.is_empty() => return Ok(measured),
            Err(error) => return Err(error),
        };
        at = atom.body.end;
        if &atom.name == b"moof" {
            for traf in children(file, atom.body).await? {
                if &traf.name == b"traf" {
                    fragment(file, traf.body, &mut measured).await?;
                }
            }
        }
    }
    measured.stretch(at.saturating_sub(first), end.saturating_sub(first));
    Ok(measured)
}

async fn fragment<S: Source>(
    file: &mut Reader<'_, S>,
    traf: std::ops::Range<u64>,
    measured: &mut Measured,
) -> Found<(), S> {
    let (mut track, mut default, mut base) = (0, 0, None);
    for atom in children(file, traf).await? {
        let body = beginning(file, &atom, 256 << 10).await?;
        match &atom.name {
            b"tfhd" => (track, default) = fragment_header(&body).ok_or(DAMAGED)?,
            b"tfdt" => base = super::headers::extent(&body),
            b"trun" => {
                let (lasts, count) = run(&body, default).ok_or(DAMAGED)?;
                let (end, samples) = measured.0.entry(track).or_default();
                let start = base.take().unwrap_or(*end);
                *end = start.saturating_add(lasts).max(*end);
                *samples = samples.saturating_add(count);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The track, and the default duration of its samples.
fn fragment_header(body: &[u8]) -> Option<(u32, u32)> {
    let mut cut = Cut(body);
    let flags = cut.be32()?;
    let track = cut.be32()?;
    cut.skip(if flags & 1 != 0 { 8 } else { 0 })?;
    cut.skip(if flags & 2 != 0 { 4 } else { 0 })?;
    let default = if flags & 8 != 0 { cut.be32()? } else { 0 };
    Some((track, default))
}

/// The duration of a run and its number of samples.
fn run(body: &[u8], default: u32) -> Option<(u64, u64)> {
    let mut cut = Cut(body);
    let flags = cut.be32()?;
    let count = cut.be32()?;
    cut.skip(if flags & 1 != 0 { 4 } else { 0 })?;
    cut.skip(if flags & 4 != 0 { 4 } else { 0 })?;
    if flags & 0x100 == 0 {
        return Some((u64::from(count) * u64::from(default), u64::from(count)));
    }
    let others = [0x200, 0x400, 0x800]
        .iter()
        .filter(|bit| flags & **bit != 0)
        .count();
    let mut sum = 0_u64;
    for _ in 0..count {
        sum = sum.checked_add(u64::from(cut.be32()?))?;
        cut.skip(others * 4)?;
    }
    Some((sum, u64::from(count)))
}
