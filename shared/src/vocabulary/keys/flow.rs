//! Keys of marks by which is counted what an app has stored: each media comes in, and goes out when it is erased.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::vocabulary::names::MediaId;

/// A media that came in or went out: `{milliseconds since 1970, 13 digits}.{in or out}.{media}.{bytes}.{a random number}`.
/// The marks sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Flow {
    /// The time of the mark, in milliseconds since 1970.
    pub at: u64,
    /// Whether the media came in.
    pub is_in: bool,
    /// The media.
    pub media: MediaId,
    /// The bytes of the file, as it was uploaded.
    pub bytes: u64,
    /// A random number, so that a media may come and go as often as it likes.
    pub nonce: u32,
}

impl Flow {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '.');
        Some(Self {
            at: parts.next()?.parse().ok()?,
            is_in: match parts.next()? {
                "in" => true,
                "out" => false,
                _ => return None,
            },
            media: MediaId::parse(parts.next()?).ok()?,
            bytes: parts.next()?.parse().ok()?,
            nonce: u32::from_str_radix(parts.next()?, 16).ok()?,
        })
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            is_in,
            media,
            bytes,
            nonce,
        } = self;
        let way = if *is_in { "in" } else { "out" };
        write!(f, "{at:013}.{way}.{media}.{bytes}.{nonce:08x}")
    }
}
