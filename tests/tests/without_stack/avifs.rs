//! An AVIF from its upload to its thumbnail.

use dozo::memory::faults::Faults;

use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::state::State;
use dozo_tests::world::{Letter, World, far, request};

/// A name, the file, its size as displayed, and its frames.
type Uploaded = (&'static str, &'static [u8], (u32, u32), u32);

/// By libavif, behind Pillow: 48 × 36 turned by a quarter, with alpha, EXIF and XMP that tell a secret; and two frames of
/// 32 × 24.
const FILES: [Uploaded; 2] = [
    (
        "still.avif",
        include_bytes!("../../../fuzz/seeds/images/avif-alpha-turned.avif"),
        (36, 48),
        1,
    ),
    (
        "moving.avif",
        include_bytes!("../../../fuzz/seeds/images/avif-animated.avif"),
        (32, 24),
        2,
    ),
];

fn tells(bytes: &[u8]) -> bool {
    bytes.windows(6).any(|word| word == b"secret")
}

#[tokio::test(start_paused = true)]
async fn an_avif_becomes_ready_without_its_metadata_and_has_thumbnails() {
    assert!(tells(FILES[0].1));
    for (name, body, (width, height), frames) in FILES {
        let world = World::new(1);
        let file = world.file(name);
        world.upload(&file, body);
        let validate = world.validate_upload(&Faults::none());
        let letters = Letter::batch(&[Letter::about(&file, "m")]);
        let response = validate_upload::handle(&validate, letters).await;
        assert!(response.batch_item_failures.is_empty(), "{name}");

        let record = world.record(&file).unwrap();
        assert_eq!(record.state, State::Ready, "{name}: {:?}", record.rejection);
        let content = record.content.unwrap();
        assert_eq!(content.format, Format::Avif);
        assert_eq!((content.width, content.height), (Some(width), Some(height)));
        assert_eq!(content.frames, frames);

        let delivered = world.store.contents(Bucket::Delivery);
        let (key, original) = delivered.iter().next().unwrap();
        assert!(key.ends_with("/original.avif"), "{key}");
        assert!(!tells(&original.body), "{name}");

        let renderer = world.render_thumbnail(&Faults::none());
        for format in ["jpg", "webp", "avif", "png", "gif"] {
            let path = format!(
                "/public/demo/{}/iiif/image/full/9,/0/default.{format}",
                file.media
            );
            let reply =
                render_thumbnail::handle(&renderer, request("GET", &path, &[]), far()).await;
            assert_eq!(reply.status, 200, "{path}");
            if format != "avif" {
                let thumbnail = image::load_from_memory(&reply.body).unwrap();
                assert_eq!(thumbnail.width(), 9);
                assert_eq!(
                    thumbnail.height(),
                    9 * height / width + u32::from(name == "moving.avif")
                );
            }
        }
    }
}
