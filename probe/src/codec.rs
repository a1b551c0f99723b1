//! Maps the codec names of each container to the codecs that FFmpeg decodes.
//!
//! The tables match the demuxers of the pinned FFmpeg. They were taken from its documentation, from its lists
//! (`ffmpeg -decoders`) and by trying; a test asks the program itself about every entry. A name that is in no table is
//! kept, so that a refusal can name the codec.

pub(crate) mod matroska;
pub(crate) mod mpegts;
pub(crate) mod picture;
mod pictures;
mod pictures_at_rest;
pub(crate) mod sound;
mod sounds;
pub(crate) mod text;

/// FFmpeg's name for a codec that it decodes, or a readable name for one that it does not decode.
pub type Codec = Result<&'static str, String>;

/// The maximum number of characters of a file's own codec name that are repeated in an answer.
const MAX_NAME: usize = 32;

/// Formats a four-character code for a person: as text if it is printable, otherwise in hexadecimal.
pub(crate) fn four_characters(code: [u8; 4]) -> String {
    if code.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return format!("“{}”", String::from_utf8_lossy(&code).trim());
    }
    format!("code 0x{:08X}", u32::from_be_bytes(code))
}

/// Formats a codec name from a file; only printable characters are kept.
pub(crate) fn text(name: &[u8]) -> String {
    let readable = name
        .iter()
        .copied()
        .filter(|byte| (b' '..=b'~').contains(byte));
    let kept: Vec<u8> = readable.take(MAX_NAME).collect();
    format!("“{}”", String::from_utf8_lossy(&kept).trim())
}
