//! Fetches one answer into the cache: asks the origin, and caches what may be cached.
//!
//! A stale answer is requested again with its validator: 304 makes it fresh again, and while the origin answers 5xx
//! it may be used instead.

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, HeaderName, Method, Response, StatusCode, header};

use super::super::answer::XCache;
use super::super::cache_key::CacheKey;
use super::super::freshness::{self, Keep};
use super::super::invalidation::tags_of;
use super::super::origin::{Ask, OriginError};
use super::super::store::{Entry, MAX_BODY_BYTES};
use super::{Pop, Wanted, length_of, no_answer};

/// The headers of a cached answer that a 304 may change (RFC 9111, section 3.2, without those that describe the
/// body).
const REFRESHED: [HeaderName; 5] = [
    header::CACHE_CONTROL,
    header::DATE,
    header::ETAG,
    header::EXPIRES,
    header::LAST_MODIFIED,
];

/// The result of a fetch.
pub(crate) enum Fetched {
    /// A whole answer, which is cached if it may be.
    Kept(Arc<Entry>, XCache),
    /// An answer for this viewer only.
    PassedOn(Response<Body>),
}

impl Pop {
    /// Fetches the answer of a key; `stale` is the cached answer, if there is one.
    pub(crate) async fn refill(
        &self,
        wanted: &Wanted,
        key: &CacheKey,
        stale: Option<Arc<Entry>>,
    ) -> Fetched {
        // Both are taken before the fetch: an answer's age counts from the request, and anything invalidated from now
        // on is newer than the answer.
        let known_invalidations = self.log.known();
        let now = (self.clock)();
        let mut headers = wanted.forwarded();
        headers.extend(stale.as_deref().map(validators_of).unwrap_or_default());
        let ask = Ask {
            method: Method::GET,
            path: wanted.path.clone(),
            headers,
        };
        let response = self
            .ask(wanted, &ask)
            .await
            .unwrap_or_else(|error| no_answer(&error));
        let status = response.status();
        if let Some(stale) = stale {
            if status == StatusCode::NOT_MODIFIED {
                let mut entry = Entry::clone(&stale);
                for name in &REFRESHED {
                    if let Some(value) = response.headers().get(name) {
                        entry.headers.insert(name, value.clone());
                    }
                }
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
                    "the body does not have the length that its header states".to_owned(),
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

    /// Caches an answer for as long as its own headers allow.
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
}

/// Returns the validators that let the origin answer 304.
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
    // An error has no version to compare with.
    let validator = etag
        .or_else(date)
        .filter(|_| entry.status == StatusCode::OK);
    validator.into_iter().collect()
}
