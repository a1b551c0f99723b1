//! Tests with requests signed by Dozo's own signer (and, for SHA-1, by OpenSSL), and with variations of them.

mod changed;
mod openssl;

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dozo::aws::signing::PrivateKey;
use dozo::stages::grant::{Policy as Wanted, Signed};
use http::HeaderValue;
use jiff::Timestamp;
use serde_json::json;

use super::*;
use deployment::signing_key::FreshPair;

const HOST: &str = "cdn.example";
const BASE: &str = "http://cdn.example";
const ORIGINAL: &str = "/private/demo/a/original.png";
const NOW: i64 = 1_767_225_600;

static RSA: LazyLock<(PrivateKey, TrustedKeys)> = LazyLock::new(|| {
    let FreshPair { public, private } = FreshPair::generate().unwrap();
    pair("K1", &public, &private)
});

static ECDSA: LazyLock<(PrivateKey, TrustedKeys)> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, private.as_ref()).unwrap();
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let pem = |label: &str, der: &[u8]| {
        let letters = STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{letters}\n-----END {label}-----\n")
    };
    pair(
        "K2",
        &pem("PUBLIC KEY", public.as_ref()),
        &pem("PRIVATE KEY", private.as_ref()),
    )
});

fn pair(id: &str, public: &str, private: &str) -> (PrivateKey, TrustedKeys) {
    let secret = json!({"public_key_id": id, "private_key": private}).to_string();
    let key = PublicKey::from_pem(public).unwrap();
    let trusted = TrustedKeys::from([(id.to_owned(), key)]);
    (PrivateKey::from_secret(&secret).unwrap(), trusted)
}

/// A request that can be changed before it is judged.
#[derive(Debug, Clone)]
struct Request {
    host: String,
    path: String,
    query: Option<String>,
    cookie: Option<String>,
    viewer: IpAddr,
    now: i64,
}

impl Request {
    fn plain() -> Self {
        Self {
            host: HOST.to_owned(),
            path: ORIGINAL.to_owned(),
            query: None,
            cookie: None,
            viewer: [192, 0, 2, 7].into(),
            now: NOW,
        }
    }

    fn by_url(signed: &Signed) -> Self {
        Self {
            query: Some(signed.query()),
            ..Self::plain()
        }
    }

    fn by_cookies(signed: &Signed) -> Self {
        let pairs = signed.cookies();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Self {
            cookie: Some(pairs.join("; ")),
            ..Self::plain()
        }
    }

    fn judged(&self, keys: &TrustedKeys) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(&self.host).unwrap());
        let cookie = self.cookie.as_deref().map(HeaderValue::from_str);
        headers.extend(cookie.map(|cookie| (header::COOKIE, cookie.unwrap())));
        let asked = Asked {
            path: &self.path,
            query: self.query.as_deref(),
            headers: &headers,
            viewer: self.viewer,
            now: UNIX_EPOCH + Duration::from_secs(self.now.try_into().unwrap()),
        };
        admit(keys, &asked)
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// A policy for one object that expires in an hour.
fn canned() -> Wanted {
    Wanted::until(&format!("{BASE}{ORIGINAL}"), at(NOW + 3600))
}

/// A policy for all files of a media, with a window of an hour and a range of viewers.
fn custom() -> Wanted {
    Wanted::until(&format!("{BASE}/private/demo/a/*"), at(NOW + 1800))
        .from(Some(at(NOW - 1800)))
        .viewers(Some("192.0.2.0/24".parse().unwrap()))
}

#[test]
fn what_is_signed_is_admitted_in_every_form() {
    for (private, trusted) in [&*RSA, &*ECDSA] {
        for policy in [canned(), custom()] {
            let signed = Signed::new(&policy, private).unwrap();
            for request in [Request::by_url(&signed), Request::by_cookies(&signed)] {
                assert_eq!(request.judged(trusted), Ok(None), "{request:?}");
            }
        }
    }
}

#[test]
fn only_ones_own_parameters_go_on() {
    let (private, trusted) = &*RSA;
    let signed = Signed::new(&custom(), private).unwrap();
    let mut request = Request::by_url(&signed);
    request.query = Some(format!("w=1&{}&h=2", signed.query()));
    assert_eq!(request.judged(trusted), Ok(Some("w=1&h=2".to_owned())));
    // The other parameters are part of the URL that a canned policy names.
    let signed = Signed::new(&canned(), private).unwrap();
    request.query = Some(format!("w=1&{}", signed.query()));
    assert_eq!(request.judged(trusted), Err(Refusal::Denied));
}

#[test]
fn a_window_is_open_between_its_ends_only() {
    let (private, trusted) = &*RSA;
    let policy = Wanted::until(&format!("{BASE}/*"), at(NOW + 10)).from(Some(at(NOW)));
    let mut request = Request::by_url(&Signed::new(&policy, private).unwrap());
    for (now, admitted) in [
        (NOW - 1, false),
        (NOW, false),
        (NOW + 1, true),
        (NOW + 9, true),
        (NOW + 10, false),
    ] {
        request.now = now;
        let expected = if admitted {
            Ok(None)
        } else {
            Err(Refusal::Denied)
        };
        assert_eq!(request.judged(trusted), expected, "{now}");
    }
}

#[test]
fn only_the_viewers_it_is_for_are_admitted() {
    let (private, trusted) = &*RSA;
    for (range, viewer, admitted) in [
        ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.8", false),
        ("192.0.2.0/25", "192.0.2.127", true),
        ("192.0.2.0/25", "192.0.2.128", false),
        ("203.0.0.0/8", "203.0.113.1", true),
        ("203.0.0.0/8", "2001:db8::1", false),
        ("192.0.2.7", "::ffff:192.0.2.7", true),
    ] {
        let policy = Wanted::until(&format!("{BASE}/*"), at(NOW + 10));
        let policy = policy.viewers(Some(range.parse().unwrap()));
        let mut request = Request::by_url(&Signed::new(&policy, private).unwrap());
        request.viewer = viewer.parse().unwrap();
        assert_eq!(
            request.judged(trusted).is_ok(),
            admitted,
            "{viewer} in {range}"
        );
    }
}

#[test]
fn a_grant_opens_no_other_media_and_no_other_host() {
    let (private, trusted) = &*RSA;
    let signed = Signed::new(&custom(), private).unwrap();
    let request = Request::by_url(&signed);
    for path in [
        "/private/demo/b/original.png",
        "/private/demo/a",
        "/private/demo/A/original.png",
        "/private/demo/",
    ] {
        let other = Request {
            path: path.to_owned(),
            ..request.clone()
        };
        assert_eq!(other.judged(trusted), Err(Refusal::Denied), "{path}");
    }
    // With a host that contains a part of the path, the policy's `*` would match the real path.
    for host in [
        "other.example",
        "cdn.example/private/demo/a/",
        "cdn.example/private/demo/a/?",
        "x@cdn.example",
        "",
    ] {
        let other = Request {
            host: host.to_owned(),
            path: "/private/demo/b/original.png".to_owned(),
            ..request.clone()
        };
        assert_eq!(other.judged(trusted), Err(Refusal::Denied), "{host}");
    }
}

#[test]
fn what_is_wrong_is_told_by_cloudfronts_codes() {
    let (private, trusted) = &*RSA;
    let query = Signed::new(&canned(), private).unwrap().query();
    let without = |name: &str| {
        let pairs = query.split('&').filter(|pair| !pair.starts_with(name));
        pairs.collect::<Vec<_>>().join("&")
    };
    let signature = query.split('&').nth(1).unwrap();
    for (query, refusal) in [
        (String::new(), Refusal::MissingKey),
        (without("Key-Pair-Id"), Refusal::MissingKey),
        (query.replace("=K1", "="), Refusal::MissingKey),
        (query.replace("=K1", "=K9"), Refusal::UnknownKey),
        (without("Signature"), Refusal::MalformedSignature),
        (
            query.replace(signature, "Signature=ab!d"),
            Refusal::MalformedSignature,
        ),
        (query.replace(signature, "Signature=abcd"), Refusal::Denied),
        (without("Expires"), Refusal::MalformedPolicy),
        (
            query.replace("Expires=", "Expires=x"),
            Refusal::MalformedPolicy,
        ),
        (
            query.replace("Expires=", "Expires=0"),
            Refusal::MalformedPolicy,
        ),
        (
            query.replace("Expires=", "Policy=x&Expires="),
            Refusal::MalformedPolicy,
        ),
        // The signature uses SHA-256, which the request has to say.
        (without("Hash-Algorithm"), Refusal::Denied),
        (query.replace("SHA256", "SHA1"), Refusal::Denied),
        (query.replace("SHA256", "MD5"), Refusal::Denied),
    ] {
        let request = Request {
            query: Some(query.clone()),
            ..Request::plain()
        };
        assert_eq!(request.judged(trusted), Err(refusal), "{query}");
    }
    let request = Request::by_url(&Signed::new(&canned(), private).unwrap());
    assert_eq!(
        request.judged(&TrustedKeys::new()),
        Err(Refusal::UnknownKey),
        "revoked"
    );
    let other = FreshPair::generate().unwrap();
    let impostor = pair("K1", &other.public, &other.private).1;
    assert_eq!(
        request.judged(&impostor),
        Err(Refusal::Denied),
        "another key by that id"
    );
}

#[test]
fn a_signature_in_the_address_counts_alone() {
    let (private, trusted) = &*RSA;
    let signed = Signed::new(&custom(), private).unwrap();
    let mut request = Request::by_cookies(&signed);
    request.query = Some(signed.query().replace("=K1", "=K9"));
    assert_eq!(request.judged(trusted), Err(Refusal::UnknownKey));
    // `Expires` alone is not a signature.
    request.query = Some("Expires=1".to_owned());
    assert_eq!(request.judged(trusted), Ok(None));
}

#[test]
fn a_policy_that_says_more_or_less_than_the_guide_is_malformed() {
    let end = r#""DateLessThan":{"AWS:EpochTime":1}"#;
    for (text, good) in [
        (
            format!(r#"{{"Statement":[{{"Resource":"http://h/*","Condition":{{{end}}}}}]}}"#),
            true,
        ),
        (
            format!(r#"{{ "Statement": [{{"Condition":{{{end}}}}}]}}"#),
            true,
        ),
        (
            format!(r#"{{"Statement":{{"Resource":"*","Condition":{{{end}}}}}}}"#),
            false,
        ),
        (
            format!(r#"{{"Statement":[{{"Condition":{{{end}}}}},{{"Condition":{{{end}}}}}]}}"#),
            false,
        ),
        (
            format!(r#"{{"Statement":[{{"Resource":"*","Condition":{{{end},"Other":1}}}}]}}"#),
            false,
        ),
        (
            format!(r#"{{"Statement":[{{"Effect":"Allow","Condition":{{{end}}}}}]}}"#),
            false,
        ),
        (
            r#"{"Statement":[{"Resource":"*","Condition":{}}]}"#.to_owned(),
            false,
        ),
        (
            r#"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":"1"}}}]}"#.to_owned(),
            false,
        ),
        (
            format!(
                r#"{{"Statement":[{{"Condition":{{{end},"IpAddress":{{"AWS:SourceIp":"192.0.2.7"}}}}}}]}}"#
            ),
            false,
        ),
        (
            format!(
                r#"{{"Statement":[{{"Condition":{{{end},"IpAddress":{{"AWS:SourceIp":"::1/128"}}}}}}]}}"#
            ),
            false,
        ),
        (
            format!(
                r#"{{"Statement":[{{"Condition":{{{end},"IpAddress":{{"AWS:SourceIp":"192.0.2.7/32"}}}}}}]}}"#
            ),
            true,
        ),
        ("{}".to_owned(), false),
        (String::new(), false),
    ] {
        assert_eq!(Policy::read(text.as_bytes()).is_some(), good, "{text}");
    }
}
