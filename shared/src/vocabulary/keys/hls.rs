//! The keys of HLS: playlists, and the segments that they name.

use std::fmt;

use crate::vocabulary::captions::CaptionsId;
use crate::vocabulary::rendition::Rendition;

/// An object under `hls/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hls {
    /// The playlist of all renditions.
    Master,
    /// The playlist of one rendition.
    Playlist(Rendition),
    /// The initialisation segment that all segments of a rendition need.
    Init(Rendition),
    /// A segment of a rendition, numbered from 1.
    Segment(Rendition, u32),
    /// Captions, one file of WebVTT for the whole media.
    Captions(CaptionsId),
    /// The playlist of captions, which names that file.
    CaptionsPlaylist(CaptionsId),
}

impl Hls {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        if rest == MASTER {
            return Some(Self::Master);
        }
        let (name, file) = rest.split_once('/')?;
        if name == CAPTIONS {
            if let Some(id) = file.strip_suffix(VTT) {
                return CaptionsId::parse(id).map(Self::Captions);
            }
            let id = file.strip_suffix(M3U8)?;
            return CaptionsId::parse(id).map(Self::CaptionsPlaylist);
        }
        let rendition = Rendition::parse(name)?;
        match file {
            PLAYLIST => Some(Self::Playlist(rendition)),
            INIT => Some(Self::Init(rendition)),
            _ => {
                let number = file.strip_suffix(".m4s")?.parse().ok()?;
                Some(Self::Segment(rendition, number)).filter(|_| number > 0)
            }
        }
    }

    /// Returns the media type it is delivered with: RFC 8216, section 4; ISO/IEC 23000-19 (CMAF) for the segments.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Master | Self::Playlist(_) | Self::CaptionsPlaylist(_) => {
                "application/vnd.apple.mpegurl"
            }
            Self::Captions(_) => "text/vtt",
            Self::Init(rendition) | Self::Segment(rendition, _) => match rendition {
                Rendition::Picture(_) => "video/mp4",
                Rendition::Track(_) | Rendition::Sound(_) => "audio/mp4",
            },
        }
    }
}

/// The file name of the initialisation segment that all segments of a rendition need.
pub const INIT: &str = "init.mp4";

/// Returns the file name of a segment, numbered from 1.
#[must_use]
pub fn segment_name(number: u32) -> String {
    format!("{number:05}.m4s")
}

const MASTER: &str = "master.m3u8";
const PLAYLIST: &str = "index.m3u8";

/// The folder of captions.
const CAPTIONS: &str = "captions";
const VTT: &str = ".vtt";
const M3U8: &str = ".m3u8";

impl fmt::Display for Hls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Master => f.write_str(MASTER),
            Self::Playlist(rendition) => write!(f, "{rendition}/{PLAYLIST}"),
            Self::Init(rendition) => write!(f, "{rendition}/{INIT}"),
            Self::Segment(rendition, number) => {
                write!(f, "{rendition}/{}", segment_name(*number))
            }
            Self::Captions(id) => write!(f, "{CAPTIONS}/{id}{VTT}"),
            Self::CaptionsPlaylist(id) => write!(f, "{CAPTIONS}/{id}{M3U8}"),
        }
    }
}
