//! The master secret of webhooks, in memory.

use async_trait::async_trait;

use crate::memory::faults::Faults;
use crate::ports::master::{Master, MasterError, MasterSource, READ_MASTER};

/// The secret `WebhookSecret`.
#[derive(Debug, Clone)]
pub struct MemoryMaster {
    faults: Faults,
}

impl MemoryMaster {
    /// Creates the secret, seen through the faults of a process.
    #[must_use]
    pub fn new(faults: &Faults) -> Self {
        Self {
            faults: faults.clone(),
        }
    }
}

#[async_trait]
impl MasterSource for MemoryMaster {
    async fn read(&self) -> Result<Master, MasterError> {
        let fate = self.faults.pass(READ_MASTER, || "WebhookSecret".to_owned());
        if fate.answers {
            Master::new("a master secret that only the tests know")
        } else {
            Err(MasterError("a fault of the test".into()))
        }
    }
}
