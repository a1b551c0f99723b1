//! The messages of all queues, and how they are read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use delivery::Send;
use invalidation::Task;
use job::Hint;
use news::News;
use order::Order;
use poster::PosterOrder;
use stage_order::StageOrder;
use thumbs::Thumbs;
use upload::UploadedFile;

pub mod delivery;
pub mod invalidation;
pub mod job;
pub mod news;
pub mod order;
pub mod poster;
pub mod stage_order;
pub mod thumbs;
pub mod upload;

/// A message that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The message does not belong to its queue.
    #[error("the message does not belong in this queue")]
    Malformed(#[source] serde_json::Error),
    /// The message is about an object that belongs to no media.
    #[error("the message names an S3 key that no upload can have")]
    ForeignKey,
}

impl MessageError {
    /// Returns a stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "message_malformed",
            Self::ForeignKey => "key_malformed",
        }
    }
}

/// Writes a message as JSON.
///
/// # Errors
/// [`MessageError::Malformed`] if it cannot be written as JSON, which is a fault of ours.
pub fn write(message: &impl Serialize) -> Result<String, MessageError> {
    serde_json::to_string(message).map_err(MessageError::Malformed)
}

/// A message of any of the queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A notification of S3 about uploaded files.
    Upload(Vec<UploadedFile>),
    /// An order for the stage that handles the kind of a file.
    StageOrder(StageOrder),
    /// An order of an admin or an app.
    Order(Order),
    /// An order to take another poster.
    Poster(PosterOrder),
    /// A request to make thumbnails ahead.
    Thumbs(Thumbs),
    /// A task for the CDN.
    Invalidation(Task),
    /// News of a transcoding job.
    Job(Hint),
    /// A hint that records of media or registrations were written.
    News(Vec<News>),
    /// A request to send events to a webhook.
    Send(Send),
}

impl Body {
    /// Reads a message of an unknown queue. The queue is recognised by fields that only its messages have.
    ///
    /// # Errors
    /// [`MessageError`] if the message belongs to no queue.
    pub fn read(body: &str) -> Result<Self, MessageError> {
        let fields: Map<String, Value> =
            serde_json::from_str(body).map_err(MessageError::Malformed)?;
        let has = |field: &str| fields.contains_key(field);
        if has("detail") || has("stage") && has("job") {
            return job::read(body).map(Self::Job);
        }
        if has("forget") || has("look") || has("forget_presets") || has("forget_changed") {
            return invalidation::read(body).map(Self::Invalidation);
        }
        if has("make_thumbs") || has("make_all_thumbs") {
            return parse(body).map(Self::Thumbs);
        }
        if has("send_event") || has("send_since") {
            return parse(body).map(Self::Send);
        }
        if has("stage") {
            return parse(body).map(Self::StageOrder);
        }
        if has("poster") {
            return parse(body).map(Self::Poster);
        }
        if has("app") {
            return parse(body).map(Self::Order);
        }
        // Both are S3's. No key of an upload is also that of a record, unless an app is named as a folder and an upload as
        // an app.
        match news::read(body) {
            Ok(written) if !written.is_empty() => Ok(Self::News(written)),
            Ok(_) | Err(_) => upload::read(body).map(Self::Upload),
        }
    }
}

/// Reads a message of a queue that has only one kind of message.
///
/// # Errors
/// [`MessageError::Malformed`] if it is not of that kind.
pub fn parse<T: DeserializeOwned>(body: &str) -> Result<T, MessageError> {
    serde_json::from_str(body).map_err(MessageError::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_message_is_told_from_the_others() {
        let about = json!({
            "app": "demo",
            "media": "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc",
            "generation": 2,
        });
        let with = |fields: Value| {
            let mut all = about.clone();
            all.as_object_mut()
                .unwrap()
                .extend(fields.as_object().unwrap().clone());
            all
        };
        let request = with(json!({"phase": "first"}));
        for (name, body) in [
            ("stage order", with(json!({"stage": "split-pdf"}))),
            (
                "stage order",
                with(json!({"stage": "split-pdf", "pages": [1, 8]})),
            ),
            ("stage order", with(json!({"stage": "run-operation"}))),
            ("stage order", with(json!({"stage": "fetch-remote"}))),
            ("order", about.clone()),
            (
                "order",
                with(json!({"wish": "restore", "by": "arn:aws:iam::1:user/a"})),
            ),
            ("invalidation", json!({"forget": request})),
            (
                "invalidation",
                json!({"look": {"id": "I1", "requests": [request], "looks": 3}}),
            ),
            (
                "invalidation",
                json!({"forget_changed": with(json!({"changed_at": "2026-11-29T00:00:00Z", "again": false}))}),
            ),
            (
                "poster",
                with(json!({"poster": {"at_ms": 1, "asked_at": "2026-11-29T00:00:00Z"}})),
            ),
            ("thumbs", json!({"make_thumbs": about})),
            (
                "thumbs",
                json!({"make_all_thumbs": {"app": "demo", "by": "0".repeat(64)}}),
            ),
            (
                "job",
                with(json!({"stage": "finish-transcode", "job": "1-a", "number": 0})),
            ),
            (
                "job",
                json!({"detail": {"jobId": "1-a", "status": "COMPLETE"}}),
            ),
            (
                "send",
                json!({"send_event": {
                    "app": "demo", "hook": "shop", "id": "0", "asked_at": "2026-11-29T00:00:00Z",
                    "event": "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc-1",
                }}),
            ),
            (
                "send",
                json!({"send_since": {
                    "app": "demo", "hook": "shop", "id": "0", "asked_at": "2026-11-29T00:00:00Z",
                    "since": "2026-11-28T00:00:00Z",
                }}),
            ),
            ("upload", json!({"Records": []})),
            ("upload", json!({"Event": "s3:TestEvent"})),
            (
                "news",
                json!({"Records": [{"s3": {"object": {"key": "media/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc.json"}}}]}),
            ),
        ] {
            let found = match Body::read(&body.to_string()).unwrap() {
                Body::Upload(_) => "upload",
                Body::StageOrder(_) => "stage order",
                Body::Order(_) => "order",
                Body::Invalidation(_) => "invalidation",
                Body::Job(_) => "job",
                Body::Poster(_) => "poster",
                Body::Thumbs(_) => "thumbs",
                Body::News(_) => "news",
                Body::Send(_) => "send",
            };
            assert_eq!(found, name, "{body}");
        }
        for junk in [
            "",
            "{}",
            "[1]",
            "null",
            r#"{"stage": "split-pdf"}"#,
            r#"{"app": 7}"#,
        ] {
            let error = Body::read(junk).unwrap_err();
            assert_eq!(error.code(), "message_malformed", "{junk}");
        }
    }
}
