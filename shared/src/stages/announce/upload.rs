//! Tells apps that all declared files of an upload are decided.
//!
//! A file is decided when its media has had its first event: it is ready, was refused or has failed, or was taken down or
//! deleted before. Then the media has a cursor, and cursors stay. So two processes that announce the last two files at the
//! same time see both cursors, at least one of them, because each looks after it has put its own. A process that dies
//! before it has looked leaves a cursor that says so, and the sweeper comes back to it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Announcer;
use crate::platform::cloud_event::CloudEvent;
use crate::platform::error::Error;
use crate::vocabulary::app::GrantRecord;
use crate::vocabulary::change::UPLOAD_FINISHED;
use crate::vocabulary::event_id::EventId;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId};
use crate::vocabulary::record::MediaRecord;

/// Cursors in one listing, the most that S3 allows.
const PAGE: u16 = 1_000;

/// An upload whose declared files are decided.
#[derive(Debug, Clone, Serialize)]
struct FinishedUpload<'a> {
    app: &'a AppId,
    upload: &'a UploadId,
    /// The media of all declared files, by their ids.
    media: &'a BTreeSet<MediaId>,
}

impl Announcer {
    /// Returns the media of the files that an upload declared; `None` if it declared none.
    pub(super) async fn declared(
        &self,
        app: &AppId,
        upload: &UploadId,
    ) -> Result<Option<BTreeSet<MediaId>>, Error> {
        let key = Key::Grant(app.clone(), upload.clone());
        let grant = self.records.load::<GrantRecord>(&key).await?;
        let files = grant.and_then(|grant| grant.value.files);
        let names = files.into_iter().flatten();
        let media: BTreeSet<_> = names
            .filter_map(|name| Some(MediaId::of(upload, &FileName::new(&name)?)))
            .collect();
        Ok((!media.is_empty()).then_some(media))
    }

    /// Announces that the upload of a media is finished, if it is.
    pub(super) async fn finish_upload(
        &self,
        last: &MediaRecord,
        declared: &BTreeSet<MediaId>,
    ) -> Result<(), Error> {
        let (app, upload) = (&last.app, last.media.upload());
        if !declared.is_subset(&self.decided(app, &upload).await?) {
            return Ok(());
        }
        let data = FinishedUpload {
            app,
            upload: &upload,
            media: declared,
        };
        let about = (app, upload.as_str());
        let event = CloudEvent::new(UPLOAD_FINISHED, about, 1, last.updated_at, data);
        let id = EventId::Upload(upload.clone(), 1);
        self.send(app, id, &event).await
    }

    /// Returns the media of an upload that have cursors.
    async fn decided(&self, app: &AppId, upload: &UploadId) -> Result<BTreeSet<MediaId>, Error> {
        let prefix = Prefix::announced_of_upload(app, upload);
        let (mut decided, mut after) = (BTreeSet::new(), None::<String>);
        loop {
            let page = self.store.list(&prefix, after.as_deref(), PAGE).await?;
            let keys = page.keys();
            decided.extend(keys.filter_map(announced));
            after = page.keys().last().map(str::to_owned);
            if !page.more || after.is_none() {
                return Ok(decided);
            }
        }
    }
}

fn announced(key: &str) -> Option<MediaId> {
    let Some(Key::Announced(_, media)) = Key::parse(Bucket::Records, key) else {
        return None;
    };
    Some(media)
}
