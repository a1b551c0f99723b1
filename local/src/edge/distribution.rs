//! The deployed distribution, typed; [`super::read_distribution`] reads it.
//!
//! Refused, loudly, rather than half done: custom error *pages*, legacy `ForwardedValues`, origin groups,
//! Lambda@Edge, functions on other events than viewer-request. Not looked at: `Compress`,
//! `ViewerProtocolPolicy` (the edge counts as https), logging, geography, certificates, origin request
//! policies (no origin of the edge takes the viewer's headers yet).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudfront::error::{DisplayErrorContext, SdkError};
use http::{HeaderName, Method, StatusCode};

use super::cache_key::KeyParts;
use super::freshness::{DEFAULT_ERROR_TTL, TtlBounds};
use super::headers_policy::HeadersPolicy;
use super::origin::Origin;
use super::pattern::PathPattern;
use super::signed::TrustedKeys;

/// A distribution.
#[derive(Debug)]
pub(crate) struct Distribution {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) domain_name: String,
    /// Without `/`; asked for in place of `/`.
    pub(crate) default_root_object: String,
    /// The origin's header that carries cache tags.
    pub(crate) cache_tag_header: Option<HeaderName>,
    /// In order; the last is the default and covers everything.
    pub(crate) behaviors: Vec<Behavior>,
    pub(crate) error_ttls: HashMap<u16, Duration>,
}

/// A cache behaviour.
#[derive(Debug)]
pub(crate) struct Behavior {
    pub(crate) pattern: PathPattern,
    /// When it has trusted key groups (or signers): the keys of which one must have signed.
    pub(crate) signers: Option<Arc<TrustedKeys>>,
    pub(crate) methods: Vec<Method>,
    /// Code of the viewer-request function.
    pub(crate) function: Option<Arc<str>>,
    pub(crate) key: KeyParts,
    pub(crate) ttl: TtlBounds,
    pub(crate) headers: HeadersPolicy,
    pub(crate) origin: Origin,
}

/// The distribution cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    /// The CloudFront API did not give it.
    #[error("cannot read the distribution: {0}")]
    Api(String),
    /// It uses what the edge does not have.
    #[error("the edge cannot serve this distribution: {0}")]
    Unsupported(String),
}

impl Distribution {
    /// The first behaviour whose pattern covers the path, and its number.
    pub(crate) fn behavior(&self, raw_path: &str) -> Option<(usize, &Behavior)> {
        self.behaviors
            .iter()
            .enumerate()
            .find(|(_, behavior)| behavior.pattern.covers(raw_path))
    }

    /// The behaviour with a number that [`Self::behavior`] gave.
    pub(crate) fn behavior_at(&self, number: usize) -> Option<&Behavior> {
        self.behaviors.get(number)
    }

    /// The path to ask the origin for.
    pub(crate) fn origin_path(&self, path: String) -> String {
        match path.as_str() {
            "/" => format!("/{}", self.default_root_object),
            _ => path,
        }
    }

    /// `ErrorCachingMinTTL` of a status.
    pub(crate) fn error_ttl(&self, status: StatusCode) -> Duration {
        self.error_ttls
            .get(&status.as_u16())
            .copied()
            .unwrap_or(DEFAULT_ERROR_TTL)
    }
}

/// The API's own words.
pub(crate) fn api<E, R>(error: SdkError<E, R>) -> DistributionError
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    DistributionError::Api(DisplayErrorContext(error).to_string())
}

/// What the edge does not have.
pub(crate) fn unsupported(what: &str) -> DistributionError {
    DistributionError::Unsupported(what.to_owned())
}
