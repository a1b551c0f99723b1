//! The three things that people do, each as one future that ends in an outcome.

use std::time::{Duration, Instant};

use dozo::vocabulary::keys::Key;
use dozo::vocabulary::names::{AppId, MediaId};
use dozo::vocabulary::record::{MediaRecord, What};
use dozo::vocabulary::state::State;
use dozo_tests::stack::{DEMO, Keys, PATIENCE, Reply, Signer, Stack};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;

/// The pause between two looks at a record. The time of `ready` stands in it, so a longer one makes no lag longer.
const LOOK: Duration = Duration::from_millis(300);

/// The pause between two requests for what is being taken down.
const ASK: Duration = Duration::from_millis(100);

/// The stack and the clients for it.
pub(crate) struct Site {
    pub(crate) stack: Stack,
    admin: Signer,
    root: Signer,
}

/// How a request ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// As it should.
    Done {
        lag: Duration,
        /// Whether the CDN did not have it.
        is_miss: bool,
    },
    /// Refused with a status that says to try again later.
    Refused,
    /// Any other way.
    Failed(String),
}

impl Outcome {
    fn of(what: &str, reply: &Reply) -> Self {
        match reply.status {
            429 | 503 => Self::Refused,
            status => Self::Failed(format!("{what}: {status} {}", reply.text())),
        }
    }
}

impl Site {
    pub(crate) fn new(stack: Stack) -> Self {
        Self {
            admin: stack.admin(),
            root: stack.service(&Keys::root(), "s3"),
            stack,
        }
    }

    /// Returns the address of something of a media: `original.jpg`, `iiif/image/full/320,/0/default.jpg`.
    pub(crate) fn url(&self, media: &MediaId, item: &str) -> String {
        format!("{}/public/{DEMO}/{media}/{item}", self.stack.file.cdn)
    }

    /// Asks for upload credentials for one file, puts it with the URL that they signed, and waits until it is ready.
    pub(crate) async fn upload(&self, body: Vec<u8>, due: Instant) -> (Outcome, Option<MediaId>) {
        let request = json!({"files": [{"name": "a.jpg"}]});
        let grant = match self.stack.try_grant(DEMO, &request).await {
            Ok(grant) => grant,
            Err(reply) => return (Outcome::of("a grant", &reply), None),
        };
        let file = grant.files().remove(0);
        let mut put = self.stack.http().put(&file.url).body(body);
        for (name, value) in &file.headers {
            put = put.header(name, value);
        }
        let status = put.send().await.map(|answer| answer.status().as_u16());
        if !matches!(status, Ok(200)) {
            return (Outcome::Failed(format!("a put: {status:?}")), None);
        }
        let (answered, at) = (Instant::now(), Timestamp::now());
        match self.until_ready(&file.media, answered).await {
            Err(fault) => (Outcome::Failed(fault), None),
            Ok(ready) => {
                let after = Duration::try_from(ready.duration_since(at)).unwrap_or_default();
                let lag = answered.duration_since(due) + after;
                let is_miss = false;
                (Outcome::Done { lag, is_miss }, Some(file.media))
            }
        }
    }

    /// Returns the time of `ready` in a media's record, which the account's root reads: calls of the API would be load.
    async fn until_ready(&self, media: &MediaId, start: Instant) -> Result<Timestamp, String> {
        let key = Key::Media(AppId::parse(DEMO).unwrap(), media.clone());
        let path = format!("/{}/{key}", self.stack.bucket("records"));
        while start.elapsed() < PATIENCE {
            let reply = self.root.get(&path).await;
            let record = (reply.status == 200)
                .then(|| serde_json::from_slice::<MediaRecord>(&reply.body).unwrap());
            match record {
                Some(record) if record.state == State::Ready => {
                    let ready = record
                        .history
                        .iter()
                        .find(|event| event.what == What::Ready);
                    return Ok(ready.unwrap().at);
                }
                Some(record) if matches!(record.state, State::Rejected | State::Failed) => {
                    return Err(format!("{media} is {}", record.state));
                }
                Some(_) | None => tokio::time::sleep(LOOK).await,
            }
        }
        Err(format!("{media} is not ready"))
    }

    /// Suspends a media, and waits until the CDN delivers its original no more.
    pub(crate) async fn take_down(&self, media: &MediaId, due: Instant) -> Outcome {
        let path = format!("/admin/apps/{DEMO}/media/{media}/suspend");
        let reason = json!({"reason": "abuse"});
        let reply = self.admin.send(Method::POST, &path, &reason).await;
        if reply.status != 202 {
            return Outcome::of("a suspension", &reply);
        }
        let url = self.url(media, "original.jpg");
        loop {
            let reply = self.stack.fetch(&url).await;
            let lag = due.elapsed();
            match reply.status {
                404 => {
                    let is_miss = false;
                    return Outcome::Done { lag, is_miss };
                }
                200 if lag < PATIENCE => tokio::time::sleep(ASK).await,
                200 => return Outcome::Failed(format!("{url} is still delivered")),
                _ => return Outcome::of("what is taken down", &reply),
            }
        }
    }

    /// Fetches what is there.
    pub(crate) async fn view(&self, url: &str, due: Instant) -> Outcome {
        let reply = self.stack.fetch(url).await;
        if reply.status != 200 {
            return Outcome::of(url, &reply);
        }
        Outcome::Done {
            lag: due.elapsed(),
            is_miss: reply.header("x-cache") == "Miss from cloudfront",
        }
    }
}
