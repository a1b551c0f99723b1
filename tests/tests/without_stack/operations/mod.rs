//! Tests suspending, restoring, moving, deleting and retrying in memory: with a fault at any call, and at any moment of any
//! stage. Any order of them is tested in `schedules`.
//!
//! The handlers are the real ones. Viewers fetch all the time, so that the CDN has cached everything that it can.

mod blocked;
mod bulk;
mod captions;
mod deletion;
mod earlier;
mod faults;
mod late;
mod moments;
mod once;
mod paid;
pub(crate) mod scene;
mod stages;
mod whole;
