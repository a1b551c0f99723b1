//! The wiring of a function that takes orders. It makes no calls beyond those of its adapters.

use std::sync::Arc;

use aws_config::SdkConfig;

use super::s3::{BucketNames, S3Store};
use super::sqs::SqsQueue;
use crate::platform::config::{ConfigError, Reader};
use crate::platform::records::Records;
use crate::ports::clock::SystemClock;
use crate::stages::operate::orders::Orders;
use crate::vocabulary::keys::Bucket;
use crate::vocabulary::operation::Grace;

/// The configuration of such a function, from its environment.
#[derive(Debug)]
pub struct OrdersConfig {
    records_bucket: String,
    operations_queue_url: String,
    grace: Grace,
}

impl OrdersConfig {
    /// Reads `RECORDS_BUCKET`, `OPERATIONS_QUEUE_URL` and the two grace periods.
    ///
    /// # Errors
    /// [`ConfigError`] with everything that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            records_bucket: reader.text("RECORDS_BUCKET"),
            operations_queue_url: reader.text("OPERATIONS_QUEUE_URL"),
            grace: reader.grace(),
        };
        reader.finish(config)
    }

    /// Connects the orders to AWS.
    #[must_use]
    pub fn orders(self, sdk: &SdkConfig) -> Orders {
        let buckets = BucketNames::default().with(Bucket::Records, &self.records_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let clock = Arc::new(SystemClock);
        Orders {
            records: Records::new(store.clone(), clock.clone()),
            store,
            clock,
            operations: Arc::new(SqsQueue::new(sdk, &self.operations_queue_url)),
            grace: self.grace,
        }
    }
}
