//! Notes on records whose state does not change.

use super::{Found, Look, Settler};
use crate::platform::error::Error;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::record::MediaRecord;

impl Settler {
    pub(super) async fn note_superseded(
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

    /// Notes that two names of one upload have the same id, by chance or on purpose. The first one keeps it.
    pub(super) async fn note_collision(&self, file: &UploadedFile) -> Result<Look, Error> {
        let now = self.clock.now();
        let noted = self.records.change(&file.app, &file.media, |record| {
            let mut noted = record.cloned();
            let new = noted.as_mut().is_some_and(|record| record.collide(now));
            Ok(noted.filter(|_| new))
        });
        noted.await.map(|_| Look::Settled("rejected: id_collision"))
    }
}
