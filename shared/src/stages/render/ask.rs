//! A viewer's request, reduced to the parts that affect the answer.
//!
//! Besides method and path, only two headers are read: [`ACCEPT`] and [`HOST`]. The distribution's viewer-request
//! function writes both and removes any that a viewer sends under these names. Both are part of the cache key.

use http::{HeaderMap, HeaderName, Method};
use percent_encoding::percent_decode_str;

use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::keys::render::{RenderPath, ThumbFormat};
use crate::vocabulary::preset::FORMATS;

/// The relevant part of `Accept`: `avif`, `webp` or `jpg` for an `auto` thumbnail, `json` or `ld` for `info.json`.
pub const ACCEPT: HeaderName = HeaderName::from_static("x-dozo-accept");

/// The distribution's own domain name.
pub const HOST: HeaderName = HeaderName::from_static("x-dozo-host");

/// A viewer's request.
#[derive(Debug, Clone)]
pub struct Ask {
    method: Method,
    raw_path: String,
    headers: HeaderMap,
}

/// The format of a thumbnail as the path has it, and the best format that `auto` may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thumb {
    pub(super) path: ThumbFormat,
    pub(super) best: OutputFormat,
}

impl Ask {
    /// Creates a request. Characters of the path may be written as `%2c`, or as the viewer-request function writes them:
    /// `~2c`, because CloudFront's signature may not match a path with other characters than unreserved ones.
    #[must_use]
    pub fn new(method: Method, raw_path: String, headers: HeaderMap) -> Self {
        Self {
            method,
            raw_path,
            headers,
        }
    }

    /// Parses the path. It is decoded only once, because a valid path has neither `~` nor `%` after that.
    #[must_use]
    pub fn path(&self) -> Option<RenderPath> {
        let encoded = self.raw_path.replace('~', "%");
        let decoded = percent_decode_str(&encoded).decode_utf8().ok()?;
        RenderPath::parse(&decoded)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    pub(super) fn wants_plain_json(&self) -> bool {
        self.header(&ACCEPT) == Some("json")
    }

    pub(super) fn resolve(&self, path: ThumbFormat) -> Thumb {
        let accepted = self.header(&ACCEPT);
        let best = FORMATS
            .into_iter()
            .find(|format| accepted == Some(format.extension()));
        Thumb {
            path,
            best: best.unwrap_or(OutputFormat::Jpg),
        }
    }

    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
