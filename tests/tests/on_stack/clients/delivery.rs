//! Tests the CDN's answers to viewers: headers, cache, ranges, conditions, and that private media are closed.

use dozo_tests::stack::{Program, Stack};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

use crate::clients::{delivered, delivery_key, original, photo};

#[tokio::test]
async fn an_original_with_the_headers_it_should_have() {
    let stack = Stack::running();
    for (name, format, content_type, extension, saved) in [
        ("a.dat", ImageFormat::Jpeg, "image/jpeg", "jpg", "a.dat.jpg"),
        ("b", ImageFormat::Png, "image/png", "png", "b.png"),
        (
            "c.jpg",
            ImageFormat::WebP,
            "image/webp",
            "webp",
            "c.jpg.webp",
        ),
        ("d.gif", ImageFormat::Gif, "image/gif", "gif", "d.gif"),
    ] {
        let grant = stack.grant().await;
        stack.put(&grant, name, photo(format, 31)).await;
        let (shown, first) = delivered(&stack, &grant, name).await;
        // The content type comes from the content, not from the name or the declared type.
        assert_eq!(first.header("content-type"), content_type, "{name}");
        let key = delivery_key("public", "demo", &grant.media(name), extension);
        assert_eq!(original(&shown), format!("{}/{key}", stack.file.cdn));
        let disposition = format!("inline; filename=\"{saved}\"; filename*=UTF-8''{saved}");
        assert_eq!(first.header("content-disposition"), disposition);
        let cache_control = "public, max-age=300, s-maxage=31536000";
        assert_eq!(first.header("cache-control"), cache_control);
        assert_eq!(first.header("x-content-type-options"), "nosniff");
        let policy = first.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        // S3's own headers are not passed on; only CloudFront's may stay.
        let names = first.headers.keys().map(http::HeaderName::as_str);
        let ours: Vec<_> = names
            .filter(|name| name.starts_with("x-amz-") && !name.starts_with("x-amz-cf-"))
            .collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
}

/// With text, for which the function ships with fonts, and a script, which does not come back.
#[tokio::test]
async fn a_drawing_as_it_was_written_anew() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20' onload='alert(1)'>\
        <script>alert(1)</script><rect width='40' height='20' fill='#f00'/><text y='15'>a</text></svg>";
    stack.put(&grant, "icon.svg", drawing).await;
    let (shown, first) = delivered(&stack, &grant, "icon.svg").await;
    assert_eq!(shown["source_type"], "image/svg+xml");
    assert_eq!(
        (&shown["width"], &shown["height"]),
        (&json!(40), &json!(20))
    );
    assert!(original(&shown).ends_with("/original.svg"));
    assert_eq!(first.header("content-type"), "image/svg+xml");
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    let policy = first.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let text = String::from_utf8(first.body.to_vec()).unwrap();
    assert!(
        !text.contains("alert") && text.matches("<path").count() == 2,
        "{text}"
    );
    let thumbnail = original(&shown).replace("original.svg", "iiif/image/full/800,/0/default.png");
    let thumbnail = stack.fetch(&thumbnail).await;
    assert_eq!(thumbnail.status, 200);
    let picture = image::load_from_memory(&thumbnail.body).unwrap();
    assert_eq!((picture.width(), picture.height()), (800, 400));
}

#[tokio::test]
async fn the_second_viewer_is_served_from_the_cache() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let bytes = photo(ImageFormat::Png, 32);
    stack.put(&grant, "a.png", bytes.clone()).await;
    let (shown, first) = delivered(&stack, &grant, "a.png").await;
    let url = original(&shown);
    assert_eq!(first.header("x-cache"), "Miss from cloudfront");
    assert_eq!(first.header("age"), "");
    let again = stack.fetch(&url).await;
    assert_eq!(again.header("x-cache"), "Hit from cloudfront");
    assert!(again.header("age").parse::<u64>().is_ok(), "{again:?}");
    assert_eq!((again.status, &again.body), (200, &first.body));

    let head = stack.fetch_with(Method::HEAD, &url, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), bytes.len().to_string());
    assert_eq!(head.header("content-type"), "image/png");

    let range = [("range", "bytes=8-15")];
    let part = stack.fetch_with(Method::GET, &url, &range).await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[8..16]));
    assert_eq!(
        part.header("content-range"),
        format!("bytes 8-15/{}", bytes.len())
    );
    let beyond = [("range", "bytes=99999999-")];
    let beyond = stack.fetch_with(Method::GET, &url, &beyond).await;
    assert_eq!(beyond.status, 416);

    let etag = first.header("etag");
    for (header, value, status) in [
        ("if-none-match", etag, 304),
        ("if-none-match", "\"another\"", 200),
        ("if-modified-since", first.header("last-modified"), 304),
    ] {
        let reply = stack
            .fetch_with(Method::GET, &url, &[(header, value)])
            .await;
        assert_eq!(reply.status, status, "{header}: {value}");
        assert_eq!(reply.body.is_empty(), status == 304);
    }
    for method in [Method::PUT, Method::POST, Method::DELETE, Method::PATCH] {
        let reply = stack.fetch_with(method.clone(), &url, &[]).await;
        assert_eq!(reply.status, 403, "{method}");
    }
    assert_eq!(stack.fetch(&url).await.body, first.body);
}

#[tokio::test]
async fn private_media_are_closed() {
    let stack = Stack::running();
    let grant = stack
        .grant_for("demo", &json!({"visibility": "private"}))
        .await;
    stack
        .put(&grant, "a.png", photo(ImageFormat::Png, 33))
        .await;
    let media = grant.media("a.png");
    let shown = stack.until_state("demo", &media, "ready").await;
    assert_eq!(shown["visibility"], "private");
    let url = original(&shown);
    let key = delivery_key("private", "demo", &media, "png");
    assert_eq!(url, format!("{}/{key}", stack.file.cdn));
    // The object exists but is closed to viewers.
    assert!(stack.object("delivery", &key).await.is_some());
    for (what, url) in [
        ("it", url.clone()),
        ("nothing", format!("{}/private/x", stack.file.cdn)),
        (
            "made-up signature",
            format!("{url}?Expires=4102444800&Signature=x&Key-Pair-Id=y"),
        ),
    ] {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(
                stack.fetch_with(method, &url, &[]).await.status,
                403,
                "{what}"
            );
        }
    }
    let public = url.replace("/private/", "/public/");
    assert_eq!(stack.fetch(&public).await.status, 404);
}

/// Tries spellings of a private path that a path pattern and a bucket may read differently.
#[tokio::test]
async fn no_spelling_opens_a_private_path() {
    let stack = Stack::running();
    let grant = stack
        .grant_for("demo", &json!({"visibility": "private"}))
        .await;
    let bytes = photo(ImageFormat::Png, 34);
    stack.put(&grant, "a.png", bytes.clone()).await;
    let media = grant.media("a.png");
    let _shown = stack.until_state("demo", &media, "ready").await;
    let rest = delivery_key("", "demo", &media, "png");
    for path in [
        format!("/%70rivate{rest}"),
        format!("//private{rest}"),
        format!("/./private{rest}"),
        format!("/public/../private{rest}"),
        format!("/public/%2e%2e/private{rest}"),
        format!("/public/..%2fprivate{rest}"),
        format!("/Private{rest}"),
        format!("/private%2f{}", &rest[1..]),
        format!("/private/{rest}"),
        "/".to_owned(),
        "/public".to_owned(),
        "/public/".to_owned(),
        "/?list-type=2".to_owned(),
    ] {
        let said = Program::new("curl")
            .args(["--silent", "--show-error", "--noproxy", "*", "--path-as-is"])
            .args(["--output", "/dev/null", "--write-out", "%{http_code}"])
            .arg(format!("{}{path}", stack.file.cdn))
            .run()
            .await
            .succeeded();
        assert!(["403", "404"].contains(&said.as_str()), "{path}: {said}");
    }
}
