//! Tests `dozo upload`.

use dozo_tests::pictures::{picture, uncompressed_png};
use dozo_tests::stack::Stack;
use image::ImageFormat;
use serde_json::Value;

use crate::cli::{Folder, local};

/// The side of a picture of 20 MB, which is uploaded in three parts.
const SIDE: u32 = 2_600;

#[tokio::test]
async fn files_go_up_and_come_out_at_their_addresses() {
    let stack = Stack::running();
    let folder = Folder::new();
    let small = picture(ImageFormat::Jpeg, 64, 48, 11).unwrap();
    let large = uncompressed_png(SIDE).unwrap();
    assert!(large.len() > 20_000_000);
    let names = ["写真 1.jpg", "panorama.png"];
    let paths = [folder.file(names[0], &small), folder.file(names[1], &large)];
    let said = local(&stack)
        .args(["upload", "--json"])
        .args(&paths)
        .run()
        .await
        .succeeded();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["app"], "demo");
    assert_eq!(said["uploads"].as_array().unwrap().len(), 1, "{said}");
    for (path, bytes) in paths.iter().zip([&small, &large]) {
        let items = said["items"].as_array().unwrap();
        let item = items
            .iter()
            .find(|item| item["file"] == path.to_str().unwrap());
        let item = item.unwrap_or_else(|| panic!("{}: {said}", path.display()));
        assert_eq!(item["state"], "ready", "{said}");
        let reply = stack
            .fetch(item["urls"]["original"].as_str().unwrap())
            .await;
        assert!(reply.status == 200 && reply.body == *bytes, "{said}");
    }
    let upload = said["uploads"][0].as_str().unwrap();
    let prefix = format!("demo/{upload}/");
    let left = stack.s3(&dozo_tests::stack::Keys::root());
    let left = left
        .list_multipart_uploads()
        .bucket(stack.bucket("upload"))
        .prefix(prefix)
        .send()
        .await
        .unwrap();
    assert!(left.uploads().is_empty(), "{left:?}");
}

#[tokio::test]
async fn the_rejected_one_is_told_with_its_reason_and_the_good_one_goes_through() {
    let stack = Stack::running();
    let folder = Folder::new();
    let good = folder.file("good.png", &picture(ImageFormat::Png, 40, 30, 12).unwrap());
    let bad = folder.file("bad\u{202e}gpj.exe", b"this is no picture");
    let ran = local(&stack).arg("upload").arg(&good).arg(&bad).run().await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    let line = |mark: &str| {
        let mut lines = ran.stdout.lines();
        lines
            .find(|line| line.starts_with(mark))
            .unwrap_or_default()
    };
    assert!(line("✓").contains("good.png  http"), "{ran:#?}");
    assert!(
        line("✗").contains("bad\\u{202e}gpj.exe  rejected: The file has an unknown format"),
        "{ran:#?}"
    );
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:#?}");
}

#[tokio::test]
async fn private_and_without_waiting() {
    let stack = Stack::running();
    let folder = Folder::new();
    let path = folder.file(
        "secret.gif",
        &picture(ImageFormat::Gif, 20, 20, 13).unwrap(),
    );
    let said = local(&stack)
        .args(["upload", "--private", "--no-wait", "--json"])
        .arg(path)
        .run()
        .await
        .succeeded();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["items"][0]["state"], "uploaded", "{said}");
    let media =
        dozo::vocabulary::names::MediaId::parse(said["items"][0]["media"].as_str().unwrap())
            .unwrap();
    let shown = stack.until_state("demo", &media, "ready").await;
    assert_eq!(shown["visibility"], "private");
}

#[tokio::test]
async fn what_the_app_does_not_take_is_refused_by_name_before_it_is_sent() {
    let stack = Stack::running();
    let app = dozo_tests::stack::fresh_app("cli-limits");
    let registered = local(&stack)
        .args(["apps", "register", &app, "--kind", "image"])
        .args(["--limit", "image_bytes=1000"])
        .run()
        .await
        .succeeded();
    assert!(registered.contains("limits.image_bytes"), "{registered}");
    let folder = Folder::new();
    let path = folder.file("large.jpg", &vec![0; 2_000]);
    let ran = local(&stack)
        .args(["upload", "--app", &app])
        .arg(&path)
        .run()
        .await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    for part in ["large.jpg", "files[0].bytes", "1 to 1000 bytes"] {
        assert!(ran.stderr.contains(part), "{part}: {ran:#?}");
    }
}
