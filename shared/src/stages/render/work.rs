//! The work of one rendering: reads a source, and renders it while the record is looked at once more.

use std::num::NonZeroU32;

use bytes::Bytes;
use dozo_codecs::render::{Budget, Recipe, RenderError};

use super::preview::Usable;
use super::source::Source;
use super::{Renderer, is_of_the_file, refuse};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};

/// One rendering.
pub(super) struct Work<'a> {
    pub(super) renderer: &'a Renderer,
    pub(super) source: &'a Source,
    pub(super) recipe: Recipe,
    pub(super) budget: Budget,
}

impl Work<'_> {
    /// Renders from the preview. Returns `None` if this file is none, so that the original has to be read.
    pub(super) async fn render_preview(&self, preview: Usable) -> Result<Option<Vec<u8>>, Refusal> {
        let Usable { body, block } = preview;
        let rendered = self.guarded(self.small(body, block)).await;
        match rendered {
            Err(Refusal::Ours(Error::Undeliverable(damage))) => {
                tracing::warn!(cause = %damage, "a preview is damaged");
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Renders from the original, or from the object that a stage made of it.
    pub(super) async fn render_original(&self) -> Result<Vec<u8>, Refusal> {
        let (source, store, limits) = (self.source, &*self.renderer.store, self.renderer.limits);
        match source.telling_bytes() {
            Some(bytes) if self.recipe.is_coarse() => self.render_beginning(bytes).await,
            _ => {
                let original = source.read(store, limits).await?;
                let original = original.ok_or_else(Problem::no_such_image)?;
                self.guarded(self.whole(original)).await
            }
        }
    }

    /// Renders from the first `bytes` bytes, or from the whole file if they are not enough.
    async fn render_beginning(&self, bytes: u64) -> Result<Vec<u8>, Refusal> {
        let (source, store, limits) = (self.source, &*self.renderer.store, self.renderer.limits);
        let beginning = source.read_beginning(store, limits, bytes);
        let beginning = beginning.await?.ok_or_else(Problem::no_such_image)?;
        let (first, recipe, budget) = (beginning.body.clone(), self.recipe, self.budget);
        let work = move || dozo_codecs::render::render_beginning(&first, &recipe, &budget);
        if let Some(rendered) = self.guarded(async { Ok(off_thread(work).await?) }).await? {
            return Ok(rendered);
        }
        let original = source.read_on(store, limits, beginning);
        let original = original.await?.ok_or_else(Problem::no_such_image)?;
        self.guarded(self.whole(original)).await
    }

    async fn small(&self, preview: Bytes, block: NonZeroU32) -> Result<Vec<u8>, Refusal> {
        let size = (self.source.dimensions.width, self.source.dimensions.height);
        let (recipe, budget) = (self.recipe, self.budget);
        let work =
            move || dozo_codecs::render::render_preview(&preview, size, block, &recipe, &budget);
        rendered(off_thread(work).await?)
    }

    async fn whole(&self, original: Bytes) -> Result<Vec<u8>, Refusal> {
        let (encoding, recipe, budget) = (self.source.encoding, self.recipe, self.budget);
        let work = move || dozo_codecs::render::render(encoding, &original, &recipe, &budget);
        rendered(off_thread(work).await?)
    }

    /// Looks at the record while the pixels are worked on. The CDN caches the answer that a file cannot be rendered, so it,
    /// too, is given only while the media is shown.
    async fn guarded<T>(
        &self,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let look = self.source.still_stands(&self.renderer.records);
        let (done, stands) = tokio::join!(work, look);
        if done.as_ref().is_err_and(|refusal| !is_of_the_file(refusal)) {
            return done;
        }
        if stands? {
            done
        } else {
            Err(Problem::no_such_image().into())
        }
    }
}

fn rendered(done: Result<Vec<u8>, RenderError>) -> Result<Vec<u8>, Refusal> {
    done.map_err(refuse)
}

/// Runs `work` on another thread, since it takes up to seconds; a panic in a decoder then fails only one request.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|crash| Error::Crashed(Box::new(crash)))
}
