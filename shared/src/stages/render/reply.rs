//! Answers to viewers, with how long the CDN and browsers may cache them.
//!
//! | answer | browser | CDN |
//! |---|---|---|
//! | an image by the IIIF Image API | 5 minutes | a year: only a withdrawal changes it, and that invalidates its tag |
//! | an image by a preset | 5 minutes | a year: a changed preset invalidates a tag of its own |
//! | `info.json`, the base URI | 5 minutes | a day: they follow the app's registration |
//! | 400, 403, 405 | 10 seconds | 10 seconds |
//! | 404 | a second | a second: it may become ready, or be restored |
//! | 500, 501: the file cannot be rendered | not kept | a minute, under the media's tag |
//! | other 5xx | not kept | not kept (CloudFront: a second, `ErrorCachingMinTTL`) |

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK, LOCATION, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal, explain};
use crate::vocabulary::iiif::{CONTEXT, Info, LEVEL_0, LEVEL_2, OutputFormat};
use crate::vocabulary::keys::render::Subject;
use crate::vocabulary::keys::{CACHE_TAG, Key};
use crate::vocabulary::names::MediaId;
use crate::vocabulary::preset::PresetName;

/// `Cache-Control` of answers that depend on the app's registration.
const DESCRIBED: &str = "public, max-age=300, s-maxage=86400";

/// An HTTP answer: status, headers and body.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// All headers except the length.
    pub headers: HeaderMap,
    /// The body, empty for a redirect.
    pub body: Bytes,
}

/// An image that was rendered.
#[derive(Debug)]
pub(super) struct Rendered {
    /// The file.
    pub(super) body: Bytes,
    /// The source.
    pub(super) from: Made,
}

/// The source that an image was rendered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// The original, or a page or poster that a stage made.
    Original,
    /// The preview of the original.
    Preview,
}

impl Reply {
    fn new(status: u16, cache_control: &str) -> Self {
        let reply = Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        reply.with(CACHE_CONTROL, cache_control)
    }

    /// Creates an answer with an image.
    pub(super) fn image(rendered: Rendered, format: OutputFormat, subject: &Subject) -> Self {
        let etag = match rendered.from {
            Made::Original => etag(&rendered.body),
            Made::Preview => etag_of_preview(&rendered.body),
        };
        let mut reply = Self::new(200, &Key::cache_control())
            .with(CONTENT_TYPE, format.content_type())
            .with(ETAG, &etag)
            .tagged(subject);
        reply.body = rendered.body;
        reply
    }

    /// Adds the links that the IIIF standard defines: to the canonical URL and to the compliance level.
    pub(super) fn linked(self, canonical: &str, sizes_only: bool) -> Self {
        let canonical = canonical.replace('^', "%5E");
        let profile = profile(sizes_only);
        self.with(LINK, &format!("<{canonical}>;rel=\"canonical\", {profile}"))
    }

    /// Marks the answer as dependent on the request's `Accept` header.
    pub(super) fn varying(self) -> Self {
        self.with(VARY, "Accept")
    }

    /// Creates an answer with `info.json`.
    pub(super) fn info(info: &Info, plain: bool, subject: &Subject) -> Result<Self, Refusal> {
        let media_type = if plain {
            "application/json".to_owned()
        } else {
            format!("application/ld+json;profile=\"{CONTEXT}\"")
        };
        let reply = Self::new(200, DESCRIBED)
            .with(CONTENT_TYPE, &media_type)
            .with(LINK, &profile(info.is_limited()))
            .tagged(subject)
            .varying();
        let reply = reply.saying(info)?;
        let etag = etag(&reply.body);
        Ok(reply.with(ETAG, &etag))
    }

    /// Creates a 303 redirect to an image's `info.json`.
    pub(super) fn see_info(base: &str, subject: &Subject) -> Self {
        Self::new(303, DESCRIBED)
            .with(LOCATION, &format!("{base}/info.json"))
            .tagged(subject)
    }

    /// Creates an error answer. Failures on our side are logged here.
    #[must_use]
    pub fn refusal(refusal: Refusal) -> Self {
        let problem = explain(refusal);
        let cache_control = match problem.status {
            404 => "public, max-age=1",
            400..=499 => "public, max-age=10",
            _ => "no-store",
        };
        let mut reply =
            Self::new(problem.status, cache_control).with(CONTENT_TYPE, "application/problem+json");
        if problem.status == 405 {
            reply = reply.with(ALLOW, "GET, HEAD");
        }
        match serde_json::to_vec(&problem) {
            Ok(body) => reply.body = body.into(),
            Err(error) => tracing::error!(%error, "a problem could not be written as JSON"),
        }
        reply
    }

    /// Lets the CDN cache the error for a minute, so that a page with such an image does not cause a vain rendering at
    /// each view. It has the media's cache tag, so that every operation on the media removes it. CloudFront caches an
    /// error for as long as its origin says, or for `ErrorCachingMinTTL` if that is longer. Browsers do not cache it.
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html>
    #[must_use]
    pub(super) fn failing(self, subject: &Subject) -> Self {
        self.with(CACHE_CONTROL, "public, max-age=0, s-maxage=60")
            .tagged(subject)
    }

    /// Replaces the answer by an error if its body is longer than `limit` bytes.
    #[must_use]
    pub fn within(self, limit: usize) -> Self {
        if self.body.len() <= limit {
            return self;
        }
        Self::refusal(Problem::answer_too_large(self.body.len(), limit).into())
    }

    fn saying(mut self, value: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(value).map_err(Error::Answer)?;
        self.body = body.into();
        Ok(self)
    }

    fn tagged(self, subject: &Subject) -> Self {
        self.with_tags(&Key::cache_tag(&subject.app, &subject.media))
    }

    /// Tags the answer as rendered by a preset, too, and as marked by the media that is the preset's watermark.
    pub(super) fn by_preset(
        self,
        subject: &Subject,
        preset: &PresetName,
        watermark: Option<&MediaId>,
    ) -> Self {
        self.with_tags(&tags(subject, preset, watermark))
    }

    fn with_tags(self, tags: &str) -> Self {
        match HeaderName::try_from(format!("x-amz-meta-{CACHE_TAG}")) {
            Ok(name) => self.with(name, tags),
            Err(error) => {
                tracing::error!(%error, "the name of the cache tag is not a valid header name");
                self
            }
        }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => drop(self.headers.insert(name, value)),
            Err(error) => tracing::error!(%error, %name, "a value is not a valid header value"),
        }
        self
    }
}

/// Returns the cache tags of what was rendered by a preset.
pub(super) fn tags(subject: &Subject, preset: &PresetName, watermark: Option<&MediaId>) -> String {
    let of_media = Key::cache_tag(&subject.app, &subject.media);
    let of_preset = Key::preset_tag(&subject.app, preset);
    let tags = format!("{of_media},{of_preset}");
    match watermark {
        Some(media) => format!("{tags},{}", Key::media_tag(media)),
        None => tags,
    }
}

/// Hashes the body, so that a browser that revalidates after five minutes gets a 304 if nothing has changed.
fn etag(body: &[u8]) -> String {
    format!("\"{}\"", digest(body))
}

/// Says, too, that the answer was made from the preview.
fn etag_of_preview(body: &[u8]) -> String {
    format!("\"preview-{}\"", digest(body))
}

fn digest(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let hex = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    hex.collect()
}

fn profile(sizes_only: bool) -> String {
    let level = if sizes_only { LEVEL_0 } else { LEVEL_2 };
    format!("<http://iiif.io/api/image/3/{level}.json>;rel=\"profile\"")
}
