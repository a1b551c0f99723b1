//! The range of IPv4 addresses that a grant is limited to.
//!
//! CloudFront compares IPv4 only: one address or one range
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html>).
//! An IPv6 address is therefore refused here, rather than by CloudFront at the first request.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// A range of IPv4 addresses. Bits beyond the prefix are zero.
///
/// ```
/// let range: dozo::stages::grant::AddressRange = "192.0.2.77/24".parse().unwrap();
/// assert_eq!(range.to_string(), "192.0.2.0/24");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    network: Ipv4Addr,
    prefix: u8,
}

/// The minimum prefix length in bits. No network that viewers share is larger than a /8, so a shorter prefix is a
/// mistake that would open the media to a large part of the world.
const WIDEST: u8 = 8;

/// The error of parsing a text that is not an address range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an IPv4 address such as 192.0.2.7, or a range such as 192.0.2.0/24, /8 at the widest")]
pub struct NoAddressRange;

impl FromStr for AddressRange {
    type Err = NoAddressRange;

    /// Parses a range in CIDR notation, or a single address as a range of one.
    fn from_str(text: &str) -> Result<Self, NoAddressRange> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let address: Ipv4Addr = address.parse().ok().ok_or(NoAddressRange)?;
        let plain = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().ok_or(NoAddressRange)?;
        if !plain || !(WIDEST..=32).contains(&prefix) {
            return Err(NoAddressRange);
        }
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        Ok(Self {
            network: Ipv4Addr::from(u32::from(address) & mask),
            prefix,
        })
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, expected) in [
            ("192.0.2.7", Some("192.0.2.7/32")),
            ("192.0.2.7/32", Some("192.0.2.7/32")),
            ("192.0.2.255/25", Some("192.0.2.128/25")),
            ("192.0.2.7/8", Some("192.0.0.0/8")),
            ("192.0.2.7/7", None),
            ("192.0.2.7/0", None),
            ("192.0.2.7/33", None),
            ("192.0.2.7/", None),
            ("192.0.2.7/+8", None),
            ("192.0.2", None),
            ("192.0.2.07", None),
            ("192.0.2.256", None),
            ("2001:db8::1", None),
            ("2001:db8::/32", None),
            ("*", None),
            ("", None),
        ] {
            let range = text.parse::<AddressRange>().ok();
            assert_eq!(
                range.map(|range| range.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
