//! Tests the AWS CLI with a `credential_process` profile.

use dozo_tests::pictures::uncompressed_png;
use dozo_tests::stack::{Program, Stack};
use image::ImageFormat;

use crate::clients::profile::Profile;
use crate::clients::{assert_delivered, photo};

#[tokio::test]
async fn one_photo() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let profile = Profile::new(&stack, &grant);
    let bytes = photo(ImageFormat::Jpeg, 1);
    let source = profile.file("photo.jpg", &bytes);
    let target = format!("s3://{}/{}", grant.bucket, grant.prefix);
    let _said = profile
        .choose(Program::aws_cli())
        .args(["s3", "cp", "--no-progress"])
        .arg(source)
        .arg(target)
        .run()
        .await
        .succeeded();
    assert_delivered(&stack, &grant, "photo.jpg", &bytes).await;
}

#[tokio::test]
async fn a_folder_with_japanese_names_and_spaces() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let profile = Profile::new(&stack, &grant);
    let files = [
        ("写真 1.jpg", photo(ImageFormat::Jpeg, 2)),
        ("夏休み/海 と 山/夕焼け.png", photo(ImageFormat::Png, 3)),
        ("夏休み/ねこ　全角空白.webp", photo(ImageFormat::WebP, 4)),
        ("a+b & c=d %41.gif", photo(ImageFormat::Gif, 5)),
        (" leading and trailing ", photo(ImageFormat::Png, 6)),
    ];
    for (name, bytes) in &files {
        profile.file(name, bytes);
    }
    let target = format!("s3://{}/{}", grant.bucket, grant.prefix);
    let _said = profile
        .choose(Program::aws_cli())
        .args(["s3", "cp", "--recursive", "--no-progress", ".", &target])
        .directory(profile.files())
        .run()
        .await
        .succeeded();
    for (name, bytes) in &files {
        assert_delivered(&stack, &grant, name, bytes).await;
    }
    let path = format!("/apps/demo/media?upload={}", grant.upload);
    let listed = stack.app().get(&path).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), files.len());
}

/// Uploads just below the limits of 100 MB and 100 megapixels, the most that validation has to handle.
#[tokio::test]
async fn a_hundred_megabytes_in_parts() {
    const SIDE: u32 = 5_900;
    let stack = Stack::running();
    let grant = stack.grant().await;
    let profile = Profile::new(&stack, &grant);
    let bytes = uncompressed_png(SIDE).unwrap();
    assert!((104_000_000..=104_857_600).contains(&bytes.len()));
    let source = profile.file("panorama.png", &bytes);
    let _said = profile
        .choose(Program::aws_cli())
        .args(["s3", "cp", "--no-progress"])
        .arg(source)
        .arg(format!("s3://{}/{}", grant.bucket, grant.prefix))
        .run()
        .await
        .succeeded();
    let shown = stack
        .until_state("demo", &grant.media("panorama.png"), "ready")
        .await;
    assert_eq!(
        (&shown["width"], &shown["height"]),
        (&SIDE.into(), &SIDE.into())
    );
    assert_delivered(&stack, &grant, "panorama.png", &bytes).await;
}
