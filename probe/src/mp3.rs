//! Reads MP3: frames without a container. ISO/IEC 11172-3, 2.4.1. The duration comes from the Xing or VBRI header in
//! the first frame, if the encoder wrote one.

use crate::cut::Cut;
use crate::describe::milliseconds;
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, DAMAGED, Description, Selector, Stop};

/// The number of bytes after the tags that are searched for the first frame.
const SEARCHED: u64 = 64 << 10;

/// The maximum number of tags before the first frame; some players add one at each save.
const MAX_TAGS: usize = 8;

const BIT_RATES_1: [[u32; 15]; 2] = [
    [
        0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
    ],
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
];
const BIT_RATES_2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLE_RATES: [u32; 3] = [44_100, 48_000, 32_000];

/// A frame, as its header describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    is_first_version: bool,
    is_layer_3: bool,
    is_mono: bool,
    sample_rate: u32,
    bytes: usize,
    samples: u32,
}

/// The maximum number of zero bytes before the first frame; recorders leave some.
const MAX_ZEROS: usize = 2_048;

/// Tells whether a file begins with frames, possibly after zero bytes. Two similar frames in a row are required, so
/// that text and noise do not count.
pub(super) fn begins(head: &[u8]) -> bool {
    let zeros = head.iter().take_while(|byte| **byte == 0).count();
    let rest = head.get(zeros.min(MAX_ZEROS)..).unwrap_or_default();
    two_in_a_row(rest).is_some()
}

/// Tells whether these bytes contain frames: from some offset, frames must fill the rest, at least three, so that they
/// are not found by chance.
pub(super) fn is_within(head: &[u8]) -> bool {
    (0..head.len()).any(|at| in_a_row(head.get(at..).unwrap_or_default()) >= 3)
}

fn in_a_row(bytes: &[u8]) -> u32 {
    let Some(first) = frame(bytes) else {
        return 0;
    };
    let (mut count, mut rest) = (0, bytes);
    // Frames must follow one another to the end; a different one means that there were none.
    while let Some(next) = frame(rest) {
        if next.sample_rate != first.sample_rate || next.is_layer_3 != first.is_layer_3 {
            return 0;
        }
        count += 1;
        rest = rest.get(next.bytes..).unwrap_or_default();
    }
    if rest.len() < 4 { count } else { 0 }
}

fn two_in_a_row(bytes: &[u8]) -> Option<Frame> {
    let first = frame(bytes)?;
    let second = frame(bytes.get(first.bytes..)?)?;
    (first.sample_rate == second.sample_rate && first.is_layer_3 == second.is_layer_3)
        .then_some(first)
}

fn frame(bytes: &[u8]) -> Option<Frame> {
    let &[0xFF, second, third, fourth, ..] = bytes else {
        return None;
    };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if second >> 5 != 7 || version == 1 || !(1..=2).contains(&layer) {
        return None;
    }
    let (is_first_version, is_layer_3) = (version == 3, layer == 1);
    let rates = match (is_first_version, is_layer_3) {
        (true, false) => BIT_RATES_1.first()?,
        (true, true) => BIT_RATES_1.last()?,
        (false, _) => &BIT_RATES_2,
    };
    let bit_rate = *rates
        .get(usize::from(third >> 4))
        .filter(|rate| **rate > 0)?
        * 1_000;
    let full = *SAMPLE_RATES.get(usize::from(third >> 2 & 3))?;
    let sample_rate = match version {
        3 => full,
        2 => full / 2,
        _ => full / 4,
    };
    let samples = if is_layer_3 && !is_first_version {
        576
    } else {
        1_152
    };
    let bytes = samples / 8 * bit_rate / sample_rate + u32::from(third >> 1 & 1);
    Some(Frame {
        is_first_version,
        is_layer_3,
        is_mono: fourth >> 6 == 3,
        sample_rate,
        bytes: usize::try_from(bytes).ok()?,
        samples,
    })
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let start = after_tags(file).await?;
    let bytes = file.some(start, SEARCHED).await?;
    let found = (0..bytes.len()).find_map(|at| {
        let rest = bytes.get(at..)?;
        two_in_a_row(rest).map(|frame| (at, rest, frame))
    });
    let (skipped, rest, first) = found.ok_or(DAMAGED)?;
    let left = file.bytes().saturating_sub(start);
    let left = left.saturating_sub(u64::try_from(skipped).unwrap_or(u64::MAX));
    let rate = u64::from(first.sample_rate);
    let noted = noted_samples(rest.get(..first.bytes).unwrap_or_default(), &first);
    let duration_ms = match noted {
        Some(samples) => milliseconds(samples, rate),
        None => estimate(rest, left, rate),
    };
    let codec = if first.is_layer_3 { "mp3" } else { "mp2" };
    let channels = if first.is_mono { 1 } else { 2 };
    let mut found = Tracks::default();
    found.sound(
        Selector::Index(0),
        Ok(codec),
        Some(channels),
        Some(first.sample_rate),
    );
    Ok(found.described(Container::Mp3, duration_ms)?)
}

/// The offset at which the tags before the sound end.
async fn after_tags<S: Source>(file: &mut Reader<'_, S>) -> Result<u64, Stop<S::Error>> {
    let mut at = 0_u64;
    for _ in 0..MAX_TAGS {
        let head = file.some(at, 32).await?;
        let Some(bytes) = tag(&head) else {
            return Ok(at);
        };
        at = at.saturating_add(bytes);
    }
    Err(DAMAGED.into())
}

/// The beginning of an APE tag.
pub(super) const APE: &[u8] = b"APETAGEX";

/// The length of the tag that begins here. ID3v2 has a size of four times seven bits
/// (<https://id3.org/id3v2.4.0-structure>), APE one of 32 bits without its head
/// (<https://wiki.hydrogenaud.io/index.php?title=APE_Tags_Header>).
fn tag(head: &[u8]) -> Option<u64> {
    if let &[b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = head {
        let size = [a, b, c, d]
            .iter()
            .fold(0, |size, byte| size << 7 | u64::from(byte & 0x7F));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        return Some(10 + size + footer);
    }
    if head.starts_with(APE) {
        let size = head.get(12..16)?.try_into().ok()?;
        return Some(32 + u64::from(u32::from_le_bytes(size)));
    }
    None
}

/// The number of samples that the encoder noted in the first frame, minus its padding.
fn noted_samples(first: &[u8], frame: &Frame) -> Option<u64> {
    if let Some(at) = first.windows(4).position(|window| window == b"VBRI") {
        let mut cut = Cut(first.get(at + 14..)?);
        return Some(u64::from(cut.be32()?) * u64::from(frame.samples));
    }
    let side = match (frame.is_first_version, frame.is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let mut cut = Cut(first.get(4 + side..)?);
    let name = cut.array::<4>()?;
    let flags = cut.be32()?;
    if !matches!(&name, b"Xing" | b"Info") || flags & 1 == 0 {
        return None;
    }
    let samples = u64::from(cut.be32()?) * u64::from(frame.samples);
    let rest = [(2, 4), (4, 100), (8, 4)];
    let rest = rest
        .iter()
        .filter(|(flag, _)| flags & flag != 0)
        .map(|(_, bytes)| bytes)
        .sum();
    let padding = cut.skip(rest).and_then(|()| padding(&mut cut)).unwrap_or(0);
    Some(samples.saturating_sub(padding))
}

/// LAME's delay and padding, twelve bits each, after its name and other fields.
fn padding(cut: &mut Cut<'_>) -> Option<u64> {
    let name = cut.take(4)?;
    cut.skip(17)?;
    let [a, b, c] = cut.array()?.map(u64::from);
    let is_lame = matches!(name, b"LAME" | b"Lavf" | b"Lavc");
    is_lame.then_some((a << 4 | b >> 4) + ((b & 15) << 8 | c))
}

/// Estimates the duration in milliseconds from the frames at the beginning: exact for a constant bit rate, approximate
/// otherwise.
fn estimate(bytes: &[u8], left: u64, sample_rate: u64) -> Option<u64> {
    let (mut seen, mut samples, mut rest) = (0_u64, 0_u64, bytes);
    while let Some(frame) = frame(rest) {
        let Some(next) = rest.get(frame.bytes..) else {
            break;
        };
        seen = seen.saturating_add(u64::try_from(frame.bytes).ok()?);
        samples = samples.saturating_add(u64::from(frame.samples));
        rest = next;
    }
    let all = u128::from(samples) * u128::from(left) / u128::from(seen.max(1));
    milliseconds(u64::try_from(all).ok()?, sample_rate)
}
