//! The library of Dozo: everything that is not wiring.
//!
//! Its folders are layers, from the bottom up. A file imports from its own layer or from one below, never from one above.
//!
//! | folder         | what is in it                                                                             |
//! |----------------|-------------------------------------------------------------------------------------------|
//! | [`vocabulary`] | values: ids, keys, kinds, states, records, messages, what a path or a registration may say |
//! | [`ports`]      | traits for what lies outside: object store, queues, CDN, jobs, clock, metrics             |
//! | [`platform`]   | what every function stands on: errors, batches, HTTP, configuration, records              |
//! | [`stages`]     | the work: one folder or file for each thing that the platform does                        |
//! | `aws`          | the ports as AWS's services; behind the feature of the same name                          |
//! | `memory`       | the ports in memory, with faults on demand; behind the feature of the same name           |
//!
//! How a file goes through the stages:
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
//! Nothing but `aws` knows a type of an SDK.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod platform;
pub mod ports;
pub mod stages;
pub mod vocabulary;
