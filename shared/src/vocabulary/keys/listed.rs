//! Keys of the entries by which an app's media are listed: a listing for each facet, newest media first.
//!
//! An entry is an empty object. Its key ends with the media's position, which is the same in all listings, so that
//! listings can be walked together. Texts of an app's own are in keys as digests only: they have a fixed length, and what
//! is erased leaves no word behind.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::MediaId;

/// One more than the last millisecond that a position can have, which is in the year 2286.
const END_OF_TIME: u64 = 10_000_000_000_000;

/// The digits of a position's time.
const DIGITS: usize = 13;

/// Comes after every character of a position.
const BEHIND: char = '~';

/// The longest cursor: a position, or a time and [`BEHIND`].
const LONGEST_CURSOR: usize = DIGITS + 1 + 40;

/// The property that the media of a listing have in common. It is written as `all`, `state-ready`, `kind-image`,
/// `tag-{digest}` and `field-{digest}` in keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Facet {
    /// They are the app's.
    All,
    /// They rest in this state.
    State(Rest),
    /// They are of this kind.
    Kind(Kind),
    /// They have this tag.
    Tag(TextDigest),
    /// They have this value in a field of their metadata.
    Field(TextDigest),
}

/// A state that a media rests in. States that pass within seconds or minutes have no listing: entries would cost more
/// than they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rest {
    /// Everything is published.
    Ready,
    /// The file was refused.
    Rejected,
    /// A stage or an operation was given up.
    Failed,
    /// The media was taken down.
    Suspended,
}

/// The first 128 bits of the SHA-256 of a text, in 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextDigest(u128);

/// The place of a media in every listing of its app: `{milliseconds until the year 2286, 13 digits}-{media}`. Positions
/// sort by the time at which the media was created, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The milliseconds from its creation to the end of time.
    left: u64,
    /// The media.
    pub media: MediaId,
}

/// How far listings have been walked: a text that the positions which are left come after.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(String);

impl Facet {
    /// Returns the facet of media with this tag.
    #[must_use]
    pub fn tag(tag: &str) -> Self {
        Self::Tag(TextDigest::of(tag))
    }

    /// Returns the facet of media with this value in this field of their metadata. A name has no control character.
    #[must_use]
    pub fn field(name: &str, value: &str) -> Self {
        Self::Field(TextDigest::of(&format!("{name}\0{value}")))
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "all" {
            return Some(Self::All);
        }
        let (what, which) = text.split_once('-')?;
        match what {
            "state" => Rest::parse(which).map(Self::State),
            "kind" => {
                let kind = Kind::PROCESSED.iter().find(|kind| kind.as_str() == which);
                kind.copied().map(Self::Kind)
            }
            "tag" => TextDigest::parse(which).map(Self::Tag),
            "field" => TextDigest::parse(which).map(Self::Field),
            _ => None,
        }
    }
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::State(state) => write!(f, "state-{}", state.as_str()),
            Self::Kind(kind) => write!(f, "kind-{kind}"),
            Self::Tag(TextDigest(digest)) => write!(f, "tag-{digest:032x}"),
            Self::Field(TextDigest(digest)) => write!(f, "field-{digest:032x}"),
        }
    }
}

impl TryFrom<String> for Facet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = Self::parse(&text).filter(|facet| facet.to_string() == text);
        parsed.ok_or_else(|| format!("{text} is no facet"))
    }
}

impl From<Facet> for String {
    fn from(facet: Facet) -> Self {
        facet.to_string()
    }
}

impl Rest {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Rejected, Self::Failed, Self::Suspended];

    /// Returns the state as it is written in keys and asked for by callers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
        }
    }

    /// Parses a state as written by [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl TextDigest {
    fn of(text: &str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let bytes = digest.iter().take(16);
        Self(bytes.fold(0, |number, byte| (number << 8) | u128::from(*byte)))
    }

    fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl Position {
    /// Returns the position of a media that was created at this time.
    #[must_use]
    pub fn new(created_at: Timestamp, media: MediaId) -> Self {
        let left = left(created_at);
        Self { left, media }
    }

    /// Returns whether the media was created before this time.
    #[must_use]
    pub fn is_before(&self, moment: Timestamp) -> bool {
        self.left > left(moment)
    }

    /// Returns the cursor that this position comes right after.
    #[must_use]
    pub fn cursor_before(&self) -> Cursor {
        let mut text = self.to_string();
        text.pop();
        Cursor(text)
    }

    /// Returns the cursor behind this position.
    #[must_use]
    pub fn cursor_behind(&self) -> Cursor {
        Cursor(self.to_string())
    }

    /// Parses a position as written by [`fmt::Display`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (left, media) = text.split_once('-')?;
        let parsed = Self {
            left: left.parse().ok()?,
            media: MediaId::parse(media).ok()?,
        };
        (parsed.to_string() == text).then_some(parsed)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:013}-{}", self.left, self.media)
    }
}

impl Cursor {
    /// Returns the cursor behind all media that were created at this time or later.
    #[must_use]
    pub fn behind_all_since(moment: Timestamp) -> Self {
        Self(format!("{:013}{BEHIND}", left(moment)))
    }

    /// Parses a cursor as an answer had it. Any text of this form is harmless: it only says where to begin.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (time, rest) = text.split_at_checked(DIGITS)?;
        let is_time = time.bytes().all(|byte| byte.is_ascii_digit());
        let is_known =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_rest = rest == "~" || rest.starts_with('-') && rest.bytes().all(is_known);
        (is_time && is_rest && text.len() <= LONGEST_CURSOR).then(|| Self(text.to_owned()))
    }

    /// Returns whether a position is still left.
    #[must_use]
    pub fn leaves(&self, position: &Position) -> bool {
        position.to_string() > self.0
    }

    /// Returns the cursor as it is answered; it is empty at the beginning.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the milliseconds from a time to the end of time.
fn left(moment: Timestamp) -> u64 {
    let since = u64::try_from(moment.as_millisecond()).unwrap_or(0);
    END_OF_TIME.saturating_sub(1).saturating_sub(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(n: u8) -> MediaId {
        MediaId::parse(&format!("01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789ab{n}")).unwrap()
    }

    fn at(ms: i64, n: u8) -> Position {
        Position::new(Timestamp::from_millisecond(ms).unwrap(), media(n))
    }

    #[test]
    fn the_newest_position_is_the_first() {
        let newest_first = [
            at(1_796_000_000_001, 0),
            at(1_796_000_000_000, 1),
            at(5, 0),
            at(0, 9),
        ];
        let texts: Vec<_> = newest_first.iter().map(Position::to_string).collect();
        assert!(newest_first.is_sorted() && texts.is_sorted(), "{texts:?}");
        for position in newest_first {
            assert_eq!(
                Position::parse(&position.to_string()),
                Some(position.clone())
            );
            let (before, behind) = (position.cursor_before(), position.cursor_behind());
            assert!(before.leaves(&position) && !behind.leaves(&position));
            assert_eq!(Cursor::parse(before.as_str()), Some(before));
            assert_eq!(Cursor::parse(behind.as_str()), Some(behind));
        }
    }

    #[test]
    fn a_time_parts_what_is_before_it_from_what_is_not() {
        let moment = Timestamp::from_millisecond(1_000).unwrap();
        let cursor = Cursor::behind_all_since(moment);
        for (ms, is_before) in [(999, true), (1_000, false), (1_001, false)] {
            assert_eq!(at(ms, 1).is_before(moment), is_before, "{ms}");
            assert_eq!(cursor.leaves(&at(ms, 1)), is_before, "{ms}");
        }
        assert_eq!(Cursor::parse(cursor.as_str()), Some(cursor));
    }

    #[test]
    fn other_texts_are_no_cursors() {
        let long = format!("{}x", at(5, 1));
        for text in [
            "",
            "-",
            media(1).as_str(),
            "82040000000000",
            "8204000000000~x",
            "8204000000000-../x",
            "8204000000000-ä",
            &long,
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn facets_round_trip_and_are_read_strictly() {
        let facets = [
            Facet::All,
            Facet::State(Rest::Failed),
            Facet::Kind(Kind::Pdf),
            Facet::tag("ä"),
            Facet::field("a", "b"),
        ];
        for facet in facets {
            assert_eq!(Facet::try_from(facet.to_string()), Ok(facet));
        }
        for text in [
            "",
            "state-moving",
            "kind-",
            "tag-+1",
            "tag-00",
            "field-ABCDEF00000000000000000000000000",
        ] {
            assert!(Facet::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert_ne!(Facet::field("a", "bc"), Facet::field("ab", "c"));
    }
}
