//! What a viewer may ask of an image: `info.json` (section 5).

use serde::Serialize;

use super::CONTEXT;
use super::format::OutputFormat;
use super::limits::{Dimensions, SizeLimits};

/// Everything that [`super::ImageRequest`] can say.
pub const LEVEL_2: &str = "level2";

/// Only the sizes that are listed.
pub const LEVEL_0: &str = "level0";

/// A tile's width and height, in pixels. Each tile reads the image anew, so fewer and larger ones cost less.
const TILE: u32 = 1_024;

/// The smallest size that is listed has at least this many pixels on its longer side.
const SMALLEST: u32 = 100;

/// The document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    #[serde(rename = "@context")]
    context: &'static str,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    protocol: &'static str,
    profile: &'static str,
    width: u32,
    height: u32,
    max_width: u32,
    max_height: u32,
    max_area: u64,
    sizes: Vec<ListedSize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tiles: Vec<Tiles>,
    preferred_formats: &'static [&'static str],
    extra_formats: Vec<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    extra_qualities: &'static [&'static str],
    extra_features: &'static [&'static str],
}

/// A size that is preferred, and given even when only listed sizes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct ListedSize {
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tiles {
    width: u32,
    scale_factors: Vec<u32>,
}

impl Info {
    /// Of an image with this base URI and upright dimensions. `sizes_only`: nothing but the listed sizes is given.
    #[must_use]
    pub fn new(id: String, image: Dimensions, limits: SizeLimits, sizes_only: bool) -> Self {
        Self {
            context: CONTEXT,
            id,
            kind: "ImageService3",
            protocol: "http://iiif.io/api/image",
            profile: if sizes_only { LEVEL_0 } else { LEVEL_2 },
            width: image.width,
            height: image.height,
            max_width: limits.max_width,
            max_height: limits.max_height,
            max_area: limits.max_area,
            sizes: Self::sizes(image, limits)
                .into_iter()
                .map(|Dimensions { width, height }| ListedSize { width, height })
                .collect(),
            tiles: if sizes_only {
                Vec::new()
            } else {
                vec![tiles(image)]
            },
            preferred_formats: &["webp", "jpg"],
            extra_formats: extra_formats(if sizes_only { LEVEL_0 } else { LEVEL_2 }),
            extra_qualities: if sizes_only {
                &[]
            } else {
                &["color", "gray", "bitonal"]
            },
            extra_features: if sizes_only {
                &[
                    "baseUriRedirect",
                    "canonicalLinkHeader",
                    "cors",
                    "jsonldMediaType",
                    "profileLinkHeader",
                ]
            } else {
                &[
                    "canonicalLinkHeader",
                    "mirroring",
                    "profileLinkHeader",
                    "sizeUpscaling",
                ]
            },
        }
    }

    /// Whether nothing but the listed sizes is given.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.profile == LEVEL_0
    }

    /// The listed sizes, smallest first: the largest that is given without enlarging, and its halves.
    #[must_use]
    pub fn sizes(image: Dimensions, limits: SizeLimits) -> Vec<Dimensions> {
        let mut sizes = vec![limits.largest(image, image.width, image.height)];
        let mut factor = 2;
        loop {
            let half = Dimensions {
                width: image.width.div_ceil(factor),
                height: image.height.div_ceil(factor),
            };
            if half.width.max(half.height) < SMALLEST {
                break;
            }
            if limits.allow(half) {
                sizes.push(half);
            }
            factor *= 2;
        }
        sizes.reverse();
        sizes
    }
}

/// What is rendered beyond what the level includes: JPEG, and PNG at level 2.
fn extra_formats(level: &str) -> Vec<&'static str> {
    let included =
        |format| format == OutputFormat::Jpg || (format == OutputFormat::Png && level == LEVEL_2);
    let extra = OutputFormat::ALL
        .into_iter()
        .filter(|format| !included(*format));
    extra.map(OutputFormat::extension).collect()
}

/// Halves, down to where the whole image is one tile.
fn tiles(image: Dimensions) -> Tiles {
    let longest = image.width.max(image.height);
    let mut scale_factors = vec![1];
    let mut factor = 1;
    while longest.div_ceil(factor) > TILE {
        factor *= 2;
        scale_factors.push(factor);
    }
    Tiles {
        width: TILE,
        scale_factors,
    }
}
