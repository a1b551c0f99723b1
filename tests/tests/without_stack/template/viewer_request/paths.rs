//! Tests that only paths of delivered objects pass.

use dozo::vocabulary::keys::{Item, Key};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use proptest::prelude::*;

use super::{MEDIA, Viewer};

#[test]
fn delivery_paths_pass() {
    let viewer = Viewer::new();
    for object in [
        "original.jpg",
        "original.webp",
        "pages/0001.jpg",
        "pages/2000.webp",
        "text/0001.txt",
        "hls/master.m3u8",
        "hls/captions/en.vtt",
        "hls/captions/zh-hant-tw.12.m3u8",
        "hls/720p/init.mp4",
        "hls/720p/segment_00001.m4s",
        "video.mp4",
        "poster.jpg",
        "storyboard.vtt",
        "storyboard/1.jpg",
        "storyboard/44.jpg",
        "manifest.json",
    ] {
        for visibility in ["public", "private"] {
            let uri = format!("/{visibility}/demo/{MEDIA}/{object}");
            assert!(viewer.lets_through(&uri), "{uri}");
        }
    }
}

#[test]
fn a_download_is_asked_for_by_the_path_of_its_object() {
    let viewer = Viewer::new();
    for visibility in ["public", "private"] {
        for object in ["original.jpg", "pages/0001.jpg", "video.mp4"] {
            let path = format!("/{visibility}/demo/{MEDIA}/{object}");
            for name in [
                "cat.jpg",
                "my%20cat.jpg",
                "%E7%8C%AB.jpg",
                "..",
                "original.jpg",
            ] {
                let answer = viewer.ask(&format!("{path}/download/{name}"));
                assert_eq!(answer["uri"], path, "{name}");
            }
            for wrong in [
                "download",
                "download/",
                "download/a/b",
                "downloads/a",
                "download//a",
            ] {
                assert!(!viewer.lets_through(&format!("{path}/{wrong}")), "{wrong}");
            }
        }
        for rendered in ["iiif/image/full/max/0/default.jpg", "thumb/card.jpg"] {
            let path = format!("/{visibility}/demo/{MEDIA}/{rendered}/download/a.jpg");
            let answer = viewer.ask(&path);
            assert!(answer["statusCode"].as_u64() >= Some(400), "{answer}");
        }
    }
}

#[test]
fn all_else_is_a_404() {
    let viewer = Viewer::new();
    let good = format!("public/demo/{MEDIA}/original.jpg");
    let tricks = [
        // These would list the bucket.
        String::new(),
        "/".to_owned(),
        "//".to_owned(),
        "/?list-type=2".to_owned(),
        "/public".to_owned(),
        "/public/".to_owned(),
        "/public/demo/".to_owned(),
        format!("/public/demo/{MEDIA}"),
        format!("/public/demo/{MEDIA}/"),
        // These would match one behaviour and read an object of another.
        good.clone(),
        format!("//{good}"),
        format!("/{good}/"),
        format!("/{good}/../../x"),
        format!("/./{good}"),
        format!("/public/../private/demo/{MEDIA}/original.jpg"),
        format!("/public/../{good}"),
        format!("/%70rivate/demo/{MEDIA}/original.jpg"),
        format!("/%2Fprivate/demo/{MEDIA}/original.jpg"),
        format!("/public%2Fdemo%2F{MEDIA}%2Foriginal.jpg"),
        format!("/public/%2e%2e/private/demo/{MEDIA}/original.jpg"),
        format!("/public\\demo\\{MEDIA}\\original.jpg"),
        format!("/{good}%00.png"),
        format!("/{good}%0a"),
        format!("/{good}\n"),
        format!("/{good}\u{0}"),
        format!("/{good};x=1"),
        format!("/{good}#x"),
        format!("/{good}?x"),
        // Only small renderings are made from it.
        format!("/public/demo/{MEDIA}/preview.jpg"),
        format!("/private/demo/{MEDIA}/preview.jpg"),
        format!("/public/demo/{MEDIA}/preview.jpg/download/x"),
        format!("/private/demo/{MEDIA}/preview.jpg/download/x"),
        // They are asked for by their preset.
        format!("/public/demo/{MEDIA}/thumbs/0123456789abcdef.webp"),
        format!("/private/demo/{MEDIA}/thumbs/0123456789abcdef.webp"),
        format!("/public/demo/{MEDIA}/thumbs/0123456789abcdef.webp/download/x"),
        format!("/public/demo/{MEDIA}/thumb/thumbs/0123456789abcdef.webp"),
        // No media has these names.
        format!("/PUBLIC/demo/{MEDIA}/original.jpg"),
        format!("/secret/demo/{MEDIA}/original.jpg"),
        format!("/public/Demo/{MEDIA}/original.jpg"),
        format!("/public/d/{MEDIA}/original.jpg"),
        format!("/public/{}/{MEDIA}/original.jpg", "a".repeat(32)),
        format!("/public/demo/{}/original.jpg", MEDIA.to_uppercase()),
        format!("/public/demo/{}/original.jpg", MEDIA.replace("jd", "il")),
        "/public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t/original.jpg".to_owned(),
        format!("/public/demo/8{}/original.jpg", MEDIA.get(1..).unwrap()),
        // No media has these objects.
        format!("/public/demo/{MEDIA}/original"),
        format!("/public/demo/{MEDIA}/original.j/pg"),
        format!("/public/demo/{MEDIA}/pages/1.jpg"),
        format!("/public/demo/{MEDIA}/storyboard"),
        format!("/public/demo/{MEDIA}/storyboard/"),
        format!("/public/demo/{MEDIA}/storyboard/0.jpg"),
        format!("/public/demo/{MEDIA}/storyboard/01.jpg"),
        format!("/public/demo/{MEDIA}/storyboard/1.vtt"),
        format!("/public/demo/{MEDIA}/hls/"),
        format!("/public/demo/{MEDIA}/hls/../original.jpg"),
        format!("/public/demo/{MEDIA}/hls/a..m3u8"),
        format!("/public/demo/{MEDIA}/hls/.m3u8"),
        format!("/public/demo/{MEDIA}/hls/a/b/c/d.m4s"),
        // Nothing renders these images.
        format!("/public/demo/{MEDIA}/iiif"),
        format!("/public/demo/{MEDIA}/iiif/"),
        format!("/public/demo/{MEDIA}/iiif/original/info.json"),
        format!("/public/demo/{MEDIA}/iiif/page-1/info.json"),
        format!("/public/demo/{MEDIA}/iiif%2Fimage/info.json"),
        format!("/public/demo/{MEDIA}/iiif/%69mage/info.json"),
        format!("/public/demo/{MEDIA}/thumb/card"),
        format!("/public/demo/{MEDIA}/thumb/card.png"),
        format!("/public/demo/{MEDIA}/thumb/Card.jpg"),
        format!("/public/demo/{MEDIA}/thumb/../card.jpg"),
        format!("/public/demo/{MEDIA}/thumb/card/1.jpg"),
        "/favicon.ico".to_owned(),
        "/robots.txt".to_owned(),
    ];
    for uri in tricks {
        assert!(!viewer.lets_through(&uri), "{uri:?}");
    }
}

proptest! {
    #[test]
    fn every_delivered_object_s_path_passes(
        app in "[a-z][a-z0-9-]{1,30}",
        upload in "[0-7][0-9a-hjkmnp-tv-z]{25}",
        name in "\\PC{1,40}",
        private in any::<bool>(),
        format in prop::sample::select(Format::ALL),
    ) {
        let upload = UploadId::parse(&upload).unwrap();
        let key = Key::Delivered {
            visibility: if private { Visibility::Private } else { Visibility::Public },
            app: AppId::parse(&app).unwrap(),
            media: MediaId::of(&upload, &FileName::new(&name).unwrap()),
            item: Item::Original(format),
        };
        let path = format!("/{key}");
        prop_assert!(Viewer::new().lets_through(&path));
    }

    /// Every path that passes names one object, in the same way for every reader.
    #[test]
    fn what_passes_cannot_be_read_in_two_ways(uri in "/(public|private|%70ublic|\\.\\.)(/(demo|\\.|\\.\\.|%2e|original\\.jpg|01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc|hls|)){0,6}") {
        if Viewer::new().lets_through(&uri) {
            prop_assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)));
            prop_assert!(uri.split('/').skip(1).all(|segment| !segment.is_empty() && segment != "." && segment != ".."));
        }
    }
}
