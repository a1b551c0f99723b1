//! Fuzzes addresses of webhooks and of files to fetch: one that is accepted is accepted in the form that is kept, too, and
//! names neither this machine nor a network that is not public.

#![no_main]

use std::net::IpAddr;

use dozo::vocabulary::internet::is_public;
use dozo::vocabulary::web_address::{MOST_CHARACTERS, Reach, WebAddress};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _here = WebAddress::parse(text, Reach::Laptop);
    let Ok(address) = WebAddress::parse(text, Reach::Public) else {
        return;
    };
    let kept = address.as_str();
    assert!(kept.len() <= MOST_CHARACTERS && kept.is_ascii(), "{kept}");
    assert_eq!(WebAddress::parse(kept, Reach::Public), Ok(address.clone()));
    let rest = kept.strip_prefix("https://").expect("nothing but https");
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    assert!(!host.contains('@'), "{kept}");
    let name = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
    let name = name.map_or(host, |(name, _)| name);
    let number = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = number.parse::<IpAddr>() {
        assert!(is_public(ip), "{kept}");
    }
});
