//! Tests one file for every reason that a file itself can give: its code, its message, and that nothing is delivered.

use aws_sdk_s3::types::StorageClass;
use dozo_tests::pictures::{blank_png, picture, png_that_promises};
use dozo_tests::stack::{Grant, Stack, fresh_app};
use futures_util::future::join_all;
use image::ImageFormat;
use serde_json::json;

/// The limit of the app that these files are uploaded to.
const MOST_BYTES: usize = 200_000;

const MOST_FRAMES: usize = 3;

struct Bad {
    name: String,
    body: Vec<u8>,
    code: &'static str,
    /// A part of the message: what to change, or what is wrong.
    says: &'static str,
}

fn bad(name: &str, body: impl Into<Vec<u8>>, code: &'static str, says: &'static str) -> Bad {
    let (name, body) = (name.to_owned(), body.into());
    Bad {
        name,
        body,
        code,
        says,
    }
}

fn cut(mut file: Vec<u8>) -> Vec<u8> {
    file.truncate(file.len() / 2);
    file
}

/// A GIF that repeats one frame this many times.
fn animation(frames: usize) -> Vec<u8> {
    let still = picture(ImageFormat::Gif, 4, 4, 0).unwrap();
    let frame_at = still.iter().rposition(|byte| *byte == 0x2C).unwrap();
    let (head, tail) = still.split_at(frame_at);
    let frame = &tail[..tail.len() - 1];
    [head, &frame.repeat(frames), &[0x3B]].concat()
}

fn table() -> Vec<Bad> {
    let small = |format| picture(format, 64, 48, 7).unwrap();
    let mut padded = small(ImageFormat::Png);
    padded.resize(MOST_BYTES + 1, 0);
    let overflowing = blank_png(10_001, 10_000).unwrap();
    assert!(overflowing.len() < MOST_BYTES, "{}", overflowing.len());
    vec![
        bad("empty.jpg", [], "empty_file", "The file is empty"),
        bad("cut.jpg", cut(small(ImageFormat::Jpeg)), "damaged", "JPEG"),
        bad("cut.png", cut(small(ImageFormat::Png)), "damaged", "PNG"),
        bad("cut.webp", cut(small(ImageFormat::WebP)), "damaged", "WebP"),
        bad("cut.gif", cut(small(ImageFormat::Gif)), "damaged", "GIF"),
        bad(
            "letter.png",
            *b"Dear madam, this is no picture.",
            "unknown_format",
            "whatever its name says",
        ),
        bad(
            "scan.jpg",
            *b"II*\0\x08\0\0\0\0\0\0\0\0\0",
            "damaged",
            "TIFF",
        ),
        bad(
            "layers.png",
            *b"8BPS\0\x01",
            "kind_not_accepted",
            "Photoshop",
        ),
        bad(
            "scan-of-a-device.jpg",
            *include_bytes!("../../../cases/images/jpeg-12-bit-header.jpg"),
            "format_not_supported",
            "12 bits",
        ),
        bad(
            "page.jpg",
            *b"<!doctype html><script>alert(1)</script>",
            "script_not_accepted",
            "HTML",
        ),
        bad(
            "drawing.png",
            *b"<svg xmlns='http://www.w3.org/2000/svg'><g>",
            "damaged",
            "SVG",
        ),
        bad(
            "bomb.png",
            png_that_promises(50_000, 50_000).unwrap(),
            "too_many_pixels",
            "2500000000 pixels",
        ),
        bad(
            "wall.png",
            overflowing,
            "too_many_pixels",
            "at most 100000000",
        ),
        bad(
            "film.gif",
            animation(MOST_FRAMES + 1),
            "too_many_frames",
            "at most 3",
        ),
        bad("large.png", padded, "too_many_bytes", "at most 200000"),
        bad(
            // No segment is over 255 bytes, because the emulator keeps objects as files.
            &("long/".repeat(180) + "x"),
            small(ImageFormat::Jpeg),
            "name_too_long",
            "900 bytes",
        ),
    ]
}

async fn assert_refused(stack: &Stack, app: &str, grant: &Grant, bad: &Bad) {
    let (name, media) = (&bad.name, grant.media(&bad.name));
    let shown = stack.until_state(app, &media, "rejected").await;
    assert_eq!(shown["rejection"]["code"], bad.code, "{name}");
    let sentence = shown["rejection"]["message"].as_str().unwrap();
    assert!(sentence.contains(bad.says), "{name}: {sentence}");
    assert!(shown.get("urls").is_none(), "{name}: {shown}");
    for bucket in ["delivery", "work"] {
        let left = stack.keys(bucket, &format!("public/{app}/{media}/")).await;
        assert!(left.is_empty(), "{name}: {left:?} in {bucket}");
    }
}

#[tokio::test]
async fn is_told_with_its_code_and_its_sentence() {
    let stack = Stack::running();
    let app = fresh_app("refused");
    let limits = json!({"image_bytes": MOST_BYTES, "image_frames": MOST_FRAMES});
    stack.register(&app, &json!({ "limits": limits })).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let table = table();
    join_all(
        table
            .iter()
            .map(|bad| stack.put(&grant, &bad.name, bad.body.clone())),
    )
    .await;
    for bad in &table {
        assert_refused(&stack, &app, &grant, bad).await;
    }
}

/// On AWS the bucket refuses the upload; the emulator accepts it, and validation refuses the file.
#[tokio::test]
async fn another_storage_class() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let archived = bad(
        "archived.png",
        picture(ImageFormat::Png, 64, 48, 7).unwrap(),
        "unreadable_storage",
        "storage class",
    );
    let put = stack.s3(&grant.keys).put_object().bucket(&grant.bucket);
    let put = put.key(grant.key(&archived.name));
    let put = put.storage_class(StorageClass::Glacier);
    let sent = put.body(archived.body.clone().into()).send().await;
    match sent {
        Ok(_) => assert_refused(&stack, "demo", &grant, &archived).await,
        Err(error) => assert_eq!(error.raw_response().unwrap().status().as_u16(), 403),
    }
}

/// The name is ignored and does no harm: the file is delivered in its real format.
#[tokio::test]
async fn but_not_a_wrong_extension_of_an_accepted_format() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let jpeg = picture(ImageFormat::Jpeg, 64, 48, 8).unwrap();
    stack.put(&grant, "really-a-jpeg.png", jpeg.clone()).await;
    let media = grant.media("really-a-jpeg.png");
    let shown = stack.until_state("demo", &media, "ready").await;
    let address = shown["urls"]["original"].as_str().unwrap();
    assert!(address.ends_with("/original.jpg"), "{address}");
    let reply = stack.fetch(address).await;
    assert_eq!(reply.header("content-type"), "image/jpeg");
    assert_eq!(reply.body, jpeg);
}
