//! Judges the object in UPLOAD and writes the verdict to the record.

use super::converting;
use super::publish::Bound;
use super::rules;
use super::{Body, Found, Pass, Settler, awaits_judgement};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::metrics::Metric;
use crate::ports::store::{ObjectInfo, StoreError};
use crate::stages::sniff::{SNIFF_BYTES, heic_not_accepted};
use crate::vocabulary::ahead;
use crate::vocabulary::app::{AppRecord, GrantRecord, Limits};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::names::Visibility;
use crate::vocabulary::quota::Used;
use crate::vocabulary::record::{Content, MediaRecord};
use crate::vocabulary::rejection::{Reason, TOO_MANY_BYTES};
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;
use crate::vocabulary::upload_format::{Convertible, UploadFormat};

impl Settler {
    /// Judges the object that was found, and writes the verdict if the record still waits for one. A rejected file is
    /// judged anew if it is still in the generation `rejected`, in which it was found to be worth that.
    pub(super) async fn judge(
        &self,
        file: &UploadedFile,
        found: Found,
        rejected: Option<u32>,
    ) -> Result<Pass, Error> {
        let grant = self.records.grant(&file.app, &file.upload).await?;
        let visibility = grant
            .as_ref()
            .map_or(Visibility::Private, |grant| grant.visibility);
        let counts_in_upload = grant.as_ref().is_some_and(|grant| grant.files.is_none());
        let begun = self.begin((file, visibility, grant.as_ref()), found.etag(), rejected);
        let Some(generation) = begun.await? else {
            return Ok(Pass::Again);
        };
        let info = match &found {
            Found::Nothing => {
                return self.refuse(file, &Reason::Vanished, None, generation).await;
            }
            Found::Unreadable => {
                let reason = Reason::UnreadableStorage;
                return self.refuse(file, &reason, None, generation).await;
            }
            Found::Version(info) => info,
        };
        let app = self
            .records
            .load::<AppRecord>(&Key::App(file.app.clone()))
            .await?;
        let makes_thumbs = app.as_ref().is_some_and(|app| ahead::is_any(&app.value));
        let verdict = match (app, grant) {
            _ if file.name.is_too_long() => Verdict::Refused(Reason::NameTooLong),
            (_, None) | (None, _) => Verdict::Refused(Reason::UnknownUpload),
            (_, Some(grant)) if !grant.covers(file.name.as_str()) => {
                Verdict::Refused(Reason::NotDeclared)
            }
            (Some(app), Some(grant)) => {
                let verdict = self.read(file, info, &app.value, &grant).await?;
                self.of_copy(verdict, &grant).await?
            }
        };
        match verdict {
            Verdict::Moved => Ok(Pass::Again),
            Verdict::Refused(reason) => {
                self.refuse(file, &reason, Some(&info.etag), generation)
                    .await
            }
            Verdict::Accepted(content, body) => {
                let bound = Bound {
                    visibility,
                    source: &info.etag,
                    generation,
                    counts_in_upload,
                    makes_thumbs,
                };
                self.accept(file, *content, bound, body).await
            }
        }
    }

    /// Makes the media visible as `validating` before time is spent on it, and returns its generation. Returns `None`
    /// if another process has judged this version meanwhile or continued with it.
    async fn begin(
        &self,
        (file, visibility, grant): (&UploadedFile, Visibility, Option<&GrantRecord>),
        found: Option<&ETag>,
        rejected: Option<u32>,
    ) -> Result<Option<u32>, Error> {
        let now = self.clock.now();
        let begun = self
            .records
            .change(&file.app, &file.media, |record| match record {
                None => {
                    let (app, name) = (file.app.clone(), file.name.clone());
                    let new = MediaRecord::new(app, &file.upload, name, visibility, now);
                    Ok(Some(new.declared_by(grant)))
                }
                Some(record)
                    if rejected == Some(record.generation)
                        && awaits_judgement(record, found, now) =>
                {
                    let mut anew = record.clone();
                    anew.validate_anew(now)?;
                    Ok(Some(anew))
                }
                Some(_) => Ok(None),
            });
        Ok(begun
            .await?
            .record
            .filter(|record| record.state == State::Validating)
            .map(|record| record.generation))
    }

    async fn read(
        &self,
        file: &UploadedFile,
        info: &ObjectInfo,
        app: &AppRecord,
        grant: &GrantRecord,
    ) -> Result<Verdict, Error> {
        let limits = app.limits.within(self.limits);
        let admitted = match self.admit(file, info, app, &limits).await? {
            Ok(admitted) => admitted,
            Err(verdict) => return Ok(verdict),
        };
        if let Some(reason) = self.over_quota(file, info, app, grant).await? {
            return Ok(Verdict::Refused(reason));
        }
        let location = file.key().location();
        if let UploadFormat::Kept(format) = admitted {
            if let Some(container) = format.container() {
                // The probe's future is large, and most files do not need it.
                let container = (format, container);
                return Box::pin(self.probe(&location, info, container, app, &limits)).await;
            }
            if format.encoding().is_none() {
                // PDFs are first opened by their own stage, which may still refuse them.
                let content = Content::new(format, info.bytes);
                return Ok(Verdict::Accepted(Box::new(content), None));
            }
        }
        let object = match self.store.get(&location, Some(&info.etag)).await {
            Ok(object) => object,
            Err(error) => return Verdict::from_read(error),
        };
        let (keep_metadata, previews) = (app.keep_original_metadata, app.previews);
        let examined = match admitted {
            UploadFormat::Kept(format) => {
                rules::examine(format, object.body, &limits, keep_metadata, previews)
            }
            UploadFormat::Converted(from) => {
                // The app's limit is for what is uploaded; what is made of it may grow to the platform's.
                let limits = Limits {
                    image_bytes: self.limits.image_bytes,
                    ..limits
                };
                converting::examine(from, &object.body, &limits, self.tools(), previews)?
            }
        };
        Ok(match examined {
            Ok((content, body)) => Verdict::Accepted(Box::new(content), Some(body)),
            Err(reason) => Verdict::Refused(reason),
        })
    }

    /// Looks at the size and the first bytes of a file. Returns its format, or the verdict if that is enough for one.
    pub(super) async fn admit(
        &self,
        file: &UploadedFile,
        info: &ObjectInfo,
        app: &AppRecord,
        limits: &Limits,
    ) -> Result<Result<UploadFormat, Verdict>, Error> {
        if let Err(reason) = rules::within_bytes(info.bytes, &app.kinds, limits) {
            return Ok(Err(Verdict::Refused(reason)));
        }
        if info.bytes == 0 {
            return Ok(Err(Verdict::Refused(Reason::Empty)));
        }
        let (location, range) = (file.key().location(), 0..SNIFF_BYTES.min(info.bytes));
        let head = self.store.get_range(&location, range, Some(&info.etag));
        match head.await {
            Ok(head) => {
                let admitted = rules::admit(&head.body, info.bytes, app, limits);
                let heic = UploadFormat::Converted(Convertible::Heic);
                Ok(match admitted {
                    Ok(format) if format == heic && self.hevc.is_none() => {
                        Err(Verdict::Refused(heic_not_accepted()))
                    }
                    admitted => admitted.map_err(Verdict::Refused),
                })
            }
            Err(error) => Verdict::from_read(error).map(Err),
        }
    }

    /// Returns the quota that this file would exceed, if any. It is checked before the whole file is read, because
    /// reading is what costs. Declared files cannot be more than an upload may have, so they are not counted.
    async fn over_quota(
        &self,
        file: &UploadedFile,
        info: &ObjectInfo,
        app: &AppRecord,
        grant: &GrantRecord,
    ) -> Result<Option<Reason>, Error> {
        let (quotas, now) = (app.quotas.within(self.quotas), self.clock.now());
        if grant.files.is_none() {
            let (usage, upload) = (&self.usage, &file.upload);
            let reached = usage.exceeded_by_upload(&app.app, &quotas, upload, now);
            if let Some(quota) = reached.await? {
                return Ok(Some(Reason::QuotaExceeded(quota)));
            }
        }
        let wanted = Used {
            media: 1,
            bytes: info.bytes,
        };
        let reached = self.usage.exceeded(&app.app, &quotas, wanted, now).await?;
        Ok(reached.map(Reason::QuotaExceeded))
    }

    async fn refuse(
        &self,
        file: &UploadedFile,
        reason: &Reason,
        source: Option<&ETag>,
        generation: u32,
    ) -> Result<Pass, Error> {
        let now = self.clock.now();
        let written = self.records.change_if(
            (&file.app, &file.media),
            |record| record.is_validating(generation),
            |record| Ok(record.reject(reason, source, Stage::ValidateUpload, now)?),
        );
        let after = written.await?;
        let stands = |record: &MediaRecord| {
            record.state == State::Rejected && record.source.as_ref() == source
        };
        let Some(record) = after.record.filter(stands) else {
            return Ok(Pass::Again);
        };
        if after.written {
            self.metrics.count(Metric::MediaRejected);
        }
        let found = self.store.head(&file.key().location()).await;
        match found {
            Ok(Some(info)) => {
                self.remove_if_too_large(file, &record, &Found::Version(info))
                    .await
            }
            Ok(None) | Err(StoreError::Unreadable) => Ok(Pass::Settled(Ending::Rejected)),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file that is over the size limit at once, because IAM cannot bound an object's size. Other rejected
    /// files stay until the bucket's lifecycle removes them.
    pub(super) async fn remove_if_too_large(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        found: &Found,
    ) -> Result<Pass, Error> {
        let too_large = record
            .rejection
            .as_ref()
            .is_some_and(|rejection| rejection.code == TOO_MANY_BYTES);
        let Some(etag) = found
            .etag()
            .filter(|etag| too_large && Some(*etag) == record.source.as_ref())
        else {
            return Ok(Pass::Settled(Ending::Rejected));
        };
        match self.store.delete(&file.key().location(), etag).await {
            Ok(()) => Ok(Pass::Settled(Ending::RejectedAndRemoved)),
            Err(StoreError::Changed | StoreError::Conflict) => Ok(Pass::Again),
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) enum Verdict {
    /// Accepted, with the files to deliver if they are published by this stage.
    Accepted(Box<Content>, Option<Body>),
    Refused(Reason),
    /// The version that was found is no longer there.
    Moved,
}

impl Verdict {
    pub(super) fn from_read(error: StoreError) -> Result<Self, Error> {
        match error {
            StoreError::Changed | StoreError::Missing => Ok(Self::Moved),
            StoreError::Unreadable => Ok(Self::Refused(Reason::UnreadableStorage)),
            StoreError::Conflict | StoreError::Unavailable(_) => Err(error.into()),
        }
    }
}
