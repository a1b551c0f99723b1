//! The names that everything is stored under: app, upload, media, file name.
//!
//! Each name is a newtype with a private field and a fallible constructor, so that every value is known to match its
//! grammar. A file name is the exception: it is whatever an uploader typed, limited only in length, and therefore never
//! becomes a path.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// Crockford's base 32 in lower case: no i, l, o, u. <https://www.crockford.com/base32.html>
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The number of characters of the digest in a media id: 13 × 5 bits = 65 bits of SHA-256.
const DIGEST_CHARS: usize = 13;

/// The maximum length of a stored file name, in bytes of UTF-8. S3 allows 1,024 bytes for a whole key, of which up to
/// 59 may be ours; the rest is room for keys derived from this one.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub const MAX_FILE_NAME_BYTES: usize = 900;

/// The kind of name that a string fails to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The string is not the name of an app.
    #[error("an app's name must be 2 to 31 characters of a-z, 0-9 and -, starting with a letter")]
    App,
    /// The string is not the id of an upload.
    #[error("an upload's id must be a ULID in lower case, 26 characters")]
    Upload,
    /// The string is not the id of a media.
    #[error("a media's id must be an upload's id, a hyphen and 13 characters of base 32")]
    Media,
    /// The string is not the name of a preset.
    #[error("a preset's name must be 1 to 31 characters of a-z, 0-9 and -, starting with a letter")]
    Preset,
    /// The string is not the name of a webhook.
    #[error(
        "a webhook's name must be 1 to 31 characters of a-z, 0-9 and -, starting with a letter"
    )]
    Webhook,
    /// The string is not the id of an event.
    #[error("an event's id must be the `id` of an event that was sent")]
    Event,
    /// The string is not the id of a delivery.
    #[error("a delivery's id must be one of those that the webhook's deliveries are listed with")]
    Delivery,
}

/// The name of a tenant: `[a-z][a-z0-9-]{1,30}`.
///
/// It is the first segment of every key in UPLOAD, so that IAM can restrict access to it, and part of all other keys of
/// the app. It is also the name of the federated user, which STS requires to have 2 to 32 characters.
///
/// ```
/// assert!(dozo::vocabulary::names::AppId::parse("niconare").is_ok());
/// assert!(dozo::vocabulary::names::AppId::parse("Nico/nare").is_err());
/// ```
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[a-z][a-z0-9-]{1,30}$"))]
pub struct AppId(String);

impl AppId {
    /// Parses a name; accepts exactly the grammar above.
    ///
    /// # Errors
    /// [`NameError::App`] for everything else.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if is_word(name) && (2..=31).contains(&name.len()) {
            Ok(Self(name.to_owned()))
        } else {
            Err(NameError::App)
        }
    }

    /// Returns the name as it is written in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a name begins with one of `a-z`, and goes on with these, digits and hyphens.
pub(crate) fn is_word(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts_well = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
    starts_well && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The id of a grant of upload credentials: a ULID in lower case. It cannot be guessed (80 random bits) and sorts by
/// time.
///
/// ```
/// assert!(dozo::vocabulary::names::UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").is_ok());
/// ```
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-7][0-9a-hjkmnp-tv-z]{25}$"))]
pub struct UploadId(String);

impl UploadId {
    /// Parses a ULID in lower case. Upper case is refused, because S3 compares keys byte by byte.
    ///
    /// # Errors
    /// [`NameError::Upload`] for everything else.
    pub fn parse(id: &str) -> Result<Self, NameError> {
        // 26 characters hold 130 bits and a ULID has 128: the first character is at most 7.
        let fits = matches!(id.as_bytes().first(), Some(b'0'..=b'7'));
        if id.len() == 26 && fits && is_base32(id) {
            Ok(Self(id.to_owned()))
        } else {
            Err(NameError::Upload)
        }
    }

    /// Creates an id from the time and the low 80 bits of `random`.
    #[must_use]
    pub fn new(now: Timestamp, random: u128) -> Self {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(
            Ulid::from_parts(milliseconds, random)
                .to_string()
                .to_ascii_lowercase(),
        )
    }

    /// Returns the id as it is written in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of one uploaded file: `{upload}-{13 characters}`. The 13 characters are the first 65 bits of SHA-256 over the
/// exact bytes of the file name, in base 32.
///
/// The id is known before the upload, and is the same however often the event is delivered.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-7][0-9a-hjkmnp-tv-z]{25}-[0-9a-hjkmnp-tv-z]{13}$"))]
pub struct MediaId(String);

impl MediaId {
    /// Returns the id of the media for this file name in this upload.
    #[must_use]
    pub fn of(upload: &UploadId, name: &FileName) -> Self {
        let digest = Sha256::digest(name.as_str().as_bytes());
        // 65 bits do not fit u64: the first nine bytes are 72 bits, of which the last seven are dropped.
        let bits = digest
            .iter()
            .take(9)
            .fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte))
            >> 7;
        let code: String = (0..DIGEST_CHARS)
            .rev()
            .filter_map(|place| usize::try_from((bits >> (place * 5)) & 31).ok())
            .filter_map(|value| ALPHABET.get(value))
            .map(|byte| char::from(*byte))
            .collect();
        Self(format!("{}-{code}", upload.as_str()))
    }

    /// Parses an id; accepts exactly the form above.
    ///
    /// # Errors
    /// [`NameError::Media`] for everything else.
    pub fn parse(id: &str) -> Result<Self, NameError> {
        let (upload, code) = id.split_once('-').ok_or(NameError::Media)?;
        if UploadId::parse(upload).is_ok() && code.len() == DIGEST_CHARS && is_base32(code) {
            Ok(Self(id.to_owned()))
        } else {
            Err(NameError::Media)
        }
    }

    /// Returns the upload that the media belongs to.
    #[must_use]
    pub fn upload(&self) -> UploadId {
        UploadId(self.0.chars().take_while(|c| *c != '-').collect())
    }

    /// Returns the id as it is written in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name an uploader gave a file: any non-empty UTF-8, kept byte for byte (no normalisation).
///
/// It is shown and sent back in `Content-Disposition`, but never becomes a path.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("minLength" = 1))]
pub struct FileName(String);

impl FileName {
    /// Returns `None` for an empty name, which S3 shows for "folders".
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        (!name.is_empty()).then(|| Self(name.to_owned()))
    }

    /// Returns whether the name is longer than [`MAX_FILE_NAME_BYTES`], and therefore not accepted.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        self.0.len() > MAX_FILE_NAME_BYTES
    }

    /// Returns the name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a character can make a file name read as another one. Such are control characters, line and
/// paragraph separators, and marks and overrides of the writing direction (Unicode's `Bidi_Control`), which show
/// `gpj.exe` as `exe.jpg`.
/// <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>
#[must_use]
pub fn misleads(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// The viewers who may fetch a media: anybody with its address, or only holders of a signed URL or cookie.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Anybody who knows the address.
    #[default]
    Public,
    /// Only holders of a grant.
    Private,
}

impl Visibility {
    /// Both values.
    pub const ALL: [Self; 2] = [Self::Public, Self::Private];

    /// Returns the opposite visibility.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Public => Self::Private,
            Self::Private => Self::Public,
        }
    }

    /// Returns the first segment of a delivery path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }

    /// Parses a value as written by [`Self::as_str`].
    #[must_use]
    pub fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == segment)
    }
}

fn is_base32(code: &str) -> bool {
    code.bytes().all(|b| ALPHABET.contains(&b))
}

macro_rules! string_forms {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(name: String) -> Result<Self, NameError> {
                Self::parse(&name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    )+};
}

string_forms!(AppId, UploadId, MediaId);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn apps() {
        for (name, good) in [
            ("demo", true),
            ("a1", true),
            ("a-", true),
            ("abcdefghijklmnopqrstuvwxyz01234", true),
            ("abcdefghijklmnopqrstuvwxyz012345", false),
            ("a", false),
            ("", false),
            ("1a", false),
            ("-a", false),
            ("Demo", false),
            ("de_mo", false),
            ("de/mo", false),
            ("de\u{0301}mo", false),
        ] {
            assert_eq!(AppId::parse(name).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn a_media_is_the_digest_of_the_exact_name() {
        let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
        let of = |name: &str| MediaId::of(&upload, &FileName::new(name).unwrap()).to_string();
        // The expected id was computed independently, with Python's hashlib.
        assert_eq!(of("cat.jpg"), "01jd8f5w2v9k3m4n5p6q7r8s9t-19pz92h7xxyv9");
        // The two spellings of é are different names.
        assert_ne!(of("caf\u{e9}"), of("cafe\u{301}"));
        assert_eq!(MediaId::parse(&of("x")).unwrap().upload(), upload);
    }

    proptest! {
        #[test]
        fn ids_round_trip(milliseconds in 0_i64..=253_402_300_799_000, random: u128, name in "\\PC{1,40}") {
            let upload = UploadId::new(Timestamp::from_millisecond(milliseconds).unwrap(), random);
            prop_assert_eq!(UploadId::parse(upload.as_str()).unwrap(), upload.clone());
            let media = MediaId::of(&upload, &FileName::new(&name).unwrap());
            prop_assert_eq!(MediaId::parse(media.as_str()).unwrap().upload(), upload);
        }

        #[test]
        fn ids_sort_by_time(a in 0_i64..=253_402_300_799_000, b in 0_i64..=253_402_300_799_000, random: u128) {
            let at = |ms| UploadId::new(Timestamp::from_millisecond(ms).unwrap(), random);
            prop_assert_eq!(a.cmp(&b), at(a).cmp(&at(b)));
        }
    }
}
