//! The limits on the size of an answer (section 5.2: `maxWidth`, `maxHeight`, `maxArea`).

/// A width and a height in pixels, neither of which is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dimensions {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

impl Dimensions {
    /// Returns the number of pixels.
    #[must_use]
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The maximum size of an answer, before it is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimits {
    /// The maximum width, in pixels.
    pub max_width: u32,
    /// The maximum height, in pixels.
    pub max_height: u32,
    /// The maximum area, in pixels.
    pub max_area: u64,
}

impl SizeLimits {
    /// 8,192 × 8,192 and an area of 16,777,216 (4,096²). This is a full screen of any device, and an encoder finishes
    /// it well within the function's time. Viewers that need every pixel at once can use the original, or tiles.
    pub const OF_ANSWERS: Self = Self {
        max_width: 8_192,
        max_height: 8_192,
        max_area: 4_096 * 4_096,
    };

    /// Returns whether this size is within the limits.
    #[must_use]
    pub fn allow(self, size: Dimensions) -> bool {
        size.width <= self.max_width
            && size.height <= self.max_height
            && size.area() <= self.max_area
    }

    /// Returns the largest size in the proportions of `shape` that is within the limits and within `width` × `height`.
    #[must_use]
    pub fn largest(self, shape: Dimensions, width: u32, height: u32) -> Dimensions {
        let (width, height) = (width.min(self.max_width), height.min(self.max_height));
        let by_width = Dimensions {
            width: width.max(1),
            height: proportional(width, shape.height, shape.width),
        };
        let boxed = if by_width.height <= height {
            by_width
        } else {
            Dimensions {
                width: proportional(height, shape.width, shape.height).min(width.max(1)),
                height: height.max(1),
            }
        };
        if boxed.area() <= self.max_area {
            return boxed;
        }
        // Search for the largest width whose area is within the limit; the area grows with the width.
        let (mut fits, mut too_wide) = (1, boxed.width);
        while fits + 1 < too_wide {
            let middle = fits + (too_wide - fits) / 2;
            let height = proportional(middle, shape.height, shape.width);
            if u64::from(middle) * u64::from(height) <= self.max_area {
                fits = middle;
            } else {
                too_wide = middle;
            }
        }
        Dimensions {
            width: fits,
            height: proportional(fits, shape.height, shape.width),
        }
    }
}

/// Returns `length × numerator / denominator`, rounded to the nearest whole number, halves up; at least 1.
pub(super) fn proportional(length: u32, numerator: u32, denominator: u32) -> u32 {
    let denominator = u64::from(denominator.max(1));
    let exact = u64::from(length) * u64::from(numerator);
    let rounded = (exact + denominator / 2) / denominator;
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_largest_is_within_every_limit(
            width in 1_u32..100_000, height in 1_u32..100_000, w in 1_u32..20_000, h in 1_u32..20_000,
            max_width in 1_u32..10_000, max_height in 1_u32..10_000, max_area in 10_000_u64..50_000_000,
        ) {
            let limits = SizeLimits { max_width, max_height, max_area };
            let largest = limits.largest(Dimensions { width, height }, w, h);
            prop_assert!(limits.allow(largest), "{largest:?}");
            prop_assert!(largest.width <= w && largest.height <= h, "{largest:?}");
            prop_assert!(largest.width > 0 && largest.height > 0);
        }
    }
}
