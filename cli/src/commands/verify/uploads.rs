//! Registers an app, uploads files in every way, and waits for the verdicts.

use std::collections::BTreeMap;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use serde_json::{Value, json};

use super::report::Report;
use super::{Trial, describe, samples, status};
use crate::answer::Media;
use crate::connect::api::{Request, app_path};
use crate::failure::Failure;
use crate::upload::ticket::Ticket;

/// The media that became ready, by the names of their files.
pub(super) type Ready = BTreeMap<&'static str, Media>;

/// A file to upload.
struct Sample {
    name: &'static str,
    bytes: &'static [u8],
    way: Way,
    /// The name of the file in the title of a check.
    what: &'static str,
    /// The state that it is to end in.
    verdict: &'static str,
}

/// The ways in which a file is put.
#[derive(Clone, Copy)]
enum Way {
    Whole,
    InParts,
    Presigned,
}

/// The file that is suspended and restored.
pub(super) const PICTURE: &str = "picture.jpg";

impl Sample {
    const fn new(name: &'static str, bytes: &'static [u8], way: Way, what: &'static str) -> Self {
        Self {
            name,
            bytes,
            way,
            what,
            verdict: "ready",
        }
    }

    /// Returns the bytes to upload.
    fn bytes(&self, trial: &Trial<'_>) -> Vec<u8> {
        if self.name == PICTURE {
            trial.picture.clone()
        } else {
            self.bytes.to_vec()
        }
    }
}

const PUBLIC: [Sample; 6] = [
    Sample::new(PICTURE, samples::PICTURE, Way::Whole, "a picture"),
    Sample::new(
        "parts.jpg",
        samples::PICTURE,
        Way::InParts,
        "a picture in parts",
    ),
    Sample::new(
        "presigned.jpg",
        samples::PICTURE,
        Way::Presigned,
        "a picture at a presigned address",
    ),
    Sample::new("document.pdf", samples::DOCUMENT, Way::Whole, "a document"),
    Sample::new("film.mp4", samples::FILM, Way::Whole, "a film"),
    Sample {
        verdict: "rejected",
        ..Sample::new(
            "words.jpg",
            samples::WORDS,
            Way::Whole,
            "a text that is called a picture",
        )
    },
];

const PRIVATE: [Sample; 1] = [Sample::new(
    "private.jpg",
    samples::PICTURE,
    Way::Whole,
    "a private picture",
)];

/// Returns the media that became ready, or `None` if nothing could be uploaded.
pub(super) async fn run(trial: &Trial<'_>, report: &mut Report) -> Result<Option<Ready>, Failure> {
    let list = Request::get("/admin/apps".to_owned());
    let listed = call(trial, &list);
    if report
        .check("the API answers an admin", listed)
        .await?
        .is_none()
    {
        return Ok(None);
    }
    let card = json!({ "presets": { "card": { "fit": "cover", "width": 160, "height": 120 } } });
    let register = Request::json("PUT", format!("/admin/apps/{}", trial.app), &card);
    let registered = call(trial, &register);
    if report
        .check("an app is registered", registered)
        .await?
        .is_none()
    {
        return Ok(None);
    }
    let mut grants = Vec::new();
    for (visibility, files) in [("public", &PUBLIC[..]), ("private", &PRIVATE[..])] {
        let what = format!("a {visibility} upload is granted");
        if let Some(granted) = report.check(&what, grant(trial, visibility, files)).await? {
            grants.push((granted, files));
        }
    }
    let mut put = Vec::new();
    for ((ticket, presigned), files) in &grants {
        for ((file, granted), signed) in files.iter().zip(&ticket.files).zip(presigned) {
            let what = format!("{} is put", file.what);
            let done = Box::pin(file.put(trial, (ticket, &granted.key), signed));
            if report.check(&what, done).await?.is_some() {
                put.push((file, granted.media.as_str()));
            }
        }
    }
    if let Some(((ticket, _), _)) = grants.first() {
        let what = "the credentials put nothing elsewhere";
        report.check(what, Box::pin(elsewhere(ticket))).await?;
    }
    let mut ready = Ready::new();
    for (file, media) in put {
        let what = format!("{} becomes {}", file.what, file.verdict);
        let judged = report
            .check(&what, trial.until_state(media, file.verdict))
            .await?;
        if let (Some(judged), "ready") = (judged, file.verdict) {
            ready.insert(file.name, judged);
        }
    }
    Ok(Some(ready))
}

async fn call(trial: &Trial<'_>, request: &Request) -> Result<Value, String> {
    trial.place.api.call(request).await.map_err(describe)
}

/// Asks for a grant for these files; returns what each may be put with at its presigned address, too.
async fn grant(
    trial: &Trial<'_>,
    visibility: &str,
    files: &[Sample],
) -> Result<(Ticket, Vec<Value>), String> {
    let declared: Vec<_> = files
        .iter()
        .map(|file| json!({ "name": file.name, "bytes": file.bytes(trial).len() }))
        .collect();
    let body = json!({ "visibility": visibility, "files": declared });
    let path = format!("{}/uploads", app_path(&trial.app));
    let answer = call(trial, &Request::json("POST", path, &body)).await?;
    let granted = answer.get("files").and_then(Value::as_array);
    let presigned = granted
        .into_iter()
        .flatten()
        .map(|file| file["put"].clone());
    let presigned = presigned.collect();
    let ticket: Ticket = trial.place.api.read(answer).map_err(describe)?;
    for file in &ticket.files {
        trial.remember(&file.media);
    }
    Ok((ticket, presigned))
}

impl Sample {
    async fn put(
        &self,
        trial: &Trial<'_>,
        (ticket, key): (&Ticket, &str),
        presigned: &Value,
    ) -> Result<(), String> {
        let bytes = self.bytes(trial);
        match self.way {
            Way::Whole => whole(ticket, key, bytes).await,
            Way::InParts => in_parts(ticket, key, bytes).await,
            Way::Presigned => {
                let url = presigned["url"].as_str().unwrap_or_default();
                let headers = presigned["headers"].as_object();
                let headers: Vec<_> = headers
                    .into_iter()
                    .flatten()
                    .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
                    .collect();
                let answer = trial.viewer.put(url, &headers, bytes).await;
                status(answer.map_err(describe)?, 200).map(drop)
            }
        }
    }
}

async fn whole(ticket: &Ticket, key: &str, bytes: Vec<u8>) -> Result<(), String> {
    let put = ticket.s3().put_object().bucket(&ticket.bucket).key(key);
    let put = put.body(ByteStream::from(bytes)).send().await;
    put.map(drop).map_err(|error| refused(&error))
}

/// Puts a file as an upload of one part, because only the last part may be small.
async fn in_parts(ticket: &Ticket, key: &str, bytes: Vec<u8>) -> Result<(), String> {
    let s3 = ticket.s3();
    let bucket = &ticket.bucket;
    let create = s3.create_multipart_upload().bucket(bucket).key(key);
    let created = create.send().await.map_err(|error| refused(&error))?;
    let id = created.upload_id.unwrap_or_default();
    let put = s3.upload_part().bucket(bucket).key(key).upload_id(&id);
    let put = put.part_number(1).body(ByteStream::from(bytes));
    let put = put.send().await.map_err(|error| refused(&error))?;
    let part = CompletedPart::builder().part_number(1).set_e_tag(put.e_tag);
    let parts = CompletedMultipartUpload::builder().parts(part.build());
    let complete = s3.complete_multipart_upload().bucket(bucket).key(key);
    let complete = complete.upload_id(&id).multipart_upload(parts.build());
    let completed = complete.send().await;
    completed.map(drop).map_err(|error| refused(&error))
}

/// Tries to put a file where the credentials must not reach.
async fn elsewhere(ticket: &Ticket) -> Result<(), String> {
    let put = whole(ticket, "elsewhere.jpg", samples::PICTURE.to_vec()).await;
    match put {
        Err(refusal) if refusal.contains("AccessDenied") => Ok(()),
        Err(other) => Err(format!("refused otherwise than expected: {other}")),
        Ok(()) => Err("S3 took a file outside the upload's prefix".to_owned()),
    }
}

fn refused<E: aws_sdk_s3::error::ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &aws_sdk_s3::error::SdkError<E, R>,
) -> String {
    let said = error.as_service_error();
    let code = said.and_then(|said| said.code());
    let message = said.and_then(|said| said.message()).unwrap_or_default();
    match code {
        Some(code) => format!("S3 refused: {code} {message}"),
        None => "S3 could not be reached, or the connection broke".to_owned(),
    }
}
