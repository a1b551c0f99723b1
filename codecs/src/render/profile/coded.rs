//! Colour described by numbers: the code points of ITU-T H.273 (PNG's `cICP`), and PNG's `gAMA` and `cHRM`.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, XyY,
};

use super::super::picture::{CodePoints, Layout, Measured};
use super::Samples;
use super::hdr::{Light, ToneMap};
use super::levels::to_level;
use super::step::{self, Step};

/// Perceptual quantization and hybrid log-gamma (H.273, table 3).
const PQ: u8 = 16;
const HLG: u8 = 18;

/// The range of file gammas that mean sRGB: writers put such a value beside `sRGB` (PNG, third edition, 11.3.2.5), and
/// old programs in place of it. These files use sRGB's curve; a power of 2.2 would make shadows too dark.
const SRGB_GAMMA: std::ops::RangeInclusive<f64> = 0.4500..=0.4600;

/// The screen gamma that browsers assume if a file only gives its own gamma.
const SCREEN_GAMMA: f64 = 2.2;

/// The steps for code points; `None` if they are reserved or unspecified, or are not for these samples.
pub(super) fn steps_of_code(
    points: CodePoints,
    samples: Samples,
    layout: Layout,
) -> Option<Vec<Step>> {
    if let Some(steps) = steps_of_light(points, layout) {
        return Some(steps);
    }
    let source = profile_of_code(points)?;
    let mut steps: Vec<Step> = range(points).into_iter().collect();
    steps.extend(steps_of(source, samples, layout)?);
    Some(steps)
}

/// The steps for code points with more light than a screen has (PQ and HLG); `None` for all others.
pub(super) fn steps_of_light(points: CodePoints, layout: Layout) -> Option<Vec<Step>> {
    let light = match points.transfer {
        PQ => Light::Pq,
        HLG => Light::Hlg,
        _ => return None,
    };
    let source = profile_of_code(points)?;
    let map = ToneMap::new(light, &source);
    let step = match layout {
        Layout::Grey => step::of_levels(|level| {
            let [level, ..] = map.screen([level; 3]);
            level
        }),
        Layout::Rgb | Layout::Rgba => Some(Step::ToneMap(Box::new(map))),
        Layout::Cmyk => return None,
    };
    Some(range(points).into_iter().chain(step).collect())
}

fn profile_of_code(points: CodePoints) -> Option<ColorProfile> {
    let primaries = CicpColorPrimaries::try_from(points.primaries).ok()?;
    let transfer = TransferCharacteristics::try_from(points.transfer).ok()?;
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    // The library leaves out the curves if it does not know one of the two.
    profile.red_trc.is_some().then_some(profile)
}

/// Converts the narrow range of video (ITU-R BT.2100, table 9: black is 16, white 235) to the full range.
fn range(points: CodePoints) -> Option<Step> {
    if points.is_full_range {
        return None;
    }
    step::of_levels(|level| {
        let above_black = u32::from(level.saturating_sub(16));
        u8::try_from((above_black * 255 + 109) / 219).unwrap_or(255)
    })
}

/// The steps for `gAMA`, with or without `cHRM`.
///
/// Like Chrome and Firefox, it converts colours if both are there, and otherwise only adapts the gamma to that of a
/// screen.
pub(super) fn steps_of_gamma(
    measured: Measured,
    samples: Samples,
    layout: Layout,
) -> Option<Vec<Step>> {
    let Measured { gamma, primaries } = measured;
    // Values outside of this range are not from real pictures, and powers would overflow.
    (0.05..=20.0).contains(&gamma).then_some(())?;
    let Some([white, red, green, blue]) = primaries else {
        let power = 1.0 / (gamma * SCREEN_GAMMA);
        let step = step::of_levels(|level| to_level((f64::from(level) / 255.0).powf(power)));
        return Some(step.into_iter().collect());
    };
    let point = |(x, y): (f32, f32)| {
        ((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)).then_some(Chromaticity { x, y })
    };
    let primaries = ColorPrimaries {
        red: point(red)?,
        green: point(green)?,
        blue: point(blue)?,
    };
    is_triangle(&primaries).then_some(())?;
    let white = point(white).filter(|white| white.y > 0.01)?;
    let white = XyY::new(f64::from(white.x), f64::from(white.y), 1.0);
    let mut source = ColorProfile::new_srgb();
    source.update_rgb_colorimetry(white, primaries);
    if !SRGB_GAMMA.contains(&gamma) {
        let curve = ToneReprCurve::Parametric(vec![narrow(1.0 / gamma)]);
        source.red_trc = Some(curve.clone());
        source.green_trc = Some(curve.clone());
        source.blue_trc = Some(curve);
    }
    steps_of(source, samples, layout)
}

/// Tells whether primaries span a triangle of colours. sRGB's triangle has an area of 0.11; one that is nearly a line
/// makes the computation impossible.
fn is_triangle(primaries: &ColorPrimaries) -> bool {
    let ColorPrimaries { red, green, blue } = primaries;
    let area = (green.x - red.x) * (blue.y - red.y) - (blue.x - red.x) * (green.y - red.y);
    area.abs() / 2.0 > 0.001
}

/// The steps for an RGB profile; grey samples use its red curve.
fn steps_of(mut source: ColorProfile, samples: Samples, layout: Layout) -> Option<Vec<Step>> {
    match samples {
        Samples::Rgb => {}
        Samples::Grey => {
            let curve = source.red_trc.take();
            source = ColorProfile::new_gray_with_gamma(1.0);
            source.gray_trc = curve;
        }
        Samples::Cmyk => return None,
    }
    step::of_profile(&source, samples, layout)
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the library uses 32-bit floats, and this number is between 0.05 and 20"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}
