//! Uploads files in the same way as any client: one grant for the declared files, then straight to S3 with its
//! credentials.
//!
//! ```text
//! sources: checked, all faults at once ──▶ ticket: asked of the API ──▶ put: whole, or in parts ──▶ verdict: awaited
//! ```

pub mod meter;
pub mod put;
pub mod source;
pub mod ticket;
pub mod verdict;
