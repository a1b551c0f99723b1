//! Tests how the program reaches the API: through the proxy of the environment, and this machine without it.

use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::fake::{Fake, answer};

/// A proxy that lets nobody through, and keeps the first line of each request.
struct Proxy {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut line = String::new();
                BufReader::new(&mut stream)
                    .read_line(&mut line)
                    .await
                    .unwrap();
                seen.lock().unwrap().push(line.trim_end().to_owned());
                let refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(refusal).await.unwrap();
            }
        });
        Self { url, asked }
    }

    /// Runs `dozo apps` behind the proxy.
    async fn dozo(&self, api: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dozo"))
            .args(["apps", "--json"])
            .env_clear()
            .env("DOZO_API", api)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("HTTPS_PROXY", &self.url)
            .env("HTTP_PROXY", &self.url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The API was once called past the proxy, though S3 was called through it in the same process.
#[tokio::test]
async fn the_api_is_called_through_the_proxy() {
    let proxy = Proxy::new().await;
    let ran = proxy.dozo("https://api.dozo.invalid").await;
    assert_eq!(ran.status.code(), Some(3), "{ran:?}");
    let asked = proxy.asked();
    assert!(!asked.is_empty(), "{ran:?}");
    for line in asked {
        assert_eq!(line, "CONNECT api.dozo.invalid:443 HTTP/1.1");
    }
}

async fn refused_twice() -> Fake {
    Fake::new([0, 1].map(|_| answer(403, json!({"code": "forbidden"})))).await
}

#[tokio::test]
async fn this_machine_is_called_without_the_proxy() {
    let (proxy, api) = (Proxy::new().await, refused_twice().await);
    for host in ["127.0.0.1", "localhost"] {
        let ran = proxy.dozo(&api.url().replace("127.0.0.1", host)).await;
        assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    }
    assert_eq!((proxy.asked().len(), api.asked().len()), (0, 2));
}
