//! The point of presence: the cache between viewers and origins.
//!
//! ```text
//! invalidations caught up ─▶ fresh entry? ──▶ hit
//!                            │ no
//!                            └▶ one fetch per key ─▶ 304: refreshed │ 5xx: stale answer used │ cached │ passed on
//! ```
//!
//! Partial or truncated bodies, bodies without a length, and bodies above the size limit are never cached. A viewer
//! that disconnects does not stop the fetch that others wait for.

mod refill;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_cloudfront::Client;
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use tokio::sync::{Mutex, RwLock};

use super::Clock;
use super::answer::{Answer, XCache, conditions};
use super::cache_key::CacheKey;
use super::distribution::{Behavior, Distribution};
use super::flight::{Flights, Leader, Outcome, Turn};
use super::invalidation::{Follower, Log};
use super::origin::{Ask, Backend, Origin, OriginError};
use super::store::{Entry, MAX_BODY_BYTES, MAX_STORE_BYTES, Store};
use super::{error_page, read_distribution, respond};
use refill::Fetched;

/// How old the edge's copy of the distribution may be. CloudFront takes minutes to deploy a change.
const DISTRIBUTION_MAX_AGE: Duration = Duration::from_secs(2);
/// How many times a request waits for another request's fetch before it fetches by itself.
const MAX_TURNS: usize = 8;

/// A point of presence for one distribution.
pub(crate) struct Pop {
    client: Client,
    backend: Backend,
    pub(crate) clock: Clock,
    distribution: RwLock<Arc<Distribution>>,
    /// The time when the distribution was last read; locked while it is read again.
    read_at: Mutex<Instant>,
    follower: Follower,
    pub(crate) log: Log,
    pub(crate) store: Store,
    flights: Flights,
}

/// A request as it reaches the cache.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) distribution: Arc<Distribution>,
    /// The number of the behaviour that the viewer's path chose.
    pub(crate) behavior: usize,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
}

impl Pop {
    /// Creates a point of presence with an empty cache.
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

    /// Returns the distribution, which is read again from time to time. If that fails, the last known one stays in
    /// use.
    pub(crate) async fn distribution(&self) -> Arc<Distribution> {
        if let Ok(mut read_at) = self.read_at.try_lock()
            && read_at.elapsed() > DISTRIBUTION_MAX_AGE
        {
            let id = self.distribution.read().await.id.clone();
            match read_distribution::read(&self.client, &id).await {
                Ok(distribution) => *self.distribution.write().await = Arc::new(distribution),
                Err(error) => {
                    tracing::warn!(%error, "the distribution cannot be read again; the edge continues with the version that it read last")
                }
            }
            *read_at = Instant::now();
        }
        Arc::clone(&*self.distribution.read().await)
    }

    /// Answers a request from the cache or the origin.
    pub(crate) async fn get(self: &Arc<Self>, wanted: Wanted) -> Answer {
        let Some(behavior) = wanted.behavior() else {
            return Answer::refusal(
                StatusCode::BAD_GATEWAY,
                "The distribution has no behaviour for this path.",
            );
        };
        if wanted.method == Method::OPTIONS || behavior.ttl.max.is_zero() {
            return self.pass_on(&wanted).await;
        }
        if let Err(error) = self.follower.catch_up(&self.log).await {
            tracing::error!(%error, "the invalidations cannot be read, so nothing is answered from the cache");
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

    /// Returns the key's entry, unless it was invalidated since its fetch began.
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

    /// Tells whether a request should bypass the cache, because nothing is cached for it and filling the cache would
    /// cost more than it saves: HEAD, and ranges of objects too large to cache.
    async fn is_better_passed_on(&self, wanted: &Wanted) -> bool {
        if wanted.method == Method::HEAD {
            return true;
        }
        if !wanted.headers.contains_key(header::RANGE) {
            return false;
        }
        let behavior = wanted.behavior();
        if behavior.is_some_and(|behavior| matches!(behavior.origin, Origin::FunctionUrl(_))) {
            // The size is not known before the function has produced the object.
            return false;
        }
        let size = Ask {
            method: Method::HEAD,
            path: wanted.path.clone(),
            headers: wanted.forwarded(),
        };
        match self.ask(wanted, &size).await {
            Ok(response) => {
                length_of(response.headers()).is_some_and(|length| length > MAX_BODY_BYTES)
            }
            Err(_) => false,
        }
    }

    /// Asks the origin of the request's behaviour.
    pub(crate) async fn ask(
        &self,
        wanted: &Wanted,
        ask: &Ask,
    ) -> Result<Response<Body>, OriginError> {
        match wanted.behavior() {
            Some(behavior) => {
                behavior
                    .origin
                    .fetch(&self.backend, &wanted.distribution.arn, ask)
                    .await
            }
            None => Err(OriginError::Unreachable(
                "the distribution has no such behaviour".to_owned(),
            )),
        }
    }

    async fn pass_on(&self, wanted: &Wanted) -> Answer {
        let ask = Ask {
            method: wanted.method.clone(),
            path: wanted.path.clone(),
            headers: {
                let mut headers = wanted.forwarded();
                headers.extend(conditions(&wanted.headers));
                headers
            },
        };
        let response = self
            .ask(wanted, &ask)
            .await
            .unwrap_or_else(|error| no_answer(&error));
        Answer::new(response, XCache::Miss)
    }

    /// Fetches in a task of its own, so that the viewer may disconnect and followers still get the outcome.
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
                tracing::error!(%died, "a fetch from the origin panicked");
                Answer::refusal(StatusCode::BAD_GATEWAY, "The fetch from the origin failed.")
            }
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
    /// Returns the behaviour, which the distribution always has.
    pub(crate) fn behavior(&self) -> Option<&Behavior> {
        self.distribution.behavior_at(self.behavior)
    }

    /// Returns the headers that go to the origin because they are part of the cache key.
    pub(crate) fn forwarded(&self) -> HeaderMap {
        let behavior = self.behavior();
        behavior
            .map(|behavior| behavior.key.forwarded(&self.headers))
            .unwrap_or_default()
    }
}

/// Makes the viewer's answer if the origin gives none.
pub(crate) fn no_answer(error: &OriginError) -> Response<Body> {
    tracing::warn!(%error, "the origin did not answer");
    match error {
        OriginError::Timeout(_) => error_page::html(
            StatusCode::GATEWAY_TIMEOUT,
            "The origin did not answer in time.",
        ),
        OriginError::Unreachable(_) => {
            error_page::html(StatusCode::BAD_GATEWAY, "The origin did not answer.")
        }
    }
}

/// Returns the `Content-Length`, if there is one.
pub(crate) fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
