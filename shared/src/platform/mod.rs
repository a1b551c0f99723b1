//! Code that all functions share, whatever their stage: errors and their consequences, batches of messages, HTTP calls,
//! configuration, logs, and the records of the database.

pub mod batch;
pub(crate) mod body;
pub mod cloud_event;
pub mod config;
pub mod digest;
pub mod ending;
pub mod error;
pub mod http;
pub mod json;
pub mod lease;
pub mod log;
pub mod mark;
pub mod problem;
pub mod records;
