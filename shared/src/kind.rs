//! What a file can be: the four kinds, and the formats a delivered original comes in.

use std::fmt;

use dozo_codecs::Encoding;
use serde::{Deserialize, Serialize};

use crate::record::Stage;

/// The four kinds of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A still or animated picture.
    Image,
    /// A document that is split into pages.
    Pdf,
    /// Sound without a moving picture.
    Audio,
    /// A moving picture, with or without sound.
    Video,
}

impl Kind {
    /// The kinds that a stage exists for; an app cannot accept others.
    pub const PROCESSED: &'static [Self] = &[Self::Image, Self::Pdf];

    /// The stage that a good file is handed to; none where validate-upload publishes it itself.
    #[must_use]
    pub fn stage(self) -> Option<Stage> {
        match self {
            Self::Image | Self::Audio | Self::Video => None,
            Self::Pdf => Some(Stage::SplitPdf),
        }
    }

    /// As it stands in records and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Pdf => "pdf",
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The format of a delivered original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// ITU-T T.81.
    Jpeg,
    /// W3C PNG, animated ones included.
    Png,
    /// RFC 9649.
    Webp,
    /// GIF89a and GIF87a.
    Gif,
    /// ISO 32000.
    Pdf,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Jpeg, Self::Png, Self::Webp, Self::Gif, Self::Pdf];

    /// The kind that it is a format of.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Gif => Kind::Image,
            Self::Pdf => Kind::Pdf,
        }
    }

    /// How it is decoded, if it is an image.
    #[must_use]
    pub fn encoding(self) -> Option<Encoding> {
        match self {
            Self::Jpeg => Some(Encoding::Jpeg),
            Self::Png => Some(Encoding::Png),
            Self::Webp => Some(Encoding::Webp),
            Self::Gif => Some(Encoding::Gif),
            Self::Pdf => None,
        }
    }

    /// For a person, with its article.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Jpeg => "a JPEG image",
            Self::Png => "a PNG image",
            Self::Webp => "a WebP image",
            Self::Gif => "a GIF image",
            Self::Pdf => "a PDF",
        }
    }

    /// The extension of a delivered original.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Pdf => "pdf",
        }
    }

    /// The media type it is delivered with, whatever the uploader declared.
    /// <https://www.iana.org/assignments/media-types/media-types.xhtml>
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Pdf => "application/pdf",
        }
    }

    /// The reverse of [`Self::extension`].
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.extension() == extension)
    }
}
