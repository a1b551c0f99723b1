//! Tests grants with declared files: their credentials open only the declared keys, and each file has a URL for exactly
//! what was declared.

use bytes::Bytes;
use dozo_tests::stack::{File, Reply, Stack};
use reqwest::Method;
use serde_json::json;

use crate::door::{assert_denied, photo};

#[tokio::test]
async fn exactly_the_declared_keys() {
    let stack = Stack::running();
    let request = json!({"files": [{"name": "a.png"}, {"name": "folder/b c.png"}]});
    let grant = stack.grant_for("demo", &request).await;
    let s3 = stack.service(&grant.keys, "s3");
    let put = |name: &str| {
        let path = format!("/{}/{}", grant.bucket, grant.key(name));
        let s3 = s3.clone();
        async move {
            s3.send_bytes(Method::PUT, &path, &[], Bytes::from(photo(21)))
                .await
        }
    };
    for name in [
        "c.png",
        "a.png.png",
        "a.pn",
        "folder/",
        "folder/b",
        "A.png",
        "*",
    ] {
        assert_denied(name, &put(name).await);
    }
    // The emulator ignores the slash at the end when it compares; validation does not.
    let slash = put("a.png/").await;
    if slash.status == 200 {
        let media = grant.media("a.png/");
        let refused = stack.until_state("demo", &media, "rejected").await;
        assert_eq!(refused["rejection"]["code"], "not_declared");
    } else {
        assert_denied("a.png/", &slash);
    }
    for name in ["a.png", "folder/b%20c.png"] {
        assert_eq!(put(name).await.status, 200, "{name}");
    }
    for file in grant.files() {
        let _ready = stack.until_state("demo", &file.media, "ready").await;
    }
    // The SDK would warn for each file if its URL outlived the credentials that signed it.
    let log = stack.log_of("issue-token");
    assert!(log.contains("POST /apps/{app}/uploads"), "{log}");
    assert!(!log.contains("EXPIRATION_WARNING"), "{log}");
}

/// A session policy cannot hold so many names, nor these characters. Then the whole prefix is open, and validation
/// refuses what was not declared.
#[tokio::test]
async fn what_the_policy_cannot_name_is_refused_by_validation() {
    let stack = Stack::running();
    let many: Vec<_> = (0..200)
        .map(|n| json!({"name": format!("{n:060}.png")}))
        .collect();
    for files in [
        json!(many),
        json!([{"name": "猫.png"}]),
        json!([{"name": "*"}]),
    ] {
        let grant = stack.grant_for("demo", &json!({ "files": files })).await;
        stack.put(&grant, "undeclared.png", photo(22)).await;
        let media = grant.media("undeclared.png");
        let refused = stack.until_state("demo", &media, "rejected").await;
        assert_eq!(refused["rejection"]["code"], "not_declared");
        let declared = grant.files().swap_remove(0);
        stack.put(&grant, &declared.name, photo(23)).await;
        let _ready = stack.until_state("demo", &declared.media, "ready").await;
    }
}

async fn put(stack: &Stack, url: &str, body: &[u8], headers: &[(String, String)]) -> Reply {
    let mut request = stack.http().put(url).body(body.to_vec());
    // The length is that of the body, as with any client.
    for (name, value) in headers.iter().filter(|(name, _)| name != "content-length") {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    Reply {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.bytes().await.unwrap(),
    }
}

#[tokio::test]
async fn a_presigned_url_takes_what_was_declared() {
    let stack = Stack::running();
    let good = photo(24);
    let declared = json!({"name": "a.png", "bytes": good.len(), "content_type": "image/png"});
    let grant = stack.grant_for("demo", &json!({"files": [declared]})).await;
    let File {
        url,
        headers,
        media,
        ..
    } = grant.files().swap_remove(0);
    let typed = |value: &str| vec![("content-type".to_owned(), value.to_owned())];
    let longer = [&good[..], b"x"].concat();
    for (what, url, body, headers) in [
        ("another type", url.clone(), &good[..], typed("text/html")),
        ("no type", url.clone(), &good[..], vec![]),
        ("more bytes", url.clone(), &longer[..], headers.clone()),
        ("fewer bytes", url.clone(), &good[..9], headers.clone()),
        (
            "another key",
            url.replace("a.png", "b.png"),
            &good[..],
            headers.clone(),
        ),
        (
            "longer life",
            url.replace("X-Amz-Expires=", "X-Amz-Expires=1"),
            &good[..],
            headers.clone(),
        ),
    ] {
        let reply = put(&stack, &url, body, &headers).await;
        assert_eq!(reply.status, 403, "{what}: {}", reply.text());
    }
    for method in [Method::GET, Method::HEAD, Method::DELETE] {
        let reply = stack.fetch_with(method.clone(), &url, &[]).await;
        assert_eq!(reply.status, 403, "{method}");
    }
    assert_eq!(put(&stack, &url, &good, &headers).await.status, 200);
    let _ready = stack.until_state("demo", &media, "ready").await;
}

/// A name declared without size and type takes any body.
#[tokio::test]
async fn a_presigned_url_of_a_name_alone() {
    let stack = Stack::running();
    let grant = stack
        .grant_for("demo", &json!({"files": [{"name": "a.png"}]}))
        .await;
    let file = grant.files().swap_remove(0);
    let reply = put(&stack, &file.url, &photo(25), &file.headers).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let _ready = stack.until_state("demo", &file.media, "ready").await;
}
