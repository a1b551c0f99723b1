//! Which codecs FFmpeg decodes, by the names that each container has for them.
//!
//! The tables say the same as the demuxers of the pinned FFmpeg, looked up in its documentation, in its lists
//! (`ffmpeg -decoders`) and by trying; a test asks the program itself about all of them. A name that is in no table is kept,
//! so that a refusal can say what the file holds.

pub(crate) mod matroska;
pub(crate) mod mpegts;
pub(crate) mod picture;
mod pictures;
mod pictures_at_rest;
pub(crate) mod sound;
mod sounds;

/// The name that FFmpeg has for a codec that it decodes, or what a person calls one that it does not.
pub(crate) type Codec = Result<&'static str, String>;

/// The most characters of a file's own name for a codec that are repeated in an answer.
const MAX_NAME: usize = 32;

/// A codec by four characters, as a person reads them: as they are where they are letters, in digits where not.
pub(crate) fn four_characters(code: [u8; 4]) -> String {
    if code.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return format!("“{}”", String::from_utf8_lossy(&code).trim());
    }
    format!("code 0x{:08X}", u32::from_be_bytes(code))
}

/// A codec by a text out of a file, of which only what can be read is repeated.
pub(crate) fn text(name: &[u8]) -> String {
    let readable = name
        .iter()
        .copied()
        .filter(|byte| (b' '..=b'~').contains(byte));
    let kept: Vec<u8> = readable.take(MAX_NAME).collect();
    format!("“{}”", String::from_utf8_lossy(&kept).trim())
}
