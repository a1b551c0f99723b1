//! Renders images on demand, from the path of a CDN request to the answer.
//!
//! ```text
//!                    ┌▶ record: ready?          ┐   ┌───────────────────┐              ┌───────────────────────┐
//! path ─▶ request ─▶ ┼▶ registration: allowed?  ┼─▶ │ original, if that │ ─▶ pixels ─▶ │ record: still ready?, │ ─▶ answer
//!                    └▶ preview, or original    ┘   │ is still needed   │              │ if it took long       │
//!                                                   └───────────────────┘              └───────────────────────┘
//! ```
//!
//! A path that cannot be an image is refused before anything is read. What an image's path names is asked for at once;
//! `info.json` asks for the registration after the record. Where no preview can serve, the original is asked for as if it were
//! a JPEG, and decoded while it comes. Only media that are `ready` are served; all else is a plain 404,
//! like what never existed. Nothing is stored; the CDN caches the answer under the media's cache tag. A thumbnail may have
//! been made ahead by another stage; then it is read instead.
//!
//! If more than a second has passed since the record was asked for, it is asked for again before the answer leaves. So what
//! is withdrawn more than a second before an answer leaves is not in it. An answer on its way is beyond any look, and is
//! what the last invalidation of every operation is for, which is made after `RenderGraceSeconds`, when no rendering can be
//! at work any more that began before.

mod ahead;
mod ask;
mod early;
mod feed;
mod host;
mod off_thread;
mod preview;
mod recipe;
mod registrations;
mod reply;
mod source;
mod thumb;
mod watermark;
mod work;

use std::sync::Arc;
use std::time::Instant;

use dozo_codecs::render::{Budget, Recipe, RenderError};

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::store::ObjectStore;
use crate::vocabulary::app::{AppRecord, Limits};
use crate::vocabulary::iiif::{ImageRequest, Info, SizeLimits};
use crate::vocabulary::keys::render::{Picture, RenderPath, Subject};

pub use ahead::{Wanted, wanted};
pub use ask::{ACCEPT, Ask, HOST};
pub use host::PublicHost;
pub use registrations::{KEPT_SECONDS, Registrations};
pub use reply::Reply;

use early::{Early, Guess};
use reply::{Made, Rendered};
use source::Source;
use work::{Shown, Span, Work};

/// Maximum number of pixels of all frames together in an encoded animation. Of a larger one, only the first frame is
/// shown. It is twice the largest still, or 300 frames of 320 × 320.
const MOST_OUTPUT_PIXELS: u64 = 2 * 4_096 * 4_096;

/// The limits on the size of answers.
const SIZES: SizeLimits = SizeLimits::OF_ANSWERS;

/// The status of [`Problem::not_rendered`], which should not happen with any accepted file.
const NOT_IMPLEMENTED: u16 = 501;

/// The service that renders images.
pub struct Renderer {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The registrations that were read just now.
    pub registrations: Registrations,
    /// The platform's limits on sources.
    pub limits: Limits,
    /// The base URL that viewers fetch from.
    pub host: PublicHost,
    /// Counts failed renderings.
    pub metrics: Arc<dyn Metrics>,
}

impl Renderer {
    /// Answers one request; errors are answers, too. Rendering starts no step after `deadline`.
    pub async fn answer(&self, ask: &Ask, deadline: Instant) -> Reply {
        let begun = self.clock.now();
        match self.try_answer(ask, Span { begun, deadline }).await {
            Ok(reply) => reply,
            Err(refusal) if is_of_the_file(&refusal) => {
                self.metrics.count(Metric::RenderingFailed);
                let reply = Reply::refusal(refusal);
                match ask.path() {
                    Some(path) => reply.failing(path.subject()),
                    None => reply,
                }
            }
            Err(refusal) => Reply::refusal(refusal),
        }
    }

    async fn try_answer(&self, ask: &Ask, span: Span) -> Result<Reply, Refusal> {
        if !ask.is_read_only() {
            return Err(Problem::method_not_allowed().into());
        }
        let path = ask.path().ok_or_else(Problem::no_such_image)?;
        let base = RenderPath::Base(path.subject().clone(), path.picture());
        let base = self.host.url(ask, &base)?;
        match &path {
            RenderPath::Base(subject, picture) => {
                let _source = self.source(subject, *picture).await?;
                Ok(Reply::see_info(&base, subject))
            }
            RenderPath::Info(subject, picture) => {
                let source = self.source(subject, *picture).await?;
                let (app, _) = self.app(subject).await?;
                let info = Info::new(base, source.dimensions, SIZES, app.sizes_only);
                Reply::info(&info, ask.wants_plain_json(), subject)
            }
            RenderPath::Image(subject, picture, request) => {
                self.image(subject, *picture, request, &base, span).await
            }
            RenderPath::Thumb(subject, preset, picture, density, format) => {
                let wanted = (preset, *density, ask.resolve(*format));
                self.thumb(subject, *picture, wanted, span).await
            }
        }
    }

    async fn image(
        &self,
        subject: &Subject,
        picture: Picture,
        text: &str,
        base: &str,
        span: Span,
    ) -> Result<Reply, Refusal> {
        let request = ImageRequest::parse(text).map_err(|refused| Problem::image(&refused))?;
        let kept = self.registrations.kept_of(&subject.app, &*self.clock);
        let is_plain = is_plainly(&request, text);
        let guess = if kept.as_ref().is_some_and(|app| app.sizes_only) && !is_plain {
            // It will be refused.
            Guess::Nothing
        } else if preview::may_serve(picture, &request, kept.as_ref()) {
            Guess::Preview
        } else {
            Guess::without_preview(picture)
        };
        let (source, app, early) = self.find(subject, picture, guess).await?;
        let resolved = request
            .resolve(source.dimensions, source.focus(), SIZES)
            .map_err(|refused| Problem::image(&refused))?;
        let is_listed = is_plain && Info::sizes(source.dimensions, SIZES).contains(&resolved.size);
        let allowed = |app: &AppRecord| {
            let refused = app.sizes_only && !is_listed;
            if refused {
                Err(Problem::sizes_only())
            } else {
                Ok(())
            }
        };
        let (app, ()) = self.decide(subject, app, allowed).await?;
        let recipe = recipe::of_request(&resolved);
        let shown = Shown {
            source: &source,
            mark: None,
        };
        let rendered = self.render((shown, &app), early, recipe, span).await?;
        let canonical = format!("{base}/{}", resolved.canonical);
        Ok(Reply::image(rendered, resolved.format, subject).linked(&canonical, app.sizes_only))
    }

    /// Finds the source of an image, if it is published.
    async fn source(&self, subject: &Subject, picture: Picture) -> Result<Source, Refusal> {
        let found = Source::find(&*self.store, &self.records, subject, picture).await?;
        Ok(found.ok_or_else(Problem::no_such_image)?)
    }

    /// Decides by a registration. Before one that was kept refuses what it may allow by now, it is read anew.
    async fn decide<T>(
        &self,
        subject: &Subject,
        (app, is_kept): (AppRecord, bool),
        decide: impl Fn(&AppRecord) -> Result<T, Problem>,
    ) -> Result<(AppRecord, T), Refusal> {
        let decided = decide(&app);
        if decided.is_ok() || !is_kept {
            return Ok((app, decided?));
        }
        let clock = &*self.clock;
        let found = self.registrations.anew(&subject.app, &self.records, clock);
        let app = found.await?.ok_or_else(Problem::no_such_image)?;
        let decided = decide(&app)?;
        Ok((app, decided))
    }

    async fn app(&self, subject: &Subject) -> Result<(AppRecord, bool), Refusal> {
        let clock = &*self.clock;
        let found = self.registrations.of(&subject.app, &self.records, clock);
        Ok(found.await?.ok_or_else(Problem::no_such_image)?)
    }

    /// Asks at once for everything whose key the path tells.
    async fn find(
        &self,
        subject: &Subject,
        picture: Picture,
        guess: Guess,
    ) -> Result<(Source, (AppRecord, bool), Early), Refusal> {
        let early = async { Ok(Early::find(&*self.store, subject, guess).await) };
        // The picture is asked for first: it takes longest.
        let (early, source, app) =
            tokio::try_join!(early, self.source(subject, picture), self.app(subject))?;
        Ok((source, app, early))
    }

    fn budget(&self, source: &Source, deadline: Instant) -> Budget {
        Budget {
            pixels: source.most_pixels(self.limits),
            frames: self.limits.image_frames,
            output_pixels: MOST_OUTPUT_PIXELS,
            deadline,
        }
    }

    async fn render(
        &self,
        (shown, app): (Shown<'_>, &AppRecord),
        early: Early,
        recipe: Recipe,
        span: Span,
    ) -> Result<Rendered, Refusal> {
        let budget = self.budget(shown.source, span.deadline);
        let work = Work {
            renderer: self,
            shown,
            recipe,
            budget,
            begun: span.begun,
        };
        let original = match early {
            Early::Preview(preview) => {
                let usable = preview.for_recipe(shown.source, self.limits, &work.recipe);
                if let Some(usable) = usable.filter(|_| app.previews)
                    && let Some(body) = work.render_preview(usable).await?
                {
                    return Ok(Rendered {
                        body: body.into(),
                        from: Made::Preview,
                    });
                }
                None
            }
            Early::Original(original) => Some(original),
            Early::Nothing => None,
        };
        Ok(Rendered {
            body: work.render_original(original).await?.into(),
            from: Made::Original,
        })
    }
}

/// Returns whether a request is [plain](ImageRequest::is_plain), and written as the platform writes it. Each spelling of a size
/// is a rendering and a cache key of its own, and there are endless ones: `!300,200`, `!300,201`, `0300,200`.
fn is_plainly(request: &ImageRequest, text: &str) -> bool {
    request.is_plain() && request.to_string() == text
}

fn refuse(error: RenderError) -> Refusal {
    match error {
        RenderError::Damage(damage) => Error::Undeliverable(damage).into(),
        RenderError::Unsupported(what) => Problem::not_rendered(what).into(),
        RenderError::OverBudget(limit) => Problem::over_budget(limit).into(),
        RenderError::Recipe(_) => Error::Unrenderable(error).into(),
    }
}

/// Returns whether rendering would fail again, because the fault lies in the file or our code, not in S3 or another
/// service.
fn is_of_the_file(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Ours(error) => is_of_a_file(error),
        Refusal::Caller(problem) => problem.status == NOT_IMPLEMENTED,
    }
}

/// The same of a failure on our side.
pub(crate) fn is_of_a_file(error: &Error) -> bool {
    matches!(
        error,
        Error::Undeliverable(_) | Error::Unrenderable(_) | Error::Crashed(_)
    )
}
