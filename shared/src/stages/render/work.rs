//! The work of one rendering: reads a source, renders it, and looks at the record once more if that took longer than a moment.

use std::num::NonZeroU32;
use std::time::Instant;

use bytes::Bytes;
use dozo_codecs::Encoding;
use dozo_codecs::render::{Budget, Recipe, RenderError};
use jiff::{SignedDuration, Timestamp};

use super::feed::{Pieces, feed};
use super::off_thread::off_thread;
use super::preview::Usable;
use super::source::Source;
use super::watermark::Mark;
use super::{Renderer, is_of_the_file, refuse};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::store::Coming;

/// The longest time from a look at the record to the answer. The first invalidation of a withdrawal comes after its record
/// was written and all objects were moved, so it is hardly ever sooner than this after the look.
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// The time of one answer.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// A time before any record was asked for.
    pub(super) begun: Timestamp,
    /// The time from which on no step is started.
    pub(super) deadline: Instant,
}

/// The media that a rendering shows.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) source: &'a Source,
    /// The watermark that is drawn over it.
    pub(super) mark: Option<&'a Mark>,
}

impl Shown<'_> {
    /// Returns whether all of it is still as it was found.
    async fn still_stands(self, records: &Records) -> Result<bool, Error> {
        let mark = async {
            match self.mark {
                Some(mark) => mark.still_stands(records).await,
                None => Ok(true),
            }
        };
        let (source, mark) = tokio::try_join!(self.source.still_stands(records), mark)?;
        Ok(source && mark)
    }
}

/// One rendering.
pub(super) struct Work<'a> {
    pub(super) renderer: &'a Renderer,
    pub(super) shown: Shown<'a>,
    pub(super) recipe: Recipe,
    pub(super) budget: Budget,
    /// A time before any record was asked for.
    pub(super) begun: Timestamp,
}

impl Work<'_> {
    /// Renders from the preview. Returns `None` if this file is none, so that the original has to be read.
    pub(super) async fn render_preview(&self, preview: Usable) -> Result<Option<Vec<u8>>, Refusal> {
        let Usable { body, block } = preview;
        let rendered = self.guarded(self.small(body, block)).await;
        match rendered {
            Err(refusal) if is_of_the_file(&refusal) => {
                tracing::warn!(cause = ?refusal, "a preview cannot be rendered");
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Renders from the original, or from the object that a stage made of it. `early` is what was found where a JPEG
    /// original lies, if that was asked for.
    pub(super) async fn render_original(&self, early: Option<Coming>) -> Result<Vec<u8>, Refusal> {
        let (store, limits) = (&*self.renderer.store, self.renderer.limits);
        let source = self.shown.source;
        let is_coarse = self.recipe.is_coarse();
        if let Some(bytes) = source.telling_bytes().filter(|_| is_coarse) {
            drop(early);
            return self.render_beginning(bytes).await;
        }
        let open = async |early| {
            let original = source.open(store, limits, early).await?;
            original.ok_or_else(|| Refusal::from(Problem::no_such_image()))
        };
        let mut original = open(early).await?;
        if source.encoding == Encoding::Jpeg && !is_coarse {
            let rendered = self.coming(original).await;
            if !rendered.as_ref().is_err_and(is_of_the_file) {
                return self.guarded(async { rendered }).await;
            }
            // What S3 sends is checked against its checksum at the end, which a decoder that gives up does not reach.
            original = open(None).await?;
        }
        let original = original.whole().await.map_err(Error::from)?.body;
        self.guarded(self.whole(original)).await
    }

    /// Renders from the first `bytes` bytes, or from the whole file if they are not enough.
    async fn render_beginning(&self, bytes: u64) -> Result<Vec<u8>, Refusal> {
        let (store, limits) = (&*self.renderer.store, self.renderer.limits);
        let source = self.shown.source;
        let beginning = source.read_beginning(store, limits, bytes);
        let beginning = beginning.await?.ok_or_else(Problem::no_such_image)?;
        let (first, recipe, budget) = (beginning.body.clone(), self.recipe.clone(), self.budget);
        let work = move || dozo_codecs::render::render_beginning(&first, &recipe, &budget);
        if let Some(rendered) = self.guarded(async { Ok(off_thread(work).await?) }).await? {
            return Ok(rendered);
        }
        let original = source.read_on(store, limits, beginning);
        let original = original.await?.ok_or_else(Problem::no_such_image)?;
        self.guarded(self.whole(original)).await
    }

    async fn small(&self, preview: Bytes, block: NonZeroU32) -> Result<Vec<u8>, Refusal> {
        let size = (
            self.shown.source.dimensions.width,
            self.shown.source.dimensions.height,
        );
        let (recipe, budget) = (self.recipe.clone(), self.budget);
        let work =
            move || dozo_codecs::render::render_preview(&preview, size, block, &recipe, &budget);
        rendered(off_thread(work).await?)
    }

    /// Renders a JPEG while it is read.
    async fn coming(&self, original: Coming) -> Result<Vec<u8>, Refusal> {
        let (recipe, budget) = (self.recipe.clone(), self.budget);
        let work = move |jpeg: Pieces| dozo_codecs::render::render_coming(jpeg, &recipe, &budget);
        rendered(feed(original, work).await?)
    }

    async fn whole(&self, original: Bytes) -> Result<Vec<u8>, Refusal> {
        let (recipe, budget) = (self.recipe.clone(), self.budget);
        let encoding = self.shown.source.encoding;
        let work = move || dozo_codecs::render::render(encoding, &original, &recipe, &budget);
        rendered(off_thread(work).await?)
    }

    /// Gives what was done, while the media is shown. The CDN caches the answer that a file cannot be rendered, so that, too,
    /// is given only then.
    async fn guarded<T>(
        &self,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let done = work.await;
        if done.as_ref().is_err_and(|refusal| !is_of_the_file(refusal)) {
            return done;
        }
        self.renderer.confirm(self.shown, self.begun).await?;
        done
    }
}

impl Renderer {
    /// Looks at the records once more before an answer leaves, unless no more than [`MOMENT`] has passed since `begun`.
    pub(super) async fn confirm(&self, shown: Shown<'_>, begun: Timestamp) -> Result<(), Refusal> {
        let passed = self.clock.now().duration_since(begun);
        let is_fresh = (SignedDuration::ZERO..=MOMENT).contains(&passed);
        if is_fresh || shown.still_stands(&self.records).await? {
            Ok(())
        } else {
            Err(Problem::no_such_image().into())
        }
    }
}

fn rendered(done: Result<Vec<u8>, RenderError>) -> Result<Vec<u8>, Refusal> {
    done.map_err(refuse)
}
