//! The library of Dozo: everything that is not wiring.
//!
//! ```text
//! app ──▶ issue ──▶ credentials for one prefix of UPLOAD
//! UPLOAD ──▶ notification ──▶ settle ─┬─ judge ─▶ rejected: a reason on the record
//!                                     ├─ publish ─▶ DELIVERY ──▶ viewers
//!                                     └─ handover ─▶ the stage of its kind
//! PDFs ──▶ split ──▶ pages, texts, a manifest ──▶ DELIVERY ──▶ viewers
//! audio, video ──▶ transcode ─┬─ engine ─▶ HLS, one file, a poster ──▶ DELIVERY ──▶ viewers
//!                             └─ service ─▶ a job ─▶ WORK ─▶ the same
//! dead letters ──▶ failure ──▶ failed: the reason and the message on the record
//! viewers ──▶ iiif, preset ──▶ render ──▶ any size of it
//! app ──▶ show
//! app ──▶ grant ──▶ a signature for one private media ──▶ viewers
//! admin ──▶ operate ─┬─ carry ─▶ DELIVERY ◀─▶ BACKUP     suspend, restore, move, delete
//!                    ├─ invalidate ─▶ CDN
//!                    └─▶ the stage that failed           retry
//! ```
//!
//! The domain knows no SDK type; the adapters are in `aws`, behind the feature of the same name.

// The vocabulary.
pub mod app;
pub mod error;
pub mod keys;
pub mod kind;
pub mod names;
pub mod operation;
pub mod page;
pub mod preset;
pub mod problem;
pub mod record;
pub mod rejection;
pub mod state;
pub mod streams;

// Come in.
pub mod issue;
pub mod policy;
pub mod register;

// Validate.
pub mod handover;
pub mod judge;
pub mod notification;
pub mod settle;
pub mod sniff;
pub mod usage;

// Transform.
pub mod split;
pub mod transcode;

// Deliver.
pub mod derived;
pub mod grant;
pub mod iiif;
pub mod progress;
pub mod publish;
pub mod render;
pub mod show;

// Withdraw.
pub mod invalidate;
pub mod operate;

// Fail.
pub mod failure;
pub mod mark;
pub mod unclaimed;

// Seams: the ports, and what every function stands on.
pub mod access;
#[cfg(feature = "aws")]
pub mod aws;
pub mod batch;
mod body;
pub mod cdn;
pub mod clock;
pub mod config;
pub mod http;
pub mod lease;
pub mod log;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod metrics;
pub mod queue;
pub mod records;
pub mod store;
