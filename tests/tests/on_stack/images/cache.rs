//! Tests how the CDN caches rendered images, and how it drops them.

use dozo_tests::pictures::unlike_any;
use dozo_tests::stack::{DEMO, Keys, PATIENCE, Program, Stack, until};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

use crate::images::{photo, ready};

#[tokio::test]
async fn an_image_is_rendered_once() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(21)).await;
    let url = format!("{}/full/80,/0/default.jpg", shown.base());
    let first = stack.fetch(&url).await;
    assert_eq!(first.header("x-cache"), "Miss from cloudfront");
    assert_eq!(
        first.header("cache-control"),
        "public, max-age=300, s-maxage=31536000"
    );
    for other in [
        url.clone(),
        // Other spellings of the same path, and a query string, are the same image.
        url.replace("80,", "80%2C"),
        url.replace("full", "%66ull"),
        format!("{url}?cache=buster"),
    ] {
        let again = stack.fetch(&other).await;
        assert_eq!(again.header("x-cache"), "Hit from cloudfront", "{other}");
        assert_eq!(again.body, first.body);
    }
    let etag = [("if-none-match", first.header("etag"))];
    assert_eq!(stack.fetch_with(Method::GET, &url, &etag).await.status, 304);
    let head = stack.fetch_with(Method::HEAD, &url, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let shown_to_viewers = first.headers.keys().map(http::HeaderName::as_str);
    let ours: Vec<_> = shown_to_viewers
        .filter(|name| name.starts_with("x-amz-meta-"))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
}

/// A browser that returns after its five minutes is told by the CDN, from its cache, that nothing has changed.
#[tokio::test]
async fn an_info_json_is_asked_for_by_its_tag() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(24)).await;
    let url = format!("{}/info.json", shown.base());
    let first = stack.fetch(&url).await;
    let tag = first.header("etag");
    assert!(tag.starts_with('"'), "{tag}");
    for known in [tag, "\"another\", *", &format!("W/{tag}")] {
        let known = [("if-none-match", known)];
        let again = stack.fetch_with(Method::GET, &url, &known).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_eq!(again.header("etag"), tag);
    }
    let other = [("if-none-match", "\"another\"")];
    let again = stack.fetch_with(Method::GET, &url, &other).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
}

/// One item of an invalidation covers everything rendered of a media.
#[tokio::test]
async fn an_invalidation_of_the_tag_drops_all_that_was_rendered() {
    let stack = Stack::running();
    let (shown, other) = tokio::join!(
        ready(&stack, "a.jpg", photo(22)),
        ready(&stack, "b.jpg", photo(23))
    );
    let urls = [
        format!("{}/info.json", shown.base()),
        format!("{}/full/90,/0/default.jpg", shown.base()),
        shown.thumb("card"),
    ];
    let kept = format!("{}/info.json", other.base());
    for url in urls.iter().chain([&kept]) {
        assert_eq!(
            stack.fetch(url).await.header("x-cache"),
            "Miss from cloudfront",
            "{url}"
        );
        assert_eq!(
            stack.fetch(url).await.header("x-cache"),
            "Hit from cloudfront",
            "{url}"
        );
    }
    let _invalidation = Program::aws_cli()
        .envs(Keys::root().environment())
        .env("AWS_ENDPOINT_URL", &stack.file.aws_endpoint)
        .env("AWS_DEFAULT_REGION", &stack.file.region)
        .args([
            "cloudfront",
            "create-invalidation",
            "--distribution-id",
            &stack.file.distribution_id,
        ])
        .args(["--paths", &format!("#media-{}", shown.media)])
        .run()
        .await
        .succeeded();
    for url in &urls {
        until("the invalidation to be followed", PATIENCE, || async {
            (stack.fetch(url).await.header("x-cache") == "Miss from cloudfront").then_some(())
        })
        .await;
    }
    assert_eq!(
        stack.fetch(&kept).await.header("x-cache"),
        "Hit from cloudfront"
    );
}

/// The CDN keeps the answer of a rendering that failed for a minute; taking the media down and bringing it back drops it.
#[tokio::test]
async fn a_failed_rendering_is_kept_and_forgotten_when_the_media_comes_back() {
    let stack = Stack::running();
    let picture = unlike_any(ImageFormat::Jpeg, 600, 400).unwrap();
    let shown = ready(&stack, "a.jpg", picture).await;
    let url = format!("{}/full/70,/0/default.jpg", shown.base());
    let original = shown.answer["urls"]["original"].as_str().unwrap();
    let key = original
        .strip_prefix(&format!("{}/", stack.file.cdn))
        .unwrap();
    let whole = stack.object("delivery", key).await.unwrap();
    let cut = [&whole[..whole.len() / 2], &[0xFF, 0xD9]].concat();

    replace(&stack, key, cut).await;
    let first = stack.fetch(&url).await;
    let second = stack.fetch(&url).await;
    assert_eq!((first.status, second.status), (500, 500), "{second:?}");
    assert!(
        !first.headers.contains_key("age") && second.headers.contains_key("age"),
        "{second:?}"
    );

    replace(&stack, key, whole.to_vec()).await;
    for (what, state) in [("suspend", "suspended"), ("restore", "ready")] {
        let path = format!("/admin/apps/{DEMO}/media/{}/{what}", shown.media);
        let reason = match what {
            "suspend" => json!({"reason": "abuse"}),
            _ => json!({}),
        };
        let reply = stack.admin().send(Method::POST, &path, &reason).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        let _shown = stack.until_state(DEMO, &shown.media, state).await;
    }
    assert_eq!(stack.fetch(&url).await.status, 200);
}

/// Puts other bytes under a delivered key, with the headers that stand there.
async fn replace(stack: &Stack, key: &str, body: Vec<u8>) {
    let s3 = stack.s3(&Keys::root());
    let bucket = stack.bucket("delivery");
    let head = s3
        .head_object()
        .bucket(bucket)
        .key(key)
        .send()
        .await
        .unwrap();
    s3.put_object()
        .bucket(bucket)
        .key(key)
        .set_content_type(head.content_type)
        .set_cache_control(head.cache_control)
        .set_content_disposition(head.content_disposition)
        .set_metadata(head.metadata)
        .body(body.into())
        .send()
        .await
        .unwrap();
}
