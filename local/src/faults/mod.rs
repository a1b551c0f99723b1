//! Faults on the wire: a proxy between clients of the emulator and the emulator, which strikes some of the calls.
//!
//! ```text
//! functions, uploaders ──▶ connection ──▶ proxy ── plan: is this call struck, and how? ──▶ the emulator
//!                                           └── refusal: throttled or broken, in the service's own words
//! ```
//!
//! Whoever is to meet faults is pointed here by `AWS_ENDPOINT_URL_S3`, `…_SQS` and `…_STS`, which go before the
//! `AWS_ENDPOINT_URL` that the emulator gives its functions. The `Host` header is passed on as it came, so SigV4 signatures
//! stay valid. For tests; nothing of it is in a stack that `make run` starts. Refuses bodies beyond 64 MiB: they
//! are held in memory, so that a call is either made whole or not at all.

mod connection;
pub mod plan;
mod proxy;
mod refusal;

pub use proxy::{Proxy, start};
