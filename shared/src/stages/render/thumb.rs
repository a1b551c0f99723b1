//! Thumbnails in an app's presets: read where they were made ahead, and rendered everywhere else.

use super::ahead::{self, Found};
use super::early::{Early, Guess};
use super::preview;
use super::reply::{Rendered, Reply};
use super::source::Source;
use super::work::{Shown, Span};
use super::{Renderer, ask, recipe};
use crate::platform::problem::{Problem, Refusal};
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::keys::Thumb;
use crate::vocabulary::keys::render::{Picture, Subject, ThumbFormat};
use crate::vocabulary::preset::{Density, Preset, PresetName};

impl Renderer {
    /// Answers a request for a thumbnail.
    pub(super) async fn thumb(
        &self,
        subject: &Subject,
        picture: Picture,
        wanted: (&PresetName, Density, ask::Thumb),
        span: Span,
    ) -> Result<Reply, Refusal> {
        let (name, density, format) = wanted;
        let kept = self.registrations.kept_of(&subject.app, &*self.clock);
        let large = |app: &AppRecord| {
            let preset = app.presets.get(name).and_then(|preset| preset.at(density));
            preset.is_some_and(|preset| !preview::may_serve_preset(&preset))
        };
        let expected = ahead::expected(picture, wanted, kept.as_ref());
        let is_made_ahead = kept.is_some() && expected.is_some();
        let is_small = preview::may_serve_thumb(picture, format.path, kept.as_ref())
            && !kept.as_ref().is_some_and(large);
        let guess = match (is_made_ahead, is_small) {
            (true, _) => Guess::Nothing,
            (false, true) => Guess::Preview,
            (false, false) => Guess::without_preview(picture),
        };
        let ((source, app, early), found) = tokio::try_join!(
            self.find(subject, picture, guess),
            self.find_ahead(subject, expected)
        )?;
        let decide = |app: &AppRecord| offered(app, wanted, &source);
        let (app, (preset, output)) = self.decide(subject, app, decide).await?;
        let registered = app.presets.get_key_value(name);
        let ahead =
            registered.and_then(|preset| ahead::of_picture(&source, preset, density, output));
        let marked_by = preset.watermark.as_ref().map(|watermark| &watermark.media);
        let made = self.made_ahead((subject, &source), &app, ahead.as_ref(), found);
        let rendered = match made.await {
            Some(made) => {
                let (source, mark) = (&source, None);
                self.confirm(Shown { source, mark }, span.begun).await?;
                made
            }
            None => {
                let early = if is_made_ahead && preview::may_serve_preset(&preset) {
                    Early::find(&*self.store, subject, Guess::Preview).await
                } else {
                    early
                };
                let by = (&preset, output);
                self.by_preset(subject, (&source, &app), by, early, span)
                    .await?
            }
        };
        let reply = Reply::image(rendered, output, subject).by_preset(subject, name, marked_by);
        Ok(match format.path {
            ThumbFormat::Auto => reply.varying(),
            ThumbFormat::Is(_) => reply,
        })
    }

    /// Renders a thumbnail.
    pub(super) async fn by_preset(
        &self,
        subject: &Subject,
        (source, app): (&Source, &AppRecord),
        (preset, output): (&Preset, OutputFormat),
        early: Early,
        span: Span,
    ) -> Result<Rendered, Refusal> {
        let mut recipe = recipe::of_preset(preset, (source.dimensions, source.focus()), output);
        let mark = match &preset.watermark {
            Some(watermark) => {
                let mark = self.mark(subject, watermark, &mut recipe, span.deadline);
                Some(mark.await?)
            }
            None => None,
        };
        let mark = mark.as_ref();
        let shown = Shown { source, mark };
        self.render((shown, app), early, recipe, span).await
    }

    /// Asks for a thumbnail that may have been made ahead.
    async fn find_ahead(
        &self,
        subject: &Subject,
        expected: Option<Thumb>,
    ) -> Result<Option<Found>, Refusal> {
        Ok(match expected {
            Some(thumb) => Some(Found::read(&*self.store, subject, thumb).await),
            None => None,
        })
    }
}

/// Returns the preset at the density, for this source, and the format of the answer, if the app offers them.
fn offered(
    app: &AppRecord,
    (name, density, format): (&PresetName, Density, ask::Thumb),
    source: &Source,
) -> Result<(Preset, OutputFormat), Problem> {
    let preset = app.presets.get(name).ok_or_else(Problem::unknown_preset)?;
    let preset = preset
        .at(density)
        .ok_or_else(|| Problem::density_not_in_preset(preset.dpr))?;
    let output = match format.path {
        ThumbFormat::Auto => preset.automatic(format.best, source.is_animated()),
        ThumbFormat::Is(format) if preset.formats.contains(&format) => format,
        ThumbFormat::Is(_) => return Err(Problem::format_not_in_preset(&preset.formats)),
    };
    Ok((preset.for_image(density, source.dimensions), output))
}
