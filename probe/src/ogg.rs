//! Reads Ogg: pages of several streams. RFC 3533.

use crate::cut::Cut;
use crate::describe::milliseconds;
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, DAMAGED, Description, Selector, Stop};

mod header;

/// The maximum number of streams.
const MAX_STREAMS: u16 = 32;

/// The number of bytes at either end that are read: a page has 64 KiB at most.
const END: u64 = 256 << 10;

/// A stream and the way its time is counted.
pub(super) struct Stream {
    pub(super) serial: u32,
    pub(super) ticks_a_second: u64,
    /// Ticks to skip before the sound begins.
    pub(super) skipped: u64,
    /// The number of low bits in a granule position that are not its time.
    pub(super) shift: u32,
    /// Whether these bits count the pictures since the last keyframe.
    pub(super) counts_since: bool,
    pub(super) scale: u64,
}

pub(super) struct Page<'a> {
    is_first: bool,
    granule: u64,
    pub(super) serial: u32,
    pub(super) body: &'a [u8],
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let mut found = Tracks::default();
    let mut streams = Vec::new();
    let head = file.some(0, END).await?;
    let mut cut = Cut(&head);
    // FFmpeg makes a stream for every first page, whatever it holds.
    for index in 0..MAX_STREAMS {
        let Some(page) = page(&mut cut).filter(|page| page.is_first) else {
            break;
        };
        streams.extend(header::identify(&page, Selector::Index(index), &mut found));
    }
    let mut duration_ms = None;
    let (_, tail) = file.tail(END).await?;
    for stream in &streams {
        let last = last_granule(&tail, stream.serial);
        let ticks = last.map(|granule| {
            let keyed = granule >> stream.shift;
            let since = granule & ((1_u64 << stream.shift) - 1);
            keyed.saturating_add(if stream.counts_since { since } else { 0 })
        });
        let played = ticks.and_then(|ticks| {
            let ticks = ticks
                .saturating_sub(stream.skipped)
                .checked_mul(stream.scale)?;
            milliseconds(ticks, stream.ticks_a_second)
        });
        duration_ms = duration_ms.max(played);
    }
    let described = found.described(Container::Ogg, duration_ms)?;
    if duration_ms.is_none() {
        return Err(DAMAGED.into());
    }
    Ok(described)
}

fn page<'a>(cut: &mut Cut<'a>) -> Option<Page<'a>> {
    let head = cut.array::<5>()?;
    let flags = cut.u8()?;
    let (granule, serial) = (cut.le64()?, cut.le32()?);
    cut.skip(8)?;
    let segments = usize::from(cut.u8()?);
    let bytes = cut
        .take(segments)?
        .iter()
        .map(|length| usize::from(*length))
        .sum();
    let body = cut.take(bytes)?;
    (head == *b"OggS\0").then_some(Page {
        is_first: flags & 2 != 0,
        granule,
        serial,
        body,
    })
}

/// The granule position of a stream's last page that ends a packet; pages that end none have a granule of all ones.
fn last_granule(tail: &[u8], serial: u32) -> Option<u64> {
    let starts = tail
        .windows(4)
        .enumerate()
        .rev()
        .filter(|(_, window)| *window == b"OggS");
    starts
        .take(4_096)
        .filter_map(|(at, _)| page(&mut Cut(tail.get(at..)?)))
        .find(|page| page.serial == serial && page.granule != u64::MAX)
        .map(|page| page.granule)
}
