//! Finds codecs of sound by four-character code and by number.

use super::sounds::{BY_CHARACTERS, BY_NUMBER, NAMED};
use super::{Codec, four_characters};

/// The end of the GUID `KSDATAFORMAT_SUBTYPE_…` in the extension; the number comes before these bytes.
const SUBTYPE: [u8; 12] = [0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// Finds a codec by its code in QuickTime or MP4. `ms` or `TS` and two bytes is one of Microsoft's numbers.
pub(crate) fn named(code: [u8; 4]) -> Codec {
    let found = BY_CHARACTERS
        .iter()
        .find(|(_, codes)| codes.iter().any(|known| **known == code));
    if let Some((codec, _)) = found {
        return Ok(codec);
    }
    if let [b'm', b's', high, low] | [b'T', b'S', high, low] = code {
        return numbered(u16::from_be_bytes([high, low]));
    }
    let named = NAMED.iter().find(|(known, _)| **known == code);
    Err(named.map_or_else(|| four_characters(code), |(_, name)| (*name).to_owned()))
}

/// Finds a codec by the tag of `WAVEFORMATEX` in WAV and AVI.
pub(crate) fn numbered(tag: u16) -> Codec {
    let found = BY_NUMBER.iter().find(|(_, tags)| tags.contains(&tag));
    let found = found.map(|(codec, _)| *codec);
    found.ok_or_else(|| format!("code 0x{tag:04X}"))
}

/// Finds a codec from the bytes of `WAVEFORMATEX`; with the extension `WAVEFORMATEXTENSIBLE`, the tag is in the
/// extension.
pub(crate) fn of_wave_format(format: &[u8]) -> Codec {
    let tag = match format {
        [low, high, ..] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    };
    if tag != 0xFFFE {
        return numbered(tag);
    }
    match format.get(24..40) {
        Some([a, b, 0, 0, rest @ ..]) if *rest == SUBTYPE => numbered(u16::from_le_bytes([*a, *b])),
        // Ambisonic sound and vendor formats: usually PCM, as which FFmpeg reads them.
        Some(_) | None => Ok("pcm"),
    }
}
