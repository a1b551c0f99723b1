//! The watermark of a preset: another media of the app, which is held to the same promises as the picture below it. It is
//! drawn only while it is shown itself, and what it is drawn on is forgotten with it.

use std::time::Instant;

use dozo_codecs::render::{self, PlacedMark, Recipe, RenderError};

use super::off_thread::off_thread;
use super::source::Source;
use super::{Renderer, refuse};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::keys::render::Subject;
use crate::vocabulary::watermark::{MOST_BYTES, Watermark};

/// The media that was drawn as a watermark.
pub(super) struct Mark(Source);

impl Mark {
    /// Returns whether the media is still as it was found.
    pub(super) async fn still_stands(&self, records: &Records) -> Result<bool, Error> {
        self.0.still_stands(records).await
    }
}

/// Refuses what a watermark is not drawn for. It is not told as a fault of the picture below it, which the CDN would keep.
fn unreadable(error: RenderError) -> Refusal {
    match error {
        RenderError::OverBudget(_) => refuse(error),
        RenderError::Damage(_) | RenderError::Unsupported(_) | RenderError::Recipe(_) => {
            tracing::error!(%error, "a watermark cannot be drawn");
            Problem::watermark_not_ready().into()
        }
    }
}

impl Renderer {
    /// Reads a watermark in the size that the recipe's answer needs, and adds it to the recipe.
    pub(super) async fn mark(
        &self,
        subject: &Subject,
        watermark: &Watermark,
        recipe: &mut Recipe,
        deadline: Instant,
    ) -> Result<Mark, Refusal> {
        let found = Source::of_watermark(&self.records, &subject.app, &watermark.media).await?;
        let source = found.ok_or_else(Problem::watermark_not_ready)?;
        // The delivered file of a drawing, which is written anew, can be larger than the upload, whose size was looked at.
        let file = source.read_beginning(&*self.store, self.limits, MOST_BYTES);
        let file = file.await?.filter(|file| file.info.bytes <= MOST_BYTES);
        let file = file.ok_or_else(Problem::watermark_not_ready)?.body;
        let (width, height) = recipe.size();
        let placed = watermark.placed(source.dimensions, Dimensions { width, height });
        let (encoding, budget) = (source.encoding, self.budget(&source, deadline));
        let size = (placed.size.width, placed.size.height);
        let read = move || render::Mark::read(encoding, &file, size, &budget);
        recipe.finish.mark = Some(PlacedMark {
            mark: off_thread(read).await?.map_err(unreadable)?,
            x: placed.x,
            y: placed.y,
            opacity: watermark.opacity,
        });
        Ok(Mark(source))
    }
}
