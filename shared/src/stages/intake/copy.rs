//! Takes orders to copy a media, within its app or, on an admin's order, into another one.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Expected, Intake, Order, file_name};
use crate::platform::problem::{Problem, Refusal};
use crate::vocabulary::expiry::Declared;
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::{AppId, MAX_FILE_NAME_BYTES, MediaId, Visibility};
use crate::vocabulary::origin::{CopyOf, Origin};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// The body of `POST …/copy`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyRequest {
    /// The app that gets the copy; without it the media's own. Only an admin may name another one.
    app: Option<AppId>,
    /// The visibility of the copy; without it that of the media.
    visibility: Option<Visibility>,
    /// The name of the copy's file, at most 900 bytes of UTF-8; without it the media's.
    #[schemars(length(min = 1, max = MAX_FILE_NAME_BYTES))]
    name: Option<String>,
}

/// The caller that asks for a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The app's back end, which may not bring anything into another app.
    App,
    /// An admin.
    Admin,
}

impl Intake {
    /// Takes an order to copy a media that is delivered. Its words are carried over; the time at which it expires, captions,
    /// focal point and chosen poster are not.
    ///
    /// # Errors
    /// 404, 409 for a media that is not delivered, 400 for a name that no file may have and for another app, 429; or a failure
    /// on our side, after which the media may be copied.
    pub async fn copy(
        &self,
        (app, media): (&AppId, &MediaId),
        request: CopyRequest,
        (asker, by): (Asker, &str),
    ) -> Result<Expected, Refusal> {
        let target = request.app.as_ref().unwrap_or(app);
        if asker == Asker::App && target != app {
            let advice = "Leave the field out: an app copies within itself. An admin copies into another app, with POST /admin/apps/{app}/media/{media}/copy.";
            return Err(Problem::invalid("app", advice).into());
        }
        let key = Key::Media(app.clone(), media.clone());
        let source = self.records.load::<MediaRecord>(&key).await?;
        let source = source.ok_or_else(Problem::unknown_media)?.value;
        is_delivered(&source)?;
        let registered = self.registered(target).await?;
        let (Some(own), Some(content)) = (source.file_name, source.content) else {
            return Err(not_ready().into());
        };
        let name = request.name.as_deref().map(file_name).transpose()?;
        let declared = Declared {
            description: source.description,
            expires_at: None,
        };
        let origin = Origin::Copy(CopyOf {
            app: source.app,
            media: source.media,
            digests: content.digests(),
        });
        let order = Order {
            registered: &registered,
            name: name.unwrap_or(own),
            visibility: request.visibility.unwrap_or(source.visibility),
            declared,
            origin,
            bytes: content.bytes,
            by,
        };
        self.take(order, &*self.operations).await
    }
}

fn is_delivered(source: &MediaRecord) -> Result<(), Problem> {
    match source.state {
        State::Ready | State::Updating => Ok(()),
        State::Deleting | State::Deleted => Err(Problem::deleted()),
        State::Validating
        | State::Processing
        | State::Rejected
        | State::Failed
        | State::Moving
        | State::Suspending
        | State::Suspended
        | State::Restoring => Err(not_ready()),
    }
}

/// 409: the media is not delivered.
#[must_use]
pub fn not_ready() -> Problem {
    Problem::conflict(
        "not_ready",
        "The media is not ready",
        "Only a media that is delivered can be copied; ask again when it is.",
    )
}
