//! Tests requests for grants that are refused, and addresses that look granted but do not open.

use dozo_tests::stack::{DEMO, Program, Stack, fresh_app};
use reqwest::Method;
use serde_json::json;

use crate::grants::{Private, ask, assert_refused};

#[tokio::test]
async fn wishes_that_cannot_be_granted() {
    let stack = Stack::running();
    let private = Private::new(&stack, 11).await;
    for (request, field) in [
        (json!({"as": "url"}), "expires_in"),
        (json!({"expires_in": 600}), "as"),
        (json!({"expires_in": 0, "as": "url"}), "expires_in"),
        (json!({"expires_in": 43_201, "as": "url"}), "expires_in"),
        (
            json!({"expires_in": 60, "starts_in": 60, "as": "url"}),
            "starts_in",
        ),
        (json!({"expires_in": 60, "ip": "::1", "as": "url"}), "ip"),
        (json!({"expires_in": 60, "as": "header"}), "as"),
        (
            json!({"expires_in": 60, "as": "url", "domain": "x"}),
            "domain",
        ),
    ] {
        let reply = ask(&stack, &private.media, &request).await;
        let problem = reply.json();
        assert_eq!(
            (reply.status, &problem["field"]),
            (400, &json!(field)),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn media_that_cannot_be_granted() {
    let stack = Stack::running();
    let request = json!({"expires_in": 60, "as": "url"});
    let upload = stack.grant().await;
    let unseen = upload.media("never-put.png");
    let reply = ask(&stack, &unseen, &request).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (404, &json!("unknown_media"))
    );
    let picture = dozo_tests::pictures::picture(image::ImageFormat::Png, 8, 8, 12).unwrap();
    stack.put(&upload, "public.png", picture).await;
    stack.put(&upload, "bad.png", "no picture").await;
    for (name, state, code) in [
        ("public.png", "ready", "media_public"),
        ("bad.png", "rejected", "media_not_ready"),
    ] {
        let media = upload.media(name);
        let _shown = stack.until_state(DEMO, &media, state).await;
        let reply = ask(&stack, &media, &request).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (409, &json!(code)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_app_that_lowers_its_limit_is_held_to_it() {
    let stack = Stack::running();
    let app = fresh_app("short");
    let registered = stack.register(&app, &json!({"grant_seconds": 60})).await;
    assert_eq!(registered["grant_seconds"], 60);
    let upload = stack
        .grant_for(&app, &json!({"visibility": "private"}))
        .await;
    let path = format!("/apps/{app}/media/{}/grants", upload.media("a.png"));
    for (seconds, status) in [(61, 400), (60, 404)] {
        let request = json!({"expires_in": seconds, "as": "url"});
        let reply = stack.admin().send(Method::POST, &path, &request).await;
        assert_eq!(reply.status, status, "{seconds}");
    }
    let refused = stack
        .admin()
        .send(
            Method::PUT,
            &format!("/admin/apps/{app}"),
            &json!({"grant_seconds": 43_201}),
        )
        .await;
    assert_eq!(
        (refused.status, &refused.json()["field"]),
        (400, &json!("grant_seconds"))
    );
    // Another app's user may not ask for it.
    let request = json!({"expires_in": 60, "as": "url"});
    assert_eq!(
        stack.app().send(Method::POST, &path, &request).await.status,
        403
    );
}

#[tokio::test]
async fn what_was_tampered_with_opens_nothing() {
    let stack = Stack::running();
    let (one, other) = (
        Private::new(&stack, 13).await,
        Private::new(&stack, 14).await,
    );
    let url = one.signed(&stack, json!({"expires_in": 600})).await;
    let foreign = other.signed(&stack, json!({"expires_in": 600})).await;
    let part = |url: &str, name: &str| {
        let parsed = reqwest::Url::parse(url).unwrap();
        let query = parsed.query().unwrap().to_owned();
        let mut pairs = query.split('&');
        pairs
            .find(|pair| pair.starts_with(name))
            .unwrap()
            .to_owned()
    };
    let (policy, signature) = (part(&url, "Policy="), part(&url, "Signature="));
    let flipped = |text: &str| {
        let last = if text.ends_with('A') { 'B' } else { 'A' };
        format!("{}{last}{}", &text[..20], &text[21..])
    };
    for (what, changed, code) in [
        (
            "a foreign policy",
            url.replace(&policy, &part(&foreign, "Policy=")),
            "AccessDenied",
        ),
        (
            "a foreign signature",
            url.replace(&signature, &part(&foreign, "Signature=")),
            "AccessDenied",
        ),
        (
            "a changed signature",
            url.replace(&signature, &flipped(&signature)),
            "AccessDenied",
        ),
        (
            "no signature",
            url.replace(&format!("&{signature}"), ""),
            "MalformedSignature",
        ),
        (
            "no policy",
            url.replace(&format!("{policy}&"), ""),
            "MalformedPolicy",
        ),
        (
            "no hash",
            url.replace("&Hash-Algorithm=SHA256", ""),
            "AccessDenied",
        ),
        (
            "another key",
            url.replace("Key-Pair-Id=K", "Key-Pair-Id=X"),
            "InvalidKey",
        ),
    ] {
        assert_ne!(changed, url, "{what}");
        assert_refused(what, &stack.fetch(&changed).await, code);
    }
    one.assert_opened_by(&stack, &url).await;
}

/// The `*` in a signature's policy also matches dots and slashes; no path that it matches may reach another media.
#[tokio::test]
async fn no_spelling_reaches_from_one_media_into_another() {
    let stack = Stack::running();
    let (one, other) = (
        Private::new(&stack, 15).await,
        Private::new(&stack, 16).await,
    );
    let url = one.signed(&stack, json!({"expires_in": 600})).await;
    let (address, query) = url.split_once('?').unwrap();
    let base = address.strip_suffix("original.png").unwrap();
    for rest in [
        format!("../{}/original.png", other.media),
        format!("%2e%2e/{}/original.png", other.media),
        format!("..%2f{}%2foriginal.png", other.media),
        format!("./../{}/original.png", other.media),
        format!("/../../{}/original.png", other.media),
    ] {
        let said = Program::new("curl")
            .args(["--silent", "--show-error", "--noproxy", "*", "--path-as-is"])
            .args(["--output", "/dev/null", "--write-out", "%{http_code}"])
            .arg(format!("{base}{rest}?{query}"))
            .run()
            .await
            .succeeded();
        assert!(["403", "404"].contains(&said.as_str()), "{rest}: {said}");
    }
}
