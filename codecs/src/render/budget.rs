//! Limits the cost of one rendering. A request can ask for any size of any picture, so its cost is checked before it is
//! spent.

use std::time::Instant;

use crate::header::Header;

use super::{Recipe, RenderError};

/// The limits of one rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The most pixels that one frame may have at full size, before decoding.
    pub pixels: u64,
    /// The most frames of an animation; of a longer one only the first is shown.
    pub frames: u32,
    /// The most pixels of all frames that are encoded; of an animation with more, only the first frame is shown.
    pub output_pixels: u64,
    /// The time after which no step begins. A step itself is not interrupted.
    pub deadline: Instant,
}

/// The limit that a rendering exceeds.
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
            Self::OutputPixels => "the request asks for too many pixels",
            Self::Time => "there is no time left",
        })
    }
}

impl Budget {
    /// Checks that one frame of the picture is within the limits.
    pub(super) fn check(&self, header: &Header, recipe: &Recipe) -> Result<(), RenderError> {
        if header.frame_pixels() > self.pixels {
            return Err(RenderError::OverBudget(Limit::Pixels));
        }
        if area(recipe.width, recipe.height) > self.output_pixels {
            return Err(RenderError::OverBudget(Limit::OutputPixels));
        }
        self.check_time()
    }

    /// Checks that there is time to begin another step.
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
