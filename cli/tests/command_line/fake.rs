//! A fake API with scripted answers, which records the requests; and a way to run the program against it.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use tokio::process::Command;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

/// An answer with a JSON body.
pub(crate) fn answer(status: u16, body: Value) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body,
    }
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A request that was made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) signed: bool,
    pub(crate) body: Value,
}

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A fake API.
pub(crate) struct Fake {
    url: String,
    script: Script,
}

/// The outcome of a run of the program.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Fake {
    pub(crate) async fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Script::default();
        script.answers.lock().unwrap().extend(answers);
        let router = Router::new().fallback(reply).with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, script }
    }

    /// Runs `dozo` with these arguments, as a user who has credentials and has set the app.
    pub(crate) async fn dozo(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_dozo"))
            .args(arguments)
            .env_clear()
            .env("DOZO_API", &self.url)
            .env("DOZO_APP", "demo")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    /// Returns the only request.
    pub(crate) fn asked_once(&self) -> (String, Value) {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].signed, "{asked:?}");
        (asked[0].line.clone(), asked[0].body.clone())
    }
}

/// The arguments of a command, and the line and the body of the request that it makes.
pub(crate) type OneCall<'a> = (&'a [&'a str], String, Value);

/// Checks that each command makes its request and no other, if that is answered with what `told` returns.
pub(crate) async fn each_is_one_call(table: &[OneCall<'_>], told: impl Fn() -> Answer) {
    for (arguments, line, body) in table {
        let fake = Fake::new([told()]).await;
        let ran = fake.dozo(arguments).await;
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        let asked = (line.clone(), body.clone());
        assert_eq!(fake.asked_once(), asked, "{arguments:?}");
    }
}

async fn reply(State(script): State<Script>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let authorization = request.headers().get("authorization").cloned();
    let signed = authorization.is_some_and(|value| {
        let value = value.to_str().unwrap_or_default();
        value.starts_with("AWS4-HMAC-SHA256") && value.contains("/us-east-1/execute-api/")
    });
    let bytes: Bytes = to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    script
        .asked
        .lock()
        .unwrap()
        .push(Asked { line, signed, body });
    let next = script.answers.lock().unwrap().pop_front();
    let told = next.unwrap_or_else(|| answer(500, serde_json::json!({"code": "not_scripted"})));
    let mut response = Response::builder().status(told.status);
    for (name, value) in told.headers {
        response = response.header(name, value);
    }
    response.body(told.body.to_string().into()).unwrap()
}
