//! The deployed stack as its clients see it: by its addresses, with their keys.
//!
//! Reads the stack file that `DOZO_STACK` names, which is the contract for scripts, and knows nothing else about how
//! the stack was started. Tests wait for asynchronous events by their condition ([`until`]), never by a fixed pause.
//! Every test makes its own uploads, so tests run in any order and in parallel.

mod clients;
mod command;
mod grant;
mod signed;
mod wait;

use std::path::{Path, PathBuf};
use std::time::Duration;

use dozo::vocabulary::names::{AppId, FileName, MediaId, UploadId};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use stack_file::{AccessKey, StackFile};

pub use command::{Program, Ran};
pub use grant::{File, Grant};
pub use signed::{Reply, Signer};
pub use wait::until;

/// The longest wait for anything asynchronous. It usually takes seconds; two busy cores and a 100 MB file take longest.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The app that every local stack has registered, and that [`Stack::app`] may call for.
pub const DEMO: &str = "demo";

/// A running stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The content of its stack file.
    pub file: StackFile,
    path: PathBuf,
    http: reqwest::Client,
}

/// An access key: a user's, the account root's, or temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Keys {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The session token of temporary credentials.
    #[serde(default)]
    pub session_token: Option<String>,
}

impl From<&AccessKey> for Keys {
    fn from(key: &AccessKey) -> Self {
        Self {
            access_key_id: key.access_key_id.clone(),
            secret_access_key: key.secret_access_key.clone(),
            session_token: None,
        }
    }
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

    /// Returns the environment variables from which AWS's own clients take the keys; the region is not among them.
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
    /// Returns the stack that `DOZO_STACK` names.
    #[must_use]
    pub fn running() -> Self {
        let Some(path) = std::env::var_os("DOZO_STACK") else {
            panic!("these tests need a running stack: run `make test`");
        };
        Self::read(Path::new(&path))
    }

    /// Reads the stack that this file describes.
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

    /// Returns the directory of the stack's file, logs and state.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Returns the path of the stack file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns everything that a function has logged so far.
    #[must_use]
    pub fn log_of(&self, function: &str) -> String {
        let path = self.directory().join(format!("logs/{function}.log"));
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// Returns the numbers that a function has logged so far under this name, in order.
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

    /// Returns a bucket's name: `upload`, `delivery`, `backup`, `records` or `work`.
    #[must_use]
    pub fn bucket(&self, role: &str) -> &str {
        &self.file.buckets[role]
    }

    /// Returns a queue's URL: `uploads`, `bulk-uploads`, `dead` or `last-resort`.
    #[must_use]
    pub fn queue(&self, name: &str) -> &str {
        &self.file.queues[name]
    }

    /// Returns an HTTP client that follows no redirects, uses no proxy and does not sign.
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

    /// Returns the keys of the user that may call for [`DEMO`] only.
    #[must_use]
    pub fn app_keys(&self) -> Keys {
        Keys::from(&self.file.credentials.app)
    }

    /// Returns the keys of the user that may call everything.
    #[must_use]
    pub fn admin_keys(&self) -> Keys {
        Keys::from(&self.file.credentials.admin)
    }

    /// The API as the user that may call for [`DEMO`] only.
    #[must_use]
    pub fn app(&self) -> Signer {
        self.api(&self.app_keys())
    }

    /// The API as the user that may call everything.
    #[must_use]
    pub fn admin(&self) -> Signer {
        self.api(&self.admin_keys())
    }

    /// Registers an app.
    pub async fn register(&self, app: &str, registration: &Value) -> Value {
        let path = format!("/admin/apps/{app}");
        let reply = self.admin().send(Method::PUT, &path, registration).await;
        assert!(matches!(reply.status, 200 | 201), "{path}: {reply:?}");
        reply.json()
    }

    /// Gets upload credentials for any file of [`DEMO`].
    pub async fn grant(&self) -> Grant {
        self.grant_for(DEMO, &serde_json::json!({})).await
    }

    /// Gets upload credentials for this request body.
    pub async fn grant_for(&self, app: &str, request: &Value) -> Grant {
        let granted = self.try_grant(app, request).await;
        granted.unwrap_or_else(|reply| panic!("no grant for {app}: {reply:?}"))
    }

    /// Gets upload credentials for this request body.
    ///
    /// # Errors
    /// The reply, if it is not a 201.
    pub async fn try_grant(&self, app: &str, request: &Value) -> Result<Grant, Reply> {
        let path = format!("/apps/{app}/uploads");
        let reply = self.admin().send(Method::POST, &path, request).await;
        if reply.status == 201 {
            Ok(Grant::new(reply))
        } else {
            Err(reply)
        }
    }

    /// Returns show-media's answer about a media, or `None` if it answers 404.
    pub async fn show(&self, app: &str, media: &MediaId) -> Option<Value> {
        let path = format!("/apps/{app}/media/{media}");
        let reply = self.admin().get(&path).await;
        match reply.status {
            200 => Some(reply.json()),
            404 => None,
            status => panic!("GET {path}: {status} {reply:?}"),
        }
    }

    /// Waits until a media is in a state; returns show-media's answer then.
    pub async fn until_state(&self, app: &str, media: &MediaId, state: &str) -> Value {
        self.until_shown(app, media, state, |shown| shown["state"] == state)
            .await
    }

    /// Waits until show-media's answer about a media is as wanted.
    pub async fn until_shown(
        &self,
        app: &str,
        media: &MediaId,
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

    /// Fetches like [`Self::fetch`], with this method and these headers.
    pub async fn fetch_with(&self, method: Method, url: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.http.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::read(request).await
    }
}

/// Returns the id of the media that a file of this name in an upload becomes.
#[must_use]
pub fn media_id(upload: &str, name: &str) -> MediaId {
    let upload = UploadId::parse(upload).unwrap();
    MediaId::of(&upload, &FileName::new(name).unwrap())
}

/// Returns an app name that no other test uses.
#[must_use]
pub fn fresh_app(test: &str) -> String {
    let name = format!("{test}-{:08x}", rand::random::<u32>());
    AppId::parse(&name).unwrap().to_string()
}
