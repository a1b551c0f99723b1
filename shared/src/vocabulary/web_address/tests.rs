//! Addresses that must be refused, and those that must not be.

use super::*;

/// Addresses that lead to this machine, to a network around it, or to somebody who hands out credentials.
const NOT_PUBLIC: [&str; 46] = [
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://app.localhost/",
    "https://router/",
    "https://printer.local/",
    "https://vault.internal/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://somebody.onion/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
    "https://0/",
    "https://0.0.0.0/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://2130706433/",
    "https://127。0。0。1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1./",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/v2/credentials/",
    "https://0xa9fea9fe/",
    "https://2852039166/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
];

#[test]
fn addresses_that_are_not_public_are_refused() {
    for text in NOT_PUBLIC {
        assert_eq!(
            WebAddress::parse(text, Reach::Public),
            Err(WebAddressError::NotPublic),
            "{text}"
        );
    }
}

#[test]
fn a_laptop_calls_itself_and_no_other_private_address() {
    for text in [
        "http://127.0.0.1:8080/hook",
        "http://localhost:8080/",
        "http://[::1]/",
        "https://localhost/",
    ] {
        assert!(WebAddress::parse(text, Reach::Laptop).is_ok(), "{text}");
    }
    let here = [
        "localhost/",
        "LOCALHOST",
        "127",
        "2130706433",
        "0x7f",
        "0177",
        "0177",
        "①②⑦",
        "%31",
        "[::1]",
    ];
    for text in NOT_PUBLIC {
        let is_here = here
            .iter()
            .any(|start| text.contains(&format!("//{start}")))
            || text.contains("//01770");
        let parsed = WebAddress::parse(text, Reach::Laptop);
        assert_eq!(parsed.is_ok(), is_here, "{text}");
    }
    let elsewhere = WebAddress::parse("http://example.com/", Reach::Laptop);
    assert_eq!(elsewhere, Err(WebAddressError::NotHttps));
}

#[test]
fn an_address_is_refused_with_the_reason() {
    let long = format!("https://example.com/{}", "a".repeat(MOST_CHARACTERS));
    let cases = [
        ("http://example.com/", WebAddressError::NotHttps),
        ("ftp://example.com/", WebAddressError::NotHttps),
        ("file:///etc/passwd", WebAddressError::NotHttps),
        ("gopher://example.com/", WebAddressError::NotHttps),
        ("data:text/plain,a", WebAddressError::NotHttps),
        ("javascript:alert(1)", WebAddressError::NotHttps),
        ("https://user@example.com/", WebAddressError::HasUser),
        (
            "https://user:password@example.com/",
            WebAddressError::HasUser,
        ),
        ("https://example.com@127.0.0.1/", WebAddressError::HasUser),
        ("", WebAddressError::Malformed),
        ("example.com", WebAddressError::Malformed),
        ("//example.com/", WebAddressError::Malformed),
        ("https://", WebAddressError::Malformed),
        ("https://exa mple.com/", WebAddressError::Malformed),
        (" https://example.com/", WebAddressError::Malformed),
        (
            "https://example.com/\r\nHost: other",
            WebAddressError::Malformed,
        ),
        ("https://example.com/\u{0}", WebAddressError::Malformed),
        ("https://example.com:65536/", WebAddressError::Malformed),
        ("https://[fe80::1%25eth0]/", WebAddressError::Malformed),
        ("https://256.256.256.256/", WebAddressError::Malformed),
        ("https://1.2.3.4.5/", WebAddressError::Malformed),
        (&long, WebAddressError::TooLong),
    ];
    for (text, error) in cases {
        assert_eq!(WebAddress::parse(text, Reach::Public), Err(error), "{text}");
    }
}

#[test]
fn a_public_address_is_read_and_shown_without_its_path() {
    let text = "https://hooks.example.com:8443/in/s3cret?token=abc#part";
    let address = WebAddress::parse(text, Reach::Public).expect("a good address");
    assert_eq!(
        address.as_str(),
        "https://hooks.example.com:8443/in/s3cret?token=abc"
    );
    assert_eq!(address.to_string(), "https://hooks.example.com:8443");
    assert_eq!(address.last_segment(), "s3cret");
    assert!(!format!("{address:?}").contains("s3cret"));
    let other = WebAddress::parse("https://bücher.example/größe.jpg", Reach::Public)
        .expect("a good address");
    assert_eq!(
        other.as_str(),
        "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe.jpg"
    );
    for text in [
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "HTTPS://EXAMPLE.COM",
    ] {
        assert!(WebAddress::parse(text, Reach::Public).is_ok(), "{text}");
    }
}
