//! A function in a process of its own, behind a Runtime API that hands out one request after the other.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderName, Response, StatusCode};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use super::slow_s3::at_once;

/// An answer may take so long; Lambda's function URLs give up after 60 s behind CloudFront.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that is compared, with its arguments and environment.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// The memory that it has on Lambda, in MB.
    pub(crate) megabytes: f64,
    /// Makes the event of a request.
    pub(crate) event: fn(&super::Wanted) -> Value,
}

/// One request's time and the size of its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) took: Duration,
    pub(crate) bytes: usize,
}

/// A running process of a contender.
pub(crate) struct Running {
    child: Child,
    events: mpsc::Sender<Value>,
    answers: mpsc::Receiver<Result<Bytes, String>>,
    pub(crate) started: Instant,
}

struct Api {
    events: Mutex<mpsc::Receiver<Value>>,
    answers: mpsc::Sender<Result<Bytes, String>>,
}

impl Contender {
    /// Starts a process, on one core.
    pub(crate) async fn start(&self) -> Running {
        let (events, to_hand_out) = mpsc::channel(1);
        let (answered, answers) = mpsc::channel(1);
        let api = Arc::new(Api {
            events: Mutex::new(to_hand_out),
            answers: answered,
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(done))
            .route("/2018-06-01/runtime/init/error", post(failed_to_start))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(api);
        let listener = at_once(listener);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let started = Instant::now();
        let child = Command::new("taskset")
            .args(["-c", "1"])
            .arg(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(&self.environment)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Running {
            child,
            events,
            answers,
            started,
        }
    }
}

impl Running {
    /// Hands out a request and waits for its answer. The answer must be an image.
    pub(crate) async fn ask(&mut self, name: &str, event: Value) -> Answered {
        let start = Instant::now();
        self.events.send(event).await.unwrap();
        let answer = timeout(PATIENCE, self.answers.recv()).await;
        let took = start.elapsed();
        let body = match answer {
            Ok(Some(Ok(body))) => body,
            Ok(Some(Err(error))) => panic!("{name} failed: {error}"),
            Ok(None) | Err(_) => panic!("{name} does not answer"),
        };
        Answered {
            took,
            bytes: image_bytes(name, &body),
        }
    }

    /// Returns the most memory that the process held, in bytes, as Linux counts it, and ends it.
    pub(crate) async fn end(mut self) -> f64 {
        let id = self.child.id().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        let kibibytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        self.child.kill().await.unwrap();
        kibibytes * 1024.0
    }
}

/// Returns the size of the image in an answer: of a streamed one what follows the prelude, otherwise what is in the JSON.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>
fn image_bytes(name: &str, body: &[u8]) -> usize {
    let (head, streamed) = match body.windows(8).position(|part| part == [0; 8]) {
        Some(end) => (&body[..end], Some(body.len() - end - 8)),
        None => (body, None),
    };
    let head: Value = serde_json::from_slice(head)
        .unwrap_or_else(|error| panic!("{name} answers what is no JSON: {error}"));
    assert_eq!(head["statusCode"], 200, "{name}: {head}");
    streamed.unwrap_or_else(|| {
        let text = head["body"].as_str().unwrap().trim_end_matches('=');
        text.len() * 3 / 4
    })
}

async fn next(State(api): State<Arc<Api>>) -> Response<Body> {
    let Some(event) = api.events.lock().await.recv().await else {
        // The benchmark is over.
        return std::future::pending().await;
    };
    let deadline = SystemTime::now() + PATIENCE;
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Response::builder()
        .header("lambda-runtime-aws-request-id", "of-nobody")
        .header(
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        )
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:of-nobody",
        )
        .header(HeaderName::from_static("content-type"), "application/json")
        .body(Body::from(event.to_string()))
        .unwrap()
}

async fn done(
    State(api): State<Arc<Api>>,
    Path((_, outcome)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let answer = if outcome == "response" {
        Ok(body)
    } else {
        Err(String::from_utf8_lossy(&body).into_owned())
    };
    api.answers.send(answer).await.unwrap();
    StatusCode::ACCEPTED
}

async fn failed_to_start(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let error = String::from_utf8_lossy(&body).into_owned();
    api.answers.send(Err(error)).await.unwrap();
    StatusCode::ACCEPTED
}
