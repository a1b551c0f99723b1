//! The deployed stack, as its clients see it: through its addresses, with their keys.
//!
//! Reads the stack file that `DOZO_STACK` names, which is the contract for scripts; knows nothing else of how
//! the stack was brought up. Everything that has to happen by itself is awaited by its condition
//! ([`until`]), never by a pause. Every test makes uploads of its own, so that tests run in any order and at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the harness of tests: a surprise ends the test, at the place where it happened"
)]

mod clients;
mod command;
mod grant;
mod signed;
mod wait;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dozo::vocabulary::names::{App, FileName, Media, Upload};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

pub use command::{Program, Ran};
pub use grant::{File, Grant};
pub use signed::{Reply, Signer};
pub use wait::until;

/// How long anything may take that happens by itself: seconds usually; two busy cores and a 100 MB file take longest.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The app that every local stack has registered, and that [`Credentials::app`] may call for.
pub const DEMO: &str = "demo";

/// A running stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// What its file says.
    pub file: StackFile,
    path: PathBuf,
    http: reqwest::Client,
}

/// The stack file.
#[derive(Debug, Clone, Deserialize)]
pub struct StackFile {
    /// AWS region.
    pub region: String,
    /// Account id.
    pub account: String,
    /// Stack name.
    pub stack: String,
    /// Base URL of all AWS services.
    pub aws_endpoint: String,
    /// Base URL of the API.
    pub api: String,
    /// Base URL of the edge.
    pub cdn: String,
    /// Bucket names: upload, delivery, backup, records, work.
    pub buckets: BTreeMap<String, String>,
    /// Queue URLs: uploads, dead, last-resort.
    pub queues: BTreeMap<String, String>,
    /// Function names by directory.
    pub functions: BTreeMap<String, String>,
    /// CloudFront distribution.
    pub distribution_id: String,
    /// API users.
    pub credentials: Credentials,
}

/// The two users that may call the API.
#[derive(Debug, Clone, Deserialize)]
pub struct Credentials {
    /// `/apps/demo/*` only.
    pub app: Keys,
    /// `/admin/*` and `/apps/*`.
    pub admin: Keys,
}

/// An access key: a user's, the account root's, or temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Keys {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Of temporary credentials.
    #[serde(default)]
    pub session_token: Option<String>,
}

impl Keys {
    /// The emulator's account root, which may do everything.
    #[must_use]
    pub fn root() -> Self {
        Self {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        }
    }

    /// The variables by which AWS's own clients take them, beside the region.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut variables = vec![
            ("AWS_ACCESS_KEY_ID".to_owned(), self.access_key_id.clone()),
            (
                "AWS_SECRET_ACCESS_KEY".to_owned(),
                self.secret_access_key.clone(),
            ),
        ];
        let token = self.session_token.clone();
        variables.extend(token.map(|token| ("AWS_SESSION_TOKEN".to_owned(), token)));
        variables
    }
}

impl Stack {
    /// The stack that `DOZO_STACK` names.
    #[must_use]
    pub fn running() -> Self {
        let Some(path) = std::env::var_os("DOZO_STACK") else {
            panic!("these tests need a running stack: run `make test`");
        };
        Self::read(Path::new(&path))
    }

    /// The stack that this file describes.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("{}: {error}; run `make test`", path.display()));
        let file = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} is no stack file: {error}", path.display()));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            file,
            path: path.to_owned(),
            http,
        }
    }

    /// The directory of its file, logs and state.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// The file itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a function has logged so far.
    #[must_use]
    pub fn log_of(&self, function: &str) -> String {
        let path = self.directory().join(format!("logs/{function}.log"));
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// The numbers that a function has logged so far under this name, in order.
    #[must_use]
    pub fn logged(&self, function: &str, name: &str) -> Vec<u64> {
        let log = self.log_of(function);
        let entries = log.lines().filter_map(|line| line.get(line.find('{')?..));
        let number = |entry: &str| {
            serde_json::from_str::<Value>(entry)
                .ok()?
                .get(name)?
                .as_u64()
        };
        entries.filter_map(number).collect()
    }

    /// A bucket's name: `upload`, `delivery`, `backup`, `records` or `work`.
    #[must_use]
    pub fn bucket(&self, role: &str) -> &str {
        &self.file.buckets[role]
    }

    /// A queue's URL: `uploads`, `dead` or `last-resort`.
    #[must_use]
    pub fn queue(&self, name: &str) -> &str {
        &self.file.queues[name]
    }

    /// Without redirects, proxies or a signature.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Signs requests to an AWS service, such as `sqs`, at the stack's endpoint.
    #[must_use]
    pub fn service(&self, keys: &Keys, service: &'static str) -> Signer {
        Signer::new(self, keys, service, &self.file.aws_endpoint)
    }

    /// Signs requests to the API.
    #[must_use]
    pub fn api(&self, keys: &Keys) -> Signer {
        Signer::new(self, keys, "execute-api", &self.file.api)
    }

    /// The API, as the user that may call for [`DEMO`] only.
    #[must_use]
    pub fn app(&self) -> Signer {
        self.api(&self.file.credentials.app)
    }

    /// The API, as the user that may call everything.
    #[must_use]
    pub fn admin(&self) -> Signer {
        self.api(&self.file.credentials.admin)
    }

    /// Registers an app.
    pub async fn register(&self, app: &str, registration: &Value) -> Value {
        let path = format!("/admin/apps/{app}");
        let reply = self.admin().send(Method::PUT, &path, registration).await;
        assert!(matches!(reply.status, 200 | 201), "{path}: {reply:?}");
        reply.json()
    }

    /// Upload credentials for [`DEMO`], any file.
    pub async fn grant(&self) -> Grant {
        self.grant_for(DEMO, &serde_json::json!({})).await
    }

    /// Upload credentials, as wished.
    pub async fn grant_for(&self, app: &str, wish: &Value) -> Grant {
        let granted = self.try_grant(app, wish).await;
        granted.unwrap_or_else(|reply| panic!("no grant for {app}: {reply:?}"))
    }

    /// Upload credentials, as wished, or what was said instead.
    ///
    /// # Errors
    /// The reply that is not a 201.
    pub async fn try_grant(&self, app: &str, wish: &Value) -> Result<Grant, Reply> {
        let path = format!("/apps/{app}/uploads");
        let reply = self.admin().send(Method::POST, &path, wish).await;
        if reply.status == 201 {
            Ok(Grant::new(reply))
        } else {
            Err(reply)
        }
    }

    /// What show-media says of a media; `None` while it says 404.
    pub async fn show(&self, app: &str, media: &Media) -> Option<Value> {
        let path = format!("/apps/{app}/media/{media}");
        let reply = self.admin().get(&path).await;
        match reply.status {
            200 => Some(reply.json()),
            404 => None,
            status => panic!("GET {path}: {status} {reply:?}"),
        }
    }

    /// Waits until a media is in a state, and gives what show-media says of it then.
    pub async fn until_state(&self, app: &str, media: &Media, state: &str) -> Value {
        self.until_shown(app, media, state, |shown| shown["state"] == state)
            .await
    }

    /// Waits until what show-media says of a media is as wanted.
    pub async fn until_shown(
        &self,
        app: &str,
        media: &Media,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let last = std::sync::Mutex::new(None);
        let probe = || async {
            let shown = self.show(app, media).await;
            last.lock().unwrap().clone_from(&shown);
            shown.filter(&wanted)
        };
        let describe = || format!("{app}/{media}: {what}; last: {:?}", last.lock().unwrap());
        wait::until_described(PATIENCE, describe, probe).await
    }

    /// Fetches a URL unsigned, as a viewer does.
    pub async fn fetch(&self, url: &str) -> Reply {
        self.fetch_with(Method::GET, url, &[]).await
    }

    /// As [`Self::fetch`], by this method and with these headers.
    pub async fn fetch_with(&self, method: Method, url: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.http.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::read(request).await
    }
}

/// The id of the media that a file of this name in an upload becomes.
#[must_use]
pub fn media_id(upload: &str, name: &str) -> Media {
    let upload = Upload::parse(upload).unwrap();
    Media::of(&upload, &FileName::new(name).unwrap())
}

/// An app's name that no other test uses.
#[must_use]
pub fn fresh_app(test: &str) -> String {
    let name = format!("{test}-{:08x}", rand::random::<u32>());
    App::parse(&name).unwrap().to_string()
}
