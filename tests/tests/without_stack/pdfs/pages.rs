//! Tests the output for good documents.

use dozo::vocabulary::keys::{Bucket, Item};
use dozo::vocabulary::page::PageFormat;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::{self, Sheet, document, japanese, plain};
use dozo_tests::world;
use image::GenericImageView;
use serde_json::json;

use crate::pdfs::scene::*;

#[tokio::test(start_paused = true)]
async fn a_long_document_is_handed_out_and_committed_once() {
    let (world, file) = settled(1, &plain(19)).await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_eq!(times(&world, &file, What::Ready), 1);
    assert_eq!(record(&world, &file).content.unwrap().pages, Some(19));
    for number in 1..=19 {
        assert_eq!(picture(&world, &file, number).dimensions(), (133, 200));
        assert_eq!(text(&world, &file, number).trim(), format!("Page {number}"));
    }
    // There are the original, the manifest, and an image and a text of each page; and nothing else.
    assert_eq!(objects(&world, Bucket::Delivery).len(), 2 + 2 * 19);
    assert_eq!(
        delivered(
            &world,
            &file,
            Item::Original(dozo::vocabulary::kind::Format::Pdf)
        )
        .unwrap(),
        plain(19)
    );
    for (key, (_, headers)) in objects(&world, Bucket::Delivery) {
        let tag = format!("media-{},app-demo", file.media);
        assert_eq!(headers.metadata["cache-tag"], tag, "{key}");
        assert!(headers.cache_control.is_some(), "{key}");
    }
    assert_eq!(objects(&world, Bucket::Work).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_manifest_tells_of_every_page_in_order() {
    let labels = "/PageLabels << /Nums [0 << /S /r >> 2 << /S /D /P (A-) >>] >>";
    let sheets: Vec<_> = (0..4).map(|_| Sheet::text("x")).collect();
    let (world, file) = settled(1, &document(&sheets, labels)).await;
    let manifest = manifest(&world, &file);
    let base = format!("https://cdn.example/public/demo/{}", file.media);
    assert_eq!(manifest["id"], format!("{base}/manifest.json"));
    assert_eq!(manifest["label"], json!({"none": ["手引き.pdf"]}));
    let canvases = manifest["items"].as_array().unwrap();
    let labels: Vec<_> = canvases
        .iter()
        .map(|c| c["label"]["none"][0].clone())
        .collect();
    assert_eq!(labels, ["i", "ii", "A-1", "A-2"]);
    for (place, canvas) in canvases.iter().enumerate() {
        let body = &canvas["items"][0]["items"][0]["body"];
        let service = format!("{base}/iiif/page-{:04}", place + 1);
        assert_eq!(body["id"], format!("{service}/full/max/0/default.jpg"));
        assert_eq!(body["service"][0]["id"], service);
        assert_eq!(
            (&canvas["width"], &canvas["height"]),
            (&json!(133), &json!(200))
        );
        assert_eq!(
            canvas["seeAlso"][0]["id"],
            format!("{base}/text/{:04}.txt", place + 1)
        );
        assert_eq!(canvas["items"][0]["items"][0]["target"], canvas["id"]);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_are_rendered_in_any_size() {
    let (world, file) = settled(1, &plain(3)).await;
    world.register(|app| {
        let preset = json!({"fit": "inside", "width": 50, "height": 50, "formats": ["jpg"]});
        app.presets.insert(
            "small".parse_name(),
            serde_json::from_value(preset).unwrap(),
        );
    });
    let app = world.render_thumbnail(&dozo::memory::faults::Faults::none());
    let subject = format!("/public/demo/{}", file.media);
    for (path, expected) in [
        ("/iiif/page-0002/full/66,/0/default.jpg", Some((66, 99))),
        (
            "/iiif/page-0003/0,0,10,20/max/90/default.png",
            Some((20, 10)),
        ),
        ("/thumb/small/0003.jpg", Some((33, 50))),
        ("/iiif/page-0004/full/66,/0/default.jpg", None),
        ("/iiif/image/full/66,/0/default.jpg", None),
        ("/thumb/small.jpg", None),
    ] {
        let event = world::request("GET", &format!("{subject}{path}"), &[]);
        let reply = render_thumbnail::handle(&app, event, world::far()).await;
        let size = (reply.status == 200)
            .then(|| image::load_from_memory(&reply.body).unwrap().dimensions());
        assert_eq!(
            size,
            expected,
            "{path}: {}",
            String::from_utf8_lossy(&reply.body)
        );
        assert!(expected.is_some() || reply.status == 404, "{path}");
    }
    let info = world::request("GET", &format!("{subject}/iiif/page-0001/info.json"), &[]);
    let reply = render_thumbnail::handle(&app, info, world::far()).await;
    let info: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (&info["width"], &info["height"]),
        (&json!(133), &json!(200))
    );
}

trait ParseName {
    fn parse_name(&self) -> dozo::vocabulary::preset::PresetName;
}

impl ParseName for str {
    fn parse_name(&self) -> dozo::vocabulary::preset::PresetName {
        dozo::vocabulary::preset::PresetName::parse(self).unwrap()
    }
}

/// Crop boxes and rotations are honoured, and every page's long side has the requested length.
#[tokio::test(start_paused = true)]
async fn a_page_is_shown_as_its_boxes_and_turn_say() {
    let sheet = |entries: &str| Sheet {
        entries: entries.to_owned(),
        // This is a black square in the lower left corner of the crop.
        content: b"0 0 0 rg 100 100 20 20 re f".to_vec(),
    };
    let sheets = [
        sheet("/MediaBox [0 0 400 400] /CropBox [100 100 200 150]"),
        sheet("/MediaBox [0 0 400 400] /CropBox [100 100 200 150] /Rotate 90"),
        sheet("/MediaBox [0 0 1000000 500000]"),
        sheet("/MediaBox [0 0 1 10000]"),
    ];
    let (world, file) = settled(1, &document(&sheets, "")).await;
    assert_eq!(state(&world, &file), State::Ready);
    let dark = |number, x, y| {
        picture(&world, &file, number)
            .get_pixel(x, y)
            .0
            .iter()
            .all(|c| *c < 60)
    };
    assert_eq!(picture(&world, &file, 1).dimensions(), (200, 100));
    assert!(dark(1, 10, 90) && !dark(1, 190, 90) && !dark(1, 10, 10));
    assert_eq!(picture(&world, &file, 2).dimensions(), (100, 200));
    assert!(dark(2, 10, 10) && !dark(2, 10, 190) && !dark(2, 90, 10));
    assert_eq!(picture(&world, &file, 3).dimensions(), (200, 100));
    assert_eq!(picture(&world, &file, 4).dimensions(), (1, 200));
}

/// The glyphs differ; they are neither blank nor always the same box.
#[tokio::test(start_paused = true)]
async fn japanese_is_drawn_with_the_font_that_ships() {
    let words = ["日本語", "猫窓眠", "ひらが", "カタナ"];
    let sheets: Vec<_> = words.iter().map(|text| japanese(text)).collect();
    let world = world::World::new(1);
    world.register(|app| app.page_size = 600);
    let file = world.file("a.pdf");
    world.upload(&file, &document(&sheets, ""));
    let mut post = dozo_tests::post::Post::new(&world);
    post.notify(world::Letter::about(&file, "s3"));
    post.finish().await;
    let mut seen = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let number = u16::try_from(place + 1).unwrap();
        assert_eq!(text(&world, &file, number).trim(), *word);
        let page = picture(&world, &file, number);
        // Each glyph has a cell of its own, 48 pixels wide.
        for glyph in 0..3 {
            let cell = page.view(40 + glyph * 48, 60, 48, 80).to_image();
            let ink: Vec<bool> = cell.pixels().map(|pixel| pixel.0[0] < 128).collect();
            let black = ink.iter().filter(|black| **black).count();
            assert!((100..2_500).contains(&black), "{word} {glyph}: {black}");
            seen.push(ink);
        }
    }
    for (place, one) in seen.iter().enumerate() {
        for other in &seen[place + 1..] {
            let differing = one.iter().zip(other).filter(|(a, b)| a != b).count();
            assert!(differing > 100, "two glyphs look the same: boxes?");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_chooses_format_and_size() {
    let (world, file) = uploaded(1, &plain(2));
    world.register(|app| (app.page_format, app.page_size) = (PageFormat::Webp, 300));
    let mut post = dozo_tests::post::Post::new(&world);
    post.notify(world::Letter::about(&file, "s3"));
    post.finish().await;
    let body = delivered(&world, &file, Item::Page(page(1), PageFormat::Webp)).unwrap();
    assert_eq!(
        image::load_from_memory(&body).unwrap().dimensions(),
        (200, 300)
    );
    assert_eq!(
        image::guess_format(&body).unwrap(),
        image::ImageFormat::WebP
    );
}

#[tokio::test(start_paused = true)]
async fn an_app_sees_how_far_its_document_is() {
    let (world, file) = uploaded(1, &plain(20));
    let mut post = dozo_tests::post::Post::new(&world);
    post.notify(world::Letter::about(&file, "s3"));
    let mut seen = Vec::new();
    while post.deliver(&dozo::memory::faults::Faults::none()).await {
        let progress = shown(&world, &file).await["progress"].clone();
        seen.push(progress);
    }
    let step = |done| json!({"done": done, "total": 20});
    assert_eq!(seen, [json!(null), step(0), step(8), step(16), json!(null)]);
    let ready = shown(&world, &file).await;
    // Black letters on white: the first page's.
    assert_eq!(ready["placeholder"]["color"], "#ffffff");
    assert_eq!(
        ready["placeholder"]["thumbhash"].as_str().unwrap().len(),
        28
    );
    assert_eq!(ready["pages"], 20);
    let base = format!("https://cdn.example/public/demo/{}", file.media);
    assert_eq!(ready["urls"]["manifest"], format!("{base}/manifest.json"));
    assert_eq!(ready["urls"]["original"], format!("{base}/original.pdf"));
    assert_eq!(ready["urls"].get("iiif"), None);
}

#[tokio::test(start_paused = true)]
async fn what_only_changes_want_a_password_for_is_read() {
    let (world, file) = settled(1, pdfs::OWNER_PASSWORD).await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_eq!(text(&world, &file, 1).trim(), "secret");
}
