//! Tests webhooks as a receiver sees them: real requests to a server on this machine, verified by the reference packages.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use dozo_tests::pictures::picture;
use dozo_tests::stack::{PATIENCE, Program, Stack, fresh_app, until};
use dozo_tests::template::workspace;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server that keeps what it receives, and answers with a status.
#[derive(Clone)]
struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    async fn start(status: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver = Self {
            url: format!("http://127.0.0.1:{port}/hook?key=1"),
            status: Arc::new(AtomicU16::new(status)),
            received: Arc::default(),
        };
        let server = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.answer(stream).await });
            }
        });
        receiver
    }

    async fn answer(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        let (mut line, mut headers) = (String::new(), serde_json::Map::new());
        reader.read_line(&mut line).await.unwrap();
        assert_eq!(line, "POST /hook?key=1 HTTP/1.1\r\n");
        loop {
            line.clear();
            reader.read_line(&mut line).await.unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_lowercase(), json!(value));
        }
        let length: usize = headers["content-length"].as_str().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).await.unwrap();
        let body = String::from_utf8(body).unwrap();
        let received = json!({"headers": headers, "body": body});
        self.received.lock().unwrap().push(received);
        let status = self.status.load(Ordering::Relaxed);
        let answer =
            format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        // The sender may be gone already.
        let _sent = reader.write_all(answer.as_bytes()).await;
    }

    /// Waits for as many requests about an event, and returns the last one.
    async fn receive(&self, id: &str, count: usize) -> Value {
        let probe = async || {
            let received = self.received.lock().unwrap();
            let about = received.iter();
            let about = about.filter(|one| one["headers"]["webhook-id"] == id);
            let about: Vec<_> = about.collect();
            about.get(count - 1)?;
            about.last().map(|one| (*one).clone())
        };
        until(&format!("{count} of {id}"), PATIENCE, probe).await
    }
}

/// Asserts that the reference packages for JavaScript and Python believe requests by this secret, and not by another one.
async fn assert_believed(secret: &str, requests: &[Value]) {
    const PYTHON: &str = "import json, sys\n\
         from standardwebhooks import Webhook, WebhookVerificationError\n\
         secret, requests = json.load(sys.stdin)\n\
         for one in requests:\n    \
             event = Webhook(secret).verify(one['body'], one['headers'])\n    \
             assert event['id'] == one['headers']['webhook-id']\n    \
             try:\n        Webhook('whsec_' + 'A' * 43 + '=').verify(one['body'], one['headers'])\n        raise SystemExit('another secret is believed')\n    \
             except WebhookVerificationError:\n        pass\n";
    const JAVASCRIPT: &str = "const { Webhook } = await import('standardwebhooks');\n\
         const { verifyWebhook } = await import('dozo/server');\n\
         const [secret, requests] = JSON.parse(require('fs').readFileSync(0, 'utf8'));\n\
         for (const { headers, body } of requests) {\n\
             const event = new Webhook(secret).verify(body, headers);\n\
             if (event.id !== headers['webhook-id'] || verifyWebhook(body, headers, secret).id !== event.id) throw new Error(event.id);\n\
         }\n";
    let input = json!([secret, requests]).to_string();
    let _said = Program::python()
        .args(["-c", PYTHON])
        .input(input.clone())
        .run()
        .await
        .succeeded();
    // Where Node.js is missing, the tests of the client for JavaScript say that they are skipped.
    if !workspace()
        .join("sdk/js/node_modules/standardwebhooks")
        .exists()
    {
        return;
    }
    let script = format!(
        "(async () => {{ {JAVASCRIPT} }})().catch((error) => {{ console.error(error); process.exit(1); }});"
    );
    let _said = Program::new("node")
        .directory(workspace().join("sdk/js"))
        .args(["--input-type=commonjs", "-e", &script])
        .input(input)
        .run()
        .await
        .succeeded();
}

/// Calls the API for `{app} {webhook}`, and returns the answer.
async fn ask(stack: &Stack, method: Method, path: &str, body: &Value, status: u16) -> Value {
    let (app, path) = path.split_once(' ').unwrap();
    let path = format!("/admin/apps/{app}/webhooks/{path}");
    let reply = if method == Method::GET {
        stack.admin().get(&path).await
    } else {
        stack.admin().send(method, &path, body).await
    };
    assert_eq!(reply.status, status, "{path}: {}", reply.text());
    reply.json()
}

/// Registers an app of this test's own: no process knows yet that it had no webhook. Returns it, and its webhook's place.
async fn registered(stack: &Stack, name: &str) -> (String, String) {
    let app = fresh_app(name);
    let path = format!("/admin/apps/{app}");
    let reply = stack.admin().send(Method::PUT, &path, &json!({})).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let hook = format!("{app} hook");
    (app, hook)
}

/// Waits until an event has this state among the deliveries of an app's webhook, and returns its delivery.
async fn delivered(stack: &Stack, app: &str, event: &str, state: &str) -> Value {
    let list = format!("/admin/apps/{app}/webhooks/hook/deliveries");
    let probe = async || {
        let page = stack.admin().get(&list).await.json();
        let items = page["items"].as_array()?.iter();
        let mut found = items.filter(|one| one["event"] == event && one["state"] == state);
        found.next().cloned()
    };
    until(&format!("{event} {state}"), PATIENCE, probe).await
}

#[tokio::test]
async fn an_event_reaches_an_endpoint_that_was_down_signed_by_both_secrets_of_a_rotation() {
    let stack = Stack::running();
    let (app, hook) = registered(&stack, "hook").await;
    let receiver = Receiver::start(503).await;
    let body = json!({"url": receiver.url, "events": ["media.ready"]});
    let made = ask(&stack, Method::PUT, &hook, &body, 201).await;
    let first = made["secret"].as_str().unwrap().to_owned();
    let again = ask(&stack, Method::PUT, &hook, &body, 200).await;
    assert!(again["secret"].is_null() && again["url"] == receiver.url);

    let ping = ask(
        &stack,
        Method::POST,
        &format!("{hook}/ping"),
        &json!({}),
        202,
    )
    .await;
    let pinged = receiver.receive(ping["event"].as_str().unwrap(), 1).await;
    assert_believed(&first, &[pinged]).await;

    let grant = stack.grant_for(&app, &json!({})).await;
    let good = picture(ImageFormat::Png, 311, 211, 97).unwrap();
    stack.put(&grant, "a.png", good).await;
    let id = format!("{}-1", grant.media("a.png"));
    let failed = receiver.receive(&id, 1).await;
    let rotated = ask(
        &stack,
        Method::POST,
        &format!("{hook}/rotate"),
        &json!({}),
        200,
    )
    .await;
    let second = rotated["secret"].as_str().unwrap().to_owned();
    receiver.status.store(204, Ordering::Relaxed);
    let taken = receiver.receive(&id, 2).await;
    assert_eq!(taken["body"], failed["body"], "the same bytes");
    let delivery = delivered(&stack, &app, &id, "delivered").await;
    assert_eq!(delivery["tries"][0]["status"], 503);
    assert_believed(&first, &[failed]).await;

    let one = delivery["delivery"].as_str().unwrap();
    let path = format!("{hook}/deliveries/{one}/resend");
    ask(&stack, Method::POST, &path, &json!({}), 202).await;
    let resent = receiver.receive(&id, 3).await;
    assert_believed(&second, std::slice::from_ref(&resent)).await;
    assert_believed(&first, &[resent]).await;
    let since = json!({"since": "2026-01-01T00:00:00Z"});
    ask(&stack, Method::POST, &format!("{hook}/resend"), &since, 202).await;
    receiver.receive(&id, 4).await;

    ask(&stack, Method::DELETE, &hook, &json!({}), 200).await;
    ask(&stack, Method::GET, &hook, &json!({}), 404).await;
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_paused_and_an_address_inside_is_refused() {
    let stack = Stack::running();
    let (app, hook) = registered(&stack, "gone").await;
    for url in [
        "http://169.254.169.254/",
        "https://10.0.0.1/",
        "http://shop.example/",
    ] {
        let refused = ask(&stack, Method::PUT, &hook, &json!({"url": url}), 400).await;
        assert_eq!(refused["field"], "url");
    }
    let receiver = Receiver::start(410).await;
    let body = json!({"url": receiver.url, "events": ["media.rejected"]});
    ask(&stack, Method::PUT, &hook, &body, 201).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    stack.put(&grant, "a.png", "no picture").await;
    let id = format!("{}-1", grant.media("a.png"));
    let delivery = delivered(&stack, &app, &id, "not_sent").await;
    assert_eq!(delivery["reason"], "paused");
    // Two processes may announce one change at the same time; then the endpoint is tried twice before it is known to be gone.
    let attempts = delivery["attempts"].as_u64().unwrap();
    assert!((1..=2).contains(&attempts), "{delivery}");
    let shown = ask(&stack, Method::GET, &hook, &json!({}), 200).await;
    assert_eq!(
        (&shown["state"], &shown["paused_because"]),
        (&json!("paused"), &json!("gone"))
    );
    let resumed = ask(
        &stack,
        Method::POST,
        &format!("{hook}/resume"),
        &json!({}),
        200,
    )
    .await;
    assert_eq!(resumed["state"], "active");
    ask(&stack, Method::DELETE, &hook, &json!({}), 200).await;
}
