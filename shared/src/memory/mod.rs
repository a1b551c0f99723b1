//! In-memory implementations of every port, for tests.
//!
//! Every call passes [`faults::Faults`], which can make it fail before or after its effect, or end the process
//! there; and is written down, so that what a function really calls can be held against what it declares.

pub mod cdn;
pub mod clock;
pub mod faults;
pub mod jobs;
pub mod metrics;
pub mod queue;
pub mod signing;
pub mod store;
pub mod tokens;
