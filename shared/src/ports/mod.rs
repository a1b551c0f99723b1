//! Traits for everything outside the process. They are implemented in `aws`, and in `memory` for tests.

pub mod cdn;
pub mod clock;
pub mod jobs;
pub mod metrics;
pub mod queue;
pub mod store;
