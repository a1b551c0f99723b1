//! The port to the CDN, which invalidates cached objects.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html>

use async_trait::async_trait;

use crate::vocabulary::access::{Action, Call};

/// The call of [`Cdn::invalidate`].
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html>
pub const INVALIDATE: Call = Call {
    name: "cloudfront:invalidate",
    actions: &[Action::OnResource("cloudfront:CreateInvalidation")],
};

/// The call of [`Cdn::is_complete`].
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetInvalidation.html>
pub const LOOK_AT_INVALIDATION: Call = Call {
    name: "cloudfront:look-at-invalidation",
    actions: &[Action::OnResource("cloudfront:GetInvalidation")],
};

/// A request to the CDN failed: throttled, too many invalidations in progress, or anything else.
#[derive(Debug, thiserror::Error)]
#[error("CloudFront refused or did not answer the request")]
pub struct CdnError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A CDN.
#[async_trait]
pub trait Cdn: Send + Sync {
    /// Asks the CDN to forget everything that these items name, and returns the id of the invalidation. A second
    /// request with the same reference and the same items is the same invalidation; one with other items is an error.
    ///
    /// # Errors
    /// [`CdnError`]
    async fn invalidate(&self, reference: &str, items: &[String]) -> Result<String, CdnError>;

    /// Returns whether an invalidation is complete everywhere.
    ///
    /// # Errors
    /// [`CdnError`]
    async fn is_complete(&self, id: &str) -> Result<bool, CdnError>;
}
