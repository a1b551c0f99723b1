//! Runs the viewer-request function, and tests which requests it lets through and which it answers itself.

mod accept;
mod images;
mod paths;

use dozo_tests::template::text;
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use rquickjs::{Context, Function, Runtime};
use serde_json::{Value, json};

use crate::template::template;

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

fn header<'a>(answer: &'a Value, name: &http::HeaderName) -> Option<&'a str> {
    answer.pointer(&format!("/headers/{name}/value"))?.as_str()
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
