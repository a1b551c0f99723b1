//! The stages of the platform's work, in the order in which a file meets them. A stage is given its ports, and decides
//! by the record.

// Uploads are granted.
pub mod issue;
pub mod policy;
pub mod register;
pub mod usage;

// Uploads are validated.
pub mod judge;
pub mod settle;
pub mod sniff;

// Documents and films are made into what viewers fetch.
pub mod split;
pub mod transcode;

// Media are delivered.
pub mod derived;
pub mod grant;
pub mod progress;
pub mod publish;
pub mod render;
pub mod show;

// Media are withdrawn, and come back.
pub mod invalidate;
pub mod operate;

// Work is given up.
pub mod failure;
pub mod unclaimed;
