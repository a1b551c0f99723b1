//! Tests the program `dozo` as it is run: before a fake API, and before a fake platform with S3.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod captions;
mod commands;
mod connecting;
mod exporting;
mod fake;
mod hostile;
mod importing;
mod platform;
mod retrying;
mod uploading;
mod webhooks;
