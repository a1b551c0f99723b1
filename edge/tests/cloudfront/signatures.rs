//! Tests behaviours with a key group: a request signed by a trusted key is served, from the same cache; everything
//! else is 403.

use std::time::{Duration, UNIX_EPOCH};

use deployment::signing_key::FreshPair;
use dozo::aws::signing::PrivateKey;
use dozo::stages::grant::{Policy, Signed};
use jiff::Timestamp;
use reqwest::Method;

use crate::deployed::public_key;
use crate::fixture::{Answer, Fixture, HOUR};

/// The edge reads its distribution again every 2 s.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

/// Creates a key that CloudFront knows and no key group trusts yet.
async fn key(fixture: &Fixture, name: &str) -> (String, PrivateKey) {
    let FreshPair { public, private } = FreshPair::generate().unwrap();
    let id = public_key(&fixture.cloudfront, name, &public).await;
    let secret = serde_json::json!({ "public_key_id": id, "private_key": private });
    (id, PrivateKey::from_secret(&secret.to_string()).unwrap())
}

fn hour_of_media(fixture: &Fixture, media: &str, key: &PrivateKey) -> Signed {
    let until = (fixture.now() + HOUR).duration_since(UNIX_EPOCH).unwrap();
    let until = Timestamp::from_second(until.as_secs().try_into().unwrap()).unwrap();
    let policy = Policy::until(&fixture.url(&format!("/private/{media}/*")), until);
    Signed::new(&policy, key).unwrap()
}

async fn until_status(fixture: &Fixture, path: &str, status: u16) -> Answer {
    let wait = async {
        loop {
            let answer = fixture.get(path).await;
            if answer.status == status {
                return answer;
            }
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap()
}

#[tokio::test]
async fn a_trusted_signature_opens_until_its_key_is_trusted_no_more() {
    let fixture = Fixture::start().await;
    fixture.put("private/m1/a.txt", "one", "max-age=60").await;
    fixture.put("private/m2/a.txt", "two", "max-age=60").await;
    let (first_id, first) = key(&fixture, "first").await;
    let (second_id, second) = key(&fixture, "second").await;
    fixture.trust(&[&first_id, &second_id]).await;
    let signed = hour_of_media(&fixture, "m1", &first);
    let address = format!("/private/m1/a.txt?{}", signed.query());
    let opened = until_status(&fixture, &address, 200).await;
    assert_eq!(opened.body, "one");

    // Both keys are trusted, and both grants are served from one entry: the signature is not part of the cache key.
    let newer = hour_of_media(&fixture, "m1", &second);
    let cookies: Vec<_> = newer
        .cookies()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let cookies = cookies.join("; ");
    let headers = [("cookie", cookies.as_str())];
    let again = fixture
        .ask(Method::GET, "/private/m1/a.txt", &headers)
        .await;
    assert_eq!(
        (again.status, again.body.as_str(), again.from()),
        (200, "one", "Hit")
    );

    for (path, code) in [
        ("/private/m1/a.txt".to_owned(), "MissingKey"),
        (
            format!("/private/m2/a.txt?{}", signed.query()),
            "AccessDenied",
        ),
        (
            format!("/private/m1/../m2/a.txt?{}", newer.query()),
            "AccessDenied",
        ),
        (address.replace(&first_id, &second_id), "AccessDenied"),
        (address.replace(&first_id, "KUNHEARDOF"), "InvalidKey"),
    ] {
        let refused = fixture.get(&path).await;
        assert_eq!((refused.status, refused.from()), (403, "Error"), "{path}");
        assert_eq!(refused.header("content-type"), Some("application/xml"));
        assert!(
            refused.body.contains(&format!("<Code>{code}</Code>")),
            "{path}: {}",
            refused.body
        );
    }

    fixture.trust(&[&second_id]).await;
    let revoked = until_status(&fixture, &address, 403).await;
    assert!(
        revoked.body.contains("<Code>InvalidKey</Code>"),
        "{}",
        revoked.body
    );
    let kept = fixture
        .ask(Method::GET, "/private/m1/a.txt", &headers)
        .await;
    assert_eq!(kept.status, 200);
    fixture.advance(HOUR);
    let expired = fixture
        .ask(Method::GET, "/private/m1/a.txt", &headers)
        .await;
    assert_eq!(expired.status, 403);
    fixture.stop().await;
}

#[tokio::test]
async fn a_function_sees_only_what_is_admitted_and_nothing_of_the_signature() {
    let fixture = Fixture::start().await;
    let (id, key) = key(&fixture, "only").await;
    fixture.trust(&[&id]).await;
    let signed = hour_of_media(&fixture, "m1", &key);
    // The function answers 404 to this path; without a signature it is not run.
    let outside = "/private/m1//x";
    let admitted = until_status(&fixture, &format!("{outside}?{}", signed.query()), 404).await;
    assert_eq!(admitted.from(), "FunctionGeneratedResponse");
    assert_eq!(fixture.get(outside).await.status, 403);
    fixture.stop().await;
}
