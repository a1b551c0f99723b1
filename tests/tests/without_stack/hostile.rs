//! Tests files that were made to do harm, or were damaged on their way: each gets a verdict, and none stops the stage.

use dozo::memory::faults::Faults;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::mutated::mutated;
use dozo_tests::pictures::{gps_photo, picture, png_that_promises};
use dozo_tests::world::{Letter, World};
use image::ImageFormat;
use rand::SeedableRng;
use rand::rngs::StdRng;

const FORMATS: [ImageFormat; 4] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::WebP,
    ImageFormat::Gif,
];

async fn judge(world: &World, name: &str, body: &[u8]) -> MediaRecord {
    let file = world.file(name);
    world.upload(&file, body);
    let app = world.validate_upload(&Faults::none());
    let response = validate_upload::handle(&app, Letter::batch(&[Letter::about(&file, "m")])).await;
    assert!(
        response.batch_item_failures.is_empty(),
        "{name} was not judged"
    );
    world.record(&file).expect("a record")
}

#[tokio::test(start_paused = true)]
async fn two_thousand_mutated_images_are_each_judged() {
    let mut rng = StdRng::seed_from_u64(20);
    let world = World::new(1);
    let (mut ready, mut rejected) = (0, 0);
    for number in 0..2000 {
        let good = picture(FORMATS[number % 4], 33, 21, 9).unwrap();
        let body = mutated(&good, &mut rng);
        match judge(&world, &format!("{number}"), &body).await.state {
            State::Ready => ready += 1,
            State::Rejected => rejected += 1,
            other => panic!("{other} is no verdict"),
        }
    }
    // Some mutations only change a colour, but most break the file.
    assert!(
        ready > 50 && rejected > 500,
        "{ready} ready, {rejected} rejected"
    );
}

/// The file is a PNG of a few hundred bytes whose header promises 50,000 × 50,000 pixels.
#[tokio::test(start_paused = true)]
async fn a_bomb_is_refused_by_what_its_header_promises() {
    let bomb = png_that_promises(50_000, 50_000).unwrap();
    let record = judge(&World::new(1), "bomb.png", &bomb).await;
    assert_eq!(record.rejection.unwrap().code, "too_many_pixels");
}

/// Found by fuzzing: a progressive JPEG with a broken table after a stray marker (TEM), where the decoder stopped
/// reading. The marker is removed with the metadata, so nobody could decode the delivered file. Now the delivered file
/// is what is judged.
#[tokio::test(start_paused = true)]
async fn what_is_delivered_is_what_was_decoded() {
    let broken = include_bytes!("../../../fuzz/seeds/images/overlong-table.jpg");
    let world = World::new(1);
    let record = judge(&world, "broken.jpg", broken).await;
    assert_eq!(record.rejection.unwrap().code, "damaged");
    assert!(
        world
            .store
            .contents(dozo::vocabulary::keys::Bucket::Delivery)
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_animation_is_refused_by_its_frames() {
    let still = picture(ImageFormat::Gif, 4, 4, 0).unwrap();
    let frame_at = still.iter().rposition(|byte| *byte == 0x2C).unwrap();
    let (head, tail) = still.split_at(frame_at);
    let frame = &tail[..tail.len() - 1];
    let body = [head, &frame.repeat(4), &[0x3B]].concat();
    let record = judge(&World::new(1), "long.gif", &body).await;
    assert_eq!(
        record.rejection.map(|rejection| rejection.code).as_deref(),
        Some("too_many_frames")
    );
}

#[tokio::test(start_paused = true)]
async fn other_formats_are_named_and_refused() {
    let world = World::new(1);
    for (name, body, code, says) in [
        (
            "a.heic",
            &b"\0\0\0\x18ftypheic\0\0\0\0"[..],
            "kind_not_accepted",
            "JPEG",
        ),
        (
            "a.avif",
            b"\0\0\0\x18ftypavif\0\0\0\0",
            "damaged",
            "an AVIF image",
        ),
        ("a.flv", b"FLV\x01", "kind_not_accepted", "Flash"),
        (
            "a.jpg",
            include_bytes!("../../cases/images/jpeg-arithmetic-coded.jpg"),
            "format_not_supported",
            "arithmetic coding",
        ),
        (
            "b.jpg",
            include_bytes!("../../cases/images/jpeg-12-bit-header.jpg"),
            "format_not_supported",
            "12 bits",
        ),
        (
            "cut.bmp",
            b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
            "damaged",
            "BMP",
        ),
        ("cut.tif", b"II*\0\x08\0\0\0\0\0\0\0\0\0", "damaged", "TIFF"),
        ("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0", "damaged", "MP4"),
        (
            "cut.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><g>",
            "damaged",
            "SVG",
        ),
        (
            "cat.jpg",
            b"<!doctype html><script>1</script>",
            "script_not_accepted",
            "HTML",
        ),
        ("a.txt", b"hello", "unknown_format", "JPEG"),
    ] {
        let rejection = judge(&world, name, body).await.rejection.unwrap();
        assert_eq!(rejection.code, code, "{name}");
        assert!(
            rejection.message.contains(says),
            "{name}: {}",
            rejection.message
        );
    }
}

/// An app that accepts no pictures must not be told to save one in another format.
#[tokio::test(start_paused = true)]
async fn advice_is_what_the_app_accepts() {
    let world = World::new(1);
    world.register(|app| app.kinds = vec![dozo::vocabulary::kind::Kind::Pdf]);
    let bmp = include_bytes!("../../cases/images/bmp.bmp");
    let rejection = judge(&world, "a.bmp", bmp).await.rejection.unwrap();
    assert_eq!(rejection.code, "kind_not_accepted");
    assert_eq!(
        rejection.message,
        "The file is a BMP image. This app does not accept images."
    );
}

#[tokio::test(start_paused = true)]
async fn names_are_bounded_and_never_paths() {
    let world = World::new(1);
    let good = picture(ImageFormat::Png, 4, 4, 1).unwrap();
    let long = "n".repeat(900);
    for name in [
        "..",
        "../../x.png",
        "%2F",
        "a\nb.png",
        "🐈.png",
        "\u{202e}gnp.exe",
        "a//b",
        &long,
    ] {
        assert_eq!(
            judge(&world, name, &good).await.state,
            State::Ready,
            "{name:?}"
        );
    }
    let record = judge(&world, &"n".repeat(901), &good).await;
    assert_eq!(record.rejection.unwrap().code, "name_too_long");
}

/// By default a photo is delivered without the place where it was taken; an app may keep it.
#[tokio::test(start_paused = true)]
async fn a_place_is_delivered_only_if_the_app_says_so() {
    for keep in [false, true] {
        let world = World::new(1);
        world.register(|app| app.keep_original_metadata = keep);
        let photo = gps_photo(6).unwrap();
        assert_eq!(judge(&world, "photo.jpg", &photo).await.state, State::Ready);
        let delivered = world
            .store
            .contents(dozo::vocabulary::keys::Bucket::Delivery);
        let body = &delivered.values().next().unwrap().body;
        let holds_place = body.windows(8).any(|window| window == b"35.6586N");
        assert_eq!(holds_place, keep);
    }
}

/// Every browser shows such a picture completely. The delivered file gets the mark, whether its metadata are kept or
/// not, so that renderings, which read the delivered file, find a complete one.
#[tokio::test(start_paused = true)]
async fn a_picture_that_lacks_only_its_closing_mark_is_delivered_with_it() {
    let png = picture(ImageFormat::Png, 33, 21, 9).unwrap();
    let without_iend = &png[..png.len() - 12];
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/cases/images/");
    for (name, mark) in [
        ("gif-without-trailer.gif", &b";"[..]),
        ("gif-zero-bytes-in-place-of-trailer.gif", b";"),
        ("jpeg-without-eoi.jpg", &[0xFF, 0xD9]),
        ("without-iend.png", b"IEND\xAE\x42\x60\x82"),
    ] {
        for keep in [false, true] {
            let world = World::new(1);
            world.register(|app| app.keep_original_metadata = keep);
            let file = match name {
                "without-iend.png" => without_iend.to_vec(),
                _ => std::fs::read(format!("{samples}{name}")).unwrap(),
            };
            let record = judge(&world, name, &file).await;
            assert_eq!(record.state, State::Ready, "{name}");
            // The record describes the upload, not the delivered file.
            let bytes = u64::try_from(file.len()).unwrap();
            assert_eq!(record.content.unwrap().bytes, bytes, "{name}");
            let delivered = world
                .store
                .contents(dozo::vocabulary::keys::Bucket::Delivery);
            let body = &delivered.values().next().unwrap().body;
            assert!(body.ends_with(mark), "{name}, kept: {keep}");
            assert!(
                image::load_from_memory(body).is_ok(),
                "{name}, kept: {keep}"
            );
        }
    }
}

/// A file uploaded with a grant that lists files must be one of them.
#[tokio::test(start_paused = true)]
async fn a_file_that_was_not_declared_is_refused() {
    let world = World::new(1);
    world.declare(&["a.png"]);
    let good = picture(ImageFormat::Png, 4, 4, 1).unwrap();
    assert_eq!(judge(&world, "a.png", &good).await.state, State::Ready);
    assert_eq!(
        judge(&world, "b.png", &good).await.rejection.unwrap().code,
        "not_declared"
    );
}
