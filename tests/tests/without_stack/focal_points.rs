//! Tests focal points: what is cut keeps them in sight, and the CDN forgets what was cut before.

use std::io::Cursor;

use dozo::memory::faults::{Fault, Faults};
use dozo::stages::focus::WRITTEN_WITHIN_SECONDS;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::focus::Focus;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far, request};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;

use crate::operations::scene::{ABUSE, DELETE, RESTORE, SUSPEND, ask, done, record};

const FOCUS: &str = "POST /apps/{app}/media/{media}/focus";
const RIGHT: &str = r#"{"x": 0.9, "y": 0.5}"#;

/// Red, green and blue from left to right.
fn three_bands() -> Vec<u8> {
    let picture = RgbImage::from_fn(60, 20, |x, _| {
        let mut colour = [0; 3];
        colour[usize::try_from(x / 20).unwrap()] = 255;
        Rgb(colour)
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn brought(name: &str, body: &[u8]) -> (World, UploadedFile) {
    let world = World::new(11);
    let file = world.file(name);
    world.upload(&file, body);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    (world, file)
}

async fn published() -> (World, UploadedFile) {
    let (world, file) = brought("bands.png", &three_bands()).await;
    let presets = json!({"card": {"fit": "cover", "width": 10, "height": 10, "formats": ["jpg"]}});
    world.register(|app| app.presets = serde_json::from_value(presets.clone()).unwrap());
    (world, file)
}

/// Returns the red, green and blue in the middle of a rendering.
async fn middle(world: &World, file: &UploadedFile, rendering: &str) -> [u8; 3] {
    let mut function = world.render_thumbnail(&Faults::none());
    function.renderer.limits = Limits::default();
    let path = format!("/public/{}/{}/{rendering}", file.app, file.media);
    let reply = render_thumbnail::handle(&function, request("GET", &path, &[]), far()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let picture = image::load_from_memory(&reply.body).unwrap().to_rgb8();
    let Rgb(colour) = *picture.get_pixel(picture.width() / 2, picture.height() / 2);
    colour.map(|value| if value > 128 { 255 } else { 0 })
}

#[tokio::test]
async fn what_is_cut_keeps_the_focal_point_in_sight() {
    let (world, file) = published().await;
    let renderings = ["thumb/card.jpg", "iiif/image/square/10,/0/default.jpg"];
    for (body, shown) in [
        (None, [0, 255, 0]),
        (Some(r#"{"x": 0.1, "y": 0.9}"#), [255, 0, 0]),
        (Some(RIGHT), [0, 0, 255]),
        (Some("{}"), [0, 255, 0]),
    ] {
        if let Some(body) = body {
            let (status, answer) = ask(&world, &file, FOCUS, Some(body), &Faults::none()).await;
            assert_eq!(status, 200, "{answer}");
            let asked: serde_json::Value = serde_json::from_str(body).unwrap();
            let set = answer.get("focus").cloned().unwrap_or(json!({}));
            assert_eq!(set, asked);
        }
        for rendering in renderings {
            assert_eq!(
                middle(&world, &file, rendering).await,
                shown,
                "{body:?} {rendering}"
            );
        }
        // The whole picture is not cut.
        let whole = middle(&world, &file, "iiif/image/full/30,/0/default.jpg").await;
        assert_eq!(whole, [0, 255, 0]);
    }
}

#[tokio::test]
async fn the_cdn_forgets_the_media_twice_by_messages_that_come_after_the_change() {
    let (world, file) = published().await;
    let _sent_before = world.invalidations.take();
    let (status, _) = ask(&world, &file, FOCUS, Some(RIGHT), &Faults::none()).await;
    assert_eq!(status, 200);
    let mut delays = Vec::new();
    loop {
        let sent = world.invalidations.take();
        if sent.is_empty() {
            break;
        }
        for (number, message) in sent.into_iter().enumerate() {
            delays.push(message.delay_seconds);
            let letter = Letter {
                id: format!("{number}"),
                body: message.body,
                attempts: 1,
            };
            let function = world.invalidate_cache(&Faults::none());
            let answer = invalidate_cache::handle(&function, Letter::batch(&[letter])).await;
            assert!(answer.batch_item_failures.is_empty());
        }
    }
    assert_eq!(delays, [WRITTEN_WITHIN_SECONDS, GRACE.render_seconds]);
    let item = format!("#media-{}", file.media);
    assert_eq!(world.cdn.asked_for(), [[item.clone()], [item]]);
    // The same point again changes nothing, and costs nothing.
    let (status, _) = ask(&world, &file, FOCUS, Some(RIGHT), &Faults::none()).await;
    assert_eq!((status, world.invalidations.take().len()), (200, 0));
}

#[tokio::test]
async fn a_change_that_was_written_is_never_without_its_message() {
    let mut changed = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = published().await;
            let _sent_before = world.invalidations.take();
            let faults = Faults::at(number, fault);
            let _answer = ask(&world, &file, FOCUS, Some(RIGHT), &faults).await;
            if record(&world, &file).focus.is_some() {
                changed += 1;
                assert!(
                    !world.invalidations.take().is_empty(),
                    "{fault:?} at call {number}"
                );
            }
            if faults.calls() <= number {
                break;
            }
        }
    }
    assert!(changed > 2, "{changed}");
}

#[tokio::test]
async fn the_point_stays_with_the_media_until_it_is_deleted() {
    let (world, file) = published().await;
    done(&world, &file, FOCUS, Some(RIGHT)).await;
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    // It can be set while nobody sees it.
    done(&world, &file, FOCUS, Some(r#"{"x": 0, "y": 0}"#)).await;
    done(&world, &file, RESTORE, None).await;
    assert_eq!(record(&world, &file).focus, Focus::new(0.0, 0.0));
    assert_eq!(middle(&world, &file, "thumb/card.jpg").await, [255, 0, 0]);
    done(&world, &file, DELETE, None).await;
    assert_eq!(record(&world, &file).focus, None);
    let (status, answer) = ask(&world, &file, FOCUS, Some(RIGHT), &Faults::none()).await;
    assert_eq!((status, &answer["code"]), (409, &json!("deleted")));
}

#[tokio::test]
async fn a_point_outside_or_for_nothing_is_refused() {
    let (world, file) = published().await;
    for (body, field) in [
        (r#"{"x": 1.1, "y": 0}"#, "x"),
        (r#"{"x": 0, "y": -1}"#, "y"),
        (r#"{"x": 0.5}"#, "y"),
        (r#"{"y": 0.5}"#, "x"),
        (r#"{"x": "a", "y": 0}"#, "x"),
        (r#"{"x": 0, "y": 0, "z": 0}"#, "z"),
    ] {
        let (status, answer) = ask(&world, &file, FOCUS, Some(body), &Faults::none()).await;
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{body}");
    }
    let (rejected, bad) = brought("bad.png", b"not a picture").await;
    let (status, answer) = ask(&rejected, &bad, FOCUS, Some(RIGHT), &Faults::none()).await;
    assert_eq!((status, &answer["code"]), (409, &json!("not_ready")));
    let unknown = world.file("never came.png");
    let (status, answer) = ask(&world, &unknown, FOCUS, Some(RIGHT), &Faults::none()).await;
    assert_eq!((status, &answer["code"]), (404, &json!("unknown_media")));
}
