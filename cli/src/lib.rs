//! `dozo`, the command line: what admins and app developers do by hand, through the same API that every client uses.
//!
//! ```text
//! args ──▶ commands ──▶ connect: finds the API and credentials, signs, tries again ──▶ the API
//!              │    ├─▶ upload: one grant, then straight to S3 with its credentials, then the verdict
//!              │    └─▶ bulk: many objects between S3 and the platform, noted one by one, so that a second run goes on
//!              └──────▶ say: sentences, tables, JSON; text of strangers never reaches the terminal raw
//! ```
//!
//! It knows no more than the API tells, and has no rules of its own: the API refuses what is wrong. Answers are read
//! leniently, so that an older client works with a newer platform.

#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

pub mod args;
pub mod bulk;
pub mod commands;
pub mod failure;

pub mod answer;
pub mod media;
pub mod span;

pub mod connect;
pub mod say;
pub mod upload;
