//! Tests that need no running stack: the real handlers on in-memory ports, the real engines, and the template as text.

mod avifs;
mod burst;
mod changed_presets;
mod events;
mod faults;
mod flood;
mod focal_points;
mod formats;
mod heic;
mod hostile;
mod layers;
mod mutated_images;
mod operations;
mod pdfs;
mod posters;
mod quotas;
mod redelivery;
mod rendering;
mod roles;
mod scale;
mod schedules;
mod sweeping;
mod template;
mod transcoding;
