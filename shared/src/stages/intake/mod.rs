//! Takes orders for files that the platform brings itself: copies of media, and files at addresses.
//!
//! Such a file is an upload like any other, under a grant of its own that declares one file, and without credentials. Whoever
//! brings it puts it into UPLOAD; from there on it is judged by the limits, blocks and quotas of its app.
//!
//! The media's id follows from the grant, so it is answered at once. The order of the calls is: the grant, which says where
//! the file comes from; the record, which awaits it, with the mark by which [`crate::stages::sweep`] finds work that was
//! lost; and the message, which names the media and nothing else. So if the process dies after the record is written, the
//! message is sent by the sweeper, and before that nothing was begun.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::stages::usage::Usage;
use crate::vocabulary::app::{AppRecord, GrantRecord, Quotas};
use crate::vocabulary::day::Day;
use crate::vocabulary::expiry::Declared;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::names::{
    AppId, FileName, MAX_FILE_NAME_BYTES, MediaId, UploadId, Visibility,
};
use crate::vocabulary::origin::{Awaited, Origin};
use crate::vocabulary::quota::Used;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;
use crate::vocabulary::web_address::Reach;

mod arrivals;
mod copier;
pub mod copy;
mod fetcher;
pub mod ingest;

pub use arrivals::Arrivals;
pub use copier::Copier;
pub use copy::{Asker, CopyRequest};
pub use fetcher::{Fetcher, MOST_BYTES};
pub use ingest::IngestRequest;

/// Takes orders for files that the platform brings.
pub struct Intake {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The queue of run-operation, which copies.
    pub operations: Arc<dyn Outbox>,
    /// The queue of fetch-remote; `None` where nothing is fetched.
    pub fetches: Option<Arc<dyn Outbox>>,
    /// The servers that files may be fetched from.
    pub reach: Reach,
    /// The platform's quotas for each app.
    pub quotas: Quotas,
    /// The media and bytes that each app has brought in.
    pub usage: Usage,
}

/// The answer to an order: the media that the file becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ExpectedMedia")]
pub struct Expected {
    /// The app.
    pub app: AppId,
    /// The upload under which the file will come.
    pub upload: UploadId,
    /// The media that the file becomes.
    pub media: MediaId,
    /// Its state: `validating`.
    pub state: State,
    /// The visibility of the media when it is ready.
    pub visibility: Visibility,
    /// The file that the media waits for.
    pub awaits: Awaited,
}

/// A file that is to be brought.
struct Order<'a> {
    registered: &'a AppRecord,
    name: FileName,
    visibility: Visibility,
    declared: Declared,
    origin: Origin,
    /// The size of the file in bytes, or 1 if nobody knows.
    bytes: u64,
    /// The caller's IAM identity.
    by: &'a str,
}

impl Intake {
    /// Takes an order. It is carried out if this returns an answer, and may be if it returns a failure on our side.
    async fn take(&self, order: Order<'_>, queue: &dyn Outbox) -> Result<Expected, Refusal> {
        let now = self.clock.now();
        self.within_quotas(order.registered, order.bytes).await?;
        let app = &order.registered.app;
        let upload = UploadId::new(now, self.clock.random());
        let (awaits, name) = (order.origin.awaited(), order.name.as_str().to_owned());
        let declared = (name.clone(), order.declared);
        let grant = GrantRecord {
            visibility: order.visibility,
            files: Some(vec![name]),
            declared: [declared]
                .into_iter()
                .filter(|(_, said)| *said != Declared::default())
                .collect(),
            origin: Some(order.origin),
            expires_at: now,
            created_at: now,
        };
        // As for other grants: one that is there already is our own, after the answer was lost.
        let key = Key::Grant(app.clone(), upload.clone());
        self.records.write(&key, &grant, None).await?;
        let (name, visibility) = (order.name, order.visibility);
        let record = MediaRecord::new(app.clone(), &upload, name, visibility, now)
            .declared_by(Some(&grant))
            .asked_for_by(order.by);
        let made = self.records.change(app, &record.media, |there| {
            Ok(there.is_none().then(|| record.clone()))
        });
        made.await?;
        let message =
            message::write(&StageOrder::new(awaits.stage(), &record)).map_err(Error::from)?;
        let sent = queue.send(app, &message, 0).await;
        sent.map_err(Error::from)?;
        Ok(Expected {
            app: app.clone(),
            upload,
            media: record.media,
            state: record.state,
            visibility,
            awaits,
        })
    }

    /// Checks the quotas before anything is brought, so that the caller learns early. The file is checked against the same
    /// quotas again when it is there.
    async fn within_quotas(&self, registered: &AppRecord, bytes: u64) -> Result<(), Refusal> {
        let (quotas, now) = (registered.quotas.within(self.quotas), self.clock.now());
        let wanted = Used { media: 1, bytes };
        let reached = self.usage.exceeded(&registered.app, &quotas, wanted, now);
        let Some(quota) = reached.await? else {
            return Ok(());
        };
        let seconds = quota.is_daily().then(|| Day::seconds_left(now));
        Err(Problem::quota_exceeded(quota.sentence(), None, seconds).into())
    }

    async fn registered(&self, app: &AppId) -> Result<AppRecord, Refusal> {
        let found = self
            .records
            .load::<AppRecord>(&Key::App(app.clone()))
            .await?;
        Ok(found.ok_or_else(Problem::unknown_app)?.value)
    }
}

/// Returns the name that the caller gave, if it is one that a file may have.
fn file_name(name: &str) -> Result<FileName, Problem> {
    let most = format!("Give a name of 1 to {MAX_FILE_NAME_BYTES} bytes.");
    FileName::new(name)
        .filter(|name| !name.is_too_long())
        .ok_or_else(|| Problem::invalid("name", most))
}
