//! Asks for the thumbnails of a picture that has become ready.

use super::Settler;
use crate::platform::error::Error;
use crate::vocabulary::ahead;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::thumbs::Thumbs;
use crate::vocabulary::record::MediaRecord;

impl Settler {
    /// Asks for the thumbnails that are made ahead of a picture, after its record says `ready`. `wanted` says whether the app
    /// wants any, if that is known; otherwise its registration is read.
    pub(super) async fn ask_for_thumbs(
        &self,
        record: &MediaRecord,
        wanted: Option<bool>,
    ) -> Result<(), Error> {
        let is_wanted = match wanted {
            Some(wanted) => wanted,
            None if record.is_image() => {
                let key = Key::App(record.app.clone());
                let app = self.records.load::<AppRecord>(&key).await?;
                app.is_some_and(|app| ahead::is_any(&app.value))
            }
            None => false,
        };
        if !is_wanted || !record.is_image() {
            return Ok(());
        }
        let body = Thumbs::of_media(&record.app, &record.media)?;
        Ok(self.thumbs.send(&record.app, &body, 0).await?)
    }
}
