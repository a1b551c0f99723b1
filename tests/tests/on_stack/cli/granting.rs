//! Tests `dozo grant`: only its output opens a private media.

use dozo_tests::pictures::picture;
use dozo_tests::stack::Stack;
use image::ImageFormat;
use serde_json::json;

use crate::cli::local;

#[tokio::test]
async fn an_address_and_cookies_that_open_a_private_media() {
    let stack = Stack::running();
    let grant = stack
        .grant_for("demo", &json!({"visibility": "private"}))
        .await;
    let bytes = picture(ImageFormat::Png, 32, 24, 31).unwrap();
    stack.put(&grant, "private.png", bytes.clone()).await;
    let media = grant.media("private.png");
    let shown = stack.until_state("demo", &media, "ready").await;
    let plain = shown["urls"]["original"].as_str().unwrap();
    assert_eq!(stack.fetch(plain).await.status, 403);

    let url = local(&stack)
        .args(["grant", plain, "--expires-in", "15m"])
        .run()
        .await
        .succeeded();
    let reply = stack.fetch(url.trim_end()).await;
    assert!(
        reply.status == 200 && reply.body == bytes,
        "{url}: {reply:?}"
    );

    let cookies = local(&stack)
        .args(["grant", media.as_str(), "--cookies"])
        .run()
        .await
        .succeeded();
    let pairs: Vec<_> = cookies
        .lines()
        .filter_map(|line| line.strip_prefix("Set-Cookie: ")?.split(';').next())
        .collect();
    let header = pairs.join("; ");
    let sent = [("cookie", header.as_str())];
    let reply = stack.fetch_with(reqwest::Method::GET, plain, &sent).await;
    assert!(
        reply.status == 200 && reply.body == bytes,
        "{cookies}: {reply:?}"
    );
}

#[tokio::test]
async fn a_public_media_needs_none() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let bytes = picture(ImageFormat::Png, 32, 24, 32).unwrap();
    stack.put(&grant, "public.png", bytes).await;
    let media = grant.media("public.png");
    stack.until_state("demo", &media, "ready").await;
    let ran = local(&stack).args(["grant", media.as_str()]).run().await;
    assert_eq!(ran.code, 1, "{ran:#?}");
}
