//! Tests how the paths of images are spelled, and which of them are refused.

use dozo::platform::problem::Problem;
use dozo::stages::render::Ask;
use dozo::vocabulary::iiif::Refused;
use dozo::vocabulary::names::{AppId, MediaId, Visibility};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use http::{HeaderMap, Method};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MEDIA, Viewer, header};

#[test]
fn an_image_s_path_goes_on_in_one_spelling() {
    let viewer = Viewer::new();
    let base = format!("/public/demo/{MEDIA}/iiif/image");
    for (asked, goes_on) in [
        ("", ""),
        ("/info.json", "/info.json"),
        ("/%69nfo%2ejson", "/info.json"),
        ("/full/max/0/default.jpg", "/full/max/0/default.jpg"),
        (
            "/0,0,9,9/^!9,9/!90/gray.webp",
            "/0~2c0~2c9~2c9/~5e~219~2c9/~2190/gray.webp",
        ),
        (
            "/0%2C0%2c9,9/%5E%219,9/%2190/gray.webp",
            "/0~2c0~2c9~2c9/~5e~219~2c9/~2190/gray.webp",
        ),
        (
            "/pct%3A1,1,2.5,2/%5emax/0/default.avif",
            "/pct~3a1~2c1~2c2.5~2c2/~5emax/0/default.avif",
        ),
    ] {
        let answer = viewer.ask(&format!("{base}{asked}"));
        assert_eq!(
            answer.get("uri"),
            Some(&json!(format!("{base}{goes_on}"))),
            "{asked}"
        );
        assert_eq!(
            header(&answer, &dozo::stages::render::HOST),
            Some("d1.cloudfront.net"),
            "{asked}"
        );
    }
}

#[test]
fn what_cannot_be_an_image_is_a_400_and_invokes_nothing() {
    let viewer = Viewer::new();
    use Refused::{Form, Region, Rotation, Size};
    for (asked, refused) in [
        ("/", Form),
        ("/full", Form),
        ("/full/max/0/default", Form),
        ("/full/max/0/default.jpg/x", Form),
        ("/full//0/default.jpg", Size),
        ("/full%2Fmax/0/default.jpg", Form),
        ("/full/max/0/default.jpg%00", Form),
        ("/full/max/0/../default.jpg", Form),
        ("/full/max/ninety/default.jpg", Rotation),
        ("/full/%zz/0/default.jpg", Form),
        ("/full/%ff/0/default.jpg", Form),
        ("/full/%255Emax/0/default.jpg", Size),
        ("/full/MAX/0/default.jpg", Size),
        ("/full/max/0/default.jpg;x", Form),
        ("/Info.json", Form),
        ("/<>/max/0/default.jpg", Region),
        ("/-1,0,9,9/max/0/default.jpg", Region),
    ] {
        let answer = viewer.ask(&format!("/public/demo/{MEDIA}/iiif/image{asked}"));
        assert_eq!(
            answer.get("statusCode"),
            Some(&json!(400)),
            "{asked}: {answer}"
        );
        // The answer is the same, word for word, as the function's for this fault, and a page of any origin may read
        // it.
        let body = answer.get("body").and_then(Value::as_str).unwrap();
        let said: Value = serde_json::from_str(body).unwrap();
        assert_eq!(said, json!(Problem::image(&refused)), "{asked}");
        assert_eq!(
            header(&answer, &CONTENT_TYPE),
            Some("application/problem+json")
        );
        assert_eq!(header(&answer, &ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
    }
}

/// Requests whose characters are valid are left to the function, which gives a better refusal.
#[test]
fn what_the_function_refuses_better_goes_on_to_it() {
    let viewer = Viewer::new();
    for asked in [
        "/full/full/0/default.jpg",
        "/all/max/0/default.jpg",
        "/full/max/45/default.jpg",
        "/full/max/0/default.tif",
        "/full/!9,9,9/0/native.jpg",
    ] {
        let uri = format!("/public/demo/{MEDIA}/iiif/image{asked}");
        let spelt = uri.replace('!', "~21").replace(',', "~2c");
        assert_eq!(viewer.ask(&uri).get("uri"), Some(&json!(spelt)));
    }
}

proptest! {
    /// The function accepts every path that the library prints, and hands on one that CloudFront can sign and the library
    /// reads as the same.
    #[test]
    fn every_image_s_path_passes(asked in "(full|square|(pct:)?[0-9]{1,3},[0-9],[0-9]{1,9},1)/[\\^]?(max|[0-9]{1,3},|,9|!9,9|pct:9\\.5)/!?(0|90|270)/(default|gray)\\.(jpg|avif)") {
        let subject = dozo::vocabulary::keys::render::Subject {
            visibility: Visibility::Private,
            app: AppId::parse("demo").unwrap(),
            media: MediaId::parse(MEDIA).unwrap(),
        };
        let path = dozo::vocabulary::keys::render::RenderPath::Image(subject, dozo::vocabulary::keys::render::Picture::Image, asked);
        let answer = Viewer::new().ask(&path.to_string());
        let uri = answer.get("uri").and_then(Value::as_str).unwrap_or_default();
        prop_assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte)), "{}", uri);
        let ask = Ask::new(Method::GET, uri.to_owned(), HeaderMap::new());
        prop_assert_eq!(ask.path(), Some(path));
    }
}
