//! An event bus in memory, which keeps what it was given.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::memory::faults::Faults;
use crate::ports::bus::{Bus, BusError, Notice, PUBLISH};

/// An event bus; clones share what was published.
#[derive(Debug, Clone, Default)]
pub struct MemoryBus {
    published: Arc<Mutex<Vec<Notice>>>,
    faults: Faults,
}

impl MemoryBus {
    /// Returns the same bus, seen through the faults of a process.
    #[must_use]
    pub fn seen_by(&self, faults: &Faults) -> Self {
        Self {
            published: self.published.clone(),
            faults: faults.clone(),
        }
    }

    /// Returns what was published, oldest first. What was published twice is there twice.
    #[must_use]
    pub fn published(&self) -> Vec<Notice> {
        self.with(|published| published.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Notice>) -> T) -> T {
        act(&mut self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, notice: &Notice) -> Result<(), BusError> {
        let fate = self.faults.pass(PUBLISH, || "EventBus".to_owned());
        if fate.acts {
            self.with(|published| published.push(notice.clone()));
        }
        if fate.answers {
            Ok(())
        } else {
            Err(BusError("a fault of the test".into()))
        }
    }
}
