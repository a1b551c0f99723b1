//! The parts of a viewer's request that change the answer.
//!
//! Besides the path these are two headers, [`ACCEPT`] and [`HOST`]. Both are written by the distribution's
//! viewer-request function, which removes headers of these names that a viewer sends, and both are part of the cache
//! key. Nothing else of a request is read.

use http::{HeaderMap, HeaderName, Method};
use percent_encoding::percent_decode_str;

use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::keys::render::{RenderPath, ThumbFormat};
use crate::vocabulary::preset::FORMATS;

/// The relevant part of `Accept`: `avif`, `webp` or `jpg` for a thumbnail in `auto`, `json` or `ld` for `info.json`.
pub const ACCEPT: HeaderName = HeaderName::from_static("x-dozo-accept");

/// The distribution's own domain name.
pub const HOST: HeaderName = HeaderName::from_static("x-dozo-host");

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    method: Method,
    raw_path: String,
    headers: HeaderMap,
}

/// The format of a thumbnail, and the best format that `auto` may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thumb {
    pub(super) path: ThumbFormat,
    pub(super) best: OutputFormat,
}

impl Ask {
    /// Makes a request with this path, percent-encoded or not.
    #[must_use]
    pub fn new(method: Method, raw_path: String, headers: HeaderMap) -> Self {
        Self {
            method,
            raw_path,
            headers,
        }
    }

    /// Returns the path as it was received.
    #[must_use]
    pub fn raw_path(&self) -> &str {
        &self.raw_path
    }

    /// Returns the parsed path. It is decoded once, as no valid path contains a percent sign.
    #[must_use]
    pub fn path(&self) -> Option<RenderPath> {
        let decoded = percent_decode_str(&self.raw_path).decode_utf8().ok()?;
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
