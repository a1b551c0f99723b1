//! A queue that remembers which waits were asked of it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::memory::faults::Faults;
use crate::queue::{COME_AGAIN, Queue, QueueError};

/// A queue; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueue {
    waits: Arc<Mutex<Vec<(String, u32)>>>,
    faults: Faults,
}

impl MemoryQueue {
    /// A queue, through the faults of a process.
    #[must_use]
    pub fn seen_by(faults: &Faults) -> Self {
        Self {
            waits: Arc::default(),
            faults: faults.clone(),
        }
    }

    /// The waits asked for so far: receipt and seconds.
    #[must_use]
    pub fn waits(&self) -> Vec<(String, u32)> {
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueError> {
        let fate = self.faults.pass(COME_AGAIN, || "queue".to_owned());
        if fate.acts {
            let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
            waits.push((receipt.to_owned(), seconds));
        }
        if fate.answers {
            Ok(())
        } else {
            Err(QueueError("a fault of the test".into()))
        }
    }
}
