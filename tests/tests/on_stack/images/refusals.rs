//! Tests images that are not shown, and how long the refusal is cached.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Keys, Reply, Stack, media_id};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::images::{photo, ready, ready_for};

/// Asserts a refusal that no cache keeps for longer than this many seconds.
fn assert_forgotten(what: &str, reply: &Reply, status: u16, seconds: u32) {
    assert_eq!(reply.status, status, "{what}: {}", reply.text());
    let said = reply.header("cache-control");
    let bounded = ["no-store".to_owned(), format!("public, max-age={seconds}")];
    assert!(bounded.iter().any(|bound| bound == said), "{what}: {said}");
}

/// Changes a media's record directly in the bucket.
async fn rewrite(
    stack: &Stack,
    media: &dozo::vocabulary::names::MediaId,
    change: impl FnOnce(&mut Value),
) {
    let key = format!("media/demo/{media}.json");
    let mut record: Value =
        serde_json::from_slice(&stack.object("records", &key).await.unwrap()).unwrap();
    change(&mut record);
    let put = stack
        .s3(&Keys::root())
        .put_object()
        .bucket(stack.bucket("records"))
        .key(key);
    let _put = put
        .body(record.to_string().into_bytes().into())
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_not_ready_is_not_found_and_soon_forgotten() {
    let stack = Stack::running();
    let base = |media: &dozo::vocabulary::names::MediaId| {
        format!("{}/public/demo/{media}/iiif/image", stack.file.cdn)
    };
    let grant = stack.grant().await;
    stack.put(&grant, "bad.jpg", b"no picture".to_vec()).await;
    let rejected = grant.media("bad.jpg");
    let _shown = stack.until_state("demo", &rejected, "rejected").await;
    let mut cases = vec![
        (
            "unknown".to_owned(),
            base(&media_id(&grant.upload, "never.jpg")),
        ),
        ("rejected".to_owned(), base(&rejected)),
    ];
    for state in ["suspended", "suspending", "processing", "failed", "deleted"] {
        let shown = ready(&stack, "a.jpg", photo(6)).await;
        rewrite(&stack, &shown.media, |record| {
            record["state"] = json!(state)
        })
        .await;
        cases.push((state.to_owned(), shown.base()));
    }
    let moved = ready(&stack, "a.jpg", photo(7)).await;
    rewrite(&stack, &moved.media, |record| {
        record["visibility"] = json!("private")
    })
    .await;
    cases.push(("private by now".to_owned(), moved.base()));
    for (what, base) in cases {
        for rest in ["", "/info.json", "/full/max/0/default.jpg"] {
            let reply = stack.fetch(&format!("{base}{rest}")).await;
            assert_forgotten(&format!("{what}{rest}"), &reply, 404, 1);
        }
        let thumb = base.replace("/iiif/image", "/thumb/card.auto");
        assert_forgotten(&what, &stack.fetch(&thumb).await, 404, 1);
    }
}

#[tokio::test]
async fn a_media_that_comes_back_is_shown_at_once() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(8)).await;
    let url = format!("{}/full/50,/0/default.jpg", shown.base());
    rewrite(&stack, &shown.media, |record| {
        record["state"] = json!("suspended")
    })
    .await;
    assert_eq!(stack.fetch(&url).await.status, 404);
    rewrite(&stack, &shown.media, |record| {
        record["state"] = json!("ready")
    })
    .await;
    let back = dozo_tests::stack::until(
        "the image to be back",
        dozo_tests::stack::PATIENCE,
        || async { Some(stack.fetch(&url).await).filter(|reply| reply.status == 200) },
    )
    .await;
    assert_eq!(back.header("content-type"), "image/jpeg");
}

/// Only the validated version is shown, not an object made from another version.
#[tokio::test]
async fn an_object_of_another_version_is_not_shown() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(9)).await;
    rewrite(&stack, &shown.media, |record| {
        record["source"] = json!("\"0123\"")
    })
    .await;
    let reply = stack
        .fetch(&format!("{}/full/max/0/default.jpg", shown.base()))
        .await;
    assert_forgotten("another version", &reply, 404, 1);
}

#[tokio::test]
async fn a_request_that_cannot_be_met_says_why() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(10)).await;
    for (request, status, code) in [
        ("nonsense/max/0/default.jpg", 400, "region_malformed"),
        ("600,0,10,10/max/0/default.jpg", 400, "region_empty"),
        ("full/601,/0/default.jpg", 400, "size_enlarges"),
        ("full/^9000,/0/default.jpg", 400, "size_too_large"),
        ("full/0,/0/default.jpg", 400, "size_too_small"),
        ("full/max/45/default.jpg", 400, "rotation_unsupported"),
        ("full/max/0/native.jpg", 400, "quality_unsupported"),
        ("full/max/0/default.tif", 400, "format_unsupported"),
    ] {
        let reply = stack.fetch(&format!("{}/{request}", shown.base())).await;
        assert_forgotten(request, &reply, status, 10);
        let problem = reply.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    // The distribution itself refuses these.
    for (request, code) in [
        ("full/max/0", "request_malformed"),
        ("full/max/0/default", "request_malformed"),
        ("full/max/0/default.jpg/", "request_malformed"),
        ("full%2Fmax/0/default.jpg", "request_malformed"),
        ("full/MAX/0/default.jpg", "size_malformed"),
    ] {
        let reply = stack.fetch(&format!("{}/{request}", shown.base())).await;
        assert_forgotten(request, &reply, 400, 0);
        let problem = reply.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert!(problem["detail"].as_str().unwrap().ends_with('.'));
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(
            reply.header("x-cache"),
            "Error from cloudfront".replace("Error", "FunctionGeneratedResponse")
        );
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let url = format!("{}/full/max/0/default.jpg", shown.base());
        assert_eq!(
            stack.fetch_with(method.clone(), &url, &[]).await.status,
            403,
            "{method}"
        );
    }
}

/// The answer is too large to send: incompressible pixels, as PNG.
#[tokio::test]
async fn an_answer_beyond_the_function_s_limit_says_so() {
    let stack = Stack::running();
    let mut state = 1_u32;
    let noise = image::RgbImage::from_fn(1_400, 1_400, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = state.to_le_bytes();
        image::Rgb([red, green, blue])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(noise)
        .write_to(&mut file, ImageFormat::Jpeg)
        .unwrap();
    let shown = ready(&stack, "noise.jpg", file.into_inner()).await;
    let reply = stack
        .fetch(&format!("{}/full/max/0/default.png", shown.base()))
        .await;
    assert_forgotten("too large", &reply, 400, 10);
    assert_eq!(reply.json()["code"], "answer_too_large");
    let smaller = stack
        .fetch(&format!("{}/full/700,/0/default.png", shown.base()))
        .await;
    assert_eq!(smaller.status, 200);
}

#[tokio::test]
async fn private_images_are_closed() {
    let stack = Stack::running();
    let body = picture(ImageFormat::Png, 40, 30, 11).unwrap();
    let request = json!({"visibility": "private"});
    let shown = ready_for(&stack, "demo", &request, "a.png", body).await;
    for url in [
        shown.base(),
        format!("{}/info.json", shown.base()),
        format!("{}/full/max/0/default.jpg", shown.base()),
        shown.thumb("card"),
    ] {
        assert_eq!(stack.fetch(&url).await.status, 403, "{url}");
        let open = url.replace("/private/", "/public/");
        assert_eq!(stack.fetch(&open).await.status, 404, "{open}");
    }
}

/// Nobody can use the function's own address: it accepts only requests signed by the distribution.
#[tokio::test]
async fn the_function_url_is_closed() {
    let stack = Stack::running();
    let name = &stack.file.functions["render-thumbnail"];
    let lambda = stack.service(&Keys::root(), "lambda");
    let url = lambda
        .get(&format!("/2021-10-31/functions/{name}/url"))
        .await
        .json();
    let host = url["FunctionUrl"]
        .as_str()
        .unwrap()
        .trim_start_matches("https://")
        .trim_end_matches('/')
        .to_owned();
    let shown = ready(&stack, "a.jpg", photo(12)).await;
    let path = shown.base().replace(&stack.file.cdn, "");
    let unsigned = [("host", host.as_str())];
    let reply = stack
        .fetch_with(
            Method::GET,
            &format!("{}{path}/info.json", stack.file.aws_endpoint),
            &unsigned,
        )
        .await;
    assert_eq!(reply.status, 403, "{}", reply.text());
}
