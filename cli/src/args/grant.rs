//! `grant` on the command line.

use std::net::Ipv4Addr;

use clap::Args;

use crate::media::MediaRef;
use crate::span;

/// The arguments of `grant`.
#[derive(Debug, Args)]
pub struct Grant {
    /// The media: its id, app/id, or address
    pub media: MediaRef,
    /// How long the grant lasts
    #[arg(long, value_name = "SPAN", default_value = "1h", value_parser = span::seconds)]
    pub expires_in: u64,
    /// How long from now the grant starts [default: at once]
    #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
    pub starts_in: Option<u64>,
    /// Only for clients at this IPv4 address, or in this range
    #[arg(long, value_name = "ADDRESS")]
    pub ip: Option<Network>,
    /// As cookies for the whole media (players, page images), instead of a signed address
    #[arg(long)]
    pub cookies: bool,
}

/// An IPv4 address, or a range of them. CloudFront supports no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network(String);

impl Network {
    /// Returns the text as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
        let bits = bits
            .parse::<u8>()
            .is_ok_and(|bits| (8..=32).contains(&bits));
        if bits && address.parse::<Ipv4Addr>().is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err("give an IPv4 address such as 192.0.2.7, or a range such as 192.0.2.0/24 (/8 at the widest)".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (text, good) in [
            ("192.0.2.7", true),
            ("192.0.2.0/24", true),
            ("192.0.0.0/8", true),
            ("192.0.0.0/7", false),
            ("2001:db8::/32", false),
            ("192.0.2", false),
            ("192.0.2.0/x", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Network>().is_ok(), good, "{text:?}");
        }
    }
}
