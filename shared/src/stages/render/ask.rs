//! What a viewer asks, as far as it changes the answer.
//!
//! Two headers besides the path, both written by the distribution's viewer-request function, which takes away what a
//! viewer sends under their names, and both part of the cache key: [`ACCEPT`] and [`HOST`]. Nothing else of a request
//! is read.

use http::{HeaderMap, HeaderName, Method};
use percent_encoding::percent_decode_str;

use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::keys::render::{RenderPath, ThumbFormat};
use crate::vocabulary::preset::FORMATS;

/// What of `Accept` matters: `avif`, `webp` or `jpg` for a thumbnail in `auto`, `json` or `ld` for `info.json`.
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

/// The format of a thumbnail, and what `auto` may be at best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thumb {
    pub(super) path: ThumbFormat,
    pub(super) best: OutputFormat,
}

impl Ask {
    /// A request with this path, percent-encoded or not.
    #[must_use]
    pub fn new(method: Method, raw_path: String, headers: HeaderMap) -> Self {
        Self {
            method,
            raw_path,
            headers,
        }
    }

    /// As it came.
    #[must_use]
    pub fn raw_path(&self) -> &str {
        &self.raw_path
    }

    /// What the path means. Decoded once: no character of a valid path is a percent sign.
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
