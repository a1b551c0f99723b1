//! Tests what render-thumbnail reads, when, and from which source it renders.

mod jpegs;
mod withdrawn;

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::store::{Condition, ObjectStore};
use dozo::stages::render::KEPT_SECONDS;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Item;
use dozo::vocabulary::keys::render::RenderPath;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{LIMITS, Letter, World, far, request};
use http::header::ETAG;
use image::ImageFormat;
use serde_json::json;

/// So long that the picture has a preview of 1,024 × 20 pixels.
const SIZE: (u32, u32) = (2_048, 40);

const SMALL: &str = "full/300,/0/default.jpg";

const PLENTY: Limits = Limits {
    image_pixels: 100_000,
    ..LIMITS
};

async fn published() -> (World, UploadedFile) {
    published_as(ImageFormat::Png).await
}

async fn published_as(format: ImageFormat) -> (World, UploadedFile) {
    let world = World::with_limits(8, PLENTY);
    let file = world.file(&format!("long.{}", format.extensions_str()[0]));
    world.upload(&file, &picture(format, SIZE.0, SIZE.1, 7).unwrap());
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
    (world, file)
}

/// Asks for an image; returns the status and the entity tag.
async fn asked(
    app: &render_thumbnail::Function,
    file: &UploadedFile,
    image: &str,
) -> (u16, String) {
    let path = format!("/public/demo/{}/{image}", file.media);
    let reply = render_thumbnail::handle(app, request("GET", &path, &[]), far()).await;
    let etag = reply.headers.get(ETAG).map(|etag| etag.to_str().unwrap());
    (reply.status, etag.unwrap_or_default().to_owned())
}

async fn iiif(world: &World, file: &UploadedFile, image: &str) -> (u16, bool) {
    let app = world.render_thumbnail(&Faults::none());
    let (status, etag) = asked(&app, file, &format!("iiif/image/{image}")).await;
    (status, etag.starts_with("\"preview-"))
}

/// The keys that were read, with their buckets, in the order of the calls.
fn read(faults: &Faults, file: &UploadedFile) -> Vec<String> {
    let log = faults.log().into_iter();
    log.map(|(_, on)| on.replace(file.media.as_str(), "MEDIA"))
        .collect()
}

#[tokio::test]
async fn everything_is_asked_for_at_once() {
    let (world, file) = published().await;
    let faults = Faults::none();
    let app = world.render_thumbnail(&faults);
    let (status, _) = asked(&app, &file, &format!("iiif/image/{SMALL}")).await;
    assert_eq!(status, 200);
    let mut all = read(&faults, &file);
    all.sort();
    assert_eq!(
        all,
        [
            "Delivery public/demo/MEDIA/preview.jpg",
            "Records apps/demo.json",
            "Records media/demo/MEDIA.json"
        ]
    );

    // The registration is kept for a few seconds.
    let (status, _) = asked(&app, &file, "iiif/image/full/300,/0/default.png").await;
    assert_eq!(status, 200);
    let mut again = read(&faults, &file).split_off(3);
    again.sort();
    // Most pictures are JPEG, so that is asked for before the record tells.
    assert_eq!(
        again,
        [
            "Delivery public/demo/MEDIA/original.jpg",
            "Delivery public/demo/MEDIA/original.png",
            "Records media/demo/MEDIA.json",
        ]
    );
    world.clock.advance(KEPT_SECONDS);
    let (status, _) = asked(&app, &file, "iiif/image/full/max/0/default.jpg").await;
    assert_eq!(status, 200);
    let again = read(&faults, &file).split_off(6);
    assert!(
        again.contains(&"Records apps/demo.json".to_owned()),
        "{again:?}"
    );
    assert_eq!(again.len(), 4);
}

#[tokio::test]
async fn small_sizes_in_formats_that_lose_a_little_come_from_the_preview() {
    let (world, file) = published().await;
    for (image, wanted) in [
        (SMALL, true),
        ("full/300,/0/default.webp", true),
        ("full/300,/0/default.avif", true),
        ("full/300,/90/gray.jpg", true),
        ("full/409,8/0/default.jpg", true),
        ("full/410,8/0/default.jpg", false),
        ("full/409,9/0/default.jpg", false),
        ("full/300,/0/default.png", false),
        ("full/300,/0/default.gif", false),
        ("full/max/0/default.jpg", false),
        ("full/^4000,/0/default.jpg", false),
        ("0,0,1024,40/300,8/0/default.jpg", false),
        ("1024,0,1024,40/200,8/0/default.jpg", true),
        ("pct:50,0,50,100/pct:19/0/default.jpg", true),
        ("full/!300,300/0/default.jpg", true),
    ] {
        let (status, is_of_preview) = iiif(&world, &file, image).await;
        assert_eq!((status, is_of_preview), (200, wanted), "{image}");
    }
    // What a request asks too much for is told by the original's size.
    assert_eq!(iiif(&world, &file, "full/3000,/0/default.jpg").await.0, 400);
    assert_eq!(
        iiif(&world, &file, "3000,0,1,1/1,/0/default.jpg").await.0,
        400
    );
}

#[tokio::test]
async fn a_preset_is_rendered_from_the_preview_where_it_may() {
    let (world, file) = published().await;
    world.register(|app| {
        let card = json!({"card": {"width": 400, "height": 8, "fit": "exact", "formats": ["jpg", "webp", "avif"]},
                          "wide": {"width": 900, "height": 8, "fit": "exact", "formats": ["jpg"]}});
        app.presets = serde_json::from_value(card).unwrap();
    });
    let app = world.render_thumbnail(&Faults::none());
    for (path, wanted) in [
        ("thumb/card.auto", true),
        ("thumb/card.jpg", true),
        ("thumb/wide.jpg", false),
    ] {
        let (status, etag) = asked(&app, &file, path).await;
        assert_eq!(
            (status, etag.starts_with("\"preview-")),
            (200, wanted),
            "{path}"
        );
    }
}

/// Puts something else where the preview is.
async fn replaced(world: &World, file: &UploadedFile, body: &[u8], source: Option<&str>) {
    let preview = world.record(file).unwrap().delivered(Item::Preview);
    let location = preview.location();
    let there = world.store.find(&location).unwrap();
    let mut headers = there.info.headers;
    if let Some(source) = source {
        headers
            .metadata
            .insert("source".to_owned(), source.to_owned());
    }
    let condition = Condition::Is(&there.info.etag);
    let body = body.to_vec().into();
    world
        .store
        .put(&location, body, &headers, condition)
        .await
        .unwrap();
}

#[tokio::test]
async fn without_its_own_preview_a_picture_is_rendered_from_the_original() {
    let of_another = picture(ImageFormat::Jpeg, 1_024, 20, 9).unwrap();
    for (what, body, source) in [
        ("of another version", of_another.clone(), Some("another")),
        (
            "of another size",
            picture(ImageFormat::Jpeg, 9, 2, 9).unwrap(),
            None,
        ),
        ("no picture", b"none".to_vec(), None),
    ] {
        let (world, file) = published().await;
        replaced(&world, &file, &body, source).await;
        assert_eq!(iiif(&world, &file, SMALL).await, (200, false), "{what}");
    }
    let (world, file) = published().await;
    world.register(|app| app.previews = false);
    assert_eq!(
        iiif(&world, &file, SMALL).await,
        (200, false),
        "switched off"
    );
    // It cannot be read now; without the record or the registration there is no answer.
    let (world, file) = published().await;
    let mut answers = Vec::new();
    for call in 0..3 {
        let app = world.render_thumbnail(&Faults::at(call, Fault::Refused));
        let (status, etag) = asked(&app, &file, &format!("iiif/image/{SMALL}")).await;
        answers.push((status, etag.starts_with("\"preview-")));
    }
    answers.sort_unstable();
    assert_eq!(answers, [(200, false), (503, false), (503, false)]);
}

#[tokio::test]
async fn a_preset_can_be_used_as_soon_as_it_is_registered() {
    let (world, file) = published().await;
    let app = world.render_thumbnail(&Faults::none());
    assert_eq!(asked(&app, &file, "thumb/card.jpg").await.0, 404);
    let register = |card| {
        world.register(|app| app.presets = serde_json::from_value(json!({"card": card})).unwrap());
    };
    register(json!({"width": 400, "height": 8, "fit": "exact", "formats": ["jpg"]}));
    assert_eq!(asked(&app, &file, "thumb/card.jpg").await.0, 200);
    assert_ne!(asked(&app, &file, "thumb/card.webp").await.0, 200);
    assert_ne!(asked(&app, &file, "thumb/card.2x.jpg").await.0, 200);
    register(
        json!({"width": 400, "height": 8, "fit": "exact", "dpr": 2, "formats": ["jpg", "webp"]}),
    );
    assert_eq!(asked(&app, &file, "thumb/card.webp").await.0, 200);
    assert_eq!(asked(&app, &file, "thumb/card.2x.jpg").await.0, 200);
}

#[tokio::test]
async fn a_picture_that_is_refused_by_a_kept_registration_is_allowed_by_a_new_one() {
    let (world, file) = published().await;
    world.register(|app| app.sizes_only = true);
    let app = world.render_thumbnail(&Faults::none());
    let path = format!("iiif/image/{SMALL}");
    assert_eq!(asked(&app, &file, &path).await.0, 403);
    world.register(|app| app.sizes_only = false);
    assert_eq!(asked(&app, &file, &path).await.0, 200);
}

/// Each spelling is a cache key of its own: whoever may choose among endless ones makes a rendering of each.
#[tokio::test]
async fn a_listed_size_has_few_spellings() {
    let (world, file) = published().await;
    world.register(|app| app.sizes_only = true);
    let app = world.render_thumbnail(&Faults::none());
    for (request, status) in [
        ("full/max/0/default.jpg", 200),
        ("full/512,10/0/default.jpg", 200),
        ("full/512,/0/color.png", 200),
        ("full/,10/0/default.webp", 200),
        ("full/!512,10/0/default.jpg", 403),
        ("full/!512,11/0/default.jpg", 403),
        ("full/0512,10/0/default.jpg", 403),
        ("full/512,010/0/default.jpg", 403),
        ("full/512,/00/default.jpg", 403),
        ("full/512,/0.0/default.jpg", 403),
        ("full/512,/360/default.jpg", 403),
        ("full/pct:25/0/default.jpg", 403),
        ("full/^512,10/0/default.jpg", 403),
        ("full/^!512,10/0/default.jpg", 403),
        ("0,0,2048,40/max/0/default.jpg", 403),
        ("0,0,2049,40/512,10/0/default.jpg", 403),
        ("pct:0,0,100,100/max/0/default.jpg", 403),
        ("full/512,10/0/gray.jpg", 403),
    ] {
        let found = asked(&app, &file, &format!("iiif/image/{request}")).await.0;
        assert_eq!(found, status, "{request}");
    }
}

#[tokio::test]
async fn no_preview_is_asked_for_where_none_can_serve() {
    let (world, file) = published().await;
    world.register(|app| {
        let presets = json!({"wide": {"width": 900, "height": 8, "fit": "exact", "formats": ["jpg"]},
                             "card": {"width": 300, "height": 8, "fit": "exact", "formats": ["jpg"]}});
        app.presets = serde_json::from_value(presets).unwrap();
    });
    let faults = Faults::none();
    let app = world.render_thumbnail(&faults);
    let mut calls = 0;
    for (path, wanted) in [
        ("iiif/image/full/pct:20/0/default.jpg", true),
        ("iiif/image/full/pct:21/0/default.jpg", false),
        ("thumb/card.jpg", true),
        ("thumb/wide.jpg", false),
    ] {
        assert_eq!(asked(&app, &file, path).await.0, 200);
        let keys = read(&faults, &file).split_off(calls);
        calls += keys.len();
        let is_asked = keys.iter().any(|key| key.ends_with("preview.jpg"));
        assert_eq!(is_asked, wanted, "{path}: {keys:?}");
    }
    world.register(|app| app.previews = false);
    world.clock.advance(KEPT_SECONDS);
    for _ in 0..2 {
        let path = format!("iiif/image/{SMALL}");
        assert_eq!(asked(&app, &file, &path).await.0, 200);
    }
    let keys = read(&faults, &file).split_off(calls);
    let previews = keys.iter().filter(|key| key.ends_with("preview.jpg"));
    assert_eq!(previews.count(), 1, "before the registration was read");
}

#[test]
fn a_preview_is_no_path_of_an_image() {
    let media = "01arz3ndektsv4rrffq69g5fav-0000000000000";
    for path in [
        "preview.jpg",
        "thumbs/0123456789abcdef.webp",
        "thumb/thumbs/0123456789abcdef.webp",
        "iiif/preview",
        "iiif/preview/info.json",
        "iiif/preview/full/max/0/default.jpg",
    ] {
        assert_eq!(
            RenderPath::parse(&format!("/public/demo/{media}/{path}")),
            None,
            "{path}"
        );
    }
}
