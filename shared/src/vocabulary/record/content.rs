//! The description of a file that was judged good.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::vocabulary::captions::Captions;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::keys::Item;
use crate::vocabulary::kind::{Format, Kind};
use crate::vocabulary::page::{PageFormat, PageNumber, Reading};
use crate::vocabulary::placeholder::Placeholder;
use crate::vocabulary::poster::ChosenPoster;
use crate::vocabulary::streams::Streams;
use crate::vocabulary::upload_format::Convertible;

/// The description of a file that was judged good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The format of the delivered original.
    pub format: Format,
    /// The format of the upload, if the original was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_from: Option<Convertible>,
    /// The number of pictures in an upload that may have several, of which the first is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<u32>,
    /// The size of the upload in bytes.
    pub bytes: u64,
    /// The SHA-256 of the upload in hexadecimal. A document, audio or video has it once its stage has read it whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The digests of the files that this one was copied from. It is blocked where one of them is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copied_from: Vec<FileDigest>,
    /// The width in pixels as displayed (orientation applied).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// The height in pixels as displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The width and the height in pixels at which a drawing is offered. It has no pixels of its own, and is sharp at any size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<(u32, u32)>,
    /// The number of frames; 1 unless it is an animation.
    #[serde(default = "one")]
    pub frames: u32,
    /// The number of pages of a document, once it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u16>,
    /// The reading order of a document.
    #[serde(default, skip_serializing_if = "Reading::is_plain")]
    pub reading: Reading,
    /// The format of the images of the document's pages. It is chosen once, because it is part of their keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_format: Option<PageFormat>,
    /// The first of the pages that could not be read and have no image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_pages: Vec<PageNumber>,
    /// The streams of audio or video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streams: Option<Streams>,
    /// The captions of audio or video, once it was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<Captions>,
    /// Whether the beginning of the file already shows the whole image, as in a progressive JPEG.
    #[serde(default)]
    pub progressive: bool,
    /// Whether the original is delivered with its metadata, as the app chose.
    #[serde(default)]
    pub keep_metadata: bool,
    /// The placeholder that is shown until the picture is loaded: of an image, of a film's poster, or of a document's
    /// first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<Placeholder>,
    /// Whether a preview is delivered beside the original, and how many of the original's pixels along a side became one
    /// of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<NonZeroU32>,
    /// Whether a storyboard is delivered with the film.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub storyboard: bool,
    /// The poster that the app chose, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster: Option<ChosenPoster>,
}

impl Content {
    /// Creates the description of a file of which only the format and size are known.
    #[must_use]
    pub fn new(format: Format, bytes: u64) -> Self {
        Self {
            format,
            made_from: None,
            pictures: None,
            bytes,
            sha256: None,
            copied_from: Vec::new(),
            width: None,
            height: None,
            drawn: None,
            frames: 1,
            pages: None,
            reading: Reading::default(),
            page_format: None,
            broken_pages: Vec::new(),
            streams: None,
            captions: Vec::new(),
            progressive: false,
            keep_metadata: false,
            placeholder: None,
            preview: None,
            storyboard: false,
            poster: None,
        }
    }

    /// Forgets what was made of the pixels.
    #[must_use]
    pub fn without_pictures(self) -> Self {
        Self {
            placeholder: None,
            preview: None,
            storyboard: false,
            poster: None,
            ..self
        }
    }

    /// Returns the digest of the upload, if it was read whole.
    #[must_use]
    pub fn digest(&self) -> Option<FileDigest> {
        FileDigest::parse(self.sha256.as_deref()?).ok()
    }

    /// Returns the digests by which the media is blocked: of the upload, if it was read whole, and of what it was copied
    /// from.
    #[must_use]
    pub fn digests(&self) -> Vec<FileDigest> {
        let others = self.copied_from.iter().cloned();
        self.digest().into_iter().chain(others).collect()
    }

    /// Returns the object of which a copy of the media is made: what was uploaded, as far as it is delivered. Of sound and
    /// films it is the file that every browser plays, unless the app keeps originals.
    #[must_use]
    pub fn copied(&self) -> Item {
        if self.keep_metadata {
            return Item::Original(self.format);
        }
        self.whole()
    }

    /// Returns the kind of the media.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.streams {
            Some(streams) if streams.video.is_some() => Kind::Video,
            Some(_) => Kind::Audio,
            None => self.format.kind(),
        }
    }

    /// Returns the object that is delivered as the whole media: the original, or the file that every browser plays in
    /// its place.
    #[must_use]
    pub fn whole(&self) -> Item {
        match self.kind() {
            Kind::Image | Kind::Pdf => Item::Original(self.format),
            Kind::Audio => Item::Sound,
            Kind::Video => Item::Film,
        }
    }
}

fn one() -> u32 {
    1
}
