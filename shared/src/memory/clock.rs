//! A clock that stands still until a test moves it, with random numbers that repeat.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::ports::clock::Clock;

/// A clock; clones share it.
#[derive(Debug, Clone)]
pub struct MemoryClock(Arc<Mutex<(Timestamp, StdRng)>>);

impl MemoryClock {
    /// Creates a clock at 2026-01-01, with random numbers from this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        const NEW_YEAR: i64 = 1_767_225_600;
        let start = Timestamp::from_second(NEW_YEAR).unwrap_or(Timestamp::UNIX_EPOCH);
        Self(Arc::new(Mutex::new((start, StdRng::seed_from_u64(seed)))))
    }

    /// Moves the clock forward.
    pub fn advance(&self, seconds: u32) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += SignedDuration::from_secs(seconds.into());
    }

    /// Moves the clock off the whole second, where real times seldom are.
    pub fn advance_milliseconds(&self, milliseconds: u16) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += SignedDuration::from_millis(milliseconds.into());
    }
}

impl Clock for MemoryClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn random(&self) -> u128 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .random()
    }
}
