//! Counts in memory, which tests can read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ports::metrics::{Metric, Metrics};

/// Counts of events; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryMetrics(Arc<Mutex<BTreeMap<Metric, u32>>>);

impl MemoryMetrics {
    /// Returns the count of this metric.
    #[must_use]
    pub fn of(&self, metric: Metric) -> u32 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&metric)
            .copied()
            .unwrap_or(0)
    }
}

impl Metrics for MemoryMetrics {
    fn count(&self, metric: Metric) {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(metric)
            .or_default() += 1;
    }
}
