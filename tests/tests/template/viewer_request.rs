//! Runs the viewer-request function, and tests which requests it lets through and which it answers itself.

use dozo::platform::problem::Problem;
use dozo::vocabulary::iiif::Refused;
use dozo::vocabulary::keys::{Item, Key};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::names::{App, FileName, Media, Upload, Visibility};
use dozo_tests::template::text;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use proptest::prelude::*;
use rquickjs::{Context, Function, Runtime};
use serde_json::{Value, json};

use crate::template;

const MEDIA: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc";

/// The function in a JavaScript engine of its own.
struct Viewer {
    context: Context,
}

impl Viewer {
    fn new() -> Self {
        let template = template();
        let function = template.resource("ViewerRequest").unwrap();
        assert_eq!(
            function.property("/FunctionConfig/Runtime"),
            "cloudfront-js-2.0"
        );
        assert_eq!(
            function.property("/AutoPublish"),
            &json!(true),
            "else it is never at work"
        );
        let code = text(function.property("/FunctionCode"));
        assert!(code.len() < 10_240, "CloudFront takes 10 KB at most");
        let context = Context::full(&Runtime::new().unwrap()).unwrap();
        context.with(|js| {
            js.eval::<(), _>(code).unwrap();
            js.eval::<(), _>(
                "function ask(event) { return JSON.stringify(handler(JSON.parse(event))); }",
            )
            .unwrap();
        });
        Self { context }
    }

    fn ask(&self, uri: &str) -> Value {
        self.ask_with(uri, json!({}))
    }

    fn ask_with(&self, uri: &str, headers: Value) -> Value {
        self.ask_by("GET", uri, headers)
    }

    fn ask_by(&self, method: &str, uri: &str, headers: Value) -> Value {
        let event = json!({
            "version": "1.0",
            "context": { "eventType": "viewer-request", "distributionDomainName": "d1.cloudfront.net" },
            "viewer": { "ip": "192.0.2.1" },
            "request": { "method": method, "uri": uri, "querystring": {}, "headers": headers, "cookies": {} },
        });
        let answer: String = self.context.with(|js| {
            let ask: Function<'_> = js.globals().get("ask").unwrap();
            ask.call((event.to_string(),)).unwrap()
        });
        serde_json::from_str(&answer).unwrap()
    }

    fn lets_through(&self, uri: &str) -> bool {
        let answer = self.ask(uri);
        match answer.get("statusCode") {
            Some(status) => {
                assert_eq!(status, 404, "{uri:?}");
                false
            }
            None => {
                assert_eq!(answer.get("uri").unwrap(), uri, "a path is never rewritten");
                true
            }
        }
    }
}

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
        "hls/720p/init.mp4",
        "hls/720p/segment_00001.m4s",
        "video.mp4",
        "poster.jpg",
        "manifest.json",
    ] {
        for visibility in ["public", "private"] {
            let uri = format!("/{visibility}/demo/{MEDIA}/{object}");
            assert!(viewer.lets_through(&uri), "{uri}");
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

fn header<'a>(answer: &'a Value, name: &http::HeaderName) -> Option<&'a str> {
    answer.pointer(&format!("/headers/{name}/value"))?.as_str()
}

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
            "/0,0,9,9/%5E!9,9/!90/gray.webp",
        ),
        (
            "/0%2C0%2c9,9/%5E%219,9/%2190/gray.webp",
            "/0,0,9,9/%5E!9,9/!90/gray.webp",
        ),
        (
            "/pct%3A1,1,2.5,2/%5emax/0/default.avif",
            "/pct:1,1,2.5,2/%5Emax/0/default.avif",
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
        assert_eq!(viewer.ask(&uri).get("uri"), Some(&json!(uri)));
    }
}

/// A browser asks first if a page sends a request with a header of its own; whatever the path, no origin is called.
#[test]
fn a_preflight_is_answered_as_the_headers_policy_says() {
    let viewer = Viewer::new();
    let template = template();
    let policy = template.resource("PublicHeaders").unwrap();
    let cors =
        |field: &str| policy.property(&format!("/ResponseHeadersPolicyConfig/CorsConfig/{field}"));
    let items = |field: &str| {
        let items = cors(&format!("{field}/Items")).as_array().unwrap();
        let items: Vec<_> = items.iter().map(text).collect();
        items.join(", ")
    };
    let uri = format!("/public/demo/{MEDIA}/iiif/image/info.json");
    let answer = viewer.ask_by(
        "OPTIONS",
        &uri,
        json!({ "origin": { "value": "https://viewer.example" } }),
    );
    assert_eq!(answer.get("statusCode"), Some(&json!(204)));
    for (name, value) in [
        (
            ACCESS_CONTROL_ALLOW_ORIGIN,
            items("AccessControlAllowOrigins"),
        ),
        (
            http::header::ACCESS_CONTROL_ALLOW_METHODS,
            items("AccessControlAllowMethods"),
        ),
        (
            http::header::ACCESS_CONTROL_ALLOW_HEADERS,
            items("AccessControlAllowHeaders"),
        ),
        (
            http::header::ACCESS_CONTROL_MAX_AGE,
            cors("AccessControlMaxAgeSec").to_string(),
        ),
    ] {
        assert_eq!(header(&answer, &name), Some(value.as_str()), "{name}");
    }
}

/// There are at most three keys for a thumbnail in `auto`, two for `info.json` and one for everything else, whatever a
/// viewer sends.
#[test]
fn what_a_viewer_accepts_is_folded() {
    let viewer = Viewer::new();
    let chrome = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
    for (rest, accept, folded) in [
        ("thumb/card.auto", chrome, Some("avif")),
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

#[test]
fn its_404_is_kept_by_nobody() {
    let answer = Viewer::new().ask("/");
    assert_eq!(answer.get("statusDescription"), Some(&json!("Not Found")));
    let headers = answer.get("headers").unwrap();
    assert_eq!(
        headers.pointer("/cache-control/value"),
        Some(&json!("no-store"))
    );
    assert_eq!(
        headers.pointer("/x-content-type-options/value"),
        Some(&json!("nosniff"))
    );
}

/// A nested quantifier that backtracks would use up the function's time on a hostile path.
#[test]
fn a_long_path_is_judged_at_once() {
    let viewer = Viewer::new();
    let start = std::time::Instant::now();
    assert!(!viewer.lets_through(&format!("/public/demo/{MEDIA}/hls/{}!", "a".repeat(8_000))));
    assert!(!viewer.lets_through(&format!("/public/demo/{MEDIA}/hls/{}!", "a-".repeat(4_000))));
    let _refused = viewer.ask(&format!(
        "/public/demo/{MEDIA}/iiif/image/{}?",
        "a,".repeat(4_000)
    ));
    assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
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
        let upload = Upload::parse(&upload).unwrap();
        let key = Key::Delivered {
            visibility: if private { Visibility::Private } else { Visibility::Public },
            app: App::parse(&app).unwrap(),
            media: Media::of(&upload, &FileName::new(&name).unwrap()),
            item: Item::Original(format),
        };
        let path = format!("/{key}");
        prop_assert!(Viewer::new().lets_through(&path));
    }

    /// The function accepts every path that the library prints.
    #[test]
    fn every_image_s_path_passes(asked in "(full|square|(pct:)?[0-9]{1,3},[0-9],[0-9]{1,9},1)/[\\^]?(max|[0-9]{1,3},|,9|!9,9|pct:9\\.5)/!?(0|90|270)/(default|gray)\\.(jpg|avif)") {
        let subject = dozo::vocabulary::keys::render::Subject {
            visibility: Visibility::Private,
            app: App::parse("demo").unwrap(),
            media: Media::parse(MEDIA).unwrap(),
        };
        let path = dozo::vocabulary::keys::render::RenderPath::Image(subject, dozo::vocabulary::keys::render::Picture::Image, asked);
        let answer = Viewer::new().ask(&path.to_string());
        let uri = answer.get("uri").and_then(Value::as_str).unwrap_or_default();
        prop_assert_eq!(uri.replace("%5E", "^"), path.to_string());
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
