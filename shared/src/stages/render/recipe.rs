//! Translates requests and presets into recipes for the rendering pipeline.

use dozo_codecs::render::{Colour, Finish, MAX_SIDE, Output, Recipe, Rect, Turn};

use super::MOST_OUTPUT_PIXELS;
use crate::vocabulary::focus::Focus;
use crate::vocabulary::iiif::{self, Crop, Dimensions, OutputFormat, Quality, Resolved};
use crate::vocabulary::preset::{Background, Fit, Gravity, Preset};

/// The default quality of JPEG and WebP, which other services and libraries use, too.
const QUALITY: u8 = 80;

/// The AVIF quality that looks like [`QUALITY`] in the other formats; AVIF's scale differs. sharp uses it, too.
const AVIF_QUALITY: u8 = 50;

/// How many times the pixels of a preset an image may have that covers it and is cut where most is to be seen. Twice as
/// many as a panorama of 4 : 1 has that becomes a square.
const MOST_COVERED: u64 = 8;

/// Returns the recipe for a request of the IIIF Image API.
pub(super) fn of_request(resolved: &Resolved) -> Recipe {
    Recipe {
        crop: rect(resolved.crop),
        width: resolved.size.width,
        height: resolved.size.height,
        mirror: resolved.rotation.mirror,
        turn: match resolved.rotation.turn {
            iiif::Turn::None => Turn::None,
            iiif::Turn::Quarter => Turn::Quarter,
            iiif::Turn::Half => Turn::Half,
            iiif::Turn::ThreeQuarters => Turn::ThreeQuarters,
        },
        colour: match resolved.quality {
            Quality::Default | Quality::Colour => Colour::Colour,
            Quality::Grey => Colour::Grey,
            Quality::Bitonal => Colour::Bitonal,
        },
        finish: Finish::default(),
        output: output(resolved.format, None),
    }
}

/// Returns the recipe for a thumbnail in a preset. A focal point that is set counts more than what the preset says of
/// its gravity.
pub(super) fn of_preset(
    preset: &Preset,
    (image, focus): (Dimensions, Option<Focus>),
    format: OutputFormat,
) -> Recipe {
    let (crop, size, cut) = match preset.fit {
        Fit::Inside | Fit::Exact => (Crop::whole(image), preset.size_of(image), None),
        Fit::Cover => match covering(preset, image).filter(|_| focus.is_none()) {
            Some(size) => (Crop::whole(image), size, Some(preset.size())),
            None => {
                let size = preset.size();
                (Crop::around(image, size, focus), size, None)
            }
        },
    };
    Recipe {
        crop: rect(crop),
        width: size.width,
        height: size.height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish {
            cut: cut.map(|part| (part.width, part.height)),
            blur: preset.blur,
            background: preset.background.map(|Background(colour)| colour),
            mark: None,
        },
        output: output(format, preset.quality),
    }
}

/// Returns the size at which the whole image just covers the preset's, so that the best part can be found in it; `None`
/// if the middle is wanted, or if the image is so long that covering would take more than [`MOST_COVERED`] times the
/// pixels, or more than are encoded of any.
fn covering(preset: &Preset, image: Dimensions) -> Option<Dimensions> {
    if preset.gravity == Gravity::Center {
        return None;
    }
    let wanted = preset.size();
    let [across, down, width, height] =
        [image.width, image.height, wanted.width, wanted.height].map(u64::from);
    // Of the sides, one is as wanted and the other one is longer.
    let (width, height) = if across * height >= down * width {
        ((across * height).div_ceil(down.max(1)), height)
    } else {
        (width, (down * width).div_ceil(across.max(1)))
    };
    let pixels = u64::from(wanted.width) * u64::from(wanted.height);
    let is_much = width * height > MOST_OUTPUT_PIXELS.min(MOST_COVERED * pixels);
    let size = Dimensions {
        width: u32::try_from(width).ok()?,
        height: u32::try_from(height).ok()?,
    };
    (!is_much && size.width.max(size.height) <= MAX_SIDE).then_some(size)
}

fn rect(crop: Crop) -> Rect {
    Rect {
        x: crop.x,
        y: crop.y,
        width: crop.width,
        height: crop.height,
    }
}

fn output(format: OutputFormat, wanted: Option<u8>) -> Output {
    let quality = wanted.unwrap_or(QUALITY);
    match format {
        OutputFormat::Jpg => Output::Jpeg { quality },
        OutputFormat::Png => Output::Png,
        OutputFormat::Webp => Output::Webp { quality },
        OutputFormat::Avif => Output::Avif {
            quality: on_avif_scale(quality),
        },
        OutputFormat::Gif => Output::Gif,
    }
}

/// Converts a quality from the scale of JPEG and WebP to AVIF's, linearly from 1 to the defaults and from there to 100.
fn on_avif_scale(quality: u8) -> u8 {
    let line = |quality: u8, from: (u8, u8), to: (u8, u8)| {
        let [x, x0, y0, x1, y1] = [quality, from.0, from.1, to.0, to.1].map(u16::from);
        u8::try_from(y0 + (x - x0) * (y1 - y0) / (x1 - x0)).unwrap_or(to.1)
    };
    let usual = (QUALITY, AVIF_QUALITY);
    if quality < QUALITY {
        line(quality.max(1), (1, 1), usual)
    } else {
        line(quality.min(100), usual, (100, 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quality_means_the_same_in_avif() {
        for (quality, avif) in [(1, 1), (40, 25), (79, 49), (80, 50), (90, 75), (100, 100)] {
            assert_eq!(on_avif_scale(quality), avif, "of {quality}");
        }
        assert!(
            (1..=100)
                .map(on_avif_scale)
                .is_sorted_by(|less, more| less <= more)
        );
    }

    /// A recipe beyond the budget is refused for ever, where one cut in the middle could be given.
    #[test]
    fn what_covers_is_within_the_budget() {
        let preset = |side: u32| {
            let text = format!(
                r#"{{"fit": "cover", "width": {side}, "height": {side}, "gravity": "auto", "formats": ["jpg"]}}"#
            );
            serde_json::from_str::<Preset>(&text).unwrap()
        };
        for (side, width, covers) in [
            (4_096, 2_000, true),
            (4_096, 2_001, false),
            (4_096, 3_000, false),
            (1_024, 8_000, true),
            (1_024, 8_001, false),
        ] {
            let image = Dimensions {
                width,
                height: 1_000,
            };
            let recipe = of_preset(&preset(side), (image, None), OutputFormat::Jpg);
            assert_eq!(recipe.finish.cut.is_some(), covers, "{side} of {width}");
            let pixels = u64::from(recipe.width) * u64::from(recipe.height);
            assert!(pixels <= MOST_OUTPUT_PIXELS, "{side} of {width}: {pixels}");
        }
    }
}
