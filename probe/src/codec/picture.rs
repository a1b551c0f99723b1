//! Finds codecs of pictures by four-character code.

use super::pictures::{FILMED, NAMED};
use super::pictures_at_rest::KEPT;
use super::{Codec, four_characters};

/// Finds a codec by its code in QuickTime, MP4 or AVI, or in Matroska if the stream came from one of these.
pub(crate) fn named(code: [u8; 4]) -> Codec {
    let exactly = |known: &[u8; 4]| *known == code;
    let in_any_case = |known: &[u8; 4]| known.eq_ignore_ascii_case(&code);
    let found = decoded(exactly).or_else(|| decoded(in_any_case));
    found.ok_or_else(|| {
        let named = NAMED.iter().find(|(known, _)| *known == &code);
        named.map_or_else(|| four_characters(code), |(_, name)| (*name).to_owned())
    })
}

fn decoded(is_it: impl Fn(&[u8; 4]) -> bool) -> Option<&'static str> {
    let found = FILMED
        .iter()
        .chain(KEPT)
        .find(|(_, codes)| codes.iter().any(|code| is_it(code)));
    found.map(|(codec, _)| *codec)
}
