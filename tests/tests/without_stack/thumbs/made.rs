//! Tests that the thumbnails of eager presets are there when a picture is ready, whatever dies or comes twice.

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::store::{PUT_NEW, PUT_OVER};
use dozo_tests::pdfs;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, far, request};
use http::HeaderMap;
use image::codecs::gif::GifEncoder;
use image::{Delay, Frame, Rgba, RgbaImage};

use super::{CARD, LAZY, make, published, register, stored, uploaded, viewed};

#[tokio::test(start_paused = true)]
async fn a_picture_gets_its_thumbnails_soon_after_it_is_ready() {
    let (world, file) = published(CARD).await;
    let made = stored(&world);
    let mut types: Vec<_> = made
        .values()
        .map(|object| object.info.headers.content_type.clone().unwrap())
        .collect();
    types.sort();
    assert_eq!(types, ["image/jpeg", "image/webp"]);
    for (key, object) in &made {
        let metadata = &object.info.headers.metadata;
        assert!(key.starts_with(&format!("public/demo/{}/thumbs/", file.media)));
        assert_eq!(
            metadata["cache-tag"],
            format!("media-{},app-demo,preset-demo/card", file.media)
        );
        assert_eq!(metadata["made-from"], "preview");
        let size = image::load_from_memory(&object.body).unwrap();
        assert_eq!((size.width(), size.height()), (300, 8));
    }
    let (lazy, _) = published(LAZY).await;
    assert!(stored(&lazy).is_empty());
    assert!(lazy.bulk_uploads.take().is_empty());
}

/// A viewer cannot tell whether the answer was made ahead.
#[tokio::test(start_paused = true)]
async fn the_answer_is_what_would_be_rendered() {
    let ((eager, file), (lazy, other)) = (published(CARD).await, published(LAZY).await);
    assert_eq!(file.media, other.media);
    for path in ["thumb/card.webp", "thumb/card.jpg", "thumb/card.auto"] {
        let (made, rendered) = (
            viewed(&eager, &file, path).await,
            viewed(&lazy, &other, path).await,
        );
        assert_eq!((made.status, rendered.status), (200, 200), "{path}");
        let plain = |headers: &HeaderMap| format!("{headers:?}");
        assert_eq!(plain(&made.headers), plain(&rendered.headers), "{path}");
        assert!(made.body == rendered.body, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_changes_nothing_in_the_end() {
    let (whole, _) = published(CARD).await;
    let expected = stored(&whole);
    assert_eq!(expected.len(), 2);
    let mut struck = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = uploaded(CARD);
            let faults = Faults::at(number, fault);
            let mut post = Post::new(&world);
            post.notify(Letter::about(&file, "s3"));
            while faults.calls() <= number && post.deliver(&faults).await {}
            let is_reached = faults.calls() > number;
            post.finish().await;
            assert_eq!(stored(&world), expected, "{fault:?} at call {number}");
            if !is_reached {
                break;
            }
            struck += 1;
        }
    }
    assert!(struck > 100, "{struck}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_twice_finds_its_work_done() {
    let (world, file) = published(CARD).await;
    let before = stored(&world);
    let faults = Faults::none();
    assert!(make(&world, &file, &faults).await);
    let puts = [PUT_NEW, PUT_OVER];
    assert!(faults.log().iter().all(|(call, _)| !puts.contains(call)));
    assert_eq!(stored(&world), before);
}

/// S3's event comes again when the picture is ready: whoever published it may have died before it asked for thumbnails.
#[tokio::test(start_paused = true)]
async fn an_event_about_a_ready_picture_asks_again() {
    let (world, file) = published(LAZY).await;
    register(&world, CARD);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "again"));
    post.finish().await;
    assert_eq!(stored(&world).len(), 2);
}

/// The platform's limit was lowered since, so viewers get no image of it: the rest goes on.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_rendered_is_left_out() {
    let (world, file) = uploaded(LAZY);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    register(&world, CARD);
    let mut app = world.validate_upload(&Faults::none());
    app.thumb_maker.renderer.limits.image_bytes = 1;
    let answer = validate_upload::handle(&app, Letter::bulk_batch(&[super::about(&file)])).await;
    assert!(answer.batch_item_failures.is_empty());
    assert!(stored(&world).is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_pictures_have_them() {
    let world = World::new(8);
    register(&world, CARD);
    let file = world.file("a.pdf");
    world.upload(&file, &pdfs::plain(1));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert!(make(&world, &file, &Faults::none()).await);
    assert!(stored(&world).is_empty());
    // Nor has a media that nobody knows.
    assert!(make(&world, &world.file("none.png"), &Faults::none()).await);
}

/// Encoders of AVIF make stills only, so an animation would stand still for most viewers.
#[tokio::test(start_paused = true)]
async fn an_animation_moves_in_what_viewers_get() {
    let presets = r#"{"card": {"fit": "inside", "width": 20, "height": 20, "eager": true, "formats": ["avif", "webp", "jpg"]},
                      "none": {"fit": "inside", "width": 20, "height": 20, "eager": true, "formats": ["avif", "jpg"]}}"#;
    let world = World::new(8);
    register(&world, presets);
    let file = world.file("moving.gif");
    world.upload(&file, &moving());
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    let types = stored(&world)
        .into_values()
        .map(|object| object.info.headers.content_type.unwrap());
    let mut types: Vec<_> = types.collect();
    types.sort();
    // Of two presets; the second one has nothing better than AVIF.
    let made = ["image/avif", "image/jpeg", "image/jpeg", "image/webp"];
    assert_eq!(types, made);
    for (path, content_type) in [
        ("card.auto", "image/webp"),
        ("card.avif", "image/avif"),
        ("none.auto", "image/avif"),
    ] {
        let path = format!("/public/demo/{}/thumb/{path}", file.media);
        let asked = request("GET", &path, &[("x-dozo-accept", "avif")]);
        let app = world.render_thumbnail(&Faults::none());
        let reply = render_thumbnail::handle(&app, asked, far()).await;
        let found = reply.headers["content-type"].to_str().unwrap();
        assert_eq!((reply.status, found), (200, content_type), "{path}");
    }
}

fn moving() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for colour in [[255, 0, 0, 255], [0, 0, 255, 255]] {
        let picture = RgbaImage::from_pixel(30, 20, Rgba(colour));
        let delay = Delay::from_numer_denom_ms(100, 1);
        let frame = Frame::from_parts(picture, 0, 0, delay);
        encoder.encode_frame(frame).unwrap();
    }
    drop(encoder);
    file
}
