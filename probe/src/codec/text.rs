//! Finds codecs of caption tracks. Only those that FFmpeg decodes to text have a name of FFmpeg's: pictures of letters
//! are not read.

use super::{Codec, four_characters, text};

/// The handlers of caption tracks in MP4 and QuickTime: subtitles, QuickTime's text, and closed captions.
pub(crate) const HANDLERS: [&[u8; 4]; 4] = [b"sbtl", b"subt", b"text", b"clcp"];

/// Finds a codec by the name of its sample description in MP4 or QuickTime.
pub(crate) fn in_mp4(name: [u8; 4]) -> Codec {
    match &name {
        b"tx3g" | b"text" => Ok("mov_text"),
        b"c608" => Ok("eia_608"),
        b"c708" => Err("CEA-708".to_owned()),
        b"wvtt" => Err("WebVTT in MP4".to_owned()),
        b"stpp" => Err("TTML".to_owned()),
        b"mp4s" => Err("pictures of a DVD".to_owned()),
        _ => Err(four_characters(name)),
    }
}

/// Codecs of Matroska by their codec id; longer beginnings come first.
const IN_MATROSKA: &[(&str, Result<&str, &str>)] = &[
    ("S_TEXT/UTF8", Ok("subrip")),
    ("S_TEXT/ASCII", Ok("text")),
    ("S_TEXT/ASS", Ok("ass")),
    ("S_TEXT/SSA", Ok("ass")),
    ("S_ASS", Ok("ass")),
    ("S_SSA", Ok("ass")),
    ("S_TEXT/WEBVTT", Ok("webvtt")),
    ("D_WEBVTT/", Ok("webvtt")),
    ("S_VOBSUB", Err("pictures of a DVD")),
    ("S_HDMV/PGS", Err("pictures of a Blu-ray disc")),
    ("S_DVBSUB", Err("pictures of television")),
];

/// Finds a codec by its id in Matroska.
pub(crate) fn in_matroska(id: &[u8]) -> Codec {
    let found = IN_MATROSKA
        .iter()
        .find(|(name, _)| id.starts_with(name.as_bytes()));
    match found {
        Some((_, Ok(codec))) => Ok(*codec),
        Some((_, Err(name))) => Err((*name).to_owned()),
        None => Err(text(id)),
    }
}
