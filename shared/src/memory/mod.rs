//! In-memory implementations of every port, for tests.
//!
//! Every call goes through [`faults::Faults`], which can make it fail before or after its effect, or end the process
//! there. Calls are also logged, so that a test can compare a function's real calls with its declared ones.

pub mod bus;
pub mod cdn;
pub mod clock;
pub mod faults;
pub mod jobs;
pub mod metrics;
pub mod queue;
pub mod signing;
pub mod store;
pub mod tokens;
pub mod web;
