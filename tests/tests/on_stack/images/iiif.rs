//! Tests the IIIF Image API: what each part of a path does, and the headers of an answer.

use dozo_tests::pictures::gps_photo;
use dozo_tests::stack::Stack;
use reqwest::Method;
use serde_json::json;

use crate::images::{dimensions, photo, pictured, ready};

#[tokio::test]
async fn every_part_of_a_path_does_what_it_says() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(1)).await;
    for (request, content_type, size, canonical) in [
        (
            "full/max/0/default.jpg",
            "image/jpeg",
            (600, 400),
            "full/max/0/default.jpg",
        ),
        (
            "square/200,/0/default.png",
            "image/png",
            (200, 200),
            "100,0,400,400/200,200/0/default.png",
        ),
        (
            "10,20,300,100/,50/90/gray.webp",
            "image/webp",
            (50, 150),
            "10,20,300,100/150,50/90/gray.webp",
        ),
        (
            "pct:50,50,50,50/!100,100/!180/color.gif",
            "image/gif",
            (100, 67),
            "300,200,300,200/100,67/!180/default.gif",
        ),
        (
            "full/%5Epct:150/270/bitonal.png",
            "image/png",
            (600, 900),
            "full/%5E900,600/270/bitonal.png",
        ),
        (
            "full/^1200,/0/default.jpg",
            "image/jpeg",
            (1200, 800),
            "full/%5E1200,800/0/default.jpg",
        ),
    ] {
        let reply = stack.fetch(&format!("{}/{request}", shown.base())).await;
        assert_eq!(
            dimensions(&pictured(&reply, content_type)),
            size,
            "{request}"
        );
        let links = reply.header("link");
        let canonical = format!("<{}/{canonical}>;rel=\"canonical\"", shown.base());
        assert!(links.contains(&canonical), "{request}: {links}");
        assert!(
            links.contains("<http://iiif.io/api/image/3/level2.json>;rel=\"profile\""),
            "{links}"
        );
    }
}

/// Returns the formats beyond those that level 2 includes.
fn extra_formats() -> Vec<&'static str> {
    use dozo::vocabulary::iiif::OutputFormat::{Avif, Gif, Webp};
    [Webp, Avif, Gif]
        .map(dozo::vocabulary::iiif::OutputFormat::extension)
        .into()
}

#[tokio::test]
async fn an_image_is_described_by_its_info_json() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(2)).await;
    let url = format!("{}/info.json", shown.base());
    let reply = stack.fetch(&url).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let media_type = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"";
    assert_eq!(reply.header("content-type"), media_type);
    let info = reply.json();
    for (field, value) in [
        ("@context", json!("http://iiif.io/api/image/3/context.json")),
        ("id", json!(shown.base())),
        ("type", json!("ImageService3")),
        ("protocol", json!("http://iiif.io/api/image")),
        ("profile", json!("level2")),
        ("width", json!(600)),
        ("height", json!(400)),
        ("maxArea", json!(16_777_216)),
        ("preferredFormats", json!(["webp", "jpg"])),
        ("extraFormats", json!(extra_formats())),
    ] {
        assert_eq!(info[field], value, "{field}: {info}");
    }
    let sizes = info["sizes"].as_array().unwrap();
    assert_eq!(sizes.last(), Some(&json!({"width": 600, "height": 400})));
    for size in sizes {
        let request = format!(
            "{}/full/{},{}/0/default.jpg",
            shown.base(),
            size["width"],
            size["height"]
        );
        assert_eq!(stack.fetch(&request).await.status, 200, "{request}");
    }
    // The Accept header chooses between two answers.
    let plain = [("accept", "application/json")];
    let plain = stack.fetch_with(Method::GET, &url, &plain).await;
    assert_eq!(plain.header("content-type"), "application/json");
    assert_eq!(plain.header("vary"), "Accept");
    assert_eq!(plain.json(), info);
}

#[tokio::test]
async fn the_base_uri_leads_to_the_info_json() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(3)).await;
    // The host that a viewer claims has no influence on the addresses in an answer.
    let elsewhere = [
        ("x-dozo-host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
    ];
    let reply = stack
        .fetch_with(Method::GET, &shown.base(), &elsewhere)
        .await;
    assert_eq!((reply.status, reply.body.len()), (303, 0));
    assert_eq!(
        reply.header("location"),
        format!("{}/info.json", shown.base())
    );
    let other_page = [("origin", "https://viewer.example")];
    let reply = stack
        .fetch_with(Method::GET, reply.header("location"), &other_page)
        .await;
    assert_eq!(reply.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_page_elsewhere_may_ask_what_it_may_send() {
    let stack = Stack::running();
    let preflight = [
        ("origin", "https://viewer.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "x-viewer"),
    ];
    let shown = ready(&stack, "a.jpg", photo(3)).await;
    let original = shown.answer["urls"]["original"].as_str().unwrap();
    for url in [&format!("{}/info.json", shown.base()), original] {
        let reply = stack.fetch_with(Method::OPTIONS, url, &preflight).await;
        assert_eq!(reply.status, 204, "{url}");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        assert_eq!(reply.header("access-control-allow-methods"), "GET, HEAD");
        assert_eq!(reply.header("access-control-allow-headers"), "*");
    }
}

/// The delivered original keeps its pixels as stored and says how to turn them; a rendered image is upright.
#[tokio::test]
async fn every_orientation_comes_out_upright() {
    let stack = Stack::running();
    for orientation in 1..=8 {
        let name = format!("{orientation}.jpg");
        let shown = ready(&stack, &name, gps_photo(orientation).unwrap()).await;
        let upright = if orientation >= 5 { (16, 24) } else { (24, 16) };
        let info = stack
            .fetch(&format!("{}/info.json", shown.base()))
            .await
            .json();
        assert_eq!(
            (&info["width"], &info["height"]),
            (&json!(upright.0), &json!(upright.1))
        );
        let reply = stack
            .fetch(&format!("{}/full/max/0/default.png", shown.base()))
            .await;
        assert_eq!(
            dimensions(&pictured(&reply, "image/png")),
            upright,
            "{orientation}"
        );
    }
}
