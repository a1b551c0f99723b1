//! Connects to the API.
//!
//! ```text
//! place: --local, --stack, --api ──▶ address, region, credentials
//! aws: S3, with the user's own credentials
//! viewer: what the CDN answers to everybody
//! api: one call ──▶ signer ──▶ wire ──▶ an answer, a problem, or patience: wait and try again
//! ```

pub mod api;
pub mod aws;
mod cloudformation;
mod find_stack_file;
mod patience;
pub mod place;
pub mod problem;
mod signer;
pub mod viewer;
mod wire;
