//! The work of one rendering: reads a source, and renders it while the record is looked at once more. If that takes longer
//! than a moment, the record is looked at again at the end.

use std::num::NonZeroU32;

use bytes::Bytes;
use dozo_codecs::render::{Budget, Recipe, RenderError};
use jiff::{SignedDuration, Timestamp};

use super::off_thread::off_thread;
use super::preview::Usable;
use super::source::Source;
use super::watermark::Mark;
use super::{Renderer, is_of_the_file, refuse};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;

/// The longest work after which the look from its beginning still counts. The first invalidation of a withdrawal comes
/// after its record was written and all objects were moved, so it is hardly ever sooner than this after the look.
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

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

    /// Renders from the original, or from the object that a stage made of it.
    pub(super) async fn render_original(&self) -> Result<Vec<u8>, Refusal> {
        let (store, limits) = (&*self.renderer.store, self.renderer.limits);
        let source = self.shown.source;
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

    async fn whole(&self, original: Bytes) -> Result<Vec<u8>, Refusal> {
        let (recipe, budget) = (self.recipe.clone(), self.budget);
        let encoding = self.shown.source.encoding;
        let work = move || dozo_codecs::render::render(encoding, &original, &recipe, &budget);
        rendered(off_thread(work).await?)
    }

    async fn guarded<T>(
        &self,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let look = || self.shown.still_stands(&self.renderer.records);
        guarded(&*self.renderer.clock, work, look).await
    }
}

/// Looks at the record while the pixels are worked on, and once more if that took longer than [`MOMENT`]. The CDN caches
/// the answer that a file cannot be rendered, so it, too, is given only while the media is shown.
async fn guarded<T, L>(
    clock: &dyn Clock,
    work: impl Future<Output = Result<T, Refusal>>,
    look: impl Fn() -> L,
) -> Result<T, Refusal>
where
    L: Future<Output = Result<bool, Error>>,
{
    let begun = clock.now();
    let (done, stands) = tokio::join!(work, look());
    if done.as_ref().is_err_and(|refusal| !is_of_the_file(refusal)) {
        return done;
    }
    if stands? && (was_a_moment_ago(begun, clock.now()) || look().await?) {
        done
    } else {
        Err(Problem::no_such_image().into())
    }
}

/// Returns whether no more than [`MOMENT`] has passed since.
pub(super) fn was_a_moment_ago(begun: Timestamp, now: Timestamp) -> bool {
    (SignedDuration::ZERO..=MOMENT).contains(&now.duration_since(begun))
}

fn rendered(done: Result<Vec<u8>, RenderError>) -> Result<Vec<u8>, Refusal> {
    done.map_err(refuse)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;
    use crate::memory::clock::MemoryClock;

    /// Works for so many seconds, and withdraws the media when the first look is over. Returns whether it is served, and
    /// how often the record was looked at.
    async fn served(seconds: u32) -> (bool, u32) {
        let (clock, stands, looks) = (
            MemoryClock::new(1),
            AtomicBool::new(true),
            AtomicU32::new(0),
        );
        let work = async {
            tokio::task::yield_now().await;
            stands.store(false, Ordering::SeqCst);
            clock.advance(seconds);
            Ok(())
        };
        let look = || async {
            looks.fetch_add(1, Ordering::SeqCst);
            Ok(stands.load(Ordering::SeqCst))
        };
        let done = guarded(&clock, work, look).await;
        (done.is_ok(), looks.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn after_long_work_the_record_is_looked_at_once_more() {
        assert_eq!(served(0).await, (true, 1));
        assert_eq!(served(1).await, (true, 1));
        assert_eq!(served(2).await, (false, 2));
    }
}
