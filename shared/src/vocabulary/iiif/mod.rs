//! The IIIF Image API 3.0, level 2, as plain values: parsed requests, and what each means for one image.
//!
//! ```text
//! {region}/{size}/{rotation}/{quality}.{format} ──▶ ImageRequest ──▶ resolve(dimensions, limits) ──▶ Resolved
//! dimensions, limits ──▶ Info (info.json)
//! ```
//!
//! A request is refused, with a sentence that says what to change, if it is malformed, lies outside the image, would
//! enlarge the image without `^`, or exceeds the limits. This module knows nothing of pixel data, buckets or apps.
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

/// The JSON-LD context of version 3, which is also the profile parameter of its media type.
pub const CONTEXT: &str = "http://iiif.io/api/image/3/context.json";
