//! What every function stands on, whatever its stage is: errors and what to do about them, batches of messages, HTTP calls,
//! configuration, logs, and the database's records.

pub mod batch;
pub(crate) mod body;
pub mod config;
pub mod error;
pub mod http;
pub mod lease;
pub mod log;
pub mod mark;
pub mod problem;
pub mod records;
