//! The pages of a document: their numbers, how they are read, and what their images are encoded as.

use std::fmt;

use dozo_codecs::Encoding;
use serde::{Deserialize, Serialize};

/// A page's place in its document, from 1 to 9,999: four digits in keys, so that they sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct PageNumber(u16);

/// Not a page's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page's number is 1 to 9999")]
pub struct NoPage;

impl PageNumber {
    /// The last one there can be.
    pub const LAST: u16 = 9_999;

    /// Four digits, not all 0.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = if digits { text.parse().ok()? } else { 0 };
        Self::try_from(number).ok()
    }

    /// As a number.
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

/// What the image of a page is encoded as.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum PageFormat {
    /// The fastest to make, and known everywhere.
    #[default]
    Jpeg,
    /// Smaller, and slower to make.
    Webp,
}

impl PageFormat {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Jpeg, Self::Webp];

    /// Of the page's key.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// The media type it is delivered with.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// How it is decoded.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        match self {
            Self::Jpeg => Encoding::Jpeg,
            Self::Webp => Encoding::Webp,
        }
    }
}

/// Pixels on the long side of a page's image, unless its app says otherwise.
pub const PAGE_SIZE: u32 = 1_600;

/// What an app may ask for: from a thumbnail to what a page of small print wants; the larger ones cost memory and time.
pub const PAGE_SIZES: std::ops::RangeInclusive<u32> = 200..=4_096;

/// How a document is to be read, as it says itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// From right to left.
    #[serde(default)]
    pub right_to_left: bool,
    /// Two pages at a time, as in an open book.
    #[serde(default)]
    pub two_pages: bool,
    /// It holds files, and is their cover.
    #[serde(default)]
    pub portfolio: bool,
}

impl Reading {
    /// One page after the other, from left to right.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}
