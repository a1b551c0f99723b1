//! The steps that convert a picture to sRGB, and their application.

use std::sync::Arc;

use moxcms::{
    ColorProfile, Layout as Channels, RenderingIntent, Transform8BitExecutor, TransformOptions,
};

use super::super::picture::{Layout, Picture};
use super::Samples;
use super::hdr::ToneMap;
use super::table::Table;

/// The maximum difference in levels for which a conversion is skipped. Nearly all real profiles are sRGB in one form or
/// another, and applying them costs time and a rounding error.
const SAME: u8 = 2;

/// One step of a conversion of colours. Coverage is not changed.
pub(super) enum Step {
    /// Converts each colour channel by itself.
    Table(Box<[u8; 256]>),
    /// Converts all channels together, with curves and a matrix.
    Transform(Arc<Transform8BitExecutor>),
    /// Converts all channels together, with a profile's table.
    Lut(Table),
    /// Maps a wide range of light to that of a screen.
    ToneMap(Box<ToneMap>),
}

impl Step {
    pub(super) fn apply(&self, mut picture: Picture) -> Picture {
        match self {
            Self::Table(table) => {
                each_colour(&mut picture, |value| look_up(table, value));
                picture
            }
            Self::Transform(transform) => transformed(picture, transform.as_ref()),
            Self::Lut(table) => table.apply(picture),
            Self::ToneMap(map) => {
                each_pixel(&mut picture, |rgb| map.screen(rgb));
                picture
            }
        }
    }
}

fn look_up(table: &[u8; 256], value: u8) -> u8 {
    table.get(usize::from(value)).copied().unwrap_or(value)
}

/// Builds a table step from a function of levels; `None` if it changes almost nothing.
pub(super) fn of_levels(level: impl Fn(u8) -> u8) -> Option<Step> {
    let table: Vec<u8> = (0..=u8::MAX).map(level).collect();
    let changes = (0..=u8::MAX)
        .zip(&table)
        .any(|(from, to)| from.abs_diff(*to) > SAME);
    let table = changes.then(|| table.into_boxed_slice().try_into().ok());
    table.flatten().map(Step::Table)
}

/// The steps from a profile of curves and a matrix to sRGB; `None` if the library cannot connect the two.
pub(super) fn of_profile(
    source: &ColorProfile,
    samples: Samples,
    layout: Layout,
) -> Option<Vec<Step>> {
    if samples == Samples::Grey {
        return of_grey_profile(source);
    }
    let channels = match layout {
        Layout::Rgb => Channels::Rgb,
        Layout::Rgba => Channels::Rgba,
        Layout::Grey | Layout::Cmyk => return None,
    };
    let transform = source
        .create_transform_8bit(channels, &ColorProfile::new_srgb(), channels, options())
        .ok()?;
    Some(unless_same(Step::Transform(transform), layout))
}

/// The step for a table.
pub(super) fn of_table(table: Table, layout: Layout) -> Option<Vec<Step>> {
    Some(unless_same(Step::Lut(table), layout))
}

/// The step for a grey profile, which is one curve for any layout.
fn of_grey_profile(source: &ColorProfile) -> Option<Vec<Step>> {
    let mut target = ColorProfile::new_gray_with_gamma(2.2);
    target.gray_trc = ColorProfile::new_srgb().red_trc;
    let transform = source
        .create_transform_8bit(Channels::Gray, &target, Channels::Gray, options())
        .ok()?;
    let levels: Vec<u8> = (0..=u8::MAX).collect();
    let mut shown = vec![0; levels.len()];
    transform.transform(&levels, &mut shown).ok()?;
    let step = of_levels(|level| shown.get(usize::from(level)).copied().unwrap_or(level));
    Some(step.into_iter().collect())
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    }
}

/// Returns the step, unless it leaves a set of well-spread colours unchanged.
fn unless_same(step: Step, layout: Layout) -> Vec<Step> {
    const LEVELS: [u8; 6] = [0, 32, 80, 128, 192, 255];
    let mut pixels = Vec::new();
    for red in LEVELS {
        for green in LEVELS {
            for blue in LEVELS {
                pixels.extend([red, green, blue]);
                pixels.extend((layout == Layout::Rgba).then_some(255));
            }
        }
    }
    let is_same = layout != Layout::Cmyk && {
        let probe = Picture {
            width: 36,
            height: 6,
            layout,
            pixels,
        };
        let shown = step.apply(probe.clone());
        let mut pairs = probe.pixels.iter().zip(&shown.pixels);
        pairs.all(|(before, after)| before.abs_diff(*after) <= SAME)
    };
    if is_same { Vec::new() } else { vec![step] }
}

fn transformed(mut picture: Picture, transform: &Transform8BitExecutor) -> Picture {
    let mut converted = vec![0; picture.pixels.len()];
    let done = transform.transform(&picture.pixels, &mut converted);
    if done.is_ok() {
        picture.pixels = converted;
    }
    picture
}

fn each_colour(picture: &mut Picture, change: impl Fn(u8) -> u8) {
    match picture.layout {
        Layout::Grey | Layout::Rgb | Layout::Cmyk => {
            for value in &mut picture.pixels {
                *value = change(*value);
            }
        }
        Layout::Rgba => {
            for [red, green, blue, _] in picture.pixels.as_chunks_mut::<4>().0 {
                (*red, *green, *blue) = (change(*red), change(*green), change(*blue));
            }
        }
    }
}

fn each_pixel(picture: &mut Picture, change: impl Fn([u8; 3]) -> [u8; 3]) {
    match picture.layout {
        Layout::Rgb => {
            for rgb in picture.pixels.as_chunks_mut::<3>().0 {
                *rgb = change(*rgb);
            }
        }
        Layout::Rgba => {
            for [red, green, blue, _] in picture.pixels.as_chunks_mut::<4>().0 {
                [*red, *green, *blue] = change([*red, *green, *blue]);
            }
        }
        // Grey uses a table, and there are no code points for CMYK.
        Layout::Grey | Layout::Cmyk => {}
    }
}

/// Converts CMYK as if each ink absorbed exactly its complementary colour.
pub(super) fn ideal_inks(mut picture: Picture) -> Picture {
    picture.pixels = picture
        .pixels
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|[cyan, magenta, yellow, black]| {
            [*cyan, *magenta, *yellow].map(|ink| {
                let light = (255 - u32::from(ink)) * (255 - u32::from(*black));
                u8::try_from((light + 127) / 255).unwrap_or(255)
            })
        })
        .collect();
    picture.layout = Layout::Rgb;
    picture
}
