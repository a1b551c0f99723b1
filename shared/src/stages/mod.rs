//! The stages of the platform's work, in the order in which a file meets them. A stage is given its ports, and decides
//! by the record.

// Granting uploads, and bringing files that no uploader brings.
pub mod intake;
pub mod issue;
pub mod policy;
pub mod register;
pub mod usage;

// Validating uploads.
pub mod flood;
pub mod settle;
pub mod sniff;

// Processing documents, audio and video.
pub mod captions;
pub mod split;
pub mod transcode;
pub mod tries;

// Delivering media.
pub mod derived;
pub mod describe;
pub mod focus;
pub mod grant;
pub mod original;
mod placeholder;
pub mod poster;
pub mod progress;
pub mod render;
pub mod show;
pub mod thumbs;
pub(crate) mod watermark;

// Withdrawing and restoring media.
pub mod blocked;
pub mod invalidate;
pub mod operate;

// Telling apps.
pub mod announce;
pub mod index;
pub mod stored;
pub mod webhooks;

// Recording work that was given up, and finding work that was lost.
pub mod failure;
pub mod stale;
pub mod sweep;
pub mod unclaimed;
