//! Captions of audio and video: what a record says of them, and what they are called in keys.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::language::Language;
use crate::vocabulary::names::misleads;

/// The maximum number of captions of a media, from its file and put together.
pub const MAX_CAPTIONS: u8 = 32;

/// The maximum length of the name of a track or of captions, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// Captions of a media in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captions {
    /// Their name in keys.
    #[serde(flatten)]
    pub id: CaptionsId,
    /// The name that people see; `None` for that of the language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their origin.
    pub from: Origin,
    /// The digest of their text, if they were put. It is the text's name in WORK, where it waits to be delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<FileDigest>,
    /// The generation of the media under which the text lies in WORK, until it is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<u32>,
}

/// The origin of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "CaptionsOrigin")]
pub enum Origin {
    /// A track of the file.
    File,
    /// The app put them.
    Put,
}

/// The name of captions: their language, and a number if a file has several in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaptionsId {
    /// The language.
    pub language: Language,
    /// The number among those in this language, from 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub number: u8,
}

impl CaptionsId {
    /// Names the first or only captions in a language.
    #[must_use]
    pub fn first(language: Language) -> Self {
        Self {
            language,
            number: 1,
        }
    }

    /// Parses a name as `Display` writes it: `en`, `pt-br`, `en.2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (language, number) = match text.split_once('.') {
            Some((language, number)) => (language, number.parse().ok()?),
            None => (text, 1),
        };
        let language = Language::parse(language)?;
        (1..=MAX_CAPTIONS)
            .contains(&number)
            .then_some(Self { language, number })
    }
}

impl fmt::Display for CaptionsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.language.as_str().to_ascii_lowercase())?;
        if self.number > 1 {
            write!(f, ".{}", self.number)?;
        }
        Ok(())
    }
}

fn one() -> u8 {
    1
}

fn is_one(number: &u8) -> bool {
    *number == 1
}

/// Returns a name from a stranger as people may see it: on one line, without control characters and marks of direction,
/// and of bounded length. `None` if nothing is left.
#[must_use]
pub fn shown_name(raw: &str) -> Option<String> {
    let letters = raw
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !misleads(*letter) && *letter != char::REPLACEMENT_CHARACTER);
    let name: String = letters.take(MAX_NAME_CHARS).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_called_by_language_and_number() {
        for name in ["en", "pt-br", "en.2", "zh-hant-tw.32", "und"] {
            let parsed = CaptionsId::parse(name).map(|id| id.to_string());
            assert_eq!(parsed.as_deref(), Some(name));
        }
        for name in ["", "en.0", "en.33", "en.x", "en.1.2", "english", "../x"] {
            assert_eq!(CaptionsId::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(
            shown_name(" Director's\n cut\u{202e} ").as_deref(),
            Some("Director's  cut")
        );
        assert_eq!(shown_name("\u{200f}\u{0}\u{fffd}"), None);
        assert_eq!(
            shown_name(&"é".repeat(500)).map(|name| name.chars().count()),
            Some(MAX_NAME_CHARS)
        );
    }
}
