//! Reads a policy as strictly as the guide describes it: one statement, an expiry time, no unknown fields.

use std::net::{IpAddr, Ipv4Addr};
use std::time::UNIX_EPOCH;

use serde::Deserialize;

use super::Asked;
use crate::pattern;

/// A signed policy.
#[derive(Debug)]
pub(super) struct Policy {
    /// The URL, with wildcards.
    resource: String,
    /// Seconds since 1970; the request is refused from this second on.
    before: u64,
    /// Seconds since 1970; the request is refused up to and including this second.
    after: Option<u64>,
    viewers: Option<(Ipv4Addr, u32)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    statement: [Statement; 1],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    resource: Option<String>,
    condition: Condition,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Condition {
    date_less_than: EpochTime,
    date_greater_than: Option<EpochTime>,
    ip_address: Option<SourceIp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EpochTime {
    #[serde(rename = "AWS:EpochTime")]
    seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceIp {
    #[serde(rename = "AWS:SourceIp")]
    range: String,
}

impl Policy {
    /// Reads a policy; returns `None` if CloudFront would call it malformed.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        let [
            Statement {
                resource,
                condition,
            },
        ] = document.statement;
        let viewers = condition.ip_address.map(|ip| range(&ip.range));
        let viewers = match viewers {
            Some(range) => Some(range?),
            None => None,
        };
        Some(Self {
            // The guide says that without a resource, the policy covers everything that the key gives access to.
            resource: resource.unwrap_or_else(|| "*".to_owned()),
            before: condition.date_less_than.seconds,
            after: condition.date_greater_than.map(|time| time.seconds),
            viewers,
        })
    }

    /// Tells whether the policy allows this viewer to access this URL now.
    pub(super) fn opens(&self, url: &str, asked: &Asked<'_>) -> bool {
        let now = asked.now.duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_secs());
        pattern::matches(&self.resource, url)
            && now < self.before
            && self.after.is_none_or(|after| now > after)
            && self
                .viewers
                .is_none_or(|viewers| is_within(asked.viewer, viewers))
    }
}

/// Reads an IPv4 range in CIDR form; anything else is malformed.
fn range(text: &str) -> Option<(Ipv4Addr, u32)> {
    let (address, prefix) = text.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    (prefix <= 32).then_some((address.parse().ok()?, prefix))
}

fn is_within(viewer: IpAddr, (network, prefix): (Ipv4Addr, u32)) -> bool {
    let IpAddr::V4(viewer) = viewer.to_canonical() else {
        return false;
    };
    let beyond = 32 - prefix;
    let head = |address: Ipv4Addr| u32::from(address).checked_shr(beyond).unwrap_or(0);
    head(viewer) == head(network)
}
