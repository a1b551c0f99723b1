//! The library of Dozo: everything except the wiring of the functions.
//!
//! Its folders are layers, from the bottom up. A file imports from its own layer or from a lower one, never from a
//! higher one.
//!
//! | folder         | what is in it                                                                             |
//! |----------------|-------------------------------------------------------------------------------------------|
//! | [`vocabulary`] | values: ids, keys, kinds, states, records, messages, and the grammar of paths             |
//! | [`ports`]      | traits for everything outside: object store, queues, CDN, jobs, clock, metrics            |
//! | [`platform`]   | code that all functions share: errors, batches, HTTP, configuration, records              |
//! | [`stages`]     | the work: one folder or file for each task of the platform                                |
//! | `aws`          | the ports implemented on AWS; behind the feature of the same name                         |
//! | `memory`       | the ports implemented in memory, with planned faults; behind the feature of the same name |
//!
//! This is how a file goes through the stages:
//!
//! ```text
//! app ──▶ issue ──▶ credentials for one prefix of UPLOAD
//! app ──▶ intake ─▶ UPLOAD                                copies, and files from addresses
//! UPLOAD ──▶ notification ──▶ settle ─┬─ judge ─▶ rejected: a reason on the record
//!                                     ├─ publish ─▶ DELIVERY ──▶ viewers
//!                                     └─ order ─▶ the stage of its kind
//! PDFs ──▶ split ──▶ pages, texts, a manifest ──▶ DELIVERY ──▶ viewers
//! audio, video ──▶ transcode ─┬─ engine ─▶ HLS, one file, a poster ──▶ DELIVERY ──▶ viewers
//!                             └─ service ─▶ a job ─▶ WORK ─▶ the same
//! dead letters ──▶ failure ──▶ failed: the reason and the message on the record
//! viewers ──▶ iiif, preset ──▶ render ──▶ the image in any size
//! app ──▶ show
//! records ──▶ notification ─┬─ announce ──▶ event bus, webhooks     ready, rejected, suspended, …
//!                           └─ index ──▶ lists
//! app ──▶ grant ──▶ a signature for one private media ──▶ viewers
//! admin ──▶ operate ─┬─ carry ─▶ DELIVERY ◀─▶ BACKUP     suspend, restore, move, delete
//!                    ├─ invalidate ─▶ CDN
//!                    └─▶ the stage that failed           retry
//! ```
//!
//! Only `aws` uses types of the AWS SDK.

#![cfg_attr(
    test,
    allow(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod platform;
pub mod ports;
pub mod stages;
pub mod vocabulary;
