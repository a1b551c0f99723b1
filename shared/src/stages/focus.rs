//! Sets the focal point of a media's picture, which renderings that cut it keep in sight.
//!
//! The CDN is asked to forget the media before the record is changed, by a message that is received after: whoever dies
//! in between costs an invalidation, while a change without one would leave old renderings in the CDN for a year.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::vocabulary::focus::Focus;
use crate::vocabulary::keys::Key;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::message;
use crate::vocabulary::message::invalidation::{ChangedMedia, Task};
use crate::vocabulary::message::thumbs::Thumbs;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// The time after which a record is changed or never will be, in seconds: the function's timeout, and some seconds for a
/// request to S3 that was on its way when the function ended.
pub const WRITTEN_WITHIN_SECONDS: u32 = 15;

/// The body of `POST …/focus`: a point, or nothing to forget the one that is set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FocusRequest", extend("dependentRequired" = {"x": ["y"], "y": ["x"]}))]
pub struct Wanted {
    /// A share of the width, from the left.
    #[schemars(range(min = 0, max = 1))]
    x: Option<f64>,
    /// A share of the height, from the top.
    #[schemars(range(min = 0, max = 1))]
    y: Option<f64>,
}

impl Wanted {
    /// Returns the point.
    ///
    /// # Errors
    /// 400 with the field's name.
    pub fn point(&self) -> Result<Option<Focus>, Problem> {
        let outside =
            |field| Problem::invalid(field, "Give 0 to 1, a share of the picture's side.");
        match (self.x, self.y) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(outside("y")),
            (None, Some(_)) => Err(outside("x")),
            (Some(x), Some(y)) => {
                if !(0.0..=1.0).contains(&x) {
                    return Err(outside("x"));
                }
                Focus::new(x, y).map(Some).ok_or_else(|| outside("y"))
            }
        }
    }
}

/// The answer: what is set now.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FocusAnswer")]
pub struct Focused {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The point; absent if none is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<Focus>,
}

/// Sets focal points.
pub struct FocalPoints {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The queue to invalidate-cache.
    pub invalidations: Arc<dyn Outbox>,
    /// The queue of those who make thumbnails ahead.
    pub thumbs: Arc<dyn Outbox>,
}

impl FocalPoints {
    /// Sets the focal point, or forgets it.
    ///
    /// # Errors
    /// 404; 409 for a media without a picture of its own; or a failure on our side, after which the point may be set.
    pub async fn set(
        &self,
        app: &AppId,
        media: &MediaId,
        focus: Option<Focus>,
    ) -> Result<Focused, Refusal> {
        let key = Key::Media(app.clone(), media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let found = found.ok_or_else(Problem::unknown_media)?.value;
        has_picture(&found)?;
        if found.focus != focus {
            self.forget(app, media).await?;
            self.make_anew(&found).await?;
            let concerned = |record: &MediaRecord| has_picture(record).is_ok();
            let changed = self.records.change_if((app, media), concerned, |record| {
                record.focus = focus;
                Ok(())
            });
            let record = changed.await?.record.ok_or_else(Problem::unknown_media)?;
            // It may have been withdrawn meanwhile.
            has_picture(&record)?;
        }
        Ok(Focused {
            app: app.clone(),
            media: media.clone(),
            focus,
        })
    }

    /// Asks for the thumbnails that are made ahead, which are cut around the point.
    async fn make_anew(&self, record: &MediaRecord) -> Result<(), Error> {
        if record.state != State::Ready || !record.is_image() {
            return Ok(());
        }
        let body = Thumbs::of_media(&record.app, &record.media)?;
        let sent = self.thumbs.send(&record.app, &body, WRITTEN_WITHIN_SECONDS);
        Ok(sent.await?)
    }

    async fn forget(&self, app: &AppId, media: &MediaId) -> Result<(), Error> {
        let changed = ChangedMedia {
            app: app.clone(),
            media: media.clone(),
            changed_at: self.clock.now(),
            again: false,
        };
        let body = message::write(&Task::ForgetChanged(changed))?;
        let sent = self.invalidations.send(app, &body, WRITTEN_WITHIN_SECONDS);
        Ok(sent.await?)
    }
}

/// Refuses a media that is not judged yet, that is gone, or that has no picture of its own: pages of documents are many.
fn has_picture(record: &MediaRecord) -> Result<(), Problem> {
    match record.state {
        State::Deleting | State::Deleted => return Err(Problem::deleted()),
        State::Validating | State::Rejected => return Err(not_ready()),
        State::Processing
        | State::Ready
        | State::Updating
        | State::Failed
        | State::Moving
        | State::Suspending
        | State::Suspended
        | State::Restoring => {}
    }
    match record.content.as_ref().map(|content| content.kind()) {
        Some(Kind::Image | Kind::Video) => Ok(()),
        Some(Kind::Pdf | Kind::Audio) => Err(no_picture()),
        None => Err(not_ready()),
    }
}

/// 409: the file was not found good yet, or never will be.
#[must_use]
pub fn not_ready() -> Problem {
    Problem::conflict(
        "not_ready",
        "The media is not ready",
        "Wait until the file is found good. A rejected file has no picture.",
    )
}

/// 409: nothing of the media can be cut.
#[must_use]
pub fn no_picture() -> Problem {
    Problem::conflict(
        "no_picture",
        "The media has no picture of its own",
        "Only images and films have a focal point.",
    )
}
