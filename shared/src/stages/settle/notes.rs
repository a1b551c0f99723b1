//! Notes on records whose state does not change.

use super::{Found, Pass, Settler};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::record::MediaRecord;

impl Settler {
    pub(super) async fn note_superseded(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        found: &Found,
    ) -> Result<Pass, Error> {
        let Some(etag) = found
            .etag()
            .filter(|etag| record.source.as_ref().is_some_and(|source| source != *etag))
        else {
            return Ok(Pass::Settled(Ending::SettledBefore));
        };
        let now = self.clock.now();
        let noted = self.records.change_if(
            (&file.app, &file.media),
            |_| true,
            |record| {
                record.supersede(etag, now);
                Ok(())
            },
        );
        noted.await.map(|_| Pass::Settled(Ending::Superseded))
    }

    /// Notes that two names of one upload have the same id, by chance or on purpose. The first one keeps it.
    pub(super) async fn note_collision(&self, file: &UploadedFile) -> Result<Pass, Error> {
        let now = self.clock.now();
        let noted = self.records.change_if(
            (&file.app, &file.media),
            |_| true,
            |record| {
                record.collide(now);
                Ok(())
            },
        );
        noted.await.map(|_| Pass::Settled(Ending::IdCollision))
    }
}
