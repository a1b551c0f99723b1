//! In-memory implementations of every port, for tests.
//!
//! Every call passes through [`faults::Faults`], which can make it fail before or after its effect, or end the process
//! there. It also logs the call, so that a test can compare the calls of a function with those that it declares.

pub mod cdn;
pub mod clock;
pub mod faults;
pub mod jobs;
pub mod metrics;
pub mod queue;
pub mod signing;
pub mod store;
pub mod tokens;
