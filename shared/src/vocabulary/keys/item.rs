//! The objects of a media in delivery.

use std::fmt;

use super::hls;
use super::thumb::Thumb;
use crate::vocabulary::kind::Format;
use crate::vocabulary::page::{PageFormat, PageNumber};

/// One of the objects of a media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The validated upload.
    Original(Format),
    /// The image of a page of a document.
    Page(PageNumber, PageFormat),
    /// The text of a page of a document.
    Text(PageNumber),
    /// The IIIF Presentation manifest of a document.
    Manifest,
    /// A playlist, or a segment that a playlist names.
    Hls(hls::Hls),
    /// Picture and sound in one file.
    Film,
    /// Sound in one file.
    Sound,
    /// A still picture from a film.
    Poster,
    /// The storyboard of a film: WebVTT that names parts of the sheets, each for a span of the film.
    Storyboard,
    /// A sheet of pictures of the storyboard, numbered from 1.
    Sheet(u16),
    /// A smaller picture, from which small renderings of a large one are made. Viewers never reach it: neither the
    /// grammar of paths nor the CDN lets it through.
    Preview,
    /// A thumbnail that was made before anybody asked for it. Viewers ask for it by its preset, and never reach this key.
    Thumb(Thumb),
}

const FILM: &str = "video.mp4";
const SOUND: &str = "audio.m4a";
const POSTER: &str = "poster.jpg";
const PREVIEW: &str = "preview.jpg";
const STORYBOARD: &str = "storyboard.vtt";

/// The folder of the thumbnails that were made ahead.
pub(super) const THUMBS: &str = "thumbs/";

/// Returns the path of a sheet, relative to the storyboard that names it.
#[must_use]
pub fn sheet_name(number: u16) -> String {
    format!("storyboard/{number}.jpg")
}

fn parse_sheet(name: &str) -> Option<u16> {
    let number = name.strip_prefix("storyboard/")?.strip_suffix(".jpg")?;
    number
        .parse()
        .ok()
        .filter(|number| (1..1_000).contains(number))
}

impl Item {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        match rest {
            "manifest.json" => return Some(Self::Manifest),
            FILM => return Some(Self::Film),
            SOUND => return Some(Self::Sound),
            POSTER => return Some(Self::Poster),
            PREVIEW => return Some(Self::Preview),
            STORYBOARD => return Some(Self::Storyboard),
            _ => {}
        }
        if let Some(number) = parse_sheet(rest) {
            return Some(Self::Sheet(number));
        }
        if let Some(rest) = rest.strip_prefix(THUMBS) {
            return Thumb::parse(rest).map(Self::Thumb);
        }
        if let Some(rest) = rest.strip_prefix("hls/") {
            return hls::Hls::parse(rest).map(Self::Hls);
        }
        let (name, extension) = rest.split_once('.')?;
        if name == "original" {
            return Format::from_extension(extension).map(Self::Original);
        }
        if let Some(page) = name.strip_prefix("pages/") {
            let format = PageFormat::ALL
                .into_iter()
                .find(|format| format.extension() == extension)?;
            return Some(Self::Page(PageNumber::parse(page)?, format));
        }
        let page = name.strip_prefix("text/").filter(|_| extension == "txt")?;
        PageNumber::parse(page).map(Self::Text)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original(format) => write!(f, "original.{}", format.extension()),
            Self::Page(page, format) => write!(f, "pages/{page}.{}", format.extension()),
            Self::Text(page) => write!(f, "text/{page}.txt"),
            Self::Manifest => f.write_str("manifest.json"),
            Self::Hls(hls) => write!(f, "hls/{hls}"),
            Self::Film => f.write_str(FILM),
            Self::Sound => f.write_str(SOUND),
            Self::Poster => f.write_str(POSTER),
            Self::Preview => f.write_str(PREVIEW),
            Self::Storyboard => f.write_str(STORYBOARD),
            Self::Sheet(number) => f.write_str(&sheet_name(*number)),
            Self::Thumb(thumb) => write!(f, "{THUMBS}{thumb}"),
        }
    }
}
