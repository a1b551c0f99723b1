//! Tests that a grant in either form opens its media byte for byte, and no other media.

use dozo_tests::stack::Stack;
use reqwest::Method;
use serde_json::json;

use crate::grants::{Private, assert_refused, cookies};

#[tokio::test]
async fn a_signed_address_opens_one_media() {
    let stack = Stack::running();
    let (one, other) = (Private::new(&stack, 1).await, Private::new(&stack, 2).await);
    assert_refused("unsigned", &stack.fetch(&one.url).await, "MissingKey");
    let request = json!({"expires_in": 600, "as": "url"});
    let answer = one.grant(&stack, &request).await;
    let (url, query) = (
        answer["url"].as_str().unwrap(),
        answer["query"].as_str().unwrap(),
    );
    assert_eq!(url, format!("{}?{query}", one.url));
    one.assert_opened_by(&stack, url).await;
    let head = stack.fetch_with(Method::HEAD, url, &[]).await;
    assert_eq!(head.status, 200);
    // CloudFront caches it, and tells viewers and their proxies not to.
    let again = stack.fetch(url).await;
    assert_eq!(again.header("x-cache"), "Hit from cloudfront");
    assert_eq!(again.header("cache-control"), "private, no-cache");
    let part = stack
        .fetch_with(Method::GET, url, &[("range", "bytes=0-7")])
        .await;
    assert_eq!((part.status, &part.body[..]), (206, &one.bytes[..8]));
    let download = format!("{}/download/a%20name.png", one.url);
    assert_refused("unsigned", &stack.fetch(&download).await, "MissingKey");
    let saved = stack.fetch(&format!("{download}?{query}")).await;
    assert_eq!((saved.status, &saved.body[..]), (200, &one.bytes[..]));
    assert_eq!(saved.header("content-disposition"), "attachment");
    assert_eq!(saved.header("cache-control"), "private, no-cache");
    // Every address below the media is opened, even one without an object.
    let nothing = one.url.replace("original.png", "manifest.json");
    assert_eq!(stack.fetch(&format!("{nothing}?{query}")).await.status, 404);
    let denied = stack.fetch(&format!("{}?{query}", other.url)).await;
    assert_refused("another media", &denied, "AccessDenied");
    // It is in the cache now, and still opens only with a signature.
    assert_refused("unsigned", &stack.fetch(&one.url).await, "MissingKey");
}

#[tokio::test]
async fn signed_cookies_open_one_media() {
    let stack = Stack::running();
    let (one, other) = (Private::new(&stack, 3).await, Private::new(&stack, 4).await);
    let answer = one
        .grant(&stack, &json!({"expires_in": 600, "as": "cookies"}))
        .await;
    let header = cookies(&answer);
    let opened = stack
        .fetch_with(Method::GET, &one.url, &[("cookie", &header)])
        .await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    assert!(opened.body == one.bytes);
    let denied = stack
        .fetch_with(Method::GET, &other.url, &[("cookie", &header)])
        .await;
    assert_refused("another media", &denied, "AccessDenied");
    let path = one.url.strip_prefix(&stack.file.cdn).unwrap();
    let path = path.strip_suffix("original.png").unwrap();
    let set = answer["set_cookies"].as_array().unwrap();
    assert_eq!(set.len(), answer["cookies"].as_object().unwrap().len());
    for cookie in set {
        let cookie = cookie.as_str().unwrap();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        assert!(header.contains(pair), "{cookie}");
        assert_eq!(attributes, format!("Path={path}; Secure; HttpOnly"));
    }
}

#[tokio::test]
async fn a_viewer_elsewhere_and_a_viewer_too_early_are_refused() {
    let stack = Stack::running();
    let private = Private::new(&stack, 5).await;
    for (request, opens) in [
        (json!({"expires_in": 600, "ip": "127.0.0.1"}), true),
        (json!({"expires_in": 600, "ip": "127.0.0.0/8"}), true),
        (json!({"expires_in": 600, "ip": "192.0.2.7"}), false),
        (json!({"expires_in": 600, "starts_in": 599}), false),
        (json!({"expires_in": 600, "starts_in": 0}), true),
    ] {
        let url = private.signed(&stack, request.clone()).await;
        if opens {
            private.assert_opened_by(&stack, &url).await;
        } else {
            let refused = stack.fetch(&url).await;
            assert_refused(&request.to_string(), &refused, "AccessDenied");
        }
    }
}

#[tokio::test]
async fn a_grant_ends_by_itself() {
    let stack = Stack::running();
    let private = Private::new(&stack, 6).await;
    let url = private.signed(&stack, json!({"expires_in": 1})).await;
    let refused =
        dozo_tests::stack::until("the grant ends", dozo_tests::stack::PATIENCE, || async {
            let reply = stack.fetch(&url).await;
            (reply.status != 200).then_some(reply)
        });
    assert_refused("expired", &refused.await, "AccessDenied");
    let url = private
        .signed(&stack, json!({"expires_in": 60, "starts_in": 1}))
        .await;
    dozo_tests::stack::until("the grant begins", dozo_tests::stack::PATIENCE, || async {
        let reply = stack.fetch(&url).await;
        (reply.status == 200).then_some(())
    })
    .await;
}
