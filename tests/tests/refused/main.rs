//! Files that are not accepted, through the deployed stack: each is told why, nothing of it is delivered, and the
//! function that judged it lives on.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod each_reason;
mod harmed;
