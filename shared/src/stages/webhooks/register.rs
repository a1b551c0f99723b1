//! Registers, shows and removes webhooks, and rotates their secrets.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::book::ATTEMPTS;
use super::view::{WebhookList, WebhookRequest, WebhookView};
use super::{Book, Secrets};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::{Versioned, Written, pause};
use crate::ports::queue::Outbox;
use crate::ports::store::{ObjectStore, StoreError};
use crate::vocabulary::event_id::EventType;
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::AppId;
use crate::vocabulary::web_address::{Reach, WebAddress};
use crate::vocabulary::webhook::{
    Hook, HookName, Hooks, MOST_HOOKS, MOST_OLD_SECRETS, Replaced, Standing,
};

/// An admin's change to a webhook.
enum Change {
    /// The webhooks are to be so.
    Write(Hooks),
    /// They are so already.
    Nothing,
}

/// The service that admins register webhooks with.
pub struct Webhooks {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// Webhooks, as they are stored.
    pub book: Book,
    /// Derives secrets.
    pub secrets: Secrets,
    /// The queue of deliver-webhook.
    pub deliveries: Arc<dyn Outbox>,
    /// The servers that may be named.
    pub reach: Reach,
}

impl Webhooks {
    /// Registers a webhook, or changes it. Answers the secret if the webhook is new, and whether it is. A changed address
    /// starts afresh: what is known of the endpoint before does not count.
    ///
    /// # Errors
    /// 400 with the field's name; 404; 409 if the app has too many; or a failure on our side.
    pub async fn put(
        &self,
        app: &AppId,
        name: &HookName,
        wanted: &WebhookRequest,
    ) -> Result<(WebhookView, bool), Refusal> {
        let url = self.address(&wanted.url)?;
        let events = events(wanted.events.as_deref())?;
        if self.is_unknown(app).await? {
            return Err(Problem::unknown_app().into());
        }
        let id = format!("{:032x}", self.book.clock.random());
        let now = self.book.clock.now();
        let (before, after) = self
            .change(app, |hooks| {
                put(hooks.clone(), name, (&url, events.as_deref()), &id, now)
            })
            .await?;
        let before = before.hooks.get(name);
        let hook = after.hooks.get(name).cloned();
        let hook = hook.ok_or_else(Problem::unknown_webhook)?;
        // A retry whose first try was written, and whose answer was lost, finds its own id.
        let is_new = before.is_none_or(|before| before.id == id);
        // The app may have been removed meanwhile. Nobody but it may have its events, and not the next app of that name.
        if self.is_unknown(app).await? {
            self.remove_all(app).await?;
            return Err(Problem::unknown_app().into());
        }
        let secret = if is_new {
            Some(self.secrets.shown(app, name, &hook).await?)
        } else {
            None
        };
        Ok((self.view(app, name, hook, secret).await?, is_new))
    }

    /// Gives a webhook another secret, and answers it. The one before signs, too, for a day.
    ///
    /// # Errors
    /// 404; 409 if it was rotated too often within a day; or a failure on our side.
    pub async fn rotate(&self, app: &AppId, name: &HookName) -> Result<WebhookView, Refusal> {
        let now = self.book.clock.now();
        let changed = self.change(app, |hooks| rotate(hooks.clone(), name, now));
        let (_, mut after) = changed.await?;
        let hook = after.hooks.remove(name);
        let hook = hook.ok_or_else(Problem::unknown_webhook)?;
        let secret = self.secrets.shown(app, name, &hook).await?;
        self.view(app, name, hook, Some(secret)).await
    }

    /// Has events sent again to a webhook that was paused.
    ///
    /// # Errors
    /// 404, or a failure on our side.
    pub async fn resume(&self, app: &AppId, name: &HookName) -> Result<WebhookView, Refusal> {
        let hook = self.find(app, name).await?;
        let endpoint = hook.endpoint();
        let resumed = self
            .book
            .change_standing((app, name), endpoint, |_| Standing::unknown(endpoint));
        resumed.await?;
        self.view(app, name, hook, None).await
    }

    /// Returns a webhook.
    ///
    /// # Errors
    /// 404, or a failure on our side.
    pub async fn show(&self, app: &AppId, name: &HookName) -> Result<WebhookView, Refusal> {
        let hook = self.find(app, name).await?;
        self.view(app, name, hook, None).await
    }

    /// Lists the webhooks of an app.
    ///
    /// # Errors
    /// A failure on our side.
    pub async fn list(&self, app: &AppId) -> Result<WebhookList, Refusal> {
        let hooks = self.book.of(app).await?.hooks;
        let items = stream::iter(hooks)
            .map(|(name, hook)| async move { self.view(app, &name, hook, None).await })
            .buffered(MOST_HOOKS)
            .try_collect();
        Ok(WebhookList {
            items: items.await?,
        })
    }

    /// Removes a webhook. What is on its way to it is not sent any more.
    ///
    /// # Errors
    /// 404, or a failure on our side.
    pub async fn remove(&self, app: &AppId, name: &HookName) -> Result<WebhookView, Refusal> {
        let hook = self.find(app, name).await?;
        let shown = self.view(app, name, hook, None).await?;
        let without = |hooks: &Hooks| {
            let mut next = hooks.clone();
            Ok(match next.hooks.remove(name) {
                Some(_) => Change::Write(next),
                None => Change::Nothing,
            })
        };
        self.change(app, without).await?;
        Ok(shown)
    }

    /// Removes all webhooks of an app that is being removed.
    ///
    /// # Errors
    /// A failure on our side.
    pub async fn remove_all(&self, app: &AppId) -> Result<(), Refusal> {
        for attempt in 0..ATTEMPTS {
            let Some(found) = self.book.load(app).await? else {
                return Ok(());
            };
            let place = Key::Webhooks(app.clone()).location();
            match self.store.delete(&place, &found.etag).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Changed | StoreError::Conflict) => {
                    pause(&*self.book.clock, attempt).await;
                }
                Err(error) => return Err(Error::from(error).into()),
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    pub(super) async fn find(&self, app: &AppId, name: &HookName) -> Result<Hook, Refusal> {
        let mut hooks = self.book.of(app).await?.hooks;
        Ok(hooks.remove(name).ok_or_else(Problem::unknown_webhook)?)
    }

    async fn is_unknown(&self, app: &AppId) -> Result<bool, Error> {
        let registration = Key::App(app.clone()).location();
        Ok(self.store.head(&registration).await?.is_none())
    }

    /// Changes the webhooks of an app. Returns them as they were at the last try, and as they are.
    async fn change(
        &self,
        app: &AppId,
        decide: impl Fn(&Hooks) -> Result<Change, Problem> + Send + Sync,
    ) -> Result<(Hooks, Hooks), Refusal> {
        let key = Key::Webhooks(app.clone());
        for attempt in 0..ATTEMPTS {
            let found: Option<Versioned<Hooks>> = self.book.load(app).await?;
            let (before, etag) = found.map_or((Hooks::default(), None), |found| {
                (found.value, Some(found.etag))
            });
            let next = match decide(&before)? {
                Change::Nothing => return Ok((before.clone(), before)),
                Change::Write(next) => next,
            };
            let written = self.book.records.write(&key, &next, etag.as_ref()).await?;
            if written == Written::Done {
                return Ok((before, next));
            }
            pause(&*self.book.clock, attempt).await;
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    async fn view(
        &self,
        app: &AppId,
        name: &HookName,
        hook: Hook,
        secret: Option<String>,
    ) -> Result<WebhookView, Refusal> {
        let (standing, _) = self.book.standing(app, name, hook.endpoint()).await?;
        let now = self.book.clock.now();
        Ok(WebhookView::of(name, hook, &standing, now, secret))
    }

    fn address(&self, url: &str) -> Result<String, Problem> {
        let address = WebAddress::parse(url, self.reach)
            .map_err(|error| Problem::invalid("url", format!("{}.", capitalised(&error))))?;
        Ok(address.as_str().to_owned())
    }
}

fn capitalised(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn events(wanted: Option<&[EventType]>) -> Result<Option<Vec<EventType>>, Problem> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    if wanted.is_empty() {
        let detail = "Give at least one type, or omit the field to get all.";
        return Err(Problem::invalid("events", detail));
    }
    let mut events = wanted.to_vec();
    events.sort_unstable();
    events.dedup();
    Ok(Some(events))
}

fn put(
    mut hooks: Hooks,
    name: &HookName,
    (url, events): (&str, Option<&[EventType]>),
    id: &str,
    now: Timestamp,
) -> Result<Change, Problem> {
    if let Some(hook) = hooks.hooks.get_mut(name) {
        if hook.url == url && hook.events.as_deref() == events {
            return Ok(Change::Nothing);
        }
        if hook.url != url {
            url.clone_into(&mut hook.url);
            hook.endpoint = Some(id.to_owned());
        }
        hook.events = events.map(<[_]>::to_vec);
        hook.updated_at = now;
        return Ok(Change::Write(hooks));
    }
    if hooks.hooks.len() >= MOST_HOOKS {
        return Err(Problem::too_many_webhooks(MOST_HOOKS));
    }
    let hook = Hook {
        url: url.to_owned(),
        events: events.map(<[_]>::to_vec),
        id: id.to_owned(),
        endpoint: None,
        version: 1,
        replaced: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    hooks.hooks.insert(name.clone(), hook);
    Ok(Change::Write(hooks))
}

fn rotate(mut hooks: Hooks, name: &HookName, now: Timestamp) -> Result<Change, Problem> {
    let hook = hooks.hooks.get_mut(name);
    let hook = hook.ok_or_else(Problem::unknown_webhook)?;
    hook.replaced.retain(|old| old.until() > now);
    if hook.replaced.len() >= MOST_OLD_SECRETS {
        return Err(Problem::rotated_too_often(MOST_OLD_SECRETS));
    }
    hook.replaced.push(Replaced {
        version: hook.version,
        at: now,
    });
    hook.version = hook.version.saturating_add(1);
    hook.updated_at = now;
    Ok(Change::Write(hooks))
}
