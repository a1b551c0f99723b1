//! Reads a mark from a file, by the steps of any rendering.

use super::mark::Mark;
use super::recipe::{Output, Recipe};
use super::{Budget, RenderError, picture_of};
use crate::Encoding;
use crate::header;

impl Mark {
    /// Reads a mark from a picture of this encoding, stretched to a size in pixels. Of an animation, it is the first frame.
    ///
    /// # Errors
    /// Those of [`super::render`].
    pub fn read(
        encoding: Encoding,
        bytes: &[u8],
        size: (u32, u32),
        budget: &Budget,
    ) -> Result<Self, RenderError> {
        let header = header::read(encoding, bytes)?;
        let recipe = Recipe::whole(&header, size, Output::Png);
        let picture = picture_of(encoding, bytes, &header, &recipe, budget)?;
        Self::of(&picture)
    }
}
