//! A queue in memory, which keeps the sent messages and the requested waits.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::memory::faults::Faults;
use crate::ports::queue::{COUNT, DELAY, Outbox, Queue, QueueError, SEND};

/// A queue; clones share it.
#[derive(Debug, Clone)]
pub struct MemoryQueue {
    name: &'static str,
    inner: Arc<Mutex<Inner>>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Inner {
    waits: Vec<(String, u32)>,
    sent: Vec<Sent>,
    backlog: u64,
}

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The group of the message, which is or begins with the app whose media it is about.
    pub group: String,
    /// The text of the message.
    pub body: String,
    /// The delay until it can be received, in seconds.
    pub delay_seconds: u32,
}

impl MemoryQueue {
    /// Creates a queue; its name is the template's logical id.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            inner: Arc::default(),
            faults: Faults::none(),
        }
    }

    /// Returns the same queue, seen through the faults of a process.
    #[must_use]
    pub fn seen_by(&self, faults: &Faults) -> Self {
        Self {
            faults: faults.clone(),
            ..self.clone()
        }
    }

    /// Returns the waits requested so far, as receipt and seconds.
    #[must_use]
    pub fn waits(&self) -> Vec<(String, u32)> {
        self.with(|inner| inner.waits.clone())
    }

    /// Removes and returns the waits requested so far.
    #[must_use]
    pub fn take_waits(&self) -> Vec<(String, u32)> {
        self.with(|inner| std::mem::take(&mut inner.waits))
    }

    /// Removes and returns the sent messages, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<Sent> {
        self.with(|inner| std::mem::take(&mut inner.sent))
    }

    /// Makes the queue say that this many messages wait besides those that [`Self::take`] would return.
    pub fn fill(&self, messages: u64) {
        self.with(|inner| inner.backlog = messages);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn delay(&self, receipt: &str, seconds: u32) -> Result<(), QueueError> {
        let fate = self.faults.pass(DELAY, || self.name.to_owned());
        if fate.acts {
            self.with(|inner| inner.waits.push((receipt.to_owned(), seconds)));
        }
        answer(fate.answers)
    }

    async fn waiting(&self) -> Result<u64, QueueError> {
        let fate = self.faults.pass(COUNT, || self.name.to_owned());
        answer(fate.answers)?;
        let count =
            |inner: &mut Inner| inner.backlog + u64::try_from(inner.sent.len()).unwrap_or(0);
        Ok(self.with(count))
    }
}

#[async_trait]
impl Outbox for MemoryQueue {
    async fn send_in_group(
        &self,
        group: &str,
        body: &str,
        delay_seconds: u32,
    ) -> Result<(), QueueError> {
        let fate = self.faults.pass(SEND, || self.name.to_owned());
        if fate.acts {
            let sent = Sent {
                group: group.to_owned(),
                body: body.to_owned(),
                delay_seconds,
            };
            self.with(|inner| inner.sent.push(sent));
        }
        answer(fate.answers)
    }
}

fn answer(arrives: bool) -> Result<(), QueueError> {
    if arrives {
        Ok(())
    } else {
        Err(QueueError("a fault of the test".into()))
    }
}
