//! A proxy between the emulator and its clients that makes some of the calls fail.
//!
//! ```text
//! functions, uploaders ──▶ connection ──▶ proxy ── plan: does this call fail, and how? ──▶ the emulator
//!                                           └── refusal: throttling or a failure, as the service's own error
//! ```
//!
//! Clients that shall meet faults are pointed here by `AWS_ENDPOINT_URL_S3`, `…_SQS` and `…_STS`, which take
//! precedence over the `AWS_ENDPOINT_URL` that the emulator gives its functions. The `Host` header is passed on
//! unchanged, so SigV4 signatures stay valid. The proxy is for tests; a stack started by `make run` does not contain
//! it. Bodies beyond 64 MiB are refused: they are held in memory, so that a call is either made as a whole or not at
//! all.

mod connection;
pub mod plan;
mod proxy;
mod refusal;

pub use proxy::{Proxy, start};
