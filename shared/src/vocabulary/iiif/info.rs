//! The document `info.json` (section 5), which tells a viewer the requests that an image allows.

use serde::Serialize;

use super::CONTEXT;
use super::format::OutputFormat;
use super::limits::{Dimensions, SizeLimits};

/// The profile that allows every [`super::ImageRequest`].
pub const LEVEL_2: &str = "level2";

/// The profile that allows only the listed sizes.
pub const LEVEL_0: &str = "level0";

/// The width and height of a tile, in pixels. The image is read again for each tile, so fewer and larger tiles cost
/// less.
const TILE: u32 = 1_024;

/// The minimum longer side of the halved sizes that are listed, in pixels.
const SMALLEST: u32 = 100;

/// The content of `info.json`.
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

/// A preferred size. It is available even if only listed sizes are.
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
    /// Creates the document for an image with this base URI and these upright dimensions. With `sizes_only`, it allows
    /// only the listed sizes.
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

    /// Returns whether only the listed sizes are allowed.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.profile == LEVEL_0
    }

    /// Returns the listed sizes, smallest first: the largest size without enlarging, and its successive halves.
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
        // The largest size may be one of the halves.
        sizes.dedup();
        sizes
    }
}

/// Returns the formats that the level does not already include: it includes JPEG, and at level 2 also PNG.
fn extra_formats(level: &str) -> Vec<&'static str> {
    let included =
        |format| format == OutputFormat::Jpg || (format == OutputFormat::Png && level == LEVEL_2);
    let extra = OutputFormat::ALL
        .into_iter()
        .filter(|format| !included(*format));
    extra.map(OutputFormat::extension).collect()
}

/// Returns the tiles, at scale factors that double until the whole image fits in one tile.
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
