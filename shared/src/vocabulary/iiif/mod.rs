//! The IIIF Image API 3.0, level 2, as values: requests for an image, and their meaning for one image.
//!
//! ```text
//! {region}/{size}/{rotation}/{quality}.{format} ──▶ ImageRequest ──▶ resolve(dimensions, limits) ──▶ Resolved
//! dimensions, limits ──▶ Info (info.json)
//! ```
//!
//! Refuses, with advice on what to change, a malformed path, a region outside the image, an enlargement without `^`,
//! and a size beyond the limits. Does not deal with pixel data, buckets or apps.
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

/// The JSON-LD context of version 3. It is also the profile of the media type.
pub const CONTEXT: &str = "http://iiif.io/api/image/3/context.json";
