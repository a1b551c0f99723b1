//! Allows one fetch per key at a time: later requests for the key wait for the first.
//!
//! The leader's outcome goes to all followers; if a leader ends without an outcome (its task died), they try
//! themselves. An answer that must not be cached is never shared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::cache_key::CacheKey;
use super::store::Entry;

/// The outcome of a fetch.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// The answer was cached; followers may use it if it is still valid for them.
    Kept(Arc<Entry>),
    /// The answer must not be shared: each follower fetches on its own, in parallel.
    NotShared,
}

type Underway = Arc<Mutex<HashMap<CacheKey, watch::Receiver<Option<Outcome>>>>>;

/// The fetches in progress.
#[derive(Debug, Default, Clone)]
pub(crate) struct Flights(Underway);

/// The right and duty to fetch a key; dropping it lets the next request try.
#[derive(Debug)]
pub(crate) struct Leader {
    flights: Flights,
    key: CacheKey,
    tell: watch::Sender<Option<Outcome>>,
}

/// The next step of a request that missed the cache.
#[derive(Debug)]
pub(crate) enum Turn {
    /// This request must fetch, then call [`Leader::land`].
    Lead(Leader),
    /// Another request fetched: its outcome, or `None` if it gave up without one.
    Followed(Option<Outcome>),
}

impl Flights {
    /// Joins the fetch of `key`, or starts one.
    pub(crate) async fn join(&self, key: &CacheKey) -> Turn {
        let mut heard = {
            let mut underway = self.lock();
            match underway.get(key) {
                Some(heard) => heard.clone(),
                None => {
                    let (tell, heard) = watch::channel(None);
                    underway.insert(key.clone(), heard);
                    return Turn::Lead(Leader {
                        flights: self.clone(),
                        key: key.clone(),
                        tell,
                    });
                }
            }
        };
        let landed = heard.wait_for(Option::is_some).await;
        Turn::Followed(landed.ok().and_then(|outcome| outcome.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CacheKey, watch::Receiver<Option<Outcome>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leader {
    /// Publishes the outcome. The key is freed before the followers are told, so that one of them may lead next.
    pub(crate) fn land(self, outcome: Outcome) {
        self.flights.lock().remove(&self.key);
        self.tell.send_replace(Some(outcome));
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if self.tell.borrow().is_none() {
            self.flights.lock().remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cache_key::{KeyParts, Selection};
    use super::*;

    fn key() -> CacheKey {
        let parts = KeyParts {
            queries: Selection::None,
            cookies: Selection::None,
            headers: Vec::new(),
        };
        CacheKey::new(0, &parts, "/a", None, &http::HeaderMap::new())
    }

    #[tokio::test]
    async fn followers_hear_the_outcome_and_a_lost_leader_frees_them() {
        let flights = Flights::default();
        let Turn::Lead(leader) = flights.join(&key()).await else {
            unreachable!("nobody leads yet")
        };
        let wanted = key();
        let (followed, ()) = tokio::join!(flights.join(&wanted), async {
            leader.land(Outcome::NotShared)
        });
        assert!(matches!(followed, Turn::Followed(Some(Outcome::NotShared))));

        let Turn::Lead(lost) = flights.join(&key()).await else {
            unreachable!("the key is free again")
        };
        let (followed, ()) = tokio::join!(flights.join(&wanted), async { drop(lost) });
        assert!(matches!(followed, Turn::Followed(None)));
        assert!(matches!(flights.join(&key()).await, Turn::Lead(_)));
    }
}
