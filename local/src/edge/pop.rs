//! The point of presence: the cache between viewers and origins.
//!
//! ```text
//! invalidations caught up ─▶ fresh entry? ──▶ hit
//!                            │ no
//!                            └▶ one fetch per key ─▶ 304: refreshed │ 5xx: stale stands in │ kept │ passed on
//! ```
//!
//! Never kept: a partial or broken-off body, one without a length, one above the bound. A viewer that goes
//! away does not stop the fetch that others wait for.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_sdk_cloudfront::Client;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use tokio::sync::{Mutex, RwLock};

use super::Clock;
use super::cache_key::CacheKey;
use super::distribution::{Behavior, Distribution};
use super::flight::{Flights, Leader, Outcome, Turn};
use super::freshness::{self, Keep};
use super::invalidation::{Follower, Log, tags_of};
use super::origin::{Ask, Backend, OriginError};
use super::store::{Entry, MAX_BODY_BYTES, MAX_STORE_BYTES, Store};
use super::viewer::{Answer, XCache, conditions};
use super::{error_page, respond};

/// How old the edge's picture of the distribution may be. CloudFront takes minutes to deploy a change.
const DISTRIBUTION_MAX_AGE: Duration = Duration::from_secs(2);
/// How often a request waits for another's fetch before it fetches by itself.
const MAX_TURNS: usize = 8;

/// A point of presence for one distribution.
pub(crate) struct Pop {
    client: Client,
    backend: Backend,
    clock: Clock,
    distribution: RwLock<Arc<Distribution>>,
    /// When the distribution was last read; held while it is read again.
    read_at: Mutex<Instant>,
    follower: Follower,
    log: Log,
    store: Store,
    flights: Flights,
}

/// A request as it stands before the cache.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) distribution: Arc<Distribution>,
    /// The behaviour's number, from the viewer's path.
    pub(crate) behavior: usize,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
}

/// What a fetch brought.
enum Fetched {
    Kept(Arc<Entry>, XCache),
    PassedOn(Response<Body>),
}

impl Pop {
    /// A point of presence with an empty cache.
    pub(crate) fn new(
        client: Client,
        backend: Backend,
        clock: Clock,
        distribution: Distribution,
        follower: Follower,
    ) -> Self {
        Self {
            client,
            backend,
            clock,
            distribution: RwLock::new(Arc::new(distribution)),
            read_at: Mutex::new(Instant::now()),
            follower,
            log: Log::default(),
            store: Store::new(MAX_STORE_BYTES),
            flights: Flights::default(),
        }
    }

    /// The distribution, read again now and then. If that fails, the last known one goes on serving.
    pub(crate) async fn distribution(&self) -> Arc<Distribution> {
        if let Ok(mut read_at) = self.read_at.try_lock()
            && read_at.elapsed() > DISTRIBUTION_MAX_AGE
        {
            let id = self.distribution.read().await.id.clone();
            match Distribution::read(&self.client, &id).await {
                Ok(distribution) => *self.distribution.write().await = Arc::new(distribution),
                Err(error) => {
                    tracing::warn!(%error, "the edge keeps the distribution as it last read it")
                }
            }
            *read_at = Instant::now();
        }
        Arc::clone(&*self.distribution.read().await)
    }

    /// The answer to a request, from the cache or the origin.
    pub(crate) async fn get(self: &Arc<Self>, wanted: Wanted) -> Answer {
        let Some(behavior) = wanted.behavior() else {
            return Answer::refusal(StatusCode::BAD_GATEWAY, "No such behaviour.");
        };
        if wanted.method == Method::OPTIONS || behavior.ttl.max.is_zero() {
            return self.pass_on(&wanted).await;
        }
        if let Err(error) = self.follower.catch_up(&self.log).await {
            tracing::error!(%error, "nothing is answered from the cache");
            return Answer::refusal(StatusCode::BAD_GATEWAY, "The invalidations cannot be read.");
        }
        let key = CacheKey::new(
            wanted.behavior,
            &behavior.key,
            &wanted.path,
            wanted.query.as_deref(),
            &wanted.headers,
        );
        for _turn in 0..MAX_TURNS {
            let kept = self.usable(&key);
            if let Some(entry) = kept.as_ref().filter(|entry| entry.is_fresh((self.clock)())) {
                return self.entry_for(entry, XCache::Hit, &wanted);
            }
            if kept.is_none() && self.is_better_passed_on(&wanted).await {
                return self.pass_on(&wanted).await;
            }
            match self.flights.join(&key).await {
                Turn::Lead(leader) => return self.fetch(wanted, key, Some(leader)).await,
                Turn::Followed(Some(Outcome::NotShared)) => break,
                Turn::Followed(Some(Outcome::Kept(entry))) if self.is_good(&key, &entry) => {
                    return self.entry_for(&entry, XCache::Hit, &wanted);
                }
                Turn::Followed(Some(Outcome::Kept(_)) | None) => {}
            }
        }
        self.fetch(wanted, key, None).await
    }

    /// The key's entry, unless it was invalidated since its fetch began.
    fn usable(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        let entry = self.store.get(key)?;
        if self
            .log
            .names_since(entry.known_invalidations, key.path(), &entry.tags)
        {
            self.store.remove(key);
            return None;
        }
        Some(entry)
    }

    fn is_good(&self, key: &CacheKey, entry: &Entry) -> bool {
        entry.is_fresh((self.clock)())
            && !self
                .log
                .names_since(entry.known_invalidations, key.path(), &entry.tags)
    }

    /// Nothing is kept for it, and filling the cache would cost more than it brings: HEAD, and ranges of
    /// objects too large to keep.
    async fn is_better_passed_on(&self, wanted: &Wanted) -> bool {
        if wanted.method == Method::HEAD {
            return true;
        }
        if !wanted.headers.contains_key(header::RANGE) {
            return false;
        }
        let size = Ask {
            method: Method::HEAD,
            path: wanted.path.clone(),
            headers: HeaderMap::new(),
        };
        match self.ask(wanted, &size).await {
            Ok(response) => {
                length_of(response.headers()).is_some_and(|length| length > MAX_BODY_BYTES)
            }
            Err(_) => false,
        }
    }

    async fn ask(&self, wanted: &Wanted, ask: &Ask) -> Result<Response<Body>, OriginError> {
        match wanted.behavior() {
            Some(behavior) => {
                behavior
                    .origin
                    .fetch(&self.backend, &wanted.distribution.arn, ask)
                    .await
            }
            None => Err(OriginError::Unreachable("no such behaviour".to_owned())),
        }
    }

    async fn pass_on(&self, wanted: &Wanted) -> Answer {
        let ask = Ask {
            method: wanted.method.clone(),
            path: wanted.path.clone(),
            headers: conditions(&wanted.headers),
        };
        let response = self
            .ask(wanted, &ask)
            .await
            .unwrap_or_else(|error| no_answer(&error));
        Answer::new(response, XCache::Miss)
    }

    /// Fetches in a task of its own, so that the viewer may leave and followers still hear.
    async fn fetch(
        self: &Arc<Self>,
        wanted: Wanted,
        key: CacheKey,
        leader: Option<Leader>,
    ) -> Answer {
        let pop = Arc::clone(self);
        let asked = wanted.clone();
        let task = tokio::spawn(async move {
            let stale = pop.usable(&key);
            if let Some(entry) = stale.as_ref().filter(|entry| entry.is_fresh((pop.clock)())) {
                return Fetched::Kept(Arc::clone(entry), XCache::Hit);
            }
            let fetched = pop.refill(&wanted, &key, stale).await;
            if let Some(leader) = leader {
                leader.land(match &fetched {
                    Fetched::Kept(entry, _) => Outcome::Kept(Arc::clone(entry)),
                    Fetched::PassedOn(_) => Outcome::NotShared,
                });
            }
            fetched
        });
        match task.await {
            Ok(Fetched::Kept(entry, from)) => self.entry_for(&entry, from, &asked),
            Ok(Fetched::PassedOn(response)) => Answer::new(response, XCache::Miss),
            Err(died) => {
                tracing::error!(%died, "a fetch died");
                Answer::refusal(StatusCode::BAD_GATEWAY, "The fetch died.")
            }
        }
    }

    async fn refill(&self, wanted: &Wanted, key: &CacheKey, stale: Option<Arc<Entry>>) -> Fetched {
        // Both before the fetch: an answer counts from when it was asked for, and anything invalidated
        // from now on is newer than it.
        let known_invalidations = self.log.known();
        let now = (self.clock)();
        let validators = stale.as_deref().map(validators_of).unwrap_or_default();
        let ask = Ask {
            method: Method::GET,
            path: wanted.path.clone(),
            headers: validators,
        };
        let response = self
            .ask(wanted, &ask)
            .await
            .unwrap_or_else(|error| no_answer(&error));
        let status = response.status();
        if let Some(stale) = stale {
            if status == StatusCode::NOT_MODIFIED {
                let mut entry = Entry::clone(&stale);
                entry.headers.extend(response.headers().clone());
                entry.known_invalidations = known_invalidations;
                return self.keep(key, wanted, entry, now, XCache::RefreshHit);
            }
            if status.is_server_error() && stale.stale_on_error {
                let mut entry = Entry::clone(&stale);
                entry.fresh_until = now + wanted.distribution.error_ttl(status);
                let entry = Arc::new(entry);
                self.store.put(key.clone(), Arc::clone(&entry));
                return Fetched::Kept(entry, XCache::Hit);
            }
        }
        let length = length_of(response.headers()).filter(|length| *length <= MAX_BODY_BYTES);
        let (Some(length), Keep::For { .. }) = (
            length,
            self.keeping(wanted, status, response.headers(), now),
        ) else {
            self.store.remove(key);
            return Fetched::PassedOn(response);
        };
        let (parts, body) = response.into_parts();
        let body = match to_bytes(body, usize::try_from(MAX_BODY_BYTES).unwrap_or(usize::MAX)).await
        {
            Ok(body) if u64::try_from(body.len()).is_ok_and(|read| read == length) => body,
            Ok(_) => {
                return Fetched::PassedOn(no_answer(&OriginError::Unreachable(
                    "a body of another length".to_owned(),
                )));
            }
            Err(error) => {
                return Fetched::PassedOn(no_answer(&OriginError::Unreachable(error.to_string())));
            }
        };
        let tag_header = wanted.distribution.cache_tag_header.as_ref();
        let tag_lines = tag_header
            .into_iter()
            .flat_map(|name| parts.headers.get_all(name));
        let tags: Vec<&str> = tag_lines.filter_map(|line| line.to_str().ok()).collect();
        let entry = Entry {
            status,
            tags: tags_of(&tags.join(",")),
            headers: parts.headers,
            body,
            vouched_at: now,
            fresh_until: now,
            stale_on_error: false,
            known_invalidations,
        };
        self.keep(key, wanted, entry, now, XCache::Miss)
    }

    /// Keeps an answer for as long as its own headers say.
    fn keep(
        &self,
        key: &CacheKey,
        wanted: &Wanted,
        mut entry: Entry,
        now: SystemTime,
        from: XCache,
    ) -> Fetched {
        if let Keep::For {
            fresh_for,
            stale_on_error,
        } = self.keeping(wanted, entry.status, &entry.headers, now)
        {
            entry.vouched_at = now;
            entry.fresh_until = now.checked_add(fresh_for).unwrap_or(now);
            entry.stale_on_error = stale_on_error;
            let entry = Arc::new(entry);
            self.store.put(key.clone(), Arc::clone(&entry));
            return Fetched::Kept(entry, from);
        }
        self.store.remove(key);
        Fetched::Kept(Arc::new(entry), from)
    }

    fn keeping(
        &self,
        wanted: &Wanted,
        status: StatusCode,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Keep {
        let Some(behavior) = wanted.behavior() else {
            return Keep::No;
        };
        match status.as_u16() {
            ..400 => freshness::of_success(status, headers, behavior.ttl, now),
            _ => freshness::of_error(
                status,
                headers,
                wanted.distribution.error_ttl(status),
                behavior.ttl,
            ),
        }
    }

    fn entry_for(&self, entry: &Entry, from: XCache, wanted: &Wanted) -> Answer {
        let mut response = respond::respond(entry, &wanted.method, &wanted.headers);
        if from != XCache::Miss {
            let age = entry.age_seconds((self.clock)());
            response
                .headers_mut()
                .insert(header::AGE, HeaderValue::from(age));
        }
        Answer::new(response, from)
    }
}

impl Wanted {
    fn behavior(&self) -> Option<&Behavior> {
        self.distribution.behavior_at(self.behavior)
    }
}

/// What lets the origin answer 304.
fn validators_of(entry: &Entry) -> HeaderMap {
    let etag = entry
        .headers
        .get(header::ETAG)
        .map(|etag| (header::IF_NONE_MATCH, etag.clone()));
    let date = || {
        entry
            .headers
            .get(header::LAST_MODIFIED)
            .map(|date| (header::IF_MODIFIED_SINCE, date.clone()))
    };
    // An error has nothing to be compared with.
    let validator = etag
        .or_else(date)
        .filter(|_| entry.status == StatusCode::OK);
    validator.into_iter().collect()
}

fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn no_answer(error: &OriginError) -> Response<Body> {
    tracing::warn!(%error, "no answer from the origin");
    match error {
        OriginError::Timeout => error_page::html(
            StatusCode::GATEWAY_TIMEOUT,
            "The origin did not answer in time.",
        ),
        OriginError::Unreachable(_) => {
            error_page::html(StatusCode::BAD_GATEWAY, "The origin gave no answer.")
        }
    }
}
