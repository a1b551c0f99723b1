//! The port to the CDN: what it is asked to forget.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html>

use async_trait::async_trait;

use crate::vocabulary::access::{Action, Call};

/// [`Cdn::invalidate`].
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html>
pub const INVALIDATE: Call = Call {
    name: "cloudfront:invalidate",
    actions: &[Action::OnResource("cloudfront:CreateInvalidation")],
};

/// [`Cdn::is_complete`].
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetInvalidation.html>
pub const LOOK_AT_INVALIDATION: Call = Call {
    name: "cloudfront:look-at-invalidation",
    actions: &[Action::OnResource("cloudfront:GetInvalidation")],
};

/// The CDN did not do it: throttled, too many invalidations in progress, anything else.
#[derive(Debug, thiserror::Error)]
#[error("the CDN did not do it")]
pub struct CdnError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The CDN.
#[async_trait]
pub trait Cdn: Send + Sync {
    /// Asks it to forget what these items name, and gives its id of that. The same reference with the same items is the
    /// same invalidation; with others, an error.
    ///
    /// # Errors
    /// [`CdnError`]
    async fn invalidate(&self, reference: &str, items: &[String]) -> Result<String, CdnError>;

    /// Whether it has forgotten everywhere.
    ///
    /// # Errors
    /// [`CdnError`]
    async fn is_complete(&self, id: &str) -> Result<bool, CdnError>;
}
