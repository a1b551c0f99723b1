//! Tests files that the stack brings itself: from a server on this machine, and copied from another media.

use dozo::ports::parts::PART_BYTES;
use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::picture;
use dozo_tests::stack::{DEMO, Stack, fresh_app};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Starts a server that has some files, and returns its address.
async fn server(picture: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let here = address.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, picture.clone(), here.clone()));
        }
    });
    address
}

/// Answers one request.
async fn answer(mut stream: TcpStream, picture: Vec<u8>, here: String) {
    let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(bytes) if bytes > 0 => request.extend_from_slice(&buffer[..bytes]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, header, body) = match path.split('?').next().unwrap_or_default() {
        "/cat.png" => ("200 OK", String::new(), picture),
        "/long.bin" => ("200 OK", String::new(), vec![0; PART_BYTES + 100]),
        "/moved.png" => (
            "302 Found",
            format!("Location: {here}/cat.png\r\n"),
            Vec::new(),
        ),
        _ => ("404 Not Found", String::new(), b"nothing".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _sent = stream.write_all(&[head.as_bytes(), &body].concat()).await;
}

/// Asks for a file as the app does; returns the media that it becomes.
async fn ingest(stack: &Stack, body: &Value) -> (MediaId, Value) {
    let path = format!("/apps/{DEMO}/ingest");
    let asked = stack.app().send(Method::POST, &path, body).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let answer = asked.json();
    let media = MediaId::parse(answer["media"].as_str().unwrap()).unwrap();
    (media, answer)
}

#[tokio::test]
async fn a_file_is_fetched_from_an_address_and_published() {
    let stack = Stack::running();
    let bytes = picture(ImageFormat::Png, 40, 30, 5).unwrap();
    let server = server(bytes.clone()).await;
    let body = json!({"url": format!("{server}/cat.png?token=secret"), "title": "A cat"});
    let (media, answer) = ingest(&stack, &body).await;
    assert_eq!(answer["awaits"], "fetch");
    let ready = stack.until_state(DEMO, &media, "ready").await;
    assert_eq!(
        (&ready["title"], &ready["file_name"]),
        (&json!("A cat"), &json!("cat.png"))
    );
    assert_eq!(ready.get("awaits"), None);
    let original = ready["urls"]["original"].as_str().unwrap();
    assert_eq!(stack.fetch(original).await.status, 200);

    for (path, says) in [
        ("/nothing.png", "status 404"),
        ("/moved.png", "a redirect (status 302)"),
    ] {
        let body = json!({"url": format!("{server}{path}")});
        let (media, _) = ingest(&stack, &body).await;
        let rejected = stack.until_state(DEMO, &media, "rejected").await;
        let rejection = &rejected["rejection"];
        assert_eq!(rejection["code"], "not_fetched", "{path}");
        let sentence = rejection["message"].as_str().unwrap();
        assert!(sentence.contains(says), "{path}: {sentence}");
    }

    // What has more than one part is put together, and judged like any other file.
    let body = json!({"url": format!("{server}/long.bin")});
    let (media, answer) = ingest(&stack, &body).await;
    let rejected = stack.until_state(DEMO, &media, "rejected").await;
    assert_eq!(rejected["rejection"]["code"], "unknown_format");
    let key = format!("{DEMO}/{}/long.bin", answer["upload"].as_str().unwrap());
    let put = stack.object("upload", &key).await.unwrap();
    assert_eq!(put.len(), PART_BYTES + 100);
    assert!(!stack.log_of("fetch-remote").contains("secret"));
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused() {
    let stack = Stack::running();
    for url in [
        "http://example.com/a.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/a.png",
    ] {
        let path = format!("/apps/{DEMO}/ingest");
        let body = json!({"url": url});
        let refused = stack.app().send(Method::POST, &path, &body).await;
        assert_eq!(refused.status, 400, "{url}: {}", refused.text());
        assert_eq!(refused.json()["field"], "url", "{url}");
    }
}

#[tokio::test]
async fn a_media_is_copied_within_its_app_and_by_an_admin_into_another() {
    let stack = Stack::running();
    let grant = stack.grant_for(DEMO, &json!({})).await;
    stack
        .put(
            &grant,
            "a.png",
            picture(ImageFormat::Png, 50, 30, 9).unwrap(),
        )
        .await;
    let media = grant.media("a.png");
    stack.until_state(DEMO, &media, "ready").await;
    let path = format!("/apps/{DEMO}/media/{media}/copy");
    let body = json!({"visibility": "private", "name": "b.png"});
    let copied = stack.app().send(Method::POST, &path, &body).await;
    assert_eq!(copied.status, 202, "{}", copied.text());
    let new = MediaId::parse(copied.json()["media"].as_str().unwrap()).unwrap();
    let ready = stack.until_state(DEMO, &new, "ready").await;
    assert_eq!(
        (&ready["visibility"], &ready["file_name"]),
        (&json!("private"), &json!("b.png"))
    );

    let other = fresh_app("copied");
    stack.register(&other, &json!({})).await;
    let body = json!({"app": other});
    let refused = stack.app().send(Method::POST, &path, &body).await;
    assert_eq!(
        (refused.status, &refused.json()["field"]),
        (400, &json!("app"))
    );
    let as_admin = format!("/admin{path}");
    let refused = stack.app().send(Method::POST, &as_admin, &body).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let copied = stack.admin().send(Method::POST, &as_admin, &body).await;
    assert_eq!(copied.status, 202, "{}", copied.text());
    let new = MediaId::parse(copied.json()["media"].as_str().unwrap()).unwrap();
    let ready = stack.until_state(&other, &new, "ready").await;
    assert_eq!(ready["app"], other);
}
