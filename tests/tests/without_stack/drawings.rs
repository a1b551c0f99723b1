//! A drawing from its upload to its thumbnail.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo::vocabulary::upload_format::Convertible;
use dozo_tests::world::{Letter, World, far, request};

/// More deliveries than any message of these tests needs.
const ENOUGH: u32 = 20;

/// An icon that would run something. Its left half is red.
const ICON: &[u8] = b"<?xml version='1.0'?><!-- secret --><svg xmlns='http://www.w3.org/2000/svg' width='24' height='12' \
    onload='secret()'><script>secret()</script><rect width='12' height='12' fill='#f00' onclick='secret()'/></svg>";

/// Delivers the message; returns whether it was acknowledged.
async fn deliver(world: &World, file: &UploadedFile, faults: &Faults) -> bool {
    let app = world.validate_upload(faults);
    let batch = Letter::batch(&[Letter::about(file, "m")]);
    let response = validate_upload::handle(&app, batch).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

async fn brought(world: &World, name: &str, body: &[u8]) -> (UploadedFile, MediaRecord) {
    let file = world.file(name);
    world.upload(&file, body);
    assert!(deliver(world, &file, &Faults::none()).await);
    let record = world.record(&file).unwrap();
    (file, record)
}

#[tokio::test(start_paused = true)]
async fn a_drawing_is_delivered_as_it_was_written_anew() {
    for keep_metadata in [false, true] {
        let world = World::new(1);
        world.register(|app| app.keep_original_metadata = keep_metadata);
        let (_, record) = brought(&world, "icon.png", ICON).await;
        assert_eq!(record.state, State::Ready, "{:?}", record.rejection);
        let content = record.content.unwrap();
        assert_eq!(content.made_from, Some(Convertible::Svg));
        assert_eq!(content.format, Format::Svg);
        assert_eq!((content.width, content.height), (Some(24), Some(12)));
        assert_eq!(content.bytes, ICON.len() as u64);
        assert!(content.placeholder.is_some() && content.preview.is_none());
        let delivered = world.store.contents(Bucket::Delivery);
        assert_eq!(delivered.len(), 1);
        let (key, original) = delivered.iter().next().unwrap();
        assert!(key.ends_with("/original.svg"), "{key}");
        assert_eq!(
            original.info.headers.content_type.as_deref(),
            Some("image/svg+xml")
        );
        let text = String::from_utf8(original.body.to_vec()).unwrap();
        assert!(
            !text.contains("secret") && !text.contains("script"),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_drawn_at_any_size_in_any_format() {
    let world = World::new(1);
    let (file, _) = brought(&world, "icon.svg", ICON).await;
    let renderer = world.render_thumbnail(&Faults::none());
    let base = format!("/public/demo/{}", file.media);
    let get = async |path: String| {
        render_thumbnail::handle(&renderer, request("GET", &path, &[]), far()).await
    };
    for format in ["jpg", "webp", "avif", "png", "gif"] {
        let reply = get(format!("{base}/iiif/image/full/800,/0/default.{format}")).await;
        assert_eq!(reply.status, 200, "{format}");
        if format == "avif" {
            continue;
        }
        let picture = image::load_from_memory(&reply.body).unwrap().into_rgba8();
        assert_eq!(picture.dimensions(), (800, 400), "{format}");
        let [red, green, blue, alpha] = picture.get_pixel(200, 200).0;
        assert!(
            red > 240 && green < 20 && blue < 20 && alpha == 255,
            "{format}"
        );
        let [_, green, _, alpha] = picture.get_pixel(600, 200).0;
        // JPEG has no transparency.
        assert_eq!(
            (green > 240 && alpha == 255, alpha == 0),
            (format == "jpg", format != "jpg")
        );
    }
    // The right half, turned by a quarter.
    let reply = get(format!(
        "{base}/iiif/image/pct:25,0,50,100/100,/90/gray.png"
    ))
    .await;
    let part = image::load_from_memory(&reply.body).unwrap().into_rgba8();
    assert_eq!(part.dimensions(), (100, 100));
    let alphas = [10, 90].map(|y| part.get_pixel(50, y).0[3]);
    assert_eq!(alphas, [255, 0]);
    let info = get(format!("{base}/iiif/image/info.json")).await;
    let info: serde_json::Value = serde_json::from_slice(&info.body).unwrap();
    assert_eq!(
        (info["width"].as_u64(), info["height"].as_u64()),
        (Some(4_096), Some(2_048))
    );
    let refused = get(format!("{base}/iiif/image/full/800,/0/default.svg")).await;
    assert_eq!(refused.status, 400);
}

/// A process dies at each of its calls; another one ends the work, and puts the same bytes.
#[tokio::test(start_paused = true)]
async fn whoever_ends_the_work_puts_the_same_original() {
    let mut expected = None;
    for nth in 0..20 {
        let world = World::new(1);
        let file = world.file("icon.svg");
        world.upload(&file, ICON);
        let faults = if nth == 0 {
            Faults::none()
        } else {
            Faults::at(nth, Fault::DiesAfter)
        };
        let mut is_done = deliver(&world, &file, &faults).await;
        for _ in 0..ENOUGH {
            if is_done {
                break;
            }
            world.clock.advance(60);
            is_done = deliver(&world, &file, &Faults::none()).await;
        }
        assert_eq!(world.record(&file).unwrap().state, State::Ready, "{nth}");
        let delivered: Vec<_> = world
            .store
            .contents(Bucket::Delivery)
            .into_iter()
            .map(|(key, object)| (key, object.body, object.info.headers.metadata))
            .collect();
        let expected = expected.get_or_insert_with(|| delivered.clone());
        assert_eq!(&delivered, expected, "{nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_says_why() {
    for (body, code, says) in [
        (
            &b"<svg xmlns='http://www.w3.org/2000/svg'><text>a</text></svg>"[..],
            "format_not_supported",
            "with text",
        ),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><g>",
            "damaged",
            "an SVG image",
        ),
        (
            b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>",
            "format_not_supported",
            "declarations",
        ),
        (
            b"<html><svg xmlns='http://www.w3.org/2000/svg'/></html>",
            "script_not_accepted",
            "HTML",
        ),
    ] {
        let (_, record) = brought(&World::new(1), "a.svg", body).await;
        let rejection = record.rejection.unwrap();
        assert_eq!(rejection.code, code, "{}", rejection.message);
        assert!(rejection.message.contains(says), "{}", rejection.message);
    }
}
