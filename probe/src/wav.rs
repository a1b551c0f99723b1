//! Reads WAV: RIFF chunks, `fmt ` and `data`; RF64 (EBU Tech 3306) for files larger than 4 GiB.

use crate::codec::Codec;
use crate::codec::sound::of_wave_format;
use crate::cut::Cut;
use crate::describe::milliseconds;
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, DAMAGED, Description, Selector, Stop};

/// The maximum number of chunks.
const MAX_CHUNKS: usize = 256;

/// The content of `fmt `: the codec, and the number of bytes per second.
struct Format {
    codec: Codec,
    channels: u16,
    sample_rate: u32,
    bytes_a_second: u32,
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let mut at = 12;
    let mut format = None;
    let mut long_data = None;
    let mut samples = None;
    for _ in 0..MAX_CHUNKS {
        let head = file.all(at, 8).await?;
        let mut cut = Cut(&head);
        let name = cut.array::<4>().ok_or(DAMAGED)?;
        let size = cut.le32().ok_or(DAMAGED)?;
        let body = at.saturating_add(8);
        match &name {
            b"ds64" => {
                let sizes = file.all(body, 16).await?;
                let mut cut = Cut(&sizes);
                long_data = cut.skip(8).and_then(|()| cut.le64());
            }
            b"fmt " => format = parse(&file.all(body, u64::from(size.min(40))).await?),
            b"fact" => {
                let count = file.some(body, 4).await?;
                samples = Cut(&count).le32();
            }
            b"data" => {
                let left = file.bytes().saturating_sub(body);
                let format = format.ok_or(DAMAGED)?;
                let bytes = data_bytes(size, long_data, left);
                return Ok(describe(format, bytes, samples)?);
            }
            _ => {}
        }
        at = body
            .saturating_add(u64::from(size))
            .saturating_add(u64::from(size % 2));
    }
    Err(DAMAGED.into())
}

fn parse(body: &[u8]) -> Option<Format> {
    let mut cut = Cut(body);
    cut.skip(2)?;
    Some(Format {
        codec: of_wave_format(body),
        channels: cut.le16()?,
        sample_rate: cut.le32()?,
        bytes_a_second: cut.le32()?,
    })
}

/// The number of bytes of sound. The length in the header is a placeholder if the writer could not go back to correct
/// it: zero, all ones, the largest value that the program writes (SoX: 0x7FFFEFDC), or the planned length of a
/// recording. Like players do, anything longer than the file is cut to the file's length.
fn data_bytes(size: u32, long: Option<u64>, left: u64) -> u64 {
    let noted = match (size, long) {
        (u32::MAX, Some(bytes)) => bytes,
        (size, _) => u64::from(size),
    };
    if noted == 0 { left } else { noted.min(left) }
}

/// For compressed sound, the duration comes from the number of samples if it is noted; the bytes per second are only a
/// guess there.
fn describe(
    format: Format,
    bytes: u64,
    samples: Option<u32>,
) -> Result<Description, crate::Refusal> {
    let by_bytes = milliseconds(bytes, u64::from(format.bytes_a_second));
    let is_plain = format
        .codec
        .as_ref()
        .is_ok_and(|codec| codec.starts_with("pcm"));
    let samples = samples.filter(|count| !is_plain && !matches!(*count, 0 | u32::MAX));
    let by_samples =
        samples.and_then(|count| milliseconds(u64::from(count), u64::from(format.sample_rate)));
    let mut found = Tracks::default();
    found.sound(
        Selector::Index(0),
        format.codec,
        Some(format.channels),
        Some(format.sample_rate),
    );
    found.described(Container::Wav, by_samples.or(by_bytes))
}
