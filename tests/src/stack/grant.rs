//! Upload credentials, as an app's back end gets them.

use dozo::vocabulary::names::MediaId;
use serde_json::Value;

use super::{Keys, Reply, media_id};

/// The answer of `POST /apps/{app}/uploads`.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The answer as it came, for clients that read it unchanged.
    pub text: String,
    /// The answer as JSON.
    pub answer: Value,
    /// The temporary credentials in the answer.
    pub keys: Keys,
    /// The upload's id.
    pub upload: String,
    /// The prefix of the keys that may be uploaded, with a slash at the end.
    pub prefix: String,
    /// The UPLOAD bucket.
    pub bucket: String,
}

/// A declared file's part of the answer.
#[derive(Debug, Clone)]
pub struct File {
    /// The declared name.
    pub name: String,
    /// The key to put it at.
    pub key: String,
    /// The media that it becomes.
    pub media: MediaId,
    /// The presigned URL.
    pub url: String,
    /// The headers that must be sent with exactly these values.
    pub headers: Vec<(String, String)>,
}

impl Grant {
    pub(super) fn new(reply: Reply) -> Self {
        let (text, answer) = (reply.text(), reply.json());
        Self {
            keys: Keys {
                access_key_id: string(&answer["AccessKeyId"]),
                secret_access_key: string(&answer["SecretAccessKey"]),
                session_token: Some(string(&answer["SessionToken"])),
            },
            upload: string(&answer["upload"]),
            prefix: string(&answer["key_prefix"]),
            bucket: string(&answer["bucket"]),
            text,
            answer,
        }
    }

    /// Returns the key of a file of this name.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Returns the media that a file of this name becomes.
    #[must_use]
    pub fn media(&self, name: &str) -> MediaId {
        media_id(&self.upload, name)
    }

    /// Returns the declared files.
    #[must_use]
    pub fn files(&self) -> Vec<File> {
        let files = self.answer["files"].as_array().into_iter().flatten();
        files.map(file).collect()
    }
}

fn file(file: &Value) -> File {
    let headers = file["put"]["headers"].as_object().into_iter().flatten();
    File {
        name: string(&file["name"]),
        key: string(&file["key"]),
        media: MediaId::parse(&string(&file["media"])).unwrap(),
        url: string(&file["put"]["url"]),
        headers: headers
            .map(|(name, value)| (name.clone(), string(value)))
            .collect(),
    }
}

fn string(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}
