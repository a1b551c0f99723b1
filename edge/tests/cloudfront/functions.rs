//! Tests viewer-request functions, closed behaviours, and paths that try to circumvent them.

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::Fixture;

#[tokio::test]
async fn functions_answer_rewrite_and_are_stopped() {
    let fixture = Fixture::start().await;
    fixture
        .put("public/m1/a.txt", "by either name", "max-age=60")
        .await;

    let moved = fixture.get("/public/old/x").await;
    assert_eq!(
        (moved.status, moved.from()),
        (301, "FunctionGeneratedResponse")
    );
    assert!(
        moved
            .header("location")
            .unwrap()
            .starts_with("/public/new/E")
    );

    assert_eq!(
        fixture.get("/public/short/a.txt").await.body,
        "by either name"
    );
    let same = fixture.get("/public/m1/a.txt").await;
    assert_eq!(
        (same.body.as_str(), same.from()),
        ("by either name", "Hit"),
        "the key is formed after the function"
    );

    let stopped = fixture.get("/public/loop").await;
    assert_eq!(
        (stopped.status, stopped.from()),
        (503, "FunctionExecutionError")
    );
    fixture.stop().await;
}

#[tokio::test]
async fn private_is_closed_and_so_is_everything_outside() {
    let fixture = Fixture::start().await;
    fixture
        .put("private/m1/a.txt", "secret", "max-age=60")
        .await;
    for path in [
        "/private/m1/a.txt",
        "/",
        "/index.html",
        "/Public/m1/a.txt",
        "/private/",
    ] {
        let refused = fixture.get(path).await;
        assert_eq!((refused.status, refused.from()), (403, "Error"), "{path}");
        assert!(
            refused.body.contains("<Code>MissingKey</Code>"),
            "{path}: {}",
            refused.body
        );
    }
    let posted = fixture.ask(Method::POST, "/public/m1/a.txt", &[]).await;
    assert_eq!(posted.status, 403);
    assert!(fixture.tap.take_seen().is_empty(), "no bucket was asked");
    fixture.stop().await;
}

#[tokio::test]
async fn hostile_paths_never_reach_the_private_side() {
    let fixture = Fixture::start().await;
    fixture
        .put("private/m1/a.txt", "secret", "max-age=60")
        .await;
    let long = format!("/public/{}", "x".repeat(9_000));
    for (path, expected) in [
        ("/%70rivate/m1/a.txt", "403"),
        ("//private/m1/a.txt", "403"),
        ("/public/../private/m1/a.txt", "403"),
        ("/public/%2e%2e/private/m1/a.txt", "403"),
        ("/public/..%2fprivate/m1/a.txt", "404"),
        ("//public/m1/a.txt", "404"),
        ("/private/../public/m1/a.txt", "404"),
        ("/public/%2fprivate/m1/a.txt", "404"),
        ("/public/m1/%00%ff", "40"),
        (&long, "414"),
    ] {
        let answer = raw(&fixture, path).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected}")),
            "{path}: {answer}"
        );
        assert!(!answer.contains("secret"), "{path}");
    }
    fixture.stop().await;
}

/// Sends the path byte for byte, because HTTP clients would normalise it.
async fn raw(fixture: &Fixture, path: &str) -> String {
    let url = fixture.url("");
    let mut connection = TcpStream::connect(url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: edge\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
