//! The paths of images that are rendered on demand. They look like delivery keys, but no bucket holds them.
//!
//! ```text
//! /{visibility}/{app}/{media}/iiif/{image | page-0001 | poster}[/info.json | /{region}/{size}/{rotation}/{quality}.{format}]
//! /{visibility}/{app}/{media}/thumb/{preset}[/{page}][.{2 | 3 | 4}x].{jpg | webp | avif | auto}
//! ```

use std::fmt;

use super::{Item, Key};
use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::names::{AppId, MediaId, Visibility};
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::preset::{Density, FORMATS, PresetName};

/// The media whose pictures are requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The visibility, which decides the CDN behaviour that serves the path.
    pub visibility: Visibility,
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
}

impl Subject {
    /// Returns the key of one of its objects in delivery.
    #[must_use]
    pub fn delivered(&self, item: Item) -> Key {
        Key::Delivered {
            visibility: self.visibility,
            app: self.app.clone(),
            media: self.media.clone(),
            item,
        }
    }
}

/// One of the pictures of a media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// The image itself.
    Image,
    /// A page of a document.
    Page(PageNumber),
    /// The poster of a film.
    Poster,
}

/// The format that a path requests for a thumbnail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThumbFormat {
    /// One of [`FORMATS`].
    Is(OutputFormat),
    /// The best format that the viewer accepts.
    Auto,
}

/// The request that a path makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderPath {
    /// The base URI of an image.
    Base(Subject, Picture),
    /// The `info.json` of an image.
    Info(Subject, Picture),
    /// A request of the IIIF Image API. The text is everything after the base URI and its slash, not yet validated.
    Image(Subject, Picture, String),
    /// A thumbnail in one of the app's presets.
    Thumb(Subject, PresetName, Picture, Density, ThumbFormat),
}

impl RenderPath {
    /// Parses a path whose percent-encoding was undone; returns `None` if it is none of these.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix('/')?.splitn(5, '/');
        let subject = Subject {
            visibility: Visibility::parse(segments.next()?)?,
            app: AppId::parse(segments.next()?).ok()?,
            media: MediaId::parse(segments.next()?).ok()?,
        };
        let (door, rest) = (segments.next()?, segments.next()?);
        match door {
            "iiif" => Self::parse_iiif(subject, rest),
            "thumb" => Self::parse_thumb(subject, rest),
            _ => None,
        }
    }

    /// Returns the media that the path is about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        match self {
            Self::Base(subject, _)
            | Self::Info(subject, _)
            | Self::Image(subject, ..)
            | Self::Thumb(subject, ..) => subject,
        }
    }

    /// Returns the picture of the media that the path is about.
    #[must_use]
    pub fn picture(&self) -> Picture {
        match self {
            Self::Base(_, picture)
            | Self::Info(_, picture)
            | Self::Image(_, picture, _)
            | Self::Thumb(_, _, picture, ..) => *picture,
        }
    }

    fn parse_iiif(subject: Subject, rest: &str) -> Option<Self> {
        let (picture, asked) = match rest.split_once('/') {
            Some((picture, asked)) => (picture, Some(asked)),
            None => (rest, None),
        };
        let picture = Picture::parse(picture)?;
        Some(match asked {
            None => Self::Base(subject, picture),
            Some("info.json") => Self::Info(subject, picture),
            Some(request) => Self::Image(subject, picture, request.to_owned()),
        })
    }

    fn parse_thumb(subject: Subject, rest: &str) -> Option<Self> {
        let (name, extension) = rest.rsplit_once('.')?;
        let (name, density) = match name.rsplit_once('.') {
            Some((name, density)) => (name, Density::parse(density)?),
            None => (name, Density::ONE),
        };
        let (preset, picture) = match name.split_once('/') {
            Some((preset, page)) => (preset, Picture::Page(PageNumber::parse(page)?)),
            None => (name, Picture::Image),
        };
        let format = ThumbFormat::parse(extension)?;
        Some(Self::Thumb(
            subject,
            PresetName::parse(preset).ok()?,
            picture,
            density,
            format,
        ))
    }
}

impl Picture {
    fn parse(segment: &str) -> Option<Self> {
        match segment {
            "image" => Some(Self::Image),
            "poster" => Some(Self::Poster),
            _ => segment
                .strip_prefix("page-")
                .and_then(PageNumber::parse)
                .map(Self::Page),
        }
    }
}

impl ThumbFormat {
    fn parse(extension: &str) -> Option<Self> {
        if extension == "auto" {
            return Some(Self::Auto);
        }
        let known = FORMATS
            .into_iter()
            .find(|format| format.extension() == extension);
        known.map(Self::Is)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "/{}/{}/{}",
            self.visibility.as_str(),
            self.app,
            self.media
        )
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image => f.write_str("image"),
            Self::Page(number) => write!(f, "page-{number}"),
            Self::Poster => f.write_str("poster"),
        }
    }
}

impl fmt::Display for RenderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base(subject, picture) => write!(f, "{subject}/iiif/{picture}"),
            Self::Info(subject, picture) => write!(f, "{subject}/iiif/{picture}/info.json"),
            Self::Image(subject, picture, request) => {
                write!(f, "{subject}/iiif/{picture}/{request}")
            }
            Self::Thumb(subject, preset, picture, density, format) => {
                write!(f, "{subject}/thumb/{preset}")?;
                if let Picture::Page(number) = picture {
                    write!(f, "/{number}")?;
                }
                if *density != Density::ONE {
                    write!(f, ".{}x", density.get())?;
                }
                match format {
                    ThumbFormat::Is(format) => write!(f, ".{format}"),
                    ThumbFormat::Auto => f.write_str(".auto"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SUBJECT: &str = "/public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc";

    #[test]
    fn paths_are_read_and_printed() {
        for rest in [
            "/iiif/image",
            "/iiif/image/info.json",
            "/iiif/poster/full/max/0/default.jpg",
            "/iiif/page-0001/0,0,10,10/^!50,50/!90/gray.webp",
            "/iiif/image/",
            "/iiif/image/anything else",
            "/thumb/card.auto",
            "/thumb/card-2x.avif",
            "/thumb/card/0012.jpg",
            "/thumb/card.2x.auto",
            "/thumb/card/0012.4x.jpg",
        ] {
            let path = format!("{SUBJECT}{rest}");
            assert_eq!(RenderPath::parse(&path).unwrap().to_string(), path);
        }
    }

    #[test]
    fn what_is_no_such_path() {
        for path in [
            "",
            "/",
            SUBJECT,
            "/public/demo/x/iiif/image/info.json",
            "/secret/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/iiif/image",
        ] {
            assert_eq!(RenderPath::parse(path), None, "{path}");
        }
        for rest in [
            "/iiif",
            "/iiif/",
            "/iiif/original/info.json",
            "/iiif/page-1/info.json",
            "/iiif/page-0000/info.json",
            "/iiif//info.json",
            "/thumb/card",
            "/thumb/.jpg",
            "/thumb/card.png",
            "/thumb/Card.jpg",
            "/thumb/card/1.jpg",
            "/thumb/card.1x.jpg",
            "/thumb/card.5x.jpg",
            "/thumb/card.22x.jpg",
            "/thumb/card.x.jpg",
            "/thumb/card.2x",
            "/thumb/card.2x.3x.jpg",
            "/thumb/card/0001/0001.jpg",
            "/original.jpg",
        ] {
            assert_eq!(
                RenderPath::parse(&format!("{SUBJECT}{rest}")),
                None,
                "{rest}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_path_that_is_read_prints_as_it_was(rest in "/(iiif|thumb)/[a-z0-9,:.!^/-]{0,40}") {
            let path = format!("{SUBJECT}{rest}");
            if let Some(parsed) = RenderPath::parse(&path) {
                prop_assert_eq!(parsed.to_string(), path);
            }
        }
    }
}
