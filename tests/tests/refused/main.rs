//! Tests files that are not accepted, through the deployed stack: each gets its reason, nothing of it is delivered, and
//! the function that judged it goes on.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod each_reason;
mod harmed;
