//! Traits for everything outside of the process. The adapters are in `aws`, and in `memory` for tests.

pub mod cdn;
pub mod clock;
pub mod jobs;
pub mod metrics;
pub mod queue;
pub mod store;
