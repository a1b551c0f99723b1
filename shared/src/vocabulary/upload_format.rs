//! The formats of uploads: those whose originals are delivered, and those of which another file is made first.

use std::borrow::Cow;
use std::fmt;

use dozo_codecs::convert::Foreign;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::vocabulary::kind::{Format, Kind};

/// A format that is accepted, but not delivered as it came: at ingest a JPEG or PNG is made of the file, or of a drawing
/// another one that draws the same. Everything else knows only that original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convertible {
    /// Windows bitmap.
    Bmp,
    /// TIFF 6.0.
    Tiff,
    /// HEIF with HEVC in it, as phones make it.
    Heic,
    /// Scalable Vector Graphics, which are written anew.
    Svg,
}

impl Convertible {
    /// All formats that are converted.
    pub const ALL: &'static [Self] = &[Self::Bmp, Self::Tiff, Self::Heic, Self::Svg];

    /// Returns the name of the format as registrations and records write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Heic => "heic",
            Self::Svg => "svg",
        }
    }

    /// Returns the short name of the format for a person, without an article.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Heic => "HEIC",
            Self::Svg => "SVG",
        }
    }

    /// Returns the name of the format for a person, with its article.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Bmp => "a BMP image",
            Self::Tiff => "a TIFF image",
            Self::Heic => "a HEIC image",
            Self::Svg => "an SVG image",
        }
    }

    /// Returns its media type. <https://www.iana.org/assignments/media-types/media-types.xhtml>
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
            Self::Heic => "image/heic",
            Self::Svg => "image/svg+xml",
        }
    }

    /// Returns the decoder for it, if the original is made of its pixels.
    #[must_use]
    pub fn decoder(self) -> Option<Foreign> {
        match self {
            Self::Bmp => Some(Foreign::Bmp),
            Self::Tiff => Some(Foreign::Tiff),
            Self::Heic => Some(Foreign::Heic),
            Self::Svg => None,
        }
    }
}

/// The format of a file as it was uploaded. It is written by its name, such as `jpeg` or `bmp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum UploadFormat {
    /// The original is delivered in the same format.
    Kept(Format),
    /// The original is made of the file, in another format.
    Converted(Convertible),
}

impl UploadFormat {
    /// Iterates over all formats that are accepted.
    pub fn all() -> impl Iterator<Item = Self> {
        let kept = Format::ALL.iter().copied();
        // No drawing is delivered as it came.
        let kept = kept.filter(|format| *format != Format::Svg).map(Self::Kept);
        kept.chain(Convertible::ALL.iter().copied().map(Self::Converted))
    }

    /// Returns the name of the format as registrations write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept(format) => format.name(),
            Self::Converted(format) => format.name(),
        }
    }

    /// Returns the short name of the format for a person, without an article.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Kept(format) => format.title(),
            Self::Converted(format) => format.title(),
        }
    }

    /// Returns the name of the format for a person, with its article.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Kept(format) => format.in_words(),
            Self::Converted(format) => format.in_words(),
        }
    }

    /// Returns the kind that the format belongs to, as [`Format::kind`] does.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Kept(format) => format.kind(),
            Self::Converted(_) => Kind::Image,
        }
    }

    /// Returns whether files of this format can be of one of these kinds. A container of films may hold sound alone.
    #[must_use]
    pub fn may_be(self, kinds: &[Kind]) -> bool {
        let is_played = matches!(self, Self::Kept(format) if format.container().is_some());
        kinds.iter().any(|kind| match kind {
            Kind::Audio | Kind::Video => is_played,
            Kind::Image | Kind::Pdf => *kind == self.kind(),
        })
    }
}

impl JsonSchema for UploadFormat {
    fn schema_name() -> Cow<'static, str> {
        "UploadFormat".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The format of a file as it was uploaded.",
            "enum": Self::all().map(Self::name).collect::<Vec<_>>(),
        })
    }
}

impl From<UploadFormat> for &'static str {
    fn from(format: UploadFormat) -> Self {
        format.name()
    }
}

impl TryFrom<String> for UploadFormat {
    type Error = UnknownName;

    fn try_from(name: String) -> Result<Self, UnknownName> {
        Self::all()
            .find(|format| format.name() == name)
            .ok_or(UnknownName)
    }
}

/// The error for a name that no accepted format has. It lists those that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownName;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = UploadFormat::all().map(UploadFormat::name).collect();
        write!(f, "unknown format, expected one of: {}", names.join(", "))
    }
}

impl std::error::Error for UnknownName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_written_by_a_name_of_its_own() {
        let mut names: Vec<_> = UploadFormat::all().map(UploadFormat::name).collect();
        for format in UploadFormat::all() {
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("\"{}\"", format.name()));
            let back: UploadFormat = serde_json::from_str(&json).unwrap();
            assert_eq!(back, format);
        }
        // The names of delivered formats are also those in records.
        for format in Format::ALL {
            let json = serde_json::to_string(format).unwrap();
            assert_eq!(json, format!("\"{}\"", format.name()));
        }
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let error = serde_json::from_str::<UploadFormat>("\"exe\"").unwrap_err();
        assert!(error.to_string().contains("jpeg, png, webp"), "{error}");
    }

    #[test]
    fn a_container_of_films_may_hold_sound() {
        let webm = UploadFormat::Kept(Format::Webm);
        assert!(webm.may_be(&[Kind::Audio]) && webm.may_be(&[Kind::Video]));
        assert!(!webm.may_be(&[Kind::Image, Kind::Pdf]));
        assert!(UploadFormat::Converted(Convertible::Bmp).may_be(&[Kind::Image]));
    }
}
