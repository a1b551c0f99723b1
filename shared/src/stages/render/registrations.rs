//! Registrations, kept for a few seconds in a process, so that a page full of thumbnails reads its app's only once.
//!
//! Nothing that withdraws a media depends on a registration. What does depend on one is which presets there are: when one
//! changes, the CDN is asked twice to forget what it rendered, the second time when no render can be at work that read
//! the registration from before. [`KEPT_SECONDS`] and the timeout of `render-thumbnail`, 55 seconds, are together less
//! than `RenderGraceSeconds`, 60. What a kept registration refuses is decided by a new one, so whoever has just
//! registered a preset can use it at once.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::AppId;

/// The seconds for which a registration is kept, counted from before it was read.
pub const KEPT_SECONDS: u32 = 3;

/// The most registrations that are kept.
const MOST: usize = 256;

/// The registrations that this process has read just now.
#[derive(Default)]
pub struct Registrations {
    kept: Mutex<BTreeMap<AppId, Kept>>,
}

struct Kept {
    registration: AppRecord,
    at: Moment,
}

/// A moment by two clocks. Lambda stops a process between two requests, and a clock may stop with it.
#[derive(Clone, Copy)]
struct Moment {
    by_wall: Timestamp,
    by_process: Instant,
}

impl Moment {
    fn now(clock: &dyn Clock) -> Self {
        Self {
            by_wall: clock.now(),
            by_process: Instant::now(),
        }
    }

    /// Returns whether neither clock has gone on by the seconds, and none has gone back.
    fn is_just_before(self, now: Self) -> bool {
        let by_wall = Duration::try_from(now.by_wall.duration_since(self.by_wall));
        let by_process = now.by_process.duration_since(self.by_process);
        let limit = Duration::from_secs(KEPT_SECONDS.into());
        by_wall.is_ok_and(|age| age < limit) && by_process < limit
    }
}

impl Registrations {
    /// Returns an app's registration, at most [`KEPT_SECONDS`] old, and whether it was kept; `None` if it has none.
    ///
    /// # Errors
    /// The errors of [`Records::load`].
    pub(super) async fn of(
        &self,
        app: &AppId,
        records: &Records,
        clock: &dyn Clock,
    ) -> Result<Option<(AppRecord, bool)>, Error> {
        if let Some(kept) = self.kept_of(app, clock) {
            return Ok(Some((kept, true)));
        }
        let found = self.anew(app, records, clock).await?;
        Ok(found.map(|found| (found, false)))
    }

    /// Returns an app's registration if it was read just now.
    pub(super) fn kept_of(&self, app: &AppId, clock: &dyn Clock) -> Option<AppRecord> {
        self.kept(app, Moment::now(clock))
    }

    /// Reads an app's registration; `None` if it has none.
    ///
    /// # Errors
    /// The errors of [`Records::load`].
    pub(super) async fn anew(
        &self,
        app: &AppId,
        records: &Records,
        clock: &dyn Clock,
    ) -> Result<Option<AppRecord>, Error> {
        let now = Moment::now(clock);
        let found = records.load::<AppRecord>(&Key::App(app.clone())).await?;
        let Some(found) = found else {
            return Ok(None);
        };
        self.keep(found.value.clone(), now);
        Ok(Some(found.value))
    }

    fn kept(&self, app: &AppId, now: Moment) -> Option<AppRecord> {
        let all = self.kept.lock().ok()?;
        let kept = all.get(app).filter(|kept| kept.at.is_just_before(now))?;
        Some(kept.registration.clone())
    }

    fn keep(&self, registration: AppRecord, at: Moment) {
        if let Ok(mut all) = self.kept.lock() {
            all.retain(|_, kept| kept.at.is_just_before(at));
            if all.len() < MOST {
                all.insert(registration.app.clone(), Kept { registration, at });
            }
        }
    }
}
