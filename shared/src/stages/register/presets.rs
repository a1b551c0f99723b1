//! The presets of a registration. Refuses more than 50 of them, and sides beyond [`MAX_SIDE`], which no page needs.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::platform::problem::Problem;
use crate::vocabulary::ahead::{self, Ahead};
use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::names::MediaId;
use crate::vocabulary::preset::{
    Background, Density, FORMATS, Fit, Gravity, MAX_BLUR, MAX_SIDE, Preset, PresetName, Presets,
};
use crate::vocabulary::watermark::{Position, Watermark};

/// The most presets of one app: enough for every place of a page at every density, in a registration of a few
/// kilobytes.
pub(super) const MOST: usize = 50;

/// A preset in a registration; fields that are left out take their defaults.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PresetRequest {
    /// How the image is fitted to the size; without it `inside`.
    fit: Option<Fit>,
    /// The width in pixels. It is required.
    #[schemars(range(min = 1, max = MAX_SIDE), required)]
    width: Option<u32>,
    /// The height in pixels. It is required.
    #[schemars(range(min = 1, max = MAX_SIDE), required)]
    height: Option<u32>,
    /// The quality on each encoder's own scale; without it the platform chooses.
    #[schemars(range(min = 1, max = 100))]
    quality: Option<u8>,
    /// The part that stays in the image when the fit `cover` cuts it; without it `center`.
    gravity: Option<Gravity>,
    /// The colour under transparent parts, as `#rrggbb`.
    #[schemars(regex(pattern = "^#[0-9a-fA-F]{6}$"))]
    background: Option<String>,
    /// The standard deviation of a Gaussian blur, in pixels of this size.
    #[schemars(range(max = MAX_BLUR))]
    blur: Option<u8>,
    /// The watermark that is drawn over the image.
    watermark: Option<WatermarkRequest>,
    /// The greatest density at which the preset is offered. No answer is larger than 4,096 pixels along a side.
    #[schemars(range(min = 1, max = Density::MOST))]
    dpr: Option<u8>,
    /// Whether thumbnails of pictures are made when they come in; without it they are made when they are asked for.
    eager: Option<bool>,
    /// The formats that are offered; without them all three.
    #[schemars(length(min = 1), extend("items" = {"type": "string", "enum": FORMATS}))]
    formats: Option<Vec<OutputFormat>>,
}

/// A watermark in a registration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WatermarkRequest {
    /// A ready image of this app, of at most 1 MiB and 4,000,000 pixels.
    #[schemars(with = "MediaId")]
    media: String,
    /// The place of the watermark in the image; without it `bottom-right`.
    position: Option<Position>,
    /// How much of what is below it covers, in percent; without it 100.
    #[schemars(range(min = 1, max = 100))]
    opacity: Option<u8>,
    /// The most that it takes of the width and of the height, in percent; without it 25.
    #[schemars(range(min = 1, max = 100))]
    scale: Option<u8>,
}

impl WatermarkRequest {
    /// The opacity that is taken if none is given, in percent.
    const OPACITY: u8 = 100;

    /// The scale that is taken if none is given, in percent.
    const SCALE: u8 = 25;

    /// Returns the watermark, if all of its fields are valid. `field` is the field's name in the registration.
    ///
    /// # Errors
    /// 400 with the field's name.
    fn grant(&self, field: &str) -> Result<Watermark, Problem> {
        let percent = |part: &str, wanted: Option<u8>, usual: u8| {
            Some(wanted.unwrap_or(usual))
                .filter(|percent| (1..=100).contains(percent))
                .ok_or_else(|| Problem::invalid(&format!("{field}.{part}"), "Give 1 to 100."))
        };
        Ok(Watermark {
            media: MediaId::parse(&self.media).map_err(|_error| {
                Problem::invalid(&format!("{field}.media"), "Give the id of a media.")
            })?,
            position: self.position.unwrap_or_default(),
            opacity: percent("opacity", self.opacity, Self::OPACITY)?,
            scale: percent("scale", self.scale, Self::SCALE)?,
        })
    }
}

impl PresetRequest {
    /// Returns the preset of this name, if all of its fields are valid.
    ///
    /// # Errors
    /// 400 with the field's name.
    pub(super) fn grant(&self, name: &PresetName) -> Result<Preset, Problem> {
        let field = |part: &str| format!("presets.{name}.{part}");
        let side = |part: &str, wanted: Option<u32>| match wanted {
            Some(side) if (1..=MAX_SIDE).contains(&side) => Ok(side),
            Some(_) | None => Err(Problem::invalid(
                &field(part),
                format!("Give 1 to {MAX_SIDE} pixels."),
            )),
        };
        if self
            .quality
            .is_some_and(|quality| !(1..=100).contains(&quality))
        {
            return Err(Problem::invalid(&field("quality"), "Give 1 to 100."));
        }
        let fit = self.fit.unwrap_or_default();
        if self.gravity.is_some() && fit != Fit::Cover {
            return Err(Problem::invalid(
                &field("gravity"),
                "Give this field only with the fit cover; nothing else is cut.",
            ));
        }
        let background = match self.background.as_deref() {
            Some(colour) => Some(Background::parse(colour).ok_or_else(|| {
                Problem::invalid(&field("background"), "Give a colour as #rrggbb.")
            })?),
            None => None,
        };
        let blur = self.blur.unwrap_or_default();
        if blur > MAX_BLUR {
            let most = format!("Give 0 to {MAX_BLUR} pixels.");
            return Err(Problem::invalid(&field("blur"), most));
        }
        let (width, height) = (side("width", self.width)?, side("height", self.height)?);
        Ok(Preset {
            fit,
            width,
            height,
            quality: self.quality,
            gravity: self.gravity.unwrap_or_default(),
            background,
            blur,
            watermark: match &self.watermark {
                Some(watermark) => Some(watermark.grant(&field("watermark"))?),
                None => None,
            },
            dpr: density(self.dpr, width.max(height))
                .map_err(|says| Problem::invalid(&field("dpr"), says))?,
            eager: eager(self.eager, self.watermark.is_some())
                .map_err(|says| Problem::invalid(&field("eager"), says))?,
            formats: formats(self.formats.as_deref()).ok_or_else(|| {
                Problem::invalid(
                    &field("formats"),
                    "Give one or more of avif, webp and jpg, or omit the field to offer all.",
                )
            })?,
        })
    }
}

/// Returns the greatest density at which a preset is offered whose longest side has this many pixels, or what to give
/// instead.
fn density(wanted: Option<u8>, side: u32) -> Result<Density, String> {
    let Some(wanted) = wanted else {
        return Ok(Density::ONE);
    };
    let density = Density::new(wanted).ok_or_else(|| format!("Give 1 to {}.", Density::MOST))?;
    let most = MAX_SIDE / side.max(1);
    if u32::from(wanted) > most {
        return Err(format!(
            "Give {most} at most: no answer is larger than {MAX_SIDE} pixels."
        ));
    }
    Ok(density)
}

/// Returns whether thumbnails are made ahead, or why they cannot be.
fn eager(wanted: Option<bool>, is_marked: bool) -> Result<bool, &'static str> {
    if wanted == Some(true) && is_marked {
        return Err(
            "Give true only without a watermark: what is stored of a picture must not show another media, which may be \
             withdrawn.",
        );
    }
    Ok(wanted.unwrap_or(false))
}

/// Returns the presets that are rendered in another way afterwards, or no longer.
pub(super) fn changed(before: &Presets, after: &Presets) -> BTreeSet<PresetName> {
    // Whether they are made ahead makes no difference to what they look like.
    let shown = |preset: &Preset| Preset {
        eager: false,
        ..preset.clone()
    };
    let changed = before
        .iter()
        .filter(|(name, preset)| after.get(*name).map(shown) != Some(shown(preset)));
    changed.map(|(name, _)| name.clone()).collect()
}

/// Returns the watermarks that a registration has and the one before had not, each media with the first preset that
/// names it.
pub(super) fn new_watermarks<'a>(
    before: Option<&Presets>,
    after: &'a Presets,
) -> BTreeMap<&'a MediaId, &'a PresetName> {
    let media_of = |preset: &'a Preset| preset.watermark.as_ref().map(|mark| &mark.media);
    let known: BTreeSet<_> = before
        .into_iter()
        .flat_map(|presets| presets.values())
        .filter_map(|preset| preset.watermark.as_ref().map(|mark| &mark.media))
        .collect();
    let named = after.iter().rev();
    named
        .filter_map(|(name, preset)| Some((media_of(preset)?, name)))
        .filter(|(media, _)| !known.contains(media))
        .collect()
}

/// Returns the presets of a registration, if all of them are valid.
///
/// # Errors
/// 400 with the field's name.
pub(crate) fn grant<'a>(
    requests: impl ExactSizeIterator<Item = (&'a PresetName, &'a PresetRequest)>,
) -> Result<Presets, Problem> {
    if requests.len() > MOST {
        return Err(Problem::invalid(
            "presets",
            format!("Give at most {MOST} presets."),
        ));
    }
    let presets = requests
        .map(|(name, request)| Ok((name.clone(), request.grant(name)?)))
        .collect::<Result<Presets, Problem>>()?;
    if let Some(beyond) = Ahead::all(&presets).get(ahead::MOST) {
        return Err(Problem::invalid(
            &format!("presets.{}.eager", beyond.name),
            format!(
                "Give true for at most {} thumbnails of a picture: each format and density of a preset is one.",
                ahead::MOST
            ),
        ));
    }
    Ok(presets)
}

/// Returns the formats best first, without duplicates; `None` if any format is not allowed in a preset.
fn formats(wanted: Option<&[OutputFormat]>) -> Option<Vec<OutputFormat>> {
    let Some(wanted) = wanted else {
        return Some(FORMATS.to_vec());
    };
    let known = !wanted.is_empty() && wanted.iter().all(|format| FORMATS.contains(format));
    known.then(|| {
        FORMATS
            .into_iter()
            .filter(|format| wanted.contains(format))
            .collect()
    })
}
