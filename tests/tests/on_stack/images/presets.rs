//! Tests presets, and apps that allow nothing but presets and listed sizes.

use std::io::Cursor;

use dozo_tests::stack::{PATIENCE, Stack, fresh_app, until};
use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use reqwest::Method;
use serde_json::json;

use crate::images::{dimensions, photo, pictured, ready_for};

#[tokio::test]
async fn an_app_s_presets_come_in_the_format_that_suits_the_viewer() {
    let stack = Stack::running();
    let app = fresh_app("presets");
    let presets = json!({
        "inside": {"width": 300, "height": 300},
        "cover": {"fit": "cover", "width": 300, "height": 300, "quality": 60},
        "exact": {"fit": "exact", "width": 700, "height": 100, "formats": ["jpg", "webp"]},
    });
    let registered = stack.register(&app, &json!({"presets": presets})).await;
    assert_eq!(
        registered["presets"]["exact"]["formats"],
        json!(["webp", "jpg"])
    );
    let shown = ready_for(&stack, &app, &json!({}), "a.jpg", photo(4)).await;
    for (preset, accept, content_type, size) in [
        ("inside", "image/webp,*/*", "image/webp", (300, 200)),
        ("inside", "*/*", "image/jpeg", (300, 200)),
        ("cover", "image/webp", "image/webp", (300, 300)),
        ("exact", "image/avif,image/webp", "image/webp", (700, 100)),
    ] {
        let accept = [("accept", accept)];
        let reply = stack
            .fetch_with(Method::GET, &shown.thumb(preset), &accept)
            .await;
        assert_eq!(
            dimensions(&pictured(&reply, content_type)),
            size,
            "{preset} {accept:?}"
        );
        assert_eq!(reply.header("vary"), "Accept");
    }
    // There is no AVIF decoder here; the tests of the codecs check how it looks.
    let modern = [("accept", "image/avif,image/webp,*/*;q=0.8")];
    let modern = stack
        .fetch_with(Method::GET, &shown.thumb("inside"), &modern)
        .await;
    assert_eq!(modern.header("content-type"), "image/avif");
    assert_eq!(modern.body[4..12], *b"ftypavif");
    // Viewers that accept the same formats share one cache key, whatever else Accept says.
    let again = [("accept", "text/html,image/webp;q=0.9,*/*;q=0.1")];
    let again = stack
        .fetch_with(Method::GET, &shown.thumb("inside"), &again)
        .await;
    assert_eq!(again.header("x-cache"), "Hit from cloudfront");
    for (name, status) in [
        ("inside.jpg", 200),
        ("exact.webp", 200),
        ("exact.avif", 400),
        ("other.jpg", 404),
        ("inside/0001.jpg", 404),
    ] {
        let url = shown.thumb("inside").replace("inside.auto", name);
        assert_eq!(stack.fetch(&url).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn a_changed_preset_is_rendered_anew_and_the_others_stay_in_the_cache() {
    let stack = Stack::running();
    let app = fresh_app("changed");
    let presets = |side: u32| {
        let stays = json!({"width": 50, "height": 50});
        json!({"presets": {"card": {"width": side, "height": side}, "stays": stays}})
    };
    stack.register(&app, &presets(300)).await;
    let shown = ready_for(&stack, &app, &json!({}), "a.jpg", photo(6)).await;
    let card = shown.thumb("card");
    let first = stack.fetch(&card).await;
    assert_eq!(
        first.header("cache-control"),
        "public, max-age=300, s-maxage=31536000"
    );
    assert_eq!(stack.fetch(&shown.thumb("stays")).await.status, 200);
    let again = stack.fetch(&card).await;
    assert_eq!(again.header("x-cache"), "Hit from cloudfront");
    assert_eq!(again.body, first.body);
    stack.register(&app, &presets(60)).await;
    until("the new card", PATIENCE, async || {
        let card = stack.fetch(&card).await;
        (dimensions(&pictured(&card, "image/jpeg")) == (60, 40)).then_some(())
    })
    .await;
    let other = stack.fetch(&shown.thumb("stays")).await;
    assert_eq!(other.header("x-cache"), "Hit from cloudfront");
}

#[tokio::test]
async fn sizes_only_gives_presets_and_the_listed_sizes() {
    let stack = Stack::running();
    let app = fresh_app("sizes");
    let registration =
        json!({"presets": {"card": {"width": 33, "height": 33}}, "sizes_only": true});
    stack.register(&app, &registration).await;
    let shown = ready_for(&stack, &app, &json!({}), "a.jpg", photo(5)).await;
    let info = stack
        .fetch(&format!("{}/info.json", shown.base()))
        .await
        .json();
    assert_eq!(
        (&info["profile"], &info["tiles"]),
        (&json!("level0"), &json!(null))
    );
    for (request, status) in [
        ("full/max/0/default.jpg", 200),
        ("full/300,200/0/default.webp", 200),
        ("full/300,/0/color.png", 200),
        ("full/301,/0/default.jpg", 403),
        ("full/300,200/90/default.jpg", 403),
        ("full/300,200/!0/default.jpg", 403),
        ("full/300,200/0/gray.jpg", 403),
        ("0,0,300,200/max/0/default.jpg", 403),
        ("full/^max/0/default.jpg", 403),
    ] {
        let reply = stack.fetch(&format!("{}/{request}", shown.base())).await;
        assert_eq!(reply.status, status, "{request}: {}", reply.text());
        if status == 403 {
            assert_eq!(reply.json()["code"], "sizes_only");
        }
    }
    assert_eq!(stack.fetch(&shown.thumb("card")).await.status, 200);
}

/// A wide picture, transparent but for a blue square at its right end.
fn square_at_the_right() -> Vec<u8> {
    let picture = RgbaImage::from_fn(600, 200, |x, y| {
        match (540..590).contains(&x) && (80..130).contains(&y) {
            true => Rgba([20, 40, 230, 255]),
            false => Rgba([0, 0, 0, 0]),
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn a_preset_says_what_stays_in_sight_what_is_under_it_and_for_which_screens() {
    let stack = Stack::running();
    let app = fresh_app("finished");
    let presets = json!({
        "middle": {"fit": "cover", "width": 100, "height": 100},
        "best": {"fit": "cover", "width": 100, "height": 100, "gravity": "auto", "background": "#FFEEDD", "dpr": 3},
        "soft": {"width": 300, "height": 300, "blur": 30, "background": "#ffffff"},
    });
    let registered = stack.register(&app, &json!({"presets": presets})).await;
    assert_eq!(registered["presets"]["best"]["background"], "#ffeedd");
    assert_eq!(registered["presets"]["middle"]["dpr"], json!(null));
    let shown = ready_for(&stack, &app, &json!({}), "a.png", square_at_the_right()).await;
    let fetched = async |name: &str| {
        let url = shown.thumb("best").replace("best.auto", name);
        let reply = stack.fetch(&url).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
        image::load_from_memory(&reply.body).unwrap().to_rgb8()
    };
    let blue = |picture: &RgbImage| {
        let is_blue = |Rgb([red, _, blue]): &&Rgb<u8>| *blue > 200 && *red < 80;
        picture.pixels().filter(is_blue).count()
    };
    assert_eq!(blue(&fetched("middle.jpg").await), 0, "it is cut off");
    for (name, side) in [
        ("best.jpg", 100),
        ("best.2x.webp", 200),
        ("best.3x.jpg", 300),
    ] {
        let picture = fetched(name).await;
        assert_eq!(picture.dimensions(), (side, side), "{name}");
        let part = blue(&picture) * 1_000 / usize::try_from(side * side).unwrap();
        assert!(
            (50..80).contains(&part),
            "{name}: {part} per mille are blue"
        );
        let Rgb([red, green, blue]) = *picture.get_pixel(2, 2);
        let off = red.abs_diff(0xff) + green.abs_diff(0xee) + blue.abs_diff(0xdd);
        assert!(off < 16, "{name}: {red} {green} {blue}");
    }
    assert_eq!(blue(&fetched("soft.jpg").await), 0, "it is blurred");
    for name in ["best.4x.jpg", "middle.2x.jpg"] {
        let reply = stack
            .fetch(&shown.thumb("best").replace("best.auto", name))
            .await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (400, &json!("density_not_in_preset"))
        );
    }
}

/// A takedown of the mark takes down what shows it, and leaves nothing unmarked in its place.
#[tokio::test]
async fn a_watermark_is_drawn_until_it_is_taken_down() {
    let stack = Stack::running();
    let app = fresh_app("marked");
    stack.register(&app, &json!({})).await;
    let mut logo = Cursor::new(Vec::new());
    RgbaImage::from_pixel(80, 40, Rgba([255, 0, 0, 255]))
        .write_to(&mut logo, ImageFormat::Png)
        .unwrap();
    let mark = ready_for(
        &stack,
        &app,
        &json!({"visibility": "private"}),
        "logo.png",
        logo.into_inner(),
    )
    .await;
    let presets = json!({"card": {"width": 300, "height": 300, "watermark": {"media": mark.media, "position": "top-left"}}});
    stack.register(&app, &json!({"presets": presets})).await;
    let shown = ready_for(&stack, &app, &json!({}), "a.jpg", photo(4)).await;
    let url = shown.thumb("card").replace("card.auto", "card.jpg");
    let picture = pictured(&stack.fetch(&url).await, "image/jpeg").to_rgb8();
    let Rgb([red, green, blue]) = *picture.get_pixel(20, 20);
    assert!(red > 200 && green < 60 && blue < 60, "{red} {green} {blue}");
    let path = format!("/admin/apps/{app}/media/{}/suspend", mark.media);
    let reply = stack
        .admin()
        .send(Method::POST, &path, &json!({"reason": "abuse"}))
        .await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    let gone = until("what shows the mark is gone", PATIENCE, || async {
        let reply = stack.fetch(&url).await;
        (reply.status == 404).then(|| reply.json())
    });
    assert_eq!(gone.await["code"], "watermark_not_ready");
}

#[tokio::test]
async fn a_preset_that_cannot_be_had_is_refused_by_its_field() {
    let stack = Stack::running();
    let many: serde_json::Map<_, _> = (0..51)
        .map(|n| (format!("p{n}"), json!({"width": 1, "height": 1})))
        .collect();
    for (presets, field) in [
        (json!({"a": {"width": 10}}), "presets.a.height"),
        (json!({"a": {"width": 0, "height": 10}}), "presets.a.width"),
        (
            json!({"a": {"width": 5000, "height": 10}}),
            "presets.a.width",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "quality": 101}}),
            "presets.a.quality",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "quality": 300}}),
            "presets.a.quality",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "formats": []}}),
            "presets.a.formats",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "formats": ["png"]}}),
            "presets.a.formats",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "formats": ["tif"]}}),
            "presets.a.formats[0]",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "fit": "fill"}}),
            "presets.a.fit",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "gravity": "auto"}}),
            "presets.a.gravity",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "fit": "cover", "gravity": "north"}}),
            "presets.a.gravity",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "background": "white"}}),
            "presets.a.background",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "background": "#+12345"}}),
            "presets.a.background",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "blur": 61}}),
            "presets.a.blur",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "dpr": 5}}),
            "presets.a.dpr",
        ),
        (
            json!({"a": {"width": 2049, "height": 10, "dpr": 2}}),
            "presets.a.dpr",
        ),
        (
            json!({"a": {"width": 10, "height": 10, "depth": 1}}),
            "presets.a.depth",
        ),
        (json!({"a": 1}), "presets.a"),
        (json!({"A b": {"width": 10, "height": 10}}), "presets.A b"),
        (json!([]), "presets"),
        (json!(many), "presets"),
    ] {
        let body = json!({"presets": presets});
        let reply = stack
            .admin()
            .send(Method::PUT, "/admin/apps/preset-test", &body)
            .await;
        let problem = reply.json();
        assert_eq!(
            (reply.status, problem["field"].as_str()),
            (400, Some(field)),
            "{problem}"
        );
    }
}
