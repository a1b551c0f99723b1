//! Guesses the kind of a stream that no table tells, from its first packet. FFmpeg does the same, but reads more.

use super::tables::Stream;
use crate::codec::mpegts::Kind;
use crate::cut::Cut;
use crate::sps;

/// Guesses from the packets of the stream, one after the other.
pub(super) fn kind(stream: &Stream, packets: &[u8]) -> Kind {
    let Some((id, body)) = first(packets) else {
        return Kind::Other;
    };
    let name = || Err(format!("code 0x{:02X}", stream.number));
    let sound = sound(body);
    match id {
        // Private: subtitles more often than sound.
        0xBD | 0xFD => sound.map_or(Kind::Other, |codec| Kind::Sound(Ok(codec))),
        0xC0..=0xDF => Kind::Sound(sound.map_or_else(name, Ok)),
        0xE0..=0xEF => {
            let known = ["mpeg2video", "h264", "hevc", "mpeg4", "vc1"];
            let found = known
                .into_iter()
                .find(|codec| sps::find(codec, packets).is_some());
            Kind::Picture(found.map_or_else(name, Ok))
        }
        _ => Kind::Other,
    }
}

/// The stream id of the first PES packet, and its data. ISO/IEC 13818-1, 2.4.3.6.
fn first(packets: &[u8]) -> Option<(u8, &[u8])> {
    let mut cut = Cut(packets);
    if cut.array::<3>()? != [0, 0, 1] {
        return None;
    }
    let id = cut.u8()?;
    cut.skip(4)?;
    let length = usize::from(cut.u8()?);
    cut.skip(length)?;
    Some((id, cut.0))
}

fn sound(body: &[u8]) -> Option<&'static str> {
    Some(match body {
        [0x0B, 0x77, _, _, _, id, ..] => {
            if id >> 3 > 10 {
                "eac3"
            } else {
                "ac3"
            }
        }
        [0x7F, 0xFE, 0x80, 0x01, ..] => "dts",
        [_, _, _, _, 0xF8, 0x72, 0x6F, 0xBA, ..] => "truehd",
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => "aac",
        [0xFF, second, ..] if second & 0xE6 == 0xE4 => "mp2",
        [0xFF, second, ..] if second & 0xE6 == 0xE2 => "mp3",
        [0x56, second, ..] if second & 0xE0 == 0xE0 => "aac_latm",
        _ => return None,
    })
}
