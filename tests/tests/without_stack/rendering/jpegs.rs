//! Tests of pictures that are too large for a preview: a JPEG is asked for before its record tells that it is one.

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::store::{Condition, ObjectStore};
use dozo::vocabulary::keys::Item;
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::pictures::picture;
use dozo_tests::world::{World, far, request};
use http::header::CACHE_CONTROL;
use image::ImageFormat;

use super::{SIZE, asked, published, published_as, read};

const LARGE: &str = "full/1000,/0/default.webp";

/// Asks for the picture with new processes; returns the status and the entity tag, which tells all pixels.
async fn shown(world: &World, file: &UploadedFile) -> (u16, String) {
    let app = world.render_thumbnail(&Faults::none());
    asked(&app, file, &format!("iiif/image/{LARGE}")).await
}

#[tokio::test]
async fn a_jpeg_is_read_once_together_with_its_record() {
    let (world, file) = published_as(ImageFormat::Jpeg).await;
    for image in [LARGE, "full/max/0/default.jpg", "full/100,/0/default.png"] {
        let faults = Faults::none();
        let app = world.render_thumbnail(&faults);
        let (status, _) = asked(&app, &file, &format!("iiif/image/{image}")).await;
        assert_eq!(status, 200);
        // It is on its way before anything is known of the record: the memory's calls answer when they are asked again, and
        // then the second comes first.
        let wanted = [
            "Records media/demo/MEDIA.json",
            "Records apps/demo.json",
            "Delivery public/demo/MEDIA/original.jpg",
        ];
        assert_eq!(read(&faults, &file), wanted, "{image}");
    }
}

#[tokio::test]
async fn a_jpeg_that_could_not_be_read_early_is_asked_for_again() {
    let (world, file) = published_as(ImageFormat::Jpeg).await;
    let mut answers = Vec::new();
    for call in 0..3 {
        let app = world.render_thumbnail(&Faults::at(call, Fault::Refused));
        answers.push(asked(&app, &file, &format!("iiif/image/{LARGE}")).await.0);
    }
    answers.sort_unstable();
    assert_eq!(answers, [200, 503, 503]);
}

/// The CDN keeps the answer that a file cannot be rendered, and must not keep this one.
#[tokio::test]
async fn a_transfer_that_breaks_off_is_no_fault_of_the_file() {
    for image in [LARGE, "full/100,/0/default.png"] {
        let (mut world, file) = published_as(ImageFormat::Jpeg).await;
        world.store = world.store.breaking_off_after(10_000);
        let path = format!("/public/demo/{}/iiif/image/{image}", file.media);
        let app = world.render_thumbnail(&Faults::none());
        let reply = render_thumbnail::handle(&app, request("GET", &path, &[]), far()).await;
        let kept = reply.headers.get(CACHE_CONTROL).unwrap();
        assert_eq!(
            (reply.status, kept.to_str().unwrap()),
            (503, "no-store"),
            "{image}"
        );
    }
}

#[tokio::test]
async fn what_lies_there_is_shown_only_if_it_is_the_original() {
    let stranger = picture(ImageFormat::Jpeg, SIZE.0, SIZE.1, 9).unwrap();

    // The record says that the picture is a PNG.
    let (world, file) = published().await;
    let before = shown(&world, &file).await;
    assert_eq!(before.0, 200);
    let record = world.record(&file).unwrap();
    let png = record.delivered(Item::Original(Format::Png)).location();
    let headers = world.store.find(&png).unwrap().info.headers;
    let jpeg = record.delivered(Item::Original(Format::Jpeg)).location();
    let put = world
        .store
        .put(&jpeg, stranger.clone().into(), &headers, Condition::Absent);
    put.await.unwrap();
    assert_eq!(shown(&world, &file).await, before);

    // It was made from another version of the upload.
    let (world, file) = published_as(ImageFormat::Jpeg).await;
    let record = world.record(&file).unwrap();
    let jpeg = record.delivered(Item::Original(Format::Jpeg)).location();
    let info = world.store.find(&jpeg).unwrap().info;
    let mut headers = info.headers;
    let source = headers
        .metadata
        .insert("source".to_owned(), "another".to_owned());
    assert!(source.is_some());
    let condition = Condition::Is(&info.etag);
    let put = world.store.put(&jpeg, stranger.into(), &headers, condition);
    put.await.unwrap();
    assert_eq!(shown(&world, &file).await.0, 404);
}
