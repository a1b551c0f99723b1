//! Renders images on demand, from the path of a CDN request to the answer.
//!
//! ```text
//! path ─▶ request ─▶ record: ready? ─▶ registration: allowed? ─▶ original ─▶ pixels ─▶ record: still ready? ─▶ answer
//! ```
//!
//! A path that cannot be an image is refused before anything is read. Only media that are `ready` are served, checked
//! before and after rendering: a media that is withdrawn meanwhile is a plain 404, like one that never existed. Nothing
//! is stored; the CDN caches the answer under the media's cache tag.

mod ask;
mod host;
mod recipe;
mod reply;
mod source;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use dozo_codecs::Encoding;
use dozo_codecs::render::{Budget, Recipe, RenderError};

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::store::ObjectStore;
use crate::vocabulary::app::{AppRecord, Limits};
use crate::vocabulary::iiif::{ImageRequest, Info, Resolved, SizeLimits};
use crate::vocabulary::keys::Key;
use crate::vocabulary::keys::render::{Picture, RenderPath, Subject, ThumbFormat};
use crate::vocabulary::preset::{Density, PresetName};

pub use ask::{ACCEPT, Ask, HOST};
pub use host::PublicHost;
pub use reply::Reply;
use source::Source;

/// Maximum number of pixels of all frames together in an encoded animation. Of a larger one, only the first frame is
/// shown. It is twice the largest still, or 300 frames of 320 × 320.
const MOST_OUTPUT_PIXELS: u64 = 2 * 4_096 * 4_096;

/// The status of [`Problem::not_rendered`], which should not happen with any accepted file.
const NOT_IMPLEMENTED: u16 = 501;

/// The service that renders images.
pub struct Renderer {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The platform's limits on sources.
    pub limits: Limits,
    /// The limits on the size of answers.
    pub sizes: SizeLimits,
    /// The base URL that viewers fetch from.
    pub host: PublicHost,
    /// Counts failed renderings.
    pub metrics: Arc<dyn Metrics>,
}

impl Renderer {
    /// Answers one request; errors are answers, too. Rendering starts no step after `deadline`.
    pub async fn answer(&self, ask: &Ask, deadline: Instant) -> Reply {
        match self.try_answer(ask, deadline).await {
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

    async fn try_answer(&self, ask: &Ask, deadline: Instant) -> Result<Reply, Refusal> {
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
                let app = self.app(subject).await?;
                let info = Info::new(base, source.dimensions, self.sizes, app.sizes_only);
                Reply::info(&info, ask.wants_plain_json(), subject)
            }
            RenderPath::Image(subject, picture, request) => {
                let request =
                    ImageRequest::parse(request).map_err(|refused| Problem::image(&refused))?;
                self.image(subject, *picture, &request, &base, deadline)
                    .await
            }
            RenderPath::Thumb(subject, preset, picture, density, format) => {
                let wanted = (preset, *density, ask.resolve(*format));
                self.thumb(subject, *picture, wanted, deadline).await
            }
        }
    }

    async fn image(
        &self,
        subject: &Subject,
        picture: Picture,
        request: &ImageRequest,
        base: &str,
        deadline: Instant,
    ) -> Result<Reply, Refusal> {
        let (source, app) = tokio::try_join!(self.source(subject, picture), self.app(subject))?;
        let resolved = request
            .resolve(source.dimensions, source.focus(), self.sizes)
            .map_err(|refused| Problem::image(&refused))?;
        if app.sizes_only && !self.is_listed(&resolved, &source) {
            return Err(Problem::sizes_only().into());
        }
        let body = self
            .render(&source, recipe::of_request(&resolved), deadline)
            .await?;
        let canonical = format!("{base}/{}", resolved.canonical);
        Ok(Reply::image(body, resolved.format, subject).linked(&canonical, app.sizes_only))
    }

    async fn thumb(
        &self,
        subject: &Subject,
        picture: Picture,
        (name, density, format): (&PresetName, Density, ask::Thumb),
        deadline: Instant,
    ) -> Result<Reply, Refusal> {
        let (source, app) = tokio::try_join!(self.source(subject, picture), self.app(subject))?;
        let preset = app.presets.get(name).ok_or_else(Problem::unknown_preset)?;
        let preset = preset
            .at(density)
            .ok_or_else(|| Problem::density_not_in_preset(preset.dpr))?;
        let output = match format.path {
            ThumbFormat::Auto => preset.automatic(format.best),
            ThumbFormat::Is(format) if preset.formats.contains(&format) => format,
            ThumbFormat::Is(_) => return Err(Problem::format_not_in_preset(&preset.formats).into()),
        };
        let recipe = recipe::of_preset(&preset, (source.dimensions, source.focus()), output);
        let body = self.render(&source, recipe, deadline).await?;
        let reply = Reply::image(body, output, subject).by_preset(subject, name);
        Ok(match format.path {
            ThumbFormat::Auto => reply.varying(),
            ThumbFormat::Is(_) => reply,
        })
    }

    /// Returns whether the request is for the whole unchanged image in one of the sizes listed in `info.json`.
    fn is_listed(&self, resolved: &Resolved, source: &Source) -> bool {
        let plain = ImageRequest {
            size: resolved.canonical.size,
            format: resolved.format,
            ..ImageRequest::WHOLE
        };
        resolved.canonical == plain
            && Info::sizes(source.dimensions, self.sizes).contains(&resolved.size)
    }

    /// Finds the source of an image, if it is published.
    async fn source(&self, subject: &Subject, picture: Picture) -> Result<Source, Refusal> {
        let found = Source::find(&*self.store, &self.records, subject, picture).await?;
        Ok(found.ok_or_else(Problem::no_such_image)?)
    }

    async fn app(&self, subject: &Subject) -> Result<AppRecord, Refusal> {
        let found = self.records.load(&Key::App(subject.app.clone())).await?;
        Ok(found.ok_or_else(Problem::no_such_image)?.value)
    }

    async fn render(
        &self,
        source: &Source,
        recipe: Recipe,
        deadline: Instant,
    ) -> Result<Vec<u8>, Refusal> {
        let budget = Budget {
            pixels: source.most_pixels(self.limits),
            frames: self.limits.image_frames,
            output_pixels: MOST_OUTPUT_PIXELS,
            deadline,
        };
        let rendered = self.picture(source, recipe, budget).await;
        if rendered
            .as_ref()
            .is_err_and(|refusal| !is_of_the_file(refusal))
        {
            return rendered;
        }
        // The CDN caches the answer that a file cannot be rendered, so it, too, is given only while the media is shown.
        if source.still_stands(&self.records).await? {
            rendered
        } else {
            Err(Problem::no_such_image().into())
        }
    }

    async fn picture(
        &self,
        source: &Source,
        recipe: Recipe,
        budget: Budget,
    ) -> Result<Vec<u8>, Refusal> {
        match source.telling_bytes() {
            Some(bytes) if recipe.is_coarse() => {
                self.render_beginning(source, bytes, recipe, budget).await
            }
            _ => {
                let original = source.read(&*self.store, self.limits).await?;
                let original = original.ok_or_else(Problem::no_such_image)?;
                render_whole(source.encoding, original, recipe, budget).await
            }
        }
    }

    /// Renders from the first `bytes` bytes, or from the whole file if they are not enough.
    async fn render_beginning(
        &self,
        source: &Source,
        bytes: u64,
        recipe: Recipe,
        budget: Budget,
    ) -> Result<Vec<u8>, Refusal> {
        let beginning = source.read_beginning(&*self.store, self.limits, bytes);
        let beginning = beginning.await?.ok_or_else(Problem::no_such_image)?;
        let first = beginning.body.clone();
        let rendered =
            off_thread(move || dozo_codecs::render::render_beginning(&first, &recipe, &budget));
        if let Some(rendered) = rendered.await? {
            return Ok(rendered);
        }
        let original = source.read_on(&*self.store, self.limits, beginning);
        let original = original.await?.ok_or_else(Problem::no_such_image)?;
        render_whole(source.encoding, original, recipe, budget).await
    }
}

async fn render_whole(
    encoding: Encoding,
    original: Bytes,
    recipe: Recipe,
    budget: Budget,
) -> Result<Vec<u8>, Refusal> {
    let work = move || dozo_codecs::render::render(encoding, &original, &recipe, &budget);
    off_thread(work).await?.map_err(refuse)
}

/// Runs `work` on another thread, since it takes up to seconds; a panic in a decoder then fails only one request.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|crash| Error::Crashed(Box::new(crash)))
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
        Refusal::Ours(error) => matches!(
            error,
            Error::Undeliverable(_) | Error::Unrenderable(_) | Error::Crashed(_)
        ),
        Refusal::Caller(problem) => problem.status == NOT_IMPLEMENTED,
    }
}
