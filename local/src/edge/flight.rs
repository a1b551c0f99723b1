//! One fetch per key at a time: who comes second waits for the first.
//!
//! The leader's outcome is told to all followers; a leader that ends without a word (its task died)
//! frees them to try themselves. An answer that may not be kept is never shared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::cache_key::CacheKey;
use super::store::Entry;

/// What became of a fetch.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Kept; followers may use it if it is still good for them.
    Kept(Arc<Entry>),
    /// Not to be shared: each fetches on its own, side by side.
    NotShared,
}

type Underway = Arc<Mutex<HashMap<CacheKey, watch::Receiver<Option<Outcome>>>>>;

/// The fetches under way.
#[derive(Debug, Default, Clone)]
pub(crate) struct Flights(Underway);

/// The duty to fetch a key; dropping it lets the next one try.
#[derive(Debug)]
pub(crate) struct Leader {
    flights: Flights,
    key: CacheKey,
    tell: watch::Sender<Option<Outcome>>,
}

/// What a request that missed does next.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Fetch, then [`Leader::land`].
    Lead(Leader),
    /// Another fetched: its outcome, or `None` if it gave up without one.
    Followed(Option<Outcome>),
}

impl Flights {
    /// Joins the fetch of `key`, or begins one.
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
    /// Tells the outcome. The key is free before anyone hears, so that a follower may lead next.
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
