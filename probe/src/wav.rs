//! WAV: RIFF chunks, `fmt ` and `data`; RF64 (EBU Tech 3306) for what is larger than 4 GiB.

use crate::cut::Cut;
use crate::describe::milliseconds;
use crate::reader::{Reader, Source};
use crate::{Audio, Container, DAMAGED, Description, Stop};

/// Chunks before the sound that are looked at.
const MAX_CHUNKS: usize = 256;

/// <https://www.iana.org/assignments/wave-avi-codec-registry>
pub(super) fn wave_codec(tag: u16) -> Option<&'static str> {
    Some(match tag {
        0x0001 | 0x0003 | 0xFFFE => "pcm",
        0x0002 => "adpcm_ms",
        0x0006 => "pcm_alaw",
        0x0007 => "pcm_mulaw",
        0x0011 => "adpcm_ima_wav",
        0x0050 => "mp2",
        0x0055 => "mp3",
        0x00FF | 0x1610 => "aac",
        0x0161 | 0x0160 => "wmav2",
        0x2000 => "ac3",
        0xF1AC => "flac",
        0x566F | 0x674F => "vorbis",
        _ => return None,
    })
}

struct Format {
    audio: Option<Audio>,
    bytes_a_second: u32,
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let mut at = 12;
    let mut format = None;
    let mut long_data = None;
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
            b"data" => {
                let left = file.bytes().saturating_sub(body);
                return Ok(describe(format.ok_or(DAMAGED)?, size, long_data, left)?);
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
    let codec = wave_codec(cut.le16()?);
    let (channels, sample_rate, bytes_a_second) = (cut.le16()?, cut.le32()?, cut.le32()?);
    let audio = codec.map(|codec| Audio {
        codec,
        channels: Some(channels),
        sample_rate: Some(sample_rate),
    });
    Some(Format {
        audio,
        bytes_a_second,
    })
}

fn describe(
    format: Format,
    size: u32,
    long_data: Option<u64>,
    left: u64,
) -> Result<Description, crate::Refusal> {
    let bytes = match (size, long_data) {
        (u32::MAX, Some(bytes)) => bytes,
        // Written to a pipe: nobody went back to note the length.
        (0 | u32::MAX, None) => left,
        (size, _) => u64::from(size),
    };
    if bytes > left {
        return Err(DAMAGED);
    }
    let mut found = Description::new(Container::Wav);
    found.duration_ms = milliseconds(bytes, u64::from(format.bytes_a_second));
    found.audio.extend(format.audio);
    Ok(found)
}
