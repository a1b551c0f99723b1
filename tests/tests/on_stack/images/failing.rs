//! Tests a published media that cannot be rendered: it raises an alarm and is not rendered again at each view.

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::metrics::Metric;
use dozo::ports::store::{Condition, ObjectStore};
use dozo::stages::render::Reply;
use dozo::vocabulary::keys::{Item, Key, ObjectLocation};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::state::State;
use dozo_tests::world::World;
use image::ImageFormat;
use serde_json::json;

use super::memory::{large, published, shown};
use dozo_tests::pictures::picture;

fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply.headers.get(name).map(|value| value.to_str().unwrap())
}

fn original(file: &UploadedFile) -> ObjectLocation {
    let key = Key::Delivered {
        visibility: Visibility::Public,
        app: file.app.clone(),
        media: file.media.clone(),
        item: Item::Original(Format::Jpeg),
    };
    key.location()
}

/// Publishes a JPEG, and then removes half of its pixels from the delivered object.
async fn broken(world: &World) -> UploadedFile {
    let whole = picture(ImageFormat::Jpeg, 90, 60, 3).unwrap();
    let file = published(world, &whole).await;
    let cut = [&whole[..whole.len() / 2], &[0xFF, 0xD9]].concat();
    let location = original(&file);
    let object = world.store.find(&location).unwrap();
    let (headers, condition) = (&object.info.headers, Condition::Is(&object.info.etag));
    let put = world.store.put(&location, cut.into(), headers, condition);
    put.await.unwrap();
    file
}

#[tokio::test]
async fn what_a_file_is_to_blame_for_is_counted_and_kept_for_a_minute() {
    let world = large(1);
    let file = broken(&world).await;
    let app = world.render_thumbnail(&Faults::none());
    for (number, asked) in (1..).zip(["full/max", "full/30,20", "full/9,6"]) {
        let reply = shown(&app, &file, asked).await;
        assert_eq!(reply.status, 500);
        let kept = header(&reply, "cache-control").unwrap();
        assert!(kept.contains("s-maxage=60"), "{kept}");
        assert!(kept.contains("max-age=0"), "browsers do not: {kept}");
        let tag = header(&reply, "x-amz-meta-cache-tag").unwrap();
        assert!(tag.contains(file.media.as_str()), "{tag}");
        assert_eq!(world.metrics.of(Metric::RenderingFailed), number);
    }
    // A successful rendering and a request outside the image do not count as failures.
    let world = large(2);
    let good = published(&world, &picture(ImageFormat::Jpeg, 90, 60, 4).unwrap()).await;
    let app = world.render_thumbnail(&Faults::none());
    assert_eq!(shown(&app, &good, "full/max").await.status, 200);
    assert_eq!(shown(&app, &good, "5000,0,10,10/max").await.status, 400);
    assert_eq!(world.metrics.of(Metric::RenderingFailed), 0);
}

#[tokio::test]
async fn what_the_store_is_to_blame_for_is_neither() {
    let world = large(1);
    let file = published(&world, &picture(ImageFormat::Png, 90, 60, 3).unwrap()).await;
    let mut answered = 0;
    for call in 0..5 {
        // It takes long, so the record is asked for once more at the end.
        let clock = world.clock.clone();
        let faults = Faults::planned(move |number| {
            if number == 0 {
                clock.advance(2);
            }
            (number == call).then_some(Fault::Refused)
        });
        let app = world.render_thumbnail(&faults);
        let reply = shown(&app, &file, "full/max").await;
        assert!(faults.calls() > call);
        if reply.status == 200 {
            answered += 1;
            continue;
        }
        assert!(reply.status >= 500, "call {call}: {}", reply.status);
        assert_eq!(header(&reply, "cache-control"), Some("no-store"));
        assert_eq!(header(&reply, "x-amz-meta-cache-tag"), None);
    }
    assert_eq!(
        answered, 1,
        "where only the guess that it is a JPEG was refused"
    );
    assert_eq!(world.metrics.of(Metric::RenderingFailed), 0);
}

/// The CDN would otherwise keep the answer beyond the invalidation that the withdrawal sends.
#[tokio::test]
async fn nothing_is_said_of_a_media_that_was_withdrawn_meanwhile() {
    let world = large(1);
    let file = broken(&world).await;
    let mut record = world.record(&file).unwrap();
    record.state = State::Suspending;
    let location = Key::Media(file.app.clone(), file.media.clone()).location();
    let (store, clock) = (world.store.clone(), world.clock.clone());
    let faults = Faults::planned(move |call| {
        if call == 0 {
            clock.advance(2);
        }
        if call == 3 {
            let _written = store.upload(&location, json!(record).to_string().as_bytes());
        }
        None
    });
    let app = world.render_thumbnail(&faults);
    assert_eq!(shown(&app, &file, "full/max").await.status, 404);
    assert_eq!(world.metrics.of(Metric::RenderingFailed), 0);
}
