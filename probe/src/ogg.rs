//! Ogg: pages of several streams. RFC 3533; Vorbis I, 4.2.2; RFC 7845; the Theora specification, 6.2.

use crate::cut::Cut;
use crate::describe::{milliseconds, rate};
use crate::reader::{Reader, Source};
use crate::{Audio, Container, DAMAGED, Description, Stop, Video};

/// What is looked at of either end, in bytes: a page has 64 KiB at most.
const END: u64 = 256 << 10;

/// A stream: how its time is counted.
struct Stream {
    serial: u32,
    ticks_a_second: u64,
    /// Before the sound begins.
    skipped: u64,
    /// Bits of a granule position that count pictures since the last that stands alone.
    shift: u32,
    scale: u64,
}

struct Page<'a> {
    is_first: bool,
    granule: u64,
    serial: u32,
    body: &'a [u8],
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let mut found = Description::new(Container::Ogg);
    let mut streams = Vec::new();
    let head = file.some(0, END).await?;
    let mut cut = Cut(&head);
    while let Some(page) = page(&mut cut) {
        if !page.is_first || streams.len() == 16 {
            break;
        }
        streams.extend(identify(&page, &mut found));
    }
    if streams.is_empty() && found.audio.is_empty() {
        return Err(crate::Refusal::NoStream.into());
    }
    let (_, tail) = file.tail(END).await?;
    for stream in &streams {
        let last = last_granule(&tail, stream.serial);
        let ticks = last.map(|granule| {
            let keyed = granule >> stream.shift;
            let since = granule & ((1_u64 << stream.shift) - 1);
            keyed.saturating_add(if stream.shift == 0 { 0 } else { since })
        });
        let played = ticks.and_then(|ticks| {
            let ticks = ticks
                .saturating_sub(stream.skipped)
                .checked_mul(stream.scale)?;
            milliseconds(ticks, stream.ticks_a_second)
        });
        found.duration_ms = found.duration_ms.max(played);
    }
    if found.duration_ms.is_none() {
        return Err(DAMAGED.into());
    }
    Ok(found)
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

/// Of the last page of a stream that ends a packet; those that do not have a granule of all ones.
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

fn identify(page: &Page<'_>, found: &mut Description) -> Option<Stream> {
    let (audio, ticks_a_second, skipped) = match page.body {
        [1, b'v', b'o', b'r', b'b', b'i', b's', rest @ ..] => {
            let mut cut = Cut(rest);
            cut.skip(4)?;
            let (channels, rate) = (u16::from(cut.u8()?), cut.le32()?);
            (sound("vorbis", channels, rate), u64::from(rate), 0)
        }
        [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', rest @ ..] => {
            let mut cut = Cut(rest);
            cut.skip(1)?;
            let (channels, skipped) = (u16::from(cut.u8()?), cut.le16()?);
            (sound("opus", channels, 48_000), 48_000, u64::from(skipped))
        }
        [0x7F, b'F', b'L', b'A', b'C', rest @ ..] => {
            let mut cut = Cut(rest);
            cut.skip(4 + 4 + 4 + 10)?;
            let packed = cut.be32()?;
            let channels = u16::try_from((packed >> 9 & 7) + 1).ok()?;
            (
                sound("flac", channels, packed >> 12),
                u64::from(packed >> 12),
                0,
            )
        }
        [b'S', b'p', b'e', b'e', b'x', b' ', b' ', b' ', rest @ ..] => {
            let mut cut = Cut(rest);
            cut.skip(28)?;
            let rate = cut.le32()?;
            (sound("speex", 1, rate), u64::from(rate), 0)
        }
        [0x80, b't', b'h', b'e', b'o', b'r', b'a', rest @ ..] => {
            return theora(page.serial, rest, found);
        }
        _ => return None,
    };
    found.audio.push(audio);
    Some(Stream {
        serial: page.serial,
        ticks_a_second,
        skipped,
        shift: 0,
        scale: 1,
    })
}

fn sound(codec: &'static str, channels: u16, sample_rate: u32) -> Audio {
    Audio {
        codec,
        channels: Some(channels),
        sample_rate: Some(sample_rate),
    }
}

fn theora(serial: u32, rest: &[u8], found: &mut Description) -> Option<Stream> {
    let mut cut = Cut(rest);
    cut.skip(3 + 4)?;
    let mut three = || {
        cut.array::<3>()
            .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    };
    let size = (three()?, three()?);
    cut.skip(2)?;
    let (frames, seconds) = (cut.be32()?, cut.be32()?);
    let mut three = || {
        cut.array::<3>()
            .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    };
    let pixel = (three()?, three()?);
    cut.skip(4)?;
    let shift = u32::from(cut.be16()? >> 5 & 31);
    if found.video.is_none() {
        let mut video = Video::displayed("theora", size, pixel, 0);
        video.frames_per_1000_s = rate(1, u64::from(seconds), u64::from(frames));
        found.video = Some(video);
    }
    Some(Stream {
        serial,
        ticks_a_second: u64::from(frames),
        skipped: 0,
        shift,
        scale: u64::from(seconds),
    })
}
