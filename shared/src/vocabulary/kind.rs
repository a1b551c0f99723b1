//! The four kinds of media, and the formats of delivered originals.

use std::fmt;

use dozo_codecs::Encoding;
use dozo_probe::Container;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::stage::Stage;

/// The four kinds of media.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "MediaKind")]
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
    /// The kinds that the platform processes; an app can accept no others.
    pub const PROCESSED: &'static [Self] = &[Self::Image, Self::Pdf, Self::Audio, Self::Video];

    /// Returns the stage that a valid file is handed to, or `None` if validate-upload publishes it itself.
    #[must_use]
    pub fn stage(self) -> Option<Stage> {
        match self {
            Self::Image => None,
            Self::Pdf => Some(Stage::SplitPdf),
            Self::Audio | Self::Video => Some(Stage::TranscodeMedia),
        }
    }

    /// Returns the kind as it is written in records and answers.
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
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (W3C), including animated ones.
    Png,
    /// WebP (RFC 9649).
    Webp,
    /// GIF (GIF89a and GIF87a).
    Gif,
    /// AVIF (AOM's AV1 Image File Format), including animated ones.
    Avif,
    /// SVG, as it is written anew: no upload is delivered as it came.
    Svg,
    /// PDF (ISO 32000).
    Pdf,
    /// MP4 (ISO/IEC 14496-14) with a moving picture.
    Mp4,
    /// MP4 (ISO/IEC 14496-14) with sound alone.
    M4a,
    /// QuickTime.
    Mov,
    /// Matroska (RFC 9559).
    Matroska,
    /// WebM, the profile of Matroska for the web.
    Webm,
    /// Audio Video Interleave.
    Avi,
    /// MPEG transport stream (ISO/IEC 13818-1).
    MpegTs,
    /// MP3 (ISO/IEC 11172-3, layer III).
    Mp3,
    /// RIFF WAVE.
    Wav,
    /// FLAC (RFC 9639).
    Flac,
    /// Ogg (RFC 3533).
    Ogg,
}

impl Format {
    /// All formats.
    pub const ALL: &'static [Self] = &[
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Gif,
        Self::Avif,
        Self::Svg,
        Self::Pdf,
        Self::Mp4,
        Self::M4a,
        Self::Mov,
        Self::Matroska,
        Self::Webm,
        Self::Avi,
        Self::MpegTs,
        Self::Mp3,
        Self::Wav,
        Self::Flac,
        Self::Ogg,
    ];

    /// Returns the kind that the format belongs to. For containers that may also hold sound alone, it is the usual
    /// kind.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Gif | Self::Avif | Self::Svg => Kind::Image,
            Self::Pdf => Kind::Pdf,
            Self::Mp4 | Self::Mov | Self::Matroska | Self::Webm | Self::Avi | Self::MpegTs => {
                Kind::Video
            }
            Self::M4a | Self::Mp3 | Self::Wav | Self::Flac | Self::Ogg => Kind::Audio,
        }
    }

    /// Returns the encoding by which it is decoded, if it is an image.
    #[must_use]
    pub fn encoding(self) -> Option<Encoding> {
        match self {
            Self::Jpeg => Some(Encoding::Jpeg),
            Self::Png => Some(Encoding::Png),
            Self::Webp => Some(Encoding::Webp),
            Self::Gif => Some(Encoding::Gif),
            Self::Avif => Some(Encoding::Avif),
            Self::Svg => Some(Encoding::Svg),
            Self::Pdf
            | Self::Mp4
            | Self::M4a
            | Self::Mov
            | Self::Matroska
            | Self::Webm
            | Self::Avi
            | Self::MpegTs
            | Self::Mp3
            | Self::Wav
            | Self::Flac
            | Self::Ogg => None,
        }
    }

    /// Returns the container that it is probed and decoded as, if it is audio or video.
    #[must_use]
    pub fn container(self) -> Option<Container> {
        match self {
            Self::Jpeg
            | Self::Png
            | Self::Webp
            | Self::Gif
            | Self::Avif
            | Self::Svg
            | Self::Pdf => None,
            Self::Mp4 | Self::M4a => Some(Container::Mp4),
            Self::Mov => Some(Container::Mov),
            Self::Matroska => Some(Container::Matroska),
            Self::Webm => Some(Container::Webm),
            Self::Avi => Some(Container::Avi),
            Self::MpegTs => Some(Container::MpegTs),
            Self::Mp3 => Some(Container::Mp3),
            Self::Wav => Some(Container::Wav),
            Self::Flac => Some(Container::Flac),
            Self::Ogg => Some(Container::Ogg),
        }
    }

    /// Returns the name of the format for a person, with its article.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Jpeg => "a JPEG image",
            Self::Png => "a PNG image",
            Self::Webp => "a WebP image",
            Self::Gif => "a GIF image",
            Self::Avif => "an AVIF image",
            Self::Svg => "an SVG image",
            Self::Pdf => "a PDF",
            Self::Mp4 => "an MP4 video",
            Self::M4a => "an M4A audio file",
            Self::Mov => "a QuickTime video",
            Self::Matroska => "a Matroska video",
            Self::Webm => "a WebM video",
            Self::Avi => "an AVI video",
            Self::MpegTs => "an MPEG transport stream",
            Self::Mp3 => "an MP3 audio file",
            Self::Wav => "a WAV audio file",
            Self::Flac => "a FLAC audio file",
            Self::Ogg => "an Ogg audio file",
        }
    }

    /// Returns the name of the format as registrations and records write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Mp4 => "mp4",
            Self::M4a => "m4a",
            Self::Mov => "mov",
            Self::Matroska => "matroska",
            Self::Webm => "webm",
            Self::Avi => "avi",
            Self::MpegTs => "mpegts",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
        }
    }

    /// Returns the short name of the format for a person, without an article.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
            Self::Avif => "AVIF",
            Self::Svg => "SVG",
            Self::Pdf => "PDF",
            Self::Mp4 => "MP4",
            Self::M4a => "M4A",
            Self::Mov => "QuickTime",
            Self::Matroska => "Matroska",
            Self::Webm => "WebM",
            Self::Avi => "AVI",
            Self::MpegTs => "MPEG transport stream",
            Self::Mp3 => "MP3",
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
        }
    }

    /// Returns the extension of a delivered original.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Mp4 => "mp4",
            Self::M4a => "m4a",
            Self::Mov => "mov",
            Self::Matroska => "mkv",
            Self::Webm => "webm",
            Self::Avi => "avi",
            Self::MpegTs => "ts",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
        }
    }

    /// Returns whether files of this format usually have this extension, in upper or lower case.
    #[must_use]
    pub fn goes_by(self, extension: &str) -> bool {
        let others: &[&str] = match self {
            Self::Jpeg => &["jpeg", "jpe", "jfif"],
            Self::Mp4 => &["m4v", "3gp", "3g2"],
            Self::M4a => &["mp4", "m4b", "aac"],
            Self::Mov => &["qt"],
            Self::Matroska => &["mka"],
            Self::Webm => &["weba"],
            Self::MpegTs => &["m2ts", "mts"],
            Self::Wav => &["wave"],
            Self::Ogg => &["oga", "ogv", "opus"],
            Self::Png
            | Self::Webp
            | Self::Gif
            | Self::Avif
            | Self::Svg
            | Self::Pdf
            | Self::Avi
            | Self::Mp3
            | Self::Flac => &[],
        };
        let extension = extension.to_ascii_lowercase();
        extension == self.extension() || others.contains(&extension.as_str())
    }

    /// Returns the media type that it is delivered with, whatever the uploader declared.
    /// <https://www.iana.org/assignments/media-types/media-types.xhtml>
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
            Self::Svg => "image/svg+xml",
            Self::Pdf => "application/pdf",
            Self::Mp4 => "video/mp4",
            Self::M4a => "audio/mp4",
            Self::Mov => "video/quicktime",
            Self::Matroska => "video/matroska",
            Self::Webm => "video/webm",
            Self::Avi => "video/vnd.avi",
            Self::MpegTs => "video/mp2t",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/vnd.wave",
            Self::Flac => "audio/flac",
            Self::Ogg => "application/ogg",
        }
    }

    /// Parses an extension as written by [`Self::extension`].
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.extension() == extension)
    }
}

impl From<Container> for Format {
    fn from(container: Container) -> Self {
        match container {
            Container::Mp4 => Self::Mp4,
            Container::Mov => Self::Mov,
            Container::Matroska => Self::Matroska,
            Container::Webm => Self::Webm,
            Container::Avi => Self::Avi,
            Container::MpegTs => Self::MpegTs,
            Container::Mp3 => Self::Mp3,
            Container::Wav => Self::Wav,
            Container::Flac => Self::Flac,
            Container::Ogg => Self::Ogg,
        }
    }
}
