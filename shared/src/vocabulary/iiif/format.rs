//! The format of an answer (section 4.5, and `avif` as an extra format).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refused::Refused;

/// A format that an image can be answered in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ImageFormat")]
pub enum OutputFormat {
    /// JPEG.
    Jpg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// AVIF.
    Avif,
    /// GIF.
    Gif,
}

impl OutputFormat {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Jpg, Self::Png, Self::Webp, Self::Avif, Self::Gif];

    /// Parses an extension.
    ///
    /// # Errors
    /// [`Refused::Format`] if it is none of the formats.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let known = Self::ALL
            .into_iter()
            .find(|format| format.extension() == text);
        known.ok_or(Refused::Format)
    }

    /// Returns the extension as it is written in a path.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Gif => "gif",
        }
    }

    /// Returns the media type. <https://www.iana.org/assignments/media-types/media-types.xhtml#image>
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Gif => "image/gif",
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}
