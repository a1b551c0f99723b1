//! A fake platform with S3: the calls that moving in and out makes, in memory, with a process that can be killed at any of
//! them.

mod s3;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::Notify;

/// The way in which a process is struck.
#[derive(Debug, Clone, Copy)]
enum Blow {
    Kill,
    Interrupt,
}

/// The call at which a process is killed: the one with this number, before or after it took effect. It gets no answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kill {
    pub(crate) at: usize,
    pub(crate) is_after: bool,
}

/// The contents of the platform.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Objects by bucket and key.
    pub(crate) objects: BTreeMap<(String, String), Bytes>,
    /// The metadata of objects that have some.
    pub(crate) metadata: BTreeMap<(String, String), HeaderMap>,
    /// The copies that were made: from, and to.
    pub(crate) copies: Vec<(String, String)>,
    /// The names of the files of each grant.
    pub(crate) grants: Vec<Vec<String>>,
    /// The body of the request for each grant.
    pub(crate) asked: Vec<Value>,
    /// The API's answers about media, by their ids.
    pub(crate) media: BTreeMap<String, Value>,
    /// Files that the API takes in one upload.
    pub(crate) quota: Option<usize>,
    /// Names that the API refuses.
    pub(crate) bad_names: BTreeSet<String>,
    /// The sizes that listings give for objects that are too large for a test, by their keys.
    pub(crate) sizes: BTreeMap<String, u64>,
    /// The parts of copies in parts that are not complete, by their ids: where each goes, and its ranges by their numbers.
    pub(crate) parts: BTreeMap<String, (String, BTreeMap<u32, String>)>,
    /// Sources that may not be read.
    pub(crate) denied: BTreeSet<String>,
    /// Whether the media of an upload cannot be listed.
    pub(crate) is_hidden: bool,
    /// A file that another program writes to when a grant was asked for.
    pub(crate) rewritten: Option<PathBuf>,
    /// The calls so far.
    pub(crate) calls: Vec<String>,
    kill: Option<Kill>,
}

/// A fake platform.
pub(crate) struct Platform {
    pub(crate) url: String,
    shared: Shared,
}

#[derive(Clone, Default)]
struct Shared {
    held: Arc<Mutex<Held>>,
    struck: Arc<Notify>,
}

/// The outcome of a run; the code is -1 if it was killed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Platform {
    pub(crate) async fn new() -> Self {
        let shared = Shared::default();
        let router = Router::new().fallback(reply).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        shared.held().objects.clear();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.shared.held()
    }

    /// Puts an object.
    pub(crate) fn put(&self, bucket: &str, key: &str, body: &str) {
        let place = (bucket.to_owned(), key.to_owned());
        let body = Bytes::from(body.to_owned());
        self.held().objects.insert(place, body);
    }

    /// Runs `dozo` in a folder, and kills it where that is said.
    pub(crate) async fn dozo(&self, folder: &Path, arguments: &[&str], kill: Option<Kill>) -> Ran {
        self.held().kill = kill;
        self.held().calls.clear();
        self.run(self.command(folder, arguments), Blow::Kill).await
    }

    /// Runs `dozo` in a folder, and presses Ctrl-C at the call with this number, which takes effect and gets no answer.
    pub(crate) async fn interrupted(&self, folder: &Path, arguments: &[&str], at: usize) -> Ran {
        self.held().kill = Some(Kill { at, is_after: true });
        self.held().calls.clear();
        let command = self.command(folder, arguments);
        self.run(command, Blow::Interrupt).await
    }

    /// Returns `dozo` as a user runs it who has credentials and has set the app.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dozo"));
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("DOZO_API", &self.url)
            .env("DOZO_APP", "shop")
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, mut command: Command, blow: Blow) -> Ran {
        let mut child = command.spawn().unwrap();
        let outputs = tokio::spawn(futures_util::future::join(
            read(child.stdout.take().unwrap()),
            read(child.stderr.take().unwrap()),
        ));
        let code = tokio::select! {
            status = child.wait() => status.unwrap().code().unwrap_or(-1),
            () = self.shared.struck.notified() => {
                match blow {
                    Blow::Kill => child.kill().await.unwrap(),
                    Blow::Interrupt => interrupt(&child).await,
                }
                child.wait().await.unwrap().code().unwrap_or(-1)
            }
        };
        let (stdout, stderr) = outputs.await.unwrap();
        Ran {
            code,
            stdout,
            stderr,
        }
    }
}

/// Sends SIGINT, as a terminal does for Ctrl-C.
async fn interrupt(child: &Child) {
    let id = child.id().unwrap().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().await;
    assert!(sent.unwrap().success());
}

async fn read(mut pipe: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).await.unwrap();
    text
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// Notes a call, and returns whether the process is to be killed before and after it.
    fn call(&self, line: String) -> (bool, bool) {
        let mut held = self.held();
        let number = held.calls.len();
        held.calls.push(line);
        let kill = held.kill.filter(|kill| kill.at == number);
        (
            kill.is_some_and(|kill| !kill.is_after),
            kill.is_some_and(|kill| kill.is_after),
        )
    }

    async fn strike(&self) -> Response {
        self.struck.notify_one();
        std::future::pending().await
    }
}

async fn reply(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let (before, after) = shared.call(format!("{} {}", parts.method, parts.uri));
    if before {
        return shared.strike().await;
    }
    let answer = {
        let mut held = shared.held();
        act(&mut held, &parts.method, &parts.uri, &parts.headers, &body)
    };
    if after {
        return shared.strike().await;
    }
    answer
}

fn act(held: &mut Held, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
    let path = decoded(uri.path());
    let query: BTreeMap<String, String> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect();
    if path == "/apps/shop/uploads" {
        return grant(held, headers, body);
    }
    if path == "/apps/shop/media" {
        if held.is_hidden {
            return problem(403, "forbidden", "Ask an admin.", None);
        }
        return listed_media(held, &query["upload"]);
    }
    if let Some(media) = path.strip_prefix("/apps/shop/media/") {
        return match held.media.get(media) {
            Some(shown) => told(200, &shown.clone()),
            None => problem(404, "unknown_media", "It is not there.", None),
        };
    }
    s3::act(held, (method, &path), &query, headers, body)
}

fn grant(held: &mut Held, headers: &HeaderMap, body: &Bytes) -> Response {
    if let Some(file) = held.rewritten.take() {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(file, vec![b'x'; bytes.len()]).unwrap();
    }
    let asked: Value = serde_json::from_slice(body).unwrap();
    let files = asked["files"].as_array().unwrap();
    let names: Vec<String> = files
        .iter()
        .map(|file| file["name"].as_str().unwrap().to_owned())
        .collect();
    if held.quota.is_some_and(|quota| names.len() > quota) {
        return problem(429, "quota_exceeded", "Declare fewer files.", Some("files"));
    }
    for (place, name) in names.iter().enumerate() {
        if held.bad_names.contains(name) {
            let field = format!("files[{place}].name");
            return problem(400, "invalid_request", "Give a shorter name.", Some(&field));
        }
    }
    let upload = format!("upload{}", held.grants.len());
    let granted: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"name": name, "key": format!("shop/{upload}/{name}"), "media": format!("{upload}-{name}")})
        })
        .collect();
    held.grants.push(names);
    held.asked.push(asked);
    let endpoint = format!("http://{}", headers["host"].to_str().unwrap());
    told(
        200,
        &json!({
            "AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c", "upload": upload, "bucket": "upload",
            "region": "us-east-1", "endpoint": endpoint, "files": granted,
        }),
    )
}

/// Lists the media of an upload. A file that is there has its verdict at once, except for one that is called `slow`.
fn listed_media(held: &Held, upload: &str) -> Response {
    let prefix = format!("shop/{upload}/");
    let copied = held.copies.iter();
    let copied = copied.filter_map(|(_, to)| to.strip_prefix("upload/"));
    let put = held.objects.keys().filter(|(bucket, _)| bucket == "upload");
    let names: BTreeSet<&str> = copied
        .chain(put.map(|(_, key)| key.as_str()))
        .filter_map(|key| key.strip_prefix(&prefix))
        .filter(|name| !name.starts_with("slow"))
        .collect();
    let items: Vec<Value> = names
        .iter()
        .map(|name| {
            let media = format!("{upload}-{name}");
            if name.ends_with(".txt") {
                json!({"media": media, "state": "rejected",
                       "rejection": {"code": "unknown_format", "message": "It is no picture."}})
            } else {
                json!({"media": media, "state": "ready"})
            }
        })
        .collect();
    told(200, &json!({ "items": items }))
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

fn problem(status: u16, code: &str, detail: &str, field: Option<&str>) -> Response {
    let body = json!({"status": status, "code": code, "title": "Refused", "detail": detail, "field": field});
    told(status, &body)
}

fn told(status: u16, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .body(body.to_string().into())
        .unwrap()
}
