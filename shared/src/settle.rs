//! Settles an uploaded file: judges it, and publishes it or refuses it.
//!
//! The message is a hint only. What is done next is derived from two facts, read anew each time: the media's
//! record, and the version of the object that lies in UPLOAD now. So it makes no difference how often a message
//! comes, in which order, or at which call a process died:
//!
//! | record            | object in UPLOAD       | what is done                                         |
//! |-------------------|------------------------|------------------------------------------------------|
//! | none, validating  | any                    | judge it; bind the record to its version, or refuse it |
//! | rejected          | another version        | judge it anew                                        |
//! | processing        | the bound version      | publish it                                           |
//! | processing        | another version        | publish if it was already put; else wait until nobody can be at it, refuse, judge anew |
//! | anything else     | another version        | note it as superseded                                |
//! | anything else     | the bound one, or none | nothing                                              |
//!
//! Bytes are read with `If-Match` on the version that was judged, and a record is bound before anything is put,
//! so an object that is overwritten at any moment is never published unvalidated.

use std::sync::Arc;

use bytes::Bytes;

use crate::app::{AppRecord, GrantRecord, Limits};
use crate::clock::Clock;
use crate::error::Error;
use crate::judge;
use crate::keys::Key;
use crate::metrics::{Metric, Metrics};
use crate::names::Visibility;
use crate::notification::UploadedFile;
use crate::publish;
use crate::record::{Content, MediaRecord, Stage};
use crate::records::Records;
use crate::rejection::Reason;
use crate::sniff::SNIFF_BYTES;
use crate::state::State;
use crate::store::{ETag, ObjectInfo, ObjectStore, StoreError};

/// Looks at a file that changes under our eyes, before it is left to a later delivery.
const LOOKS: u32 = 4;

/// Settles files.
pub struct Settler {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<dyn Metrics>,
    /// The platform's limits.
    pub limits: Limits,
}

/// How long after a record was bound somebody may still be at work on it, in seconds: validate-upload's
/// timeout in the template, 120 s, and as much again for a request that is under way when it ends. Less, and a
/// slow worker could publish what was already given up.
pub const LEASE_SECONDS: i64 = 240;

/// How one look ended.
enum Look {
    Settled(&'static str),
    /// The object or the record changed meanwhile.
    Again,
}

/// What lies in UPLOAD.
enum Found {
    Nothing,
    Unreadable,
    Version(ObjectInfo),
}

impl Found {
    fn etag(&self) -> Option<&ETag> {
        match self {
            Self::Version(info) => Some(&info.etag),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

impl Settler {
    /// Settles one file; says how, for the log.
    ///
    /// # Errors
    /// When it could not be decided; then the message must come again.
    pub async fn settle(&self, file: &UploadedFile) -> Result<&'static str, Error> {
        for _ in 0..LOOKS {
            if let Look::Settled(how) = self.look(file).await? {
                return Ok(how);
            }
        }
        Err(Error::Unsteady)
    }

    async fn look(&self, file: &UploadedFile) -> Result<Look, Error> {
        let found = match self.store.head(&file.key().place()).await {
            Ok(Some(info)) => Found::Version(info),
            Ok(None) => Found::Nothing,
            Err(StoreError::Unreadable) => Found::Unreadable,
            Err(error) => return Err(error.into()),
        };
        let key = Key::Media(file.app.clone(), file.media.clone());
        let Some(record) = self.records.load::<MediaRecord>(&key).await? else {
            return self.judge(file, found).await;
        };
        let record = record.value;
        if record.file_name != file.name {
            return self.note_collision(file).await;
        }
        match record.state {
            State::Validating => self.judge(file, found).await,
            State::Rejected if awaits_judgement(&record, found.etag()) => {
                self.judge(file, found).await
            }
            State::Rejected => self.remove_if_too_large(file, &record, &found).await,
            State::Processing => self.resume(file, &record).await,
            State::Ready
            | State::Failed
            | State::Suspending
            | State::Suspended
            | State::Restoring
            | State::Moving
            | State::Deleting
            | State::Deleted => self.note_superseded(file, &record, &found).await,
        }
    }

    /// Judges what was found, and writes the verdict if the record still waits for one.
    async fn judge(&self, file: &UploadedFile, found: Found) -> Result<Look, Error> {
        let grant = self
            .records
            .load::<GrantRecord>(&Key::Grant(file.app.clone(), file.upload.clone()))
            .await?;
        let grant = grant.map(|grant| grant.value);
        let visibility = grant
            .as_ref()
            .map_or(Visibility::Private, |grant| grant.visibility);
        if !self.begin(file, visibility, found.etag()).await? {
            return Ok(Look::Again);
        }
        let info = match &found {
            Found::Nothing => return self.refuse(file, &Reason::Vanished, None).await,
            Found::Unreadable => return self.refuse(file, &Reason::UnreadableStorage, None).await,
            Found::Version(info) => info,
        };
        let app = self
            .records
            .load::<AppRecord>(&Key::App(file.app.clone()))
            .await?;
        let verdict = match (app, grant) {
            _ if file.name.is_too_long() => Verdict::Refused(Reason::NameTooLong),
            (_, None) | (None, _) => Verdict::Refused(Reason::UnknownUpload),
            (_, Some(grant)) if !grant.covers(file.name.as_str()) => {
                Verdict::Refused(Reason::NotDeclared)
            }
            (Some(app), Some(_)) => self.read(file, info, &app.value).await?,
        };
        match verdict {
            Verdict::Moved => Ok(Look::Again),
            Verdict::Refused(reason) => self.refuse(file, &reason, Some(&info.etag)).await,
            Verdict::Accepted(content, body) => {
                self.accept(file, content, visibility, &info.etag, body)
                    .await
            }
        }
    }

    /// Makes the media visible as `validating`, before time is spent on it. `false` when others judged this very
    /// version meanwhile, or went on with it.
    async fn begin(
        &self,
        file: &UploadedFile,
        visibility: Visibility,
        found: Option<&ETag>,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let begun = self
            .records
            .change(&file.app, &file.media, |record| match record {
                None => {
                    let (app, name) = (file.app.clone(), file.name.clone());
                    Ok(Some(MediaRecord::new(
                        app,
                        &file.upload,
                        name,
                        visibility,
                        now,
                    )))
                }
                Some(record) if awaits_judgement(record, found) => {
                    let mut anew = record.clone();
                    anew.validate_anew(now)?;
                    Ok(Some(anew))
                }
                Some(_) => Ok(None),
            });
        Ok(begun
            .await?
            .record
            .is_some_and(|record| record.state == State::Validating))
    }

    async fn read(
        &self,
        file: &UploadedFile,
        info: &ObjectInfo,
        app: &AppRecord,
    ) -> Result<Verdict, Error> {
        let limits = app.limits.within(self.limits);
        if let Err(reason) = judge::within_bytes(info.bytes, &limits) {
            return Ok(Verdict::Refused(reason));
        }
        if info.bytes == 0 {
            return Ok(Verdict::Refused(Reason::Empty));
        }
        let place = file.key().place();
        let head = match self
            .store
            .get_range(&place, 0..SNIFF_BYTES.min(info.bytes), &info.etag)
            .await
        {
            Ok(head) => head,
            Err(error) => return Verdict::from_read(error),
        };
        let format = match judge::admit(&head, info.bytes, &app.kinds, &limits) {
            Ok(format) => format,
            Err(reason) => return Ok(Verdict::Refused(reason)),
        };
        let object = match self.store.get(&place, Some(&info.etag)).await {
            Ok(object) => object,
            Err(error) => return Verdict::from_read(error),
        };
        Ok(
            match judge::examine(format, object.body, &limits, app.keep_original_metadata) {
                Ok((content, body)) => Verdict::Accepted(content, body),
                Err(reason) => Verdict::Refused(reason),
            },
        )
    }

    async fn refuse(
        &self,
        file: &UploadedFile,
        reason: &Reason,
        source: Option<&ETag>,
    ) -> Result<Look, Error> {
        let now = self.clock.now();
        let written = self
            .records
            .change(&file.app, &file.media, |record| match record {
                Some(record) if record.state == State::Validating => {
                    let mut refused = record.clone();
                    refused.reject(reason, source, now)?;
                    Ok(Some(refused))
                }
                Some(_) | None => Ok(None),
            });
        let after = written.await?;
        let stands = |record: &MediaRecord| {
            record.state == State::Rejected && record.source.as_ref() == source
        };
        let Some(record) = after.record.filter(stands) else {
            return Ok(Look::Again);
        };
        if after.written {
            self.metrics.count(Metric::MediaRejected);
        }
        let found = self.store.head(&file.key().place()).await;
        match found {
            Ok(Some(info)) => {
                self.remove_if_too_large(file, &record, &Found::Version(info))
                    .await
            }
            Ok(None) | Err(StoreError::Unreadable) => Ok(Look::Settled("rejected")),
            Err(error) => Err(error.into()),
        }
    }

    /// IAM cannot bound an object's size, so what is over the limit is removed at once; other rejected files
    /// stay until the bucket's lifecycle removes them.
    async fn remove_if_too_large(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        found: &Found,
    ) -> Result<Look, Error> {
        let too_large = record
            .rejection
            .as_ref()
            .is_some_and(|rejection| rejection.code == TOO_MANY_BYTES);
        let Some(etag) = found
            .etag()
            .filter(|etag| too_large && Some(*etag) == record.source.as_ref())
        else {
            return Ok(Look::Settled("rejected"));
        };
        match self.store.delete(&file.key().place(), etag).await {
            Ok(()) => Ok(Look::Settled("rejected and removed")),
            Err(StoreError::Changed | StoreError::Conflict) => Ok(Look::Again),
            Err(error) => Err(error.into()),
        }
    }

    /// Binds the record to the version that was judged good, then publishes it.
    async fn accept(
        &self,
        file: &UploadedFile,
        content: Content,
        visibility: Visibility,
        source: &ETag,
        body: Bytes,
    ) -> Result<Look, Error> {
        let now = self.clock.now();
        let written = self
            .records
            .change(&file.app, &file.media, |record| match record {
                Some(record) if record.state == State::Validating => {
                    let mut accepted = record.clone();
                    accepted.accept(content.clone(), visibility, source, now)?;
                    Ok(Some(accepted))
                }
                Some(_) | None => Ok(None),
            });
        match written.await?.record {
            Some(record) if is_bound(&record, source, record.generation) => {
                self.publish(&record, &content, source, Some(body)).await
            }
            Some(_) | None => Ok(Look::Again),
        }
    }

    /// Goes on where another delivery stopped: the record is bound, and the original may or may not be put.
    async fn resume(&self, file: &UploadedFile, record: &MediaRecord) -> Result<Look, Error> {
        let (Some(content), Some(source)) = (&record.content, &record.source) else {
            return Err(Error::Transition {
                from: record.state,
                to: State::Ready,
            });
        };
        let original = publish::Original {
            record,
            content,
            source,
        };
        if original.stands(&*self.store).await? {
            return self.publish(record, content, source, None).await;
        }
        match self.store.get(&file.key().place(), Some(source)).await {
            Ok(object) => {
                let body =
                    judge::deliverable(content, object.body).map_err(Error::Undeliverable)?;
                self.publish(record, content, source, Some(body)).await
            }
            Err(StoreError::Changed | StoreError::Missing) => self.unbind(record, source).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the original (unless it stands) and declares the media ready, if it still is what it was.
    async fn publish(
        &self,
        record: &MediaRecord,
        content: &Content,
        source: &ETag,
        body: Option<Bytes>,
    ) -> Result<Look, Error> {
        if let Some(body) = body
            && !self.put(record, content, source, body).await?
        {
            return Ok(Look::Again);
        }
        let now = self.clock.now();
        let generation = record.generation;
        let written = self
            .records
            .change(&record.app, &record.media, |record| match record {
                Some(record) if is_bound(record, source, generation) => {
                    let mut ready = record.clone();
                    ready.publish(Stage::ValidateUpload, now)?;
                    Ok(Some(ready))
                }
                Some(_) | None => Ok(None),
            });
        let after = written.await?;
        if after.written {
            self.metrics.count(Metric::MediaReady);
        }
        match after.record {
            Some(record)
                if record.state == State::Ready && record.source.as_ref() == Some(source) =>
            {
                Ok(Look::Settled("ready"))
            }
            Some(_) | None => Ok(Look::Again),
        }
    }

    /// Puts the original; `false` when the record meanwhile stands for something else.
    ///
    /// Over an object made from another version it is put only after one more look at the record, and only over
    /// the very object that was seen before that look: whoever rebinds the record afterwards wins.
    async fn put(
        &self,
        record: &MediaRecord,
        content: &Content,
        source: &ETag,
        body: Bytes,
    ) -> Result<bool, Error> {
        let original = publish::Original {
            record,
            content,
            source,
        };
        let other = match original.put(&*self.store, body.clone()).await? {
            publish::Put::Stands => return Ok(true),
            publish::Put::Occupied(other) => other,
        };
        let key = Key::Media(record.app.clone(), record.media.clone());
        let current = self.records.load::<MediaRecord>(&key).await?;
        if !current.is_some_and(|current| is_bound(&current.value, source, record.generation)) {
            return Ok(false);
        }
        original.put_over(&*self.store, body, &other).await?;
        Ok(true)
    }

    /// The version that was judged good is gone, and was not published: a process died between the two, and
    /// the file was overwritten before the message came again.
    async fn unbind(&self, record: &MediaRecord, source: &ETag) -> Result<Look, Error> {
        let now = self.clock.now();
        let age = now
            .as_second()
            .saturating_sub(record.state_since.as_second());
        if let Ok(seconds) = u32::try_from(LEASE_SECONDS.saturating_sub(age))
            && seconds > 0
        {
            return Err(Error::Busy { seconds });
        }
        let generation = record.generation;
        let written = self
            .records
            .change(&record.app, &record.media, |record| match record {
                Some(record) if is_bound(record, source, generation) => {
                    let mut refused = record.clone();
                    refused.reject(&Reason::Overwritten, Some(source), now)?;
                    Ok(Some(refused))
                }
                Some(_) | None => Ok(None),
            });
        written.await.map(|_| Look::Again)
    }

    async fn note_superseded(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        found: &Found,
    ) -> Result<Look, Error> {
        let Some(etag) = found
            .etag()
            .filter(|etag| record.source.as_ref().is_some_and(|source| source != *etag))
        else {
            return Ok(Look::Settled("settled before"));
        };
        let now = self.clock.now();
        let noted = self.records.change(&file.app, &file.media, |record| {
            let mut noted = record.cloned();
            let new = noted
                .as_mut()
                .is_some_and(|record| record.supersede(etag, now));
            Ok(noted.filter(|_| new))
        });
        noted.await.map(|_| Look::Settled("superseded"))
    }

    /// Two names of one upload with the same id, by chance or on purpose: the first one keeps it.
    async fn note_collision(&self, file: &UploadedFile) -> Result<Look, Error> {
        let now = self.clock.now();
        let noted = self.records.change(&file.app, &file.media, |record| {
            let mut noted = record.cloned();
            let new = noted.as_mut().is_some_and(|record| record.collide(now));
            Ok(noted.filter(|_| new))
        });
        noted.await.map(|_| Look::Settled("rejected: id_collision"))
    }
}

/// Rejected, and replaced since by another version.
fn awaits_judgement(record: &MediaRecord, found: Option<&ETag>) -> bool {
    record.state == State::Rejected && found.is_some() && record.source.as_ref() != found
}

/// Still being processed, for the same version of the upload, in the same generation.
fn is_bound(record: &MediaRecord, source: &ETag, generation: u32) -> bool {
    record.state == State::Processing
        && record.source.as_ref() == Some(source)
        && record.generation == generation
}

const TOO_MANY_BYTES: &str = "too_many_bytes";

enum Verdict {
    Accepted(Content, Bytes),
    Refused(Reason),
    /// The version that was found is no longer there.
    Moved,
}

impl Verdict {
    fn from_read(error: StoreError) -> Result<Self, Error> {
        match error {
            StoreError::Changed | StoreError::Missing => Ok(Self::Moved),
            StoreError::Unreadable => Ok(Self::Refused(Reason::UnreadableStorage)),
            StoreError::Conflict | StoreError::Unavailable(_) => Err(error.into()),
        }
    }
}
