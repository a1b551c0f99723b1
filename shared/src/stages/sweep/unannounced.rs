//! Finds media whose app was not told what became of them, and media that are not listed as they are.
//!
//! Every event belongs to a generation that has a mark, so no record is looked for: when the work of a mark has ended,
//! the record is read anyway, and the cursor says up to which event the app was told. If that is not the last one, the
//! hint is given again, and the mark is put again for later, until the bus has taken everything. An app is told for as
//! long as it takes; nothing is given up. The same is done until the media's entries are those that its record asks for.

use jiff::Timestamp;

use super::Sweeper;
use super::look::later;
use super::verdict::patience;
use crate::platform::error::Error;
use crate::stages::announce::Cursor;
use crate::vocabulary::keys::Begun;
use crate::vocabulary::message::news;
use crate::vocabulary::record::MediaRecord;

impl Sweeper {
    /// Hints again at a media of which the app was not told everything, or whose entries are not up to date, and has this
    /// looked at again. Returns whether it is one. A later generation has a mark of its own.
    pub(super) async fn remind(
        &self,
        begun: &Begun,
        record: &MediaRecord,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if record.generation != begun.generation {
            return Ok(false);
        }
        let (app, media) = (&record.app, &record.media);
        let cursor = Cursor::load(&*self.store, app, media).await?;
        if !cursor.is_behind(record) && !self.indexer.is_behind(app, media).await? {
            return Ok(false);
        }
        let times = begun.sweeps.saturating_add(1);
        let next = later(now, patience(self.grace_seconds, times));
        self.put(begun, next, times, 0).await?;
        tracing::warn!(media = %media, seq = record.seq, told = cursor.seq, "the app was not told what became of {media}, or it is not listed so, so it is hinted at again");
        let hint = news::write(app, media);
        self.queues.announcements.send(app, &hint, 0).await?;
        Ok(true)
    }
}
