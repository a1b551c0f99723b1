//! The names of renditions in keys and in playlists.

use std::fmt;

/// One version of a source: a picture in one size, or sound at one bit rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rendition {
    /// A picture, named by the pixels of its short side: `1080p`.
    Picture(u16),
    /// A sound track beside a picture, numbered from 1: `track-1`.
    Track(u8),
    /// Sound alone, named by its bit rate in thousands of bits a second: `192k`.
    Sound(u16),
}

impl Rendition {
    /// Parses a name as written by `Display`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(track) = name.strip_prefix("track-") {
            return track.parse().ok().map(Self::Track);
        }
        if let Some(short) = name.strip_suffix('p') {
            return short.parse().ok().map(Self::Picture);
        }
        name.strip_suffix('k')?.parse().ok().map(Self::Sound)
    }
}

impl fmt::Display for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Picture(short) => write!(f, "{short}p"),
            Self::Track(number) => write!(f, "track-{number}"),
            Self::Sound(kilobits) => write!(f, "{kilobits}k"),
        }
    }
}
