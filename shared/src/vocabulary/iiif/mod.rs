//! The IIIF Image API 3.0, level 2, as values: what a path asks of an image, and what comes of it for one image.
//!
//! ```text
//! {region}/{size}/{rotation}/{quality}.{format} ──▶ ImageRequest ──▶ resolve(dimensions, limits) ──▶ Resolved
//! dimensions, limits ──▶ Info (info.json)
//! ```
//!
//! Refuses, with what to change: what is no such path, what lies outside the image, what would be enlarged without
//! being asked for with `^`, what is larger than the limits. Knows no pixel, no bucket and no app.
//! <https://iiif.io/api/image/3.0/>

mod decimal;
mod format;
mod info;
mod limits;
mod quality;
mod refused;
mod region;
mod request;
mod resolve;
mod rotation;
mod size;

pub use decimal::Decimal;
pub use format::OutputFormat;
pub use info::{Info, LEVEL_0, LEVEL_2};
pub use limits::{Dimensions, SizeLimits};
pub use quality::Quality;
pub use refused::Refused;
pub use region::{Crop, Region};
pub use request::ImageRequest;
pub use resolve::Resolved;
pub use rotation::{Rotation, Turn};
pub use size::{Scale, Size};

/// The JSON-LD context of version 3, which is also the profile of its media type.
pub const CONTEXT: &str = "http://iiif.io/api/image/3/context.json";
