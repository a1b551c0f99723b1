//! Traits for everything outside the process. They are implemented in `aws`, and in `memory` for tests.
//!
//! [`Platform`] hands out all of them, so that tests wire a function in the same way as Lambda.

use std::sync::Arc;

use buckets::Buckets;
use bus::Bus;
use cdn::Cdn;
use clock::Clock;
use jobs::{JobService, JobTarget};
use master::MasterSource;
use metrics::Metrics;
use parts::Parts;
use queue::Queue;
use signing::KeyRing;
use store::ObjectStore;
use tokens::{KeySource, TokenService, UploadTarget};
use web::Web;

use crate::vocabulary::web_address::Reach;

pub mod buckets;
pub mod bus;
pub mod cdn;
pub mod clock;
pub mod jobs;
pub mod master;
pub mod metrics;
pub mod parts;
pub mod queue;
pub mod signing;
pub mod store;
pub mod tokens;
pub mod web;

/// Everything outside that a function is wired to. A function uses it by its type, not as `dyn Platform`, so that a
/// binary contains only the clients of the services that its function asks for.
pub trait Platform {
    /// Returns the clock.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Returns the metrics, counted for the stack.
    fn metrics(&self) -> Arc<dyn Metrics>;

    /// Returns the object store with these buckets.
    fn store(&self, buckets: Buckets) -> Arc<dyn ObjectStore>;

    /// Returns the same store, for objects that are put in parts.
    fn parts(&self, buckets: Buckets) -> Arc<dyn Parts>;

    /// Returns the queue at this URL.
    fn queue(&self, url: &str) -> Arc<dyn Queue>;

    /// Returns the event bus with this name.
    fn bus(&self, name: &str) -> Arc<dyn Bus>;

    /// Returns the CDN's distribution with this id.
    fn cdn(&self, distribution: &str) -> Arc<dyn Cdn>;

    /// Returns the service that transcodes, whose jobs use these resources.
    fn jobs(&self, target: JobTarget) -> Arc<dyn JobService>;

    /// Returns the place that uploads go to, in the bucket with this name.
    fn upload_target(&self, bucket: &str) -> UploadTarget;

    /// Returns the service that issues credentials for uploads into the bucket with this name.
    fn tokens(&self, bucket: &str) -> Arc<dyn TokenService>;

    /// Returns the secret with the token user's key.
    fn token_key(&self, secret: &str) -> Arc<dyn KeySource>;

    /// Returns the secret that the secrets of webhooks are derived from.
    fn webhook_master(&self, secret: &str) -> Arc<dyn MasterSource>;

    /// Returns the secret with the key that signs grants.
    fn signing_keys(&self, secret: &str) -> Arc<dyn KeyRing>;

    /// Returns the client of other people's servers, which calls those in `reach`.
    fn web(&self, reach: Reach) -> Arc<dyn Web>;
}
