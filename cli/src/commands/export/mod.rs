//! `export`: writes an app's originals, and each media as the API answers it, to a folder or an S3 bucket.
//!
//! ```text
//! a page of the records' keys ──▶ the API: each media ──▶ the shelf: its record, then its original ──▶ the table
//! ```
//!
//! A file that is on the shelf already, with the same size and entity tag, is not written again. So a second run goes
//! on where the first one ended. A file has its name only when it is whole.

mod bucket;
mod folder;

use futures_util::{StreamExt, stream};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use self::bucket::Bucket;
use self::folder::Folder;
use crate::answer::Media;
use crate::args::{Export, Shelf};
use crate::bulk::address::S3Address;
use crate::bulk::listing::{Listed, Listing};
use crate::bulk::rows::{self, Row};
use crate::bulk::{is_general, is_of_the_disk};
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::media::is_media;
use crate::say::screen::Screen;
use crate::upload::meter::Meters;

/// The file that has the API's answer.
const RECORD: &str = "record.json";

/// An object that is written to a shelf.
struct Original<'a> {
    s3: &'a aws_sdk_s3::Client,
    bucket: &'a str,
    object: Listed,
    /// Its name on the shelf: `{media}/original.jpg`.
    name: String,
    content_type: Option<String>,
}

/// The destination of the files.
enum Target {
    Folder(Folder),
    Bucket(Bucket),
}

impl Target {
    /// Writes a small text, unless it is there.
    async fn text(&self, name: &str, text: &str) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.text(name, text).await,
            Self::Bucket(bucket) => bucket.text(name, text).await,
        }
    }

    async fn has(&self, original: &Original<'_>) -> Result<bool, Failure> {
        match self {
            Self::Folder(folder) => Ok(folder.has(original)),
            Self::Bucket(bucket) => bucket.has(original).await,
        }
    }

    async fn write(&self, original: &Original<'_>) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.write(original).await,
            Self::Bucket(bucket) => bucket.write(original).await,
        }
    }
}

/// A running export.
struct Outlet<'a> {
    place: &'a Place,
    app: &'a str,
    wanted: &'a Export,
    s3: aws_sdk_s3::Client,
    target: Target,
    /// The buckets of what is delivered and, if that is wanted, of what is suspended.
    delivery: &'a str,
    backup: Option<&'a str>,
}

pub(super) async fn run(place: &Place, wanted: &Export, screen: &Screen) -> Result<Exit, Failure> {
    let (app, aws) = (place.app()?, &place.aws);
    let report = rows::open(wanted.report.as_deref())?;
    let records = aws.bucket("records", wanted.records_bucket.as_ref())?;
    let delivery = aws.bucket("delivery", wanted.delivery_bucket.as_ref())?;
    let backup = aws.bucket("backup", wanted.backup_bucket.as_ref());
    let s3 = aws.s3(None, None);
    let outlet = Outlet {
        place,
        app,
        wanted,
        target: match &wanted.shelf {
            Shelf::Folder(path) => Target::Folder(Folder::open(path, wanted.dry_run)?),
            Shelf::S3(address) => Target::Bucket(Bucket {
                s3: aws.s3(wanted.target_region.as_deref(), None),
                address: address.clone(),
            }),
        },
        delivery,
        backup: wanted.suspended.then_some(backup).transpose()?,
        s3: s3.clone(),
    };
    let keys = S3Address {
        bucket: records.to_owned(),
        prefix: format!("media/{app}/"),
    };
    let meters = Meters::new(screen.watched());
    let bar = meters.turning("looking at the records");
    let done = tokio::select! {
        done = Box::pin(outlet.all(Listing::new(s3, keys), &bar)) => done,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    bar.finish_and_clear();
    meters.clear();
    let rows = done?;
    if let Some(report) = report {
        report.write(&rows)?;
    }
    let answer = json!({ "app": app, "counts": rows::counts_json(&rows), "items": rows });
    screen.result(&answer, || rows::table(&rows, screen.style))?;
    let is_whole = !rows.iter().any(|row| row.state == "not_exported");
    Ok(if is_whole { Exit::Done } else { Exit::Rejected })
}

impl Outlet<'_> {
    async fn all(&self, mut keys: Listing, bar: &ProgressBar) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        while let Some(page) = keys.page().await? {
            let ids: Vec<String> = page
                .iter()
                .filter_map(|object| media_of(&object.key))
                .collect();
            let mut done = stream::iter(ids)
                .map(|media| async move {
                    let outcome = self.one(&media).await;
                    (media, outcome)
                })
                .buffer_unordered(self.wanted.at_once.into());
            let (mut is_any_done, mut general) = (false, None);
            while let Some((media, outcome)) = done.next().await {
                match outcome {
                    Ok(row) => {
                        is_any_done = true;
                        rows.push(row);
                    }
                    Err(failure) if is_of_the_disk(&failure) => return Err(failure),
                    Err(failure) => {
                        rows.push(failed(media, &failure));
                        if is_general(&failure) {
                            general = Some(failure);
                        }
                    }
                }
                bar.set_message(format!("{} media", rows.len()));
            }
            // If nothing could be written for such a reason, nothing will be.
            if let (Some(failure), false) = (general, is_any_done) {
                return Err(failure);
            }
        }
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(rows)
    }

    /// Writes one media.
    async fn one(&self, media: &str) -> Result<Row, Failure> {
        let answer = self
            .place
            .api
            .call(&Request::get(media_path(self.app, media)))
            .await?;
        let shown: Media = self.place.api.read(answer.clone())?;
        let name = format!("{media}/{RECORD}");
        if !self.wanted.dry_run {
            self.target.text(&name, &format!("{answer:#}\n")).await?;
        }
        let row = |state: &str, message: Option<&str>| Row {
            name: name.clone(),
            media: Some(media.to_owned()),
            state: state.to_owned(),
            message: message.map(str::to_owned),
            ..Row::default()
        };
        let is_suspended = shown.state == "suspended";
        let bucket = match (is_suspended, self.backup) {
            (true, None) => {
                let says = "It is suspended, so only its record is exported; give --suspended for the rest.";
                return Ok(row("record_only", Some(says)));
            }
            (true, Some(backup)) => backup,
            (false, _) => self.delivery,
        };
        let Some(original) = self.original(&shown, &answer, bucket).await? else {
            return Ok(if is_at_rest(&shown.state) {
                let says = format!("It is {}, and no original is kept.", shown.state);
                row("record_only", Some(&says))
            } else {
                let says = format!("It is {}; run the same command again.", shown.state);
                row("not_exported", Some(&says))
            });
        };
        let state = if self.target.has(&original).await? {
            "there_already"
        } else if self.wanted.dry_run {
            "to_export"
        } else {
            self.target.write(&original).await?;
            "exported"
        };
        Ok(Row {
            bytes: original.object.bytes,
            name: original.name,
            ..row(state, None)
        })
    }

    /// Finds the original of a media, or else its file in one piece.
    async fn original<'s>(
        &'s self,
        shown: &Media,
        answer: &Value,
        bucket: &'s str,
    ) -> Result<Option<Original<'s>>, Failure> {
        let place = S3Address {
            bucket: bucket.to_owned(),
            prefix: format!("{}/{}/{}/", shown.visibility, self.app, shown.media),
        };
        let prefix = place.prefix.clone();
        let there = Listing::new(self.s3.clone(), place).shallow().all().await?;
        let named = |object: Listed| {
            let name = object.key.strip_prefix(&prefix)?.to_owned();
            Some((rank(&name)?, name, object))
        };
        let best = there
            .into_iter()
            .filter_map(named)
            .min_by_key(|(rank, ..)| *rank);
        let content_type = answer.get("content_type").and_then(Value::as_str);
        Ok(best.map(|(rank, name, object)| Original {
            s3: &self.s3,
            bucket,
            object,
            name: format!("{}/{name}", shown.media),
            content_type: content_type.filter(|_| rank == 0).map(str::to_owned),
        }))
    }
}

/// Whether a media in this state stays where it is. The objects of one that is moved or restored may be on their way.
fn is_at_rest(state: &str) -> bool {
    matches!(
        state,
        "ready" | "rejected" | "failed" | "suspended" | "deleted"
    )
}

/// Returns how good an object is as what is exported of a media: the least number is the best one.
fn rank(name: &str) -> Option<u8> {
    match name {
        "video.mp4" => Some(1),
        "audio.m4a" => Some(2),
        _ => {
            let ending = name.strip_prefix("original.")?;
            ending
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
                .then_some(0)
        }
    }
}

/// Returns the media of a record's key: `media/{app}/{media}.json`.
fn media_of(key: &str) -> Option<String> {
    let media = key.rsplit('/').next()?.strip_suffix(".json")?;
    is_media(media).then(|| media.to_owned())
}

fn failed(media: String, failure: &Failure) -> Row {
    Row {
        name: media.clone(),
        media: Some(media),
        state: "not_exported".to_owned(),
        message: Some(failure.to_string()),
        ..Row::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_comes_first_and_nothing_else_is_one() {
        for (name, wanted) in [
            ("original.jpg", Some(0)),
            ("video.mp4", Some(1)),
            ("audio.m4a", Some(2)),
            ("preview.jpg", None),
            ("manifest.json", None),
            ("original.../x", None),
        ] {
            assert_eq!(rank(name), wanted, "{name}");
        }
    }

    #[test]
    fn only_keys_of_records_name_a_media() {
        let id = "01jd8f5w2v9k3m4n5p6q7r8s9t-19pz92h7xxyv9";
        assert_eq!(
            media_of(&format!("media/shop/{id}.json")).as_deref(),
            Some(id)
        );
        for key in ["media/shop/x.json", "media/shop/..json", ""] {
            assert_eq!(media_of(key), None, "{key}");
        }
    }
}
