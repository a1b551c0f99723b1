//! Tests the demo page's server, with an API that records its requests.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; axum and reqwest are spoken to as any client would"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use local::demo::{self, Demo, DemoConfig, DemoError};
use reqwest::Client;
use stack_file::AccessKey;

const SECRET: &str = "a-secret-that-stays";

/// The secret of the webhook that the server registers.
const HOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The requests that the API received, besides that for a webhook: method and path, and the key that signed.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

fn key(id: &str) -> AccessKey {
    AccessKey {
        access_key_id: id.to_owned(),
        secret_access_key: SECRET.to_owned(),
    }
}

fn config(api: &str) -> DemoConfig {
    DemoConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        api: api.to_owned(),
        region: "us-east-1".to_owned(),
        app_key: key("AKIAAPP"),
        admin_key: key("AKIAADMIN"),
        uploads: "http://127.0.0.1:4566".to_owned(),
        cdn: "http://127.0.0.1:8080".to_owned(),
        page: Path::new(env!("CARGO_MANIFEST_DIR")).join("demo"),
        sdk: Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/js/src"),
        vendor: Path::new(env!("CARGO_MANIFEST_DIR")).join("no-such-directory"),
    }
}

async fn start_api() -> (String, Seen) {
    let seen = Seen::default();
    let noted = seen.clone();
    let app = Router::new().fallback(async move |request: Request| {
        let header = request.headers().get("authorization");
        let signed = header
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        let asked = format!("{} {}", request.method(), request.uri());
        if asked.ends_with(" /admin/apps/demo/webhooks/demo-page") {
            assert!(signed.contains("Credential=AKIAADMIN/"), "{signed}");
            let secret = format!("{{\"secret\":\"{HOOK_SECRET}\"}}");
            // Nothing of an earlier run is there.
            return if request.method() == Method::DELETE {
                (StatusCode::NOT_FOUND, "{}".to_owned())
            } else {
                (StatusCode::CREATED, secret)
            };
        }
        noted.lock().unwrap().push((asked, signed));
        (StatusCode::CREATED, "{\"upload\":\"u\"}".to_owned())
    });
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    (format!("http://{address}"), seen)
}

async fn start(api: &str) -> (Demo, String) {
    let demo = demo::start(config(api)).await.unwrap();
    let base = format!("http://{}", demo.address);
    (demo, base)
}

#[tokio::test]
async fn asks_the_api_as_the_app_and_keeps_its_key() {
    let (api, seen) = start_api().await;
    let (demo, base) = start(&api).await;
    let client = Client::new();
    let answer = client
        .post(format!("{base}/api/uploads"))
        .body("{\"files\":[]}")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    assert_eq!(answer.text().await.unwrap(), "{\"upload\":\"u\"}");
    for path in [
        "/api/uploads/u1/media",
        "/api/uploads/u1/media?after=u1-m",
        "/api/media/u1-m",
    ] {
        client.get(format!("{base}{path}")).send().await.unwrap();
    }
    let grant = client
        .post(format!("{base}/api/media/u1-m/grants"))
        .body("{}");
    grant.send().await.unwrap();
    let seen: Vec<_> = std::mem::take(&mut *seen.lock().unwrap());
    let asked: Vec<&str> = seen.iter().map(|(asked, _)| asked.as_str()).collect();
    assert_eq!(
        asked,
        [
            "POST /apps/demo/uploads",
            "GET /apps/demo/media?upload=u1",
            "GET /apps/demo/media?upload=u1&after=u1-m",
            "GET /apps/demo/media/u1-m",
            "POST /apps/demo/media/u1-m/grants",
        ]
    );
    for (asked, signed) in &seen {
        assert!(signed.contains("Credential=AKIAAPP/"), "{asked}: {signed}");
        assert!(!signed.contains(SECRET), "{asked}");
    }
    demo.stop().await;
}

#[tokio::test]
async fn acts_as_the_admin_where_an_app_may_not() {
    let (api, seen) = start_api().await;
    let (demo, base) = start(&api).await;
    let client = Client::new();
    for act in ["suspend", "restore", "retry", "visibility", "stop"] {
        let url = format!("{base}/api/media/u1-m/{act}");
        client.post(url).body("{}").send().await.unwrap();
    }
    let deleted = client.delete(format!("{base}/api/media/u1-m"));
    deleted.send().await.unwrap();
    let seen: Vec<_> = std::mem::take(&mut *seen.lock().unwrap());
    let by = |signed: &str| {
        let known = ["AKIAAPP", "AKIAADMIN"].into_iter();
        known
            .into_iter()
            .find(|id| signed.contains(&format!("Credential={id}/")))
    };
    let asked: Vec<_> = seen
        .iter()
        .map(|(asked, signed)| (asked.as_str(), by(signed)))
        .collect();
    let (app, admin) = (Some("AKIAAPP"), Some("AKIAADMIN"));
    assert_eq!(
        asked,
        [
            ("POST /admin/apps/demo/media/u1-m/suspend", admin),
            ("POST /admin/apps/demo/media/u1-m/restore", admin),
            ("POST /admin/apps/demo/media/u1-m/retry", admin),
            ("POST /apps/demo/media/u1-m/visibility", app),
            ("DELETE /apps/demo/media/u1-m", app),
        ]
    );
    demo.stop().await;
}

#[tokio::test]
async fn nothing_but_ids_reaches_the_api() {
    let (api, seen) = start_api().await;
    let (demo, base) = start(&api).await;
    for path in [
        "/api/media/..%2f..%2fadmin%2fapps",
        "/api/uploads/u%3fx/media",
        "/api/uploads/u/media?after=%26state%3dfailed",
        "/api/admin/apps",
    ] {
        let answer = reqwest::get(format!("{base}{path}")).await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    assert!(seen.lock().unwrap().is_empty());
    demo.stop().await;
}

/// Sends the server a webhook that was signed with this secret.
async fn tell(base: &str, secret: &str, body: &str) -> StatusCode {
    let now = jiff::Timestamp::now().as_second();
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    let signature = webhook.sign("id-1", now, body.as_bytes()).unwrap();
    let sent = Client::new()
        .post(format!("{base}/hooks"))
        .header("webhook-id", "id-1")
        .header("webhook-timestamp", now)
        .header("webhook-signature", signature)
        .body(body.to_owned());
    sent.send().await.unwrap().status()
}

#[tokio::test]
async fn tells_open_pages_what_the_stack_has_signed_until_it_stops() {
    let (api, _) = start_api().await;
    let (demo, base) = start(&api).await;
    let mut page = reqwest::get(format!("{base}/api/events")).await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/event-stream");
    let body = r#"{"type": "media.suspended", "subject": "u1-m"}"#;
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(tell(&base, other, body).await, 401);
    // Until it has registered its webhook, it believes nobody.
    while tell(&base, HOOK_SECRET, body).await != 204 {
        tokio::task::yield_now().await;
    }
    let told = page.chunk().await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert_eq!(told, "event: media.suspended\ndata: u1-m\n\n");
    demo.stop().await;
    assert_eq!(page.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn serves_the_page_under_a_strict_policy_and_no_other_file() {
    let (demo, base) = start("http://127.0.0.1:9").await;
    let page = reqwest::get(&base).await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    for own in html
        .split('"')
        .filter(|text| text.starts_with('/') && text.contains('.'))
    {
        let file = reqwest::get(format!("{base}{own}")).await.unwrap();
        assert_eq!(file.status(), 200, "{own}");
    }
    let module = reqwest::get(format!("{base}/sdk/browser/index.js"))
        .await
        .unwrap();
    let content_type = module.headers()["content-type"].to_str().unwrap();
    assert!(
        content_type.starts_with("text/javascript"),
        "{content_type}"
    );
    for other in [
        "/sdk/types.d.ts",
        "/sdk/../package.json",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/js/",
        "/js",
        "/nothing.js",
    ] {
        let answer = reqwest::get(format!("{base}{other}")).await.unwrap();
        assert_eq!(answer.status(), 404, "{other}");
    }
    demo.stop().await;
}

#[tokio::test]
async fn refuses_other_pages_and_tells_when_the_api_is_away() {
    let (demo, base) = start("http://127.0.0.1:9").await;
    let client = Client::new();
    let upload = || client.post(format!("{base}/api/uploads")).body("{}");
    let stranger = upload().header("origin", "http://evil.example");
    assert_eq!(stranger.send().await.unwrap().status(), 403);
    let rebound = upload().header("host", "evil.example");
    assert_eq!(rebound.send().await.unwrap().status(), 403);

    let away = upload().send().await.unwrap();
    assert_eq!(away.status(), 502);
    assert!(
        away.text()
            .await
            .unwrap()
            .contains("\"code\":\"unreachable\"")
    );
    demo.stop().await;
}

#[tokio::test]
async fn a_taken_address_and_a_missing_page_are_errors() {
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let listen = taken.local_addr().unwrap();
    let wanted = DemoConfig {
        listen,
        ..config("http://127.0.0.1:9")
    };
    assert!(matches!(
        demo::start(wanted).await,
        Err(DemoError::Listen { .. })
    ));
    let page = std::env::temp_dir().join("no-such-directory-of-a-page");
    let wanted = DemoConfig {
        page,
        ..config("http://127.0.0.1:9")
    };
    assert!(matches!(
        demo::start(wanted).await,
        Err(DemoError::Page { .. })
    ));
}
