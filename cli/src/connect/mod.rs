//! Connects to the API.
//!
//! ```text
//! place: --local, --stack, --api ──▶ address, region, credentials
//! api: one call ──▶ signer ──▶ wire ──▶ answer, problem, or patience and another try
//! ```

pub mod api;
mod cloudformation;
mod patience;
pub mod place;
pub mod problem;
mod signer;
mod stack_file;
mod wire;
