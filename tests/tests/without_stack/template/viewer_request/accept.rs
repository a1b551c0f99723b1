//! Tests that what a viewer accepts is folded into a few cache keys.

use serde_json::json;

use super::{MEDIA, Viewer, header};

/// There are at most three keys for a thumbnail in `auto`, two for `info.json` and one for everything else, whatever a
/// viewer sends.
#[test]
fn what_a_viewer_accepts_is_folded() {
    let viewer = Viewer::new();
    let chrome = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
    for (rest, accept, folded) in [
        ("thumb/card.auto", chrome, Some("avif")),
        ("thumb/card.2x.auto", chrome, Some("avif")),
        ("thumb/card.auto", "image/webp,*/*", Some("webp")),
        ("thumb/card.auto", "*/*", Some("jpg")),
        ("thumb/card.auto", "", Some("jpg")),
        ("thumb/card.auto", "image/*,*/*;q=0.8", Some("jpg")),
        ("thumb/card.auto", "IMAGE/WEBP", Some("webp")),
        ("thumb/card.auto", "Image/Avif;Q=0.5", Some("avif")),
        ("thumb/card.auto", "image/webp;q=0", Some("jpg")),
        ("thumb/card.auto", "image/webp;q=0.000, */*", Some("jpg")),
        (
            "thumb/card.auto",
            "image/avif ; q=0, image/webp",
            Some("webp"),
        ),
        (
            "thumb/card.auto",
            "image/avif;v=1;q=0,image/webp;q=0",
            Some("jpg"),
        ),
        (
            "thumb/card.auto",
            "image/avif;q=0.1,image/webp",
            Some("webp"),
        ),
        (
            "thumb/card.auto",
            "image/webp;q=0.5,image/avif;q=0.5",
            Some("avif"),
        ),
        (
            "thumb/card.auto",
            "image/jpeg,image/webp;q=0.2",
            Some("jpg"),
        ),
        ("thumb/card.auto", "image/webp;q=much", Some("webp")),
        (
            "thumb/card.auto",
            "image/webpx, ximage/avif, image/avif2",
            Some("jpg"),
        ),
        ("thumb/card.auto", ",;,;q=,", Some("jpg")),
        ("iiif/image/info.json", "APPLICATION/JSON", Some("json")),
        ("iiif/image/info.json", "application/json;q=0", Some("ld")),
        (
            "iiif/image/info.json",
            "application/json;q=0, */*",
            Some("ld"),
        ),
        (
            "iiif/image/info.json",
            "application/ld+json;q=0, application/json",
            Some("json"),
        ),
        (
            "iiif/image/info.json",
            "application/ld+json;q=0.5, application/json",
            Some("json"),
        ),
        (
            "iiif/image/info.json",
            "Application/LD+JSON;profile=\"http://iiif.io/api/image/3/context.json\", application/json",
            Some("ld"),
        ),
        ("thumb/card.jpg", chrome, None),
        ("thumb/card.2x.jpg", chrome, None),
        ("thumb/card/0001.3x.webp", chrome, None),
        ("thumb/card/0001.avif", chrome, None),
        ("iiif/image/info.json", "application/json", Some("json")),
        (
            "iiif/image/info.json",
            "application/ld+json, application/json;q=0.9",
            Some("ld"),
        ),
        ("iiif/image/info.json", "*/*", Some("ld")),
        ("iiif/image/full/max/0/default.jpg", chrome, None),
        ("original.jpg", chrome, None),
    ] {
        let uri = format!("/public/demo/{MEDIA}/{rest}");
        let headers = json!({
            "accept": { "value": accept },
            "x-dozo-accept": { "value": "mine" },
            "x-dozo-host": { "value": "evil.example" },
        });
        let answer = viewer.ask_with(&uri, headers);
        assert_eq!(
            header(&answer, &dozo::stages::render::ACCEPT),
            folded,
            "{rest}: {accept}"
        );
        assert_ne!(
            header(&answer, &dozo::stages::render::HOST),
            Some("evil.example"),
            "{rest}"
        );
    }
}
