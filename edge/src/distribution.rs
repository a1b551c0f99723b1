//! The deployed distribution as types; [`super::read_distribution`] reads it.
//!
//! The edge refuses to start with features that it does not have: custom error *pages*, legacy `ForwardedValues`,
//! origin groups, Lambda@Edge, and functions on events other than viewer-request. It ignores `Compress`,
//! `ViewerProtocolPolicy` (the edge counts as https), logging, geography, certificates, and origin request policies
//! (no origin of the edge takes the viewer's headers yet).

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
    /// The object requested instead of `/`; without a leading `/`.
    pub(crate) default_root_object: String,
    /// The header of the origin's answer that contains cache tags.
    pub(crate) cache_tag_header: Option<HeaderName>,
    /// In order of precedence; the last is the default behaviour and covers every path.
    pub(crate) behaviors: Vec<Behavior>,
    pub(crate) error_ttls: HashMap<u16, Duration>,
}

/// A cache behaviour.
#[derive(Debug)]
pub(crate) struct Behavior {
    pub(crate) pattern: PathPattern,
    /// The trusted keys, one of which must have signed a request; `None` if there are no trusted key groups or
    /// signers.
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
    /// The CloudFront API did not return it.
    #[error("cannot read the distribution: {0}")]
    Api(String),
    /// It uses a feature that the edge does not have.
    #[error("the edge cannot serve this distribution: {0}")]
    Unsupported(String),
}

impl Distribution {
    /// Returns the first behaviour whose pattern covers the path, and its number.
    pub(crate) fn behavior(&self, raw_path: &str) -> Option<(usize, &Behavior)> {
        self.behaviors
            .iter()
            .enumerate()
            .find(|(_, behavior)| behavior.pattern.covers(raw_path))
    }

    /// Returns the behaviour with a number that [`Self::behavior`] returned.
    pub(crate) fn behavior_at(&self, number: usize) -> Option<&Behavior> {
        self.behaviors.get(number)
    }

    /// Returns the path to request from the origin.
    pub(crate) fn origin_path(&self, path: String) -> String {
        match path.as_str() {
            "/" => format!("/{}", self.default_root_object),
            _ => path,
        }
    }

    /// Returns the `ErrorCachingMinTTL` of a status.
    pub(crate) fn error_ttl(&self, status: StatusCode) -> Duration {
        self.error_ttls
            .get(&status.as_u16())
            .copied()
            .unwrap_or(DEFAULT_ERROR_TTL)
    }
}

/// Makes an error from the API's own message.
pub(crate) fn api<E, R>(error: SdkError<E, R>) -> DistributionError
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    DistributionError::Api(DisplayErrorContext(error).to_string())
}

/// Makes the error for a feature that the edge does not have.
pub(crate) fn unsupported(what: &str) -> DistributionError {
    DistributionError::Unsupported(what.to_owned())
}
