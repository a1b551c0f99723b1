//! The wiring of a function that takes orders.

use super::orders::Orders;
use crate::platform::config::{ConfigError, Reader};
use crate::platform::records::Records;
use crate::ports::Platform;
use crate::ports::buckets::Buckets;
use crate::vocabulary::keys::Bucket;
use crate::vocabulary::operation::Grace;

/// The configuration of such a function, from its environment.
#[derive(Debug)]
pub struct OrdersConfig {
    buckets: Buckets,
    operations_queue_url: String,
    grace: Grace,
}

impl OrdersConfig {
    /// Reads `RECORDS_BUCKET`, `OPERATIONS_QUEUE_URL` and the two grace periods.
    ///
    /// # Errors
    /// [`ConfigError`] with everything that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::read_with(lookup, &[Bucket::Records])
    }

    /// Reads the same, and `WORK_BUCKET`, for a function that takes captions.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_for_captions(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::read_with(lookup, &[Bucket::Records, Bucket::Work])
    }

    fn read_with(
        lookup: &dyn Fn(&str) -> Option<String>,
        buckets: &[Bucket],
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(buckets),
            operations_queue_url: reader.text("OPERATIONS_QUEUE_URL"),
            grace: reader.grace(),
        };
        reader.finish(config)
    }

    /// Connects the orders to the platform.
    #[must_use]
    pub fn orders(self, platform: &impl Platform) -> Orders {
        let (store, clock) = (platform.store(self.buckets), platform.clock());
        Orders {
            records: Records::new(store.clone(), clock.clone()),
            store,
            clock,
            operations: platform.queue(&self.operations_queue_url),
            grace: self.grace,
        }
    }
}
