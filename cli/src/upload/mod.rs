//! Uploads files in the same way as any client: one grant for the declared files, then straight to S3 with its
//! credentials.
//!
//! ```text
//! sources: check all files ──▶ ticket: ask the API for a grant ──▶ put: whole, or in parts ──▶ verdict: wait for it
//! ```

pub mod meter;
pub mod put;
pub mod source;
pub mod ticket;
pub mod verdict;
