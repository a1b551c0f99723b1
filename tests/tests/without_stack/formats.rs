//! Tests pictures of which an original is made, and apps that accept certain formats only.

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::kind::{Format, Kind};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo::vocabulary::upload_format::{Convertible, UploadFormat};
use dozo_tests::pictures::picture;
use dozo_tests::world::{Letter, World};
use image::ImageFormat;

const BMP: &[u8] = include_bytes!("../../cases/images/bmp.bmp");
const TIFF: &[u8] = include_bytes!("../../../codecs/tests/converted/cases/three-pictures.tif");
const PHOTO: &[u8] = include_bytes!("../../../codecs/tests/converted/cases/tiles.tif");

async fn deliver(world: &World, file: &UploadedFile) -> MediaRecord {
    let app = world.validate_upload(&Faults::none());
    let batch = Letter::batch(&[Letter::about(file, "m")]);
    let response = validate_upload::handle(&app, batch).await;
    assert!(response.batch_item_failures.is_empty());
    world.record(file).unwrap()
}

async fn bring(world: &World, name: &str, body: &[u8]) -> MediaRecord {
    let file = world.file(name);
    world.upload(&file, body);
    deliver(world, &file).await
}

fn code(record: &MediaRecord) -> Option<&str> {
    let rejection = record.rejection.as_ref();
    rejection.map(|rejection| rejection.code.as_str())
}

#[tokio::test(start_paused = true)]
async fn an_original_is_made_of_what_browsers_do_not_show() {
    for (name, body, from, format, pictures) in [
        ("a.bmp", BMP, Convertible::Bmp, Format::Png, None),
        ("b.tif", TIFF, Convertible::Tiff, Format::Png, Some(3)),
        ("c.tif", PHOTO, Convertible::Tiff, Format::Jpeg, None),
    ] {
        let world = World::new(1);
        let record = bring(&world, name, body).await;
        assert_eq!(record.state, State::Ready, "{name}");
        let content = record.content.clone().unwrap();
        let found = (content.made_from, content.format, content.pictures);
        assert_eq!(found, (Some(from), format, pictures), "{name}");
        assert_eq!(content.bytes, body.len() as u64, "{name}");
        let (key, object) = world
            .store
            .contents(Bucket::Delivery)
            .into_iter()
            .next()
            .unwrap();
        assert!(key.ends_with(&format!("original.{}", format.extension())));
        let decoded = image::load_from_memory(&object.body).unwrap();
        let size = (Some(decoded.width()), Some(decoded.height()));
        assert_eq!(size, (content.width, content.height), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_says_which_formats_it_accepts() {
    let world = World::new(1);
    let only = [Format::Jpeg, Format::Png, Format::Pdf].map(UploadFormat::Kept);
    world.register(|app| app.formats = Some(only.to_vec()));
    let png = picture(ImageFormat::Png, 20, 10, 1).unwrap();
    assert_eq!(bring(&world, "a.png", &png).await.state, State::Ready);
    for (name, body, found) in [
        ("a.bmp", BMP, "a BMP image"),
        ("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP image"),
        // One that the platform does not know, either.
        ("a.psd", b"8BPS\0\x01", "a Photoshop document"),
    ] {
        let refused = bring(&world, name, body).await.rejection.unwrap();
        assert_eq!(refused.code, "format_not_accepted", "{name}");
        assert_eq!(
            refused.message,
            format!(
                "The file is {found}. This app accepts only JPEG and PNG. Save it in one of these formats, and upload the new file."
            )
        );
    }
    world.register(|app| app.formats = Some(vec![UploadFormat::Converted(Convertible::Bmp)]));
    assert_eq!(bring(&world, "b.bmp", BMP).await.state, State::Ready);
    let refused = bring(&world, "b.png", &png).await.rejection.unwrap();
    assert!(
        refused.message.contains("only BMP. Save it in this format"),
        "{}",
        refused.message
    );
}

/// The settings may have changed since, or the platform may know more formats.
#[tokio::test(start_paused = true)]
async fn the_same_bytes_are_judged_anew_once_their_format_is_accepted() {
    let world = World::new(1);
    world.register(|app| app.formats = Some(vec![UploadFormat::Kept(Format::Jpeg)]));
    let file = world.file("a.bmp");
    world.upload(&file, BMP);
    let refused = deliver(&world, &file).await;
    assert_eq!(code(&refused), Some("format_not_accepted"));
    // Nothing changes while the answer is the same.
    let again = deliver(&world, &file).await;
    assert_eq!(again, refused);
    world.register(|app| app.formats = None);
    let accepted = deliver(&world, &file).await;
    assert_eq!(accepted.state, State::Ready);
    assert_eq!(accepted.generation, refused.generation + 1);
}

/// As a record of an earlier version has it, which did not accept any BMP.
#[tokio::test(start_paused = true)]
async fn what_an_earlier_version_refused_is_judged_anew() {
    let world = World::new(1);
    world.register(|app| app.kinds = vec![Kind::Pdf]);
    let file = world.file("a.bmp");
    world.upload(&file, BMP);
    assert_eq!(
        code(&deliver(&world, &file).await),
        Some("kind_not_accepted")
    );
    world.register(|app| app.kinds = Kind::PROCESSED.to_vec());
    assert_eq!(deliver(&world, &file).await.state, State::Ready);
}
