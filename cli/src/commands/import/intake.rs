//! Asks for grants, notes them, and has the objects copied.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use indicatif::ProgressBar;

use super::known::{Due, Known};
use super::{empty, name, now};
use crate::args::Import;
use crate::bulk::address::S3Address;
use crate::bulk::copy::{Headers, Target, copy};
use crate::bulk::is_general;
use crate::bulk::journal::{Grant, Journal, Line, Planned};
use crate::bulk::listing::{Listed, Listing};
use crate::bulk::rows::Row;
use crate::connect::api::QUOTA;
use crate::connect::place::Place;
use crate::failure::Failure;
use crate::say::quantity;
use crate::say::screen::Screen;
use crate::upload::meter::Meters;
use crate::upload::ticket::{Declared, Ticket, batches, file_at_fault};
use crate::upload::verdict;

/// How long the credentials of a grant are valid, in seconds: the shortest time that the API takes, because S3 copies with
/// the user's own.
const GRANT_SECONDS: u64 = 900;

/// A running import.
pub(super) struct Intake<'a> {
    pub(super) place: &'a Place,
    pub(super) app: &'a str,
    pub(super) wanted: &'a Import,
    pub(super) journal: Journal,
    pub(super) known: Known,
    pub(super) meters: Meters,
    screen: &'a Screen,
    bar: ProgressBar,
    /// The failures of this run, by the keys of the objects.
    failed: BTreeMap<String, String>,
    /// The objects that were copied in this run, and their bytes.
    copied: (u64, u64),
}

impl<'a> Intake<'a> {
    pub(super) fn new(
        place: &'a Place,
        app: &'a str,
        wanted: &'a Import,
        (journal, known): (Journal, Known),
        screen: &'a Screen,
    ) -> Self {
        let meters = Meters::new(screen.watched());
        Self {
            place,
            app,
            wanted,
            journal,
            known,
            bar: meters.turning("looking at the source"),
            meters,
            screen,
            failed: BTreeMap::new(),
            copied: (0, 0),
        }
    }

    /// Copies everything that was not copied before, page by page.
    pub(super) async fn bring_in(&mut self, mut listing: Listing) -> Result<(), Failure> {
        self.find_copies().await?;
        while let Some(page) = listing.page().await? {
            let (mut granted, mut fresh) = (Vec::new(), Vec::new());
            for object in page {
                match self.known.due(&object, now()) {
                    Due::Nothing => {}
                    Due::Copy => granted.push(object.key),
                    Due::Grant if object.bytes == 0 => self.note(empty(&object))?,
                    Due::Grant => fresh.push(object),
                }
            }
            self.copy(&granted).await?;
            for batch in batches(&fresh, |object| &object.key) {
                self.take(batch.to_vec()).await?;
            }
        }
        Ok(())
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        self.known.rows(&self.wanted.source.prefix, &self.failed)
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
        self.meters.clear();
    }

    fn note(&mut self, line: Line) -> Result<(), Failure> {
        self.journal.note(&line)?;
        self.known.learn(line);
        Ok(())
    }

    /// Finds out which objects were copied by a run that could not note it any more: their media are known to the API, or
    /// the copies are in UPLOAD.
    async fn find_copies(&mut self) -> Result<(), Failure> {
        for (place, files) in self.known.not_copied() {
            let Some(grant) = self.known.grant(place).cloned() else {
                continue;
            };
            let seen = verdict::seen(&self.place.api, self.app, &grant.upload).await?;
            let address = S3Address {
                bucket: grant.bucket,
                prefix: format!("{}/{}/", self.app, grant.upload),
            };
            let s3 = (self.place.aws).s3(Some(&grant.region), grant.endpoint.as_deref());
            let there = Listing::new(s3, address).all().await?;
            for file in files {
                let is_there = there.iter().any(|object| object.key == file.to);
                if is_there || seen.contains_key(&file.media) {
                    self.note(Line::Copied { media: file.media })?;
                }
            }
        }
        Ok(())
    }

    /// Asks for a grant for these objects, or for several if the app's quota wants that, and copies them.
    async fn take(&mut self, mut left: Vec<Listed>) -> Result<(), Failure> {
        let mut most = left.len();
        while !left.is_empty() {
            let asked = left.get(..most).unwrap_or(&left);
            let at = now();
            match self.ask(asked).await {
                Ok(ticket) => {
                    let taken: Vec<_> = left.drain(..asked.len()).collect();
                    let keys: Vec<_> = taken.iter().map(|object| object.key.clone()).collect();
                    let grant = Line::Granted(granted(ticket, taken, at));
                    self.journal.note_safely(&grant)?;
                    self.known.learn(grant);
                    self.copy(&keys).await?;
                }
                Err(failure) => match refusal(failure, asked.len())? {
                    Refusal::OfFile(place, code, why) => {
                        let object = left.remove(place);
                        self.note(Line::Refused {
                            key: object.key,
                            etag: object.etag,
                            bytes: object.bytes,
                            code,
                            why,
                        })?;
                    }
                    Refusal::OfNumber => most = asked.len() / 2,
                },
            }
        }
        Ok(())
    }

    async fn ask(&self, objects: &[Listed]) -> Result<Ticket, Failure> {
        let source = &self.wanted.source;
        let files: Vec<_> = objects
            .iter()
            .map(|object| Declared {
                name: name(object, source),
                bytes: object.bytes,
            })
            .collect();
        let described = &self.wanted.described;
        Ticket::declare(&self.place.api, self.app, &files, described, GRANT_SECONDS).await
    }

    /// Copies objects that have a grant. What cannot be copied is left for the next run.
    async fn copy(&mut self, keys: &[String]) -> Result<(), Failure> {
        let placed = keys.iter().filter_map(|key| self.known.placed(key));
        let mut clients = BTreeMap::new();
        let mut jobs = Vec::new();
        for one in placed {
            let Some(grant) = self.known.grant(one.grant) else {
                continue;
            };
            let aws = &self.place.aws;
            let s3 = clients
                .entry(one.grant)
                .or_insert_with(|| aws.s3(Some(&grant.region), grant.endpoint.as_deref()));
            jobs.push((s3.clone(), grant.bucket.clone(), one.file.clone()));
        }
        let source = self.wanted.source.bucket.clone();
        let mut copies = stream::iter(jobs)
            .map(|(s3, bucket, file)| {
                let source = &source;
                async move {
                    let from = Listed {
                        key: file.key.clone(),
                        bytes: file.bytes,
                        etag: file.etag.clone(),
                    };
                    let to = Target {
                        s3: &s3,
                        bucket: &bucket,
                        key: &file.to,
                    };
                    let done = copy((source, &from), to, &Headers::default()).await;
                    (file, done)
                }
            })
            .buffer_unordered(self.wanted.at_once.into());
        let (mut is_any_copied, mut general) = (false, None);
        while let Some((file, done)) = copies.next().await {
            match done {
                Ok(()) => {
                    is_any_copied = true;
                    self.copied = (self.copied.0 + 1, self.copied.1 + file.bytes);
                    self.bar.set_message(progress(self.copied));
                    self.note(Line::Copied { media: file.media })?;
                }
                Err(failure) => {
                    self.failed.insert(file.key, why(&failure));
                    if is_general(&failure) {
                        general = Some(failure);
                    }
                }
            }
        }
        if !self.screen.watched() && is_any_copied {
            self.screen.note(&progress(self.copied));
        }
        // If nothing could be copied for such a reason, nothing will be.
        match general {
            Some(failure) if !is_any_copied => Err(failure),
            Some(_) | None => Ok(()),
        }
    }
}

fn progress((count, bytes): (u64, u64)) -> String {
    format!("{count} objects copied, {}", quantity::bytes(bytes))
}

fn granted(ticket: Ticket, objects: Vec<Listed>, at: u64) -> Grant {
    let files = objects.into_iter().zip(ticket.files);
    Grant {
        upload: ticket.upload,
        bucket: ticket.bucket,
        region: ticket.region,
        endpoint: ticket.endpoint,
        at,
        files: files
            .map(|(object, granted)| Planned {
                key: object.key,
                etag: object.etag,
                bytes: object.bytes,
                to: granted.key,
                media: granted.media,
            })
            .collect(),
    }
}

/// The reason for which a grant was refused.
enum Refusal {
    /// The file at this place: the code and the reason.
    OfFile(usize, String, String),
    /// There are more files than the quota has room for.
    OfNumber,
}

/// Reads why a grant for so many files was refused.
///
/// # Errors
/// The failure itself, if it is about something else.
fn refusal(failure: Failure, files: usize) -> Result<Refusal, Failure> {
    let place = file_at_fault(&failure).filter(|place| *place < files);
    match (failure, place) {
        (Failure::Refused(problem), Some(place)) => {
            let why = problem.detail.clone();
            Ok(Refusal::OfFile(place, problem.code.clone(), why))
        }
        (Failure::Refused(problem), None) if problem.code == QUOTA && files > 1 => {
            Ok(Refusal::OfNumber)
        }
        (failure, _) => Err(failure),
    }
}

fn why(failure: &Failure) -> String {
    if let Failure::StorageRefused { code, .. } = failure {
        let again = match code.as_str() {
            "PreconditionFailed" => {
                "It was changed since it was listed; run the same command again."
            }
            "InvalidObjectState" => {
                "It is archived; restore it in S3, and run the same command again."
            }
            _ => return failure.to_string(),
        };
        return again.to_owned();
    }
    failure.to_string()
}
