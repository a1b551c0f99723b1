//! Invalidates withdrawn media at the CDN, and waits until that is complete.
//!
//! The requests of a batch are sent together, each media once, by its cache tag: one item covers the original, all
//! pages, segments and thumbnails. The caller reference is a digest of the requests and does not depend on the time, so
//! the same batch, delivered twice, is one invalidation. When it is complete, that is noted on the record, and the
//! operation is carried on.
//!
//! Renderings by a preset are invalidated by the preset's tag when the preset changes: once when the change is written,
//! and once more when no render can be at work that began before. A media whose focal point or poster changes is
//! invalidated twice in the same way. Nothing waits for these.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::cdn::Cdn;
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message;
use crate::vocabulary::message::invalidation::{
    ChangedMedia, ChangedPresets, Check, Request, Task,
};
use crate::vocabulary::message::order::Order;
use crate::vocabulary::names::AppId;
use crate::vocabulary::operation::{Forgets, Invalidation, Phase};
use crate::vocabulary::record::MediaRecord;

/// The longest pause between two checks of an invalidation, in seconds. CloudFront takes seconds, and a minute or two at
/// the most, so the first checks come sooner.
const LONGEST_PAUSE_SECONDS: u32 = 5;

/// The number of checks before an invalidation is given up, after an hour.
const CHECKS: u32 = 720;

/// Invalidates media at the CDN.
pub struct Invalidator {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The CDN.
    pub cdn: Arc<dyn Cdn>,
    /// The queue that tasks come from, and that later checks are sent to.
    pub invalidations: Arc<dyn Outbox>,
    /// The queue to run-operation.
    pub operations: Arc<dyn Outbox>,
    /// The time after which no render can be at work any more that began before a change, in seconds.
    pub render_grace_seconds: u32,
}

impl Invalidator {
    /// Requests one invalidation for a whole batch, without the requests of operations that are over.
    ///
    /// # Errors
    /// Fails if any of it could not be done; then the whole batch must be redelivered.
    pub async fn forget(&self, requests: &BTreeSet<Request>) -> Result<(), Error> {
        let mut due = BTreeSet::new();
        for request in requests {
            if !self.is_over(request).await {
                due.insert(request.clone());
            }
        }
        let requests = &due;
        if requests.is_empty() {
            return Ok(());
        }
        let media: BTreeSet<_> = requests.iter().map(|request| &request.media).collect();
        let items: Vec<_> = media.into_iter().map(Key::invalidation_item).collect();
        let id = self.cdn.invalidate(&reference(requests), &items).await?;
        self.check_later(Check {
            id: id.clone(),
            requests: requests.clone(),
            checks: 0,
        })
        .await?;
        for request in requests {
            self.note(request, &id, false).await?;
        }
        Ok(())
    }

    /// Looks whether an invalidation is complete. If so, carries the operations on.
    ///
    /// # Errors
    /// Fails if that could not be seen; then the message must be redelivered.
    pub async fn check(&self, check: &Check) -> Result<Ending, Error> {
        if !self.cdn.is_complete(&check.id).await? {
            if check.checks >= CHECKS {
                return Err(Error::Incomplete);
            }
            let checks = check.checks + 1;
            self.check_later(Check {
                checks,
                ..check.clone()
            })
            .await?;
            return Ok(Ending::CdnAtWork);
        }
        for request in &check.requests {
            let Some(record) = self.note(request, &check.id, true).await? else {
                continue;
            };
            if request.phase == Phase::Last {
                let order = message::write(&Order::carry_on(&record))?;
                self.operations.send(&record.app, &order, 0).await?;
            }
        }
        Ok(Ending::CdnDone)
    }

    /// Makes the CDN forget what was rendered by presets that have changed.
    ///
    /// # Errors
    /// Fails if the CDN could not be asked, or could not be asked for again; then the message must be redelivered.
    pub async fn forget_presets(&self, changed: &ChangedPresets) -> Result<Ending, Error> {
        let app = &changed.app;
        let items: Vec<_> = changed
            .presets
            .iter()
            .map(|preset| Key::preset_item(app, preset))
            .collect();
        let again = Task::ForgetPresets(ChangedPresets {
            again: true,
            ..changed.clone()
        });
        let again = (!changed.again).then_some(again);
        self.forget_change((app, changed.changed_at), &items, again)
            .await
    }

    /// Makes the CDN forget a media of which something else is shown now.
    ///
    /// # Errors
    /// The same as for [`Self::forget_presets`].
    pub async fn forget_changed(&self, changed: &ChangedMedia) -> Result<Ending, Error> {
        let items = [Key::invalidation_item(&changed.media)];
        let again = Task::ForgetChanged(ChangedMedia {
            again: true,
            ..changed.clone()
        });
        let again = (!changed.again).then_some(again);
        self.forget_change((&changed.app, changed.changed_at), &items, again)
            .await
    }

    /// Makes the CDN forget items of an app that changed at a time, and sends the task `again`, if there is one, to be
    /// received when no render can be at work any more that began before.
    async fn forget_change(
        &self,
        (app, changed_at): (&AppId, Timestamp),
        items: &[String],
        again: Option<Task>,
    ) -> Result<Ending, Error> {
        let time = if again.is_some() { "first" } else { "again" };
        let change = format!("{changed_at} {time} {}", items.join(" "));
        self.cdn.invalidate(&hex_digest(&change), items).await?;
        if let Some(again) = again {
            let body = message::write(&again)?;
            self.invalidations
                .send(app, &body, self.render_grace_seconds)
                .await?;
        }
        Ok(Ending::CdnAsked)
    }

    /// Sends a check. A batch may have requests of several apps, and counts as the first one's.
    async fn check_later(&self, check: Check) -> Result<(), Error> {
        let Some(app) = check.requests.first().map(|first| first.app.clone()) else {
            return Ok(());
        };
        // 1, 2, 4 seconds, and then the longest pause.
        let seconds = LONGEST_PAUSE_SECONDS.min(1 << check.checks.min(3));
        let body = message::write(&Task::Check(check))?;
        Ok(self.invalidations.send(&app, &body, seconds).await?)
    }

    /// Returns whether the operation has ended, or was overtaken by one that asks for itself and is not late, so that
    /// nothing has to be paid for. A record that cannot be read does not keep the CDN from forgetting.
    async fn is_over(&self, request: &Request) -> bool {
        let key = Key::Media(request.app.clone(), request.media.clone());
        match self.records.load::<MediaRecord>(&key).await {
            Ok(Some(found)) if is_concerned(&found.value, request) => found.value.is_at_rest(),
            Ok(Some(found)) => !asks_late(&found.value),
            Ok(None) | Err(_) => false,
        }
    }

    /// Notes on the record that the invalidation was requested, or is complete. Returns `None` if the operation is
    /// over.
    async fn note(
        &self,
        request: &Request,
        id: &str,
        complete: bool,
    ) -> Result<Option<MediaRecord>, Error> {
        let now = self.clock.now();
        let concerned = |record: &MediaRecord| is_concerned(record, request);
        let noted = self
            .records
            .change_if((&request.app, &request.media), concerned, |record| {
                let withdrawal = record.withdrawal.as_mut();
                let Some(noted) = withdrawal.map(|withdrawal| withdrawal.of(request.phase)) else {
                    return Ok(());
                };
                if noted
                    .as_ref()
                    .is_some_and(|noted| noted.completed_at.is_some())
                {
                    return Ok(());
                }
                let known = noted.take().filter(|noted| noted.id == id);
                *noted = Some(Invalidation {
                    id: id.to_owned(),
                    requested_at: known.map_or(now, |known| known.requested_at),
                    completed_at: complete.then_some(now),
                });
                Ok(())
            });
        Ok(noted.await?.record.filter(concerned))
    }
}

fn is_concerned(record: &MediaRecord, request: &Request) -> bool {
    record.generation == request.generation && record.withdrawal.is_some()
}

/// Returns whether an erasure that overtook a suspension has still to ask. It does so when all objects are gone, which
/// takes many runs for a film; until then, viewers must not get what the suspension was for.
fn asks_late(record: &MediaRecord) -> bool {
    let withdrawal = record.withdrawal.as_ref();
    !record.state.is_at_rest()
        && withdrawal.is_some_and(|withdrawal| {
            withdrawal.overtook_suspension
                && withdrawal.forgets == Forgets::Twice
                && withdrawal.first.is_none()
                && withdrawal.last.is_none()
        })
}

/// Returns the same digest for the same requests, in whatever order they come.
fn reference(requests: &BTreeSet<Request>) -> String {
    let lines = requests.iter().map(
        |Request {
             media,
             generation,
             phase,
             ..
         }| format!("{media} {generation} {phase:?}\n"),
    );
    hex_digest(&lines.collect::<String>())
}

fn hex_digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
