//! Limits the cost of one rendering. A request can name any size of any picture; its cost is checked here before it is
//! spent.

use std::time::Instant;

use crate::header::Header;

use super::{Recipe, RenderError};

/// The limits of one rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The maximum number of decoded pixels in all frames together, at full size.
    pub pixels: u64,
    /// The maximum number of frames; of a longer animation, only the first frame is shown.
    pub frames: u32,
    /// The maximum number of encoded pixels in all frames together; of an animation with more, only the first frame is
    /// shown.
    pub output_pixels: u64,
    /// No step starts after this time. A running step is not interrupted.
    pub deadline: Instant,
}

/// The limit that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Budget::pixels`].
    Pixels,
    /// [`Budget::output_pixels`].
    OutputPixels,
    /// [`Budget::deadline`].
    Time,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pixels => "the picture has too many pixels",
            Self::OutputPixels => "too many pixels are asked for",
            Self::Time => "there is no time left",
        })
    }
}

impl Budget {
    /// Checks that one frame is within the limits.
    pub(super) fn check(&self, header: &Header, recipe: &Recipe) -> Result<(), RenderError> {
        if area(header.width, header.height) > self.pixels {
            return Err(RenderError::OverBudget(Limit::Pixels));
        }
        if area(recipe.width, recipe.height) > self.output_pixels {
            return Err(RenderError::OverBudget(Limit::OutputPixels));
        }
        self.check_time()
    }

    /// Checks that the next step may start.
    pub(super) fn check_time(&self) -> Result<(), RenderError> {
        if Instant::now() >= self.deadline {
            return Err(RenderError::OverBudget(Limit::Time));
        }
        Ok(())
    }
}

pub(super) fn area(width: u32, height: u32) -> u64 {
    u64::from(width).saturating_mul(u64::from(height))
}
