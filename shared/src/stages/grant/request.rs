//! The request for a grant, and its validation.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::AddressRange;
use crate::platform::problem::Problem;

/// The body of `POST /apps/{app}/media/{media}/grants`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// Seconds from now, at most the longest grant of the platform: 12 hours, unless `MaxGrantSeconds` says otherwise. The
    /// app's `grant_seconds` lowers that.
    #[schemars(range(min = 1))]
    expires_in: u32,
    /// Seconds from now before which the grant opens nothing; fewer than `expires_in`.
    starts_in: Option<u32>,
    /// The IPv4 address or range that the viewer must come from, such as `192.0.2.0/24`, /8 at the widest.
    ip: Option<String>,
    /// How viewers carry the grant.
    #[serde(rename = "as")]
    pub(super) form: Form,
}

/// The form in which viewers carry a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "GrantForm")]
pub enum Form {
    /// URL parameters: whoever has the URL has access.
    Url,
    /// Cookies: URLs stay unchanged, but the page and the CDN must share a domain (`DomainName` in the template).
    Cookies,
}

/// The validated terms of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) until: Timestamp,
    pub(super) from: Option<Timestamp>,
    pub(super) viewers: Option<AddressRange>,
}

impl GrantRequest {
    /// Validates the request. Times count from `now`; a grant lasts at most `limit_seconds`.
    pub(super) fn terms(&self, now: Timestamp, limit_seconds: u32) -> Result<Terms, Problem> {
        if self.expires_in == 0 || self.expires_in > limit_seconds {
            return Err(Problem::invalid(
                "expires_in",
                format!(
                    "Give 1 to {limit_seconds} seconds; the app may not grant access for longer."
                ),
            ));
        }
        let later = |seconds: u32| now + SignedDuration::from_secs(seconds.into());
        if self.starts_in.is_some_and(|start| start >= self.expires_in) {
            let detail = "Give fewer seconds than expires_in; both are counted from now.";
            return Err(Problem::invalid("starts_in", detail));
        }
        let viewers = self.ip.as_deref().map(str::parse::<AddressRange>);
        let viewers = viewers
            .transpose()
            .map_err(|error| Problem::invalid("ip", format!("Give {error}.")))?;
        Ok(Terms {
            until: later(self.expires_in),
            // A start now sets no condition. Viewers' clocks do not matter, and CloudFront would refuse the first
            // second.
            from: self.starts_in.filter(|start| *start > 0).map(later),
            viewers,
        })
    }
}
