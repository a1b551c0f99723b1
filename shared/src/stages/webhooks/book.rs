//! The webhooks of apps and the standing of their endpoints, as they are stored.

use std::sync::Arc;

use crate::platform::error::Error;
use crate::platform::records::{Records, Versioned, Written, pause};
use crate::ports::clock::Clock;
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::AppId;
use crate::vocabulary::webhook::{Hook, HookName, Hooks, Standing};

/// The most attempts at a change that others make at the same time.
pub(super) const ATTEMPTS: u32 = 8;

/// Reads and writes webhooks.
#[derive(Clone)]
pub struct Book {
    /// The database.
    pub records: Records,
    /// The clock, for pauses after lost races.
    pub clock: Arc<dyn Clock>,
}

impl Book {
    /// Returns the webhooks of an app.
    ///
    /// # Errors
    /// The errors of [`Records::load`].
    pub async fn of(&self, app: &AppId) -> Result<Hooks, Error> {
        let found = self.load(app).await?;
        Ok(found.map(|found| found.value).unwrap_or_default())
    }

    pub(super) async fn load(&self, app: &AppId) -> Result<Option<Versioned<Hooks>>, Error> {
        self.records.load(&Key::Webhooks(app.clone())).await
    }

    /// Returns a webhook, if it is still this registration of it.
    pub(super) async fn registered(
        &self,
        app: &AppId,
        name: &HookName,
        id: &str,
    ) -> Result<Option<Hook>, Error> {
        let mut hooks = self.of(app).await?.hooks;
        Ok(hooks.remove(name).filter(|hook| hook.id == id))
    }

    /// Returns how an endpoint stands, and the version that this was read from.
    pub(super) async fn standing(
        &self,
        app: &AppId,
        name: &HookName,
        endpoint: &str,
    ) -> Result<(Standing, Option<Versioned<Standing>>), Error> {
        let key = Key::Standing(app.clone(), name.clone());
        let found = self.records.load::<Standing>(&key).await?;
        let known = found.as_ref().map(|found| found.value.clone());
        // What is known of an earlier address, or of an earlier webhook of this name, says nothing about this one.
        let standing = known.filter(|standing| standing.id == endpoint);
        Ok((
            standing.unwrap_or_else(|| Standing::unknown(endpoint)),
            found,
        ))
    }

    /// Writes how an endpoint stands, if nobody has since it was read.
    pub(super) async fn write_standing(
        &self,
        (app, name): (&AppId, &HookName),
        next: &Standing,
        read: Option<&Versioned<Standing>>,
    ) -> Result<Written, Error> {
        let key = Key::Standing(app.clone(), name.clone());
        self.records
            .write(&key, next, read.map(|read| &read.etag))
            .await
    }

    /// Changes how an endpoint stands. `change` is called again after every lost race. Returns how it stood and stands.
    pub(super) async fn change_standing(
        &self,
        (app, name): (&AppId, &HookName),
        endpoint: &str,
        change: impl Fn(&Standing) -> Standing + Send + Sync,
    ) -> Result<(Standing, Standing), Error> {
        for attempt in 0..ATTEMPTS {
            let (before, read) = self.standing(app, name, endpoint).await?;
            let next = change(&before);
            if next == before {
                return Ok((before, next));
            }
            let written = self.write_standing((app, name), &next, read.as_ref());
            if written.await? == Written::Done {
                return Ok((before, next));
            }
            pause(&*self.clock, attempt).await;
        }
        Err(Error::Contended { attempts: ATTEMPTS })
    }
}
