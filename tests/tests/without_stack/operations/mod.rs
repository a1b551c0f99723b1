//! Tests suspending, restoring, moving, deleting and retrying in memory: with a fault at any call, and at any moment of any
//! stage. Any order of them is tested in `schedules`.
//!
//! The handlers are the real ones. Viewers fetch all the time, so that the CDN has cached everything that it can.

mod bulk;
mod deletion;
mod faults;
mod moments;
pub(crate) mod scene;
mod stages;
mod whole;
