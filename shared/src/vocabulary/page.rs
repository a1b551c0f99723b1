//! The pages of a document: their numbers, their reading order, and the format of their images.

use std::fmt;

use dozo_codecs::Encoding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page's number in its document, from 1 to 9,999. It is written with four digits in keys, so that they sort.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "u16", into = "u16")]
#[schemars(extend("minimum" = 1, "maximum" = Self::LAST))]
pub struct PageNumber(u16);

/// The error for a number that is not a page's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page number must be 1 to 9999")]
pub struct NoPage;

impl PageNumber {
    /// The highest page number.
    pub const LAST: u16 = 9_999;

    /// Parses exactly four digits, not all 0.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = if digits { text.parse().ok()? } else { 0 };
        Self::try_from(number).ok()
    }

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for PageNumber {
    type Error = NoPage;

    fn try_from(number: u16) -> Result<Self, NoPage> {
        match number {
            1..=Self::LAST => Ok(Self(number)),
            _ => Err(NoPage),
        }
    }
}

impl From<PageNumber> for u16 {
    fn from(page: PageNumber) -> Self {
        page.0
    }
}

impl fmt::Display for PageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// The format of a page's image.
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
pub enum PageFormat {
    /// The fastest to encode; every browser shows it.
    #[default]
    Jpeg,
    /// Smaller, and slower to encode.
    Webp,
}

impl PageFormat {
    /// Both formats.
    pub const ALL: [Self; 2] = [Self::Jpeg, Self::Webp];

    /// Returns the extension in the page's key.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// Returns the media type it is delivered with.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// Returns the encoding by which it is decoded.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        match self {
            Self::Jpeg => Encoding::Jpeg,
            Self::Webp => Encoding::Webp,
        }
    }
}

/// The default long side of a page's image, in pixels.
pub const PAGE_SIZE: u32 = 1_600;

/// The long sides that an app may choose, in pixels: from a thumbnail to a page of small print. Larger images cost
/// memory and time.
pub const PAGE_SIZES: std::ops::RangeInclusive<u32> = 200..=4_096;

/// The reading order of a document, as the document states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The document is read from right to left.
    #[serde(default)]
    pub right_to_left: bool,
    /// Two pages are shown at a time, as in an open book.
    #[serde(default)]
    pub two_pages: bool,
    /// The document contains files, and its pages are their cover.
    #[serde(default)]
    pub portfolio: bool,
}

impl Reading {
    /// Returns true if the pages are read one at a time from left to right, which is the default.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}
