//! Tests suspending, restoring, moving, deleting and retrying in memory: with a fault at any call, at any moment of any
//! stage, in any order.
//!
//! The handlers are the real ones. Viewers fetch all the time, so that the CDN has cached everything that it can.

mod any_schedule;
mod blocked;
mod bulk;
mod deletion;
mod earlier;
mod faults;
mod moments;
mod once;
mod paid;
mod scene;
mod stages;
mod whole;
