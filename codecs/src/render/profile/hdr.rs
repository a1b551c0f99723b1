//! Maps a wide range of light (ITU-R BT.2100: PQ and HLG) to an sRGB screen.
//!
//! Reference white, 203 cd/m² (ITU-R BT.2408, table 1), is intended for the white of a page. Light up to 0.9 of it is
//! shown unchanged, so that faces and paper keep their tones. A smooth curve maps brighter light, up to 1,000 cd/m²
//! (the peak for which HLG is defined and most PQ is mastered), into the remaining range of the screen: reference white
//! is shown as level 249 of 255, twice as much light as 253. The curve is applied to the brightest of red, green and
//! blue, and the other two are scaled with it, so that hues are kept.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a pixel loop: tables have an entry for every byte, or for every value after clamping"
)]

use moxcms::{ColorProfile, Matrix3d};

use super::levels::srgb_level;

/// The luminance of reference white in cd/m².
const REFERENCE_WHITE: f64 = 203.0;

/// The peak luminance in cd/m²; brighter light is shown as white.
const PEAK: f64 = 1_000.0;

/// The light at which the curve begins, in reference whites.
const KNEE: f64 = 0.9;

/// The number of steps in the table of levels. sRGB's first level is 1/3,295 of the light, so each level has several
/// steps.
const STEPS: u16 = u16::MAX;

/// The transfer function of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Light {
    /// Perceptual quantization: the signal gives the light of the screen.
    Pq,
    /// Hybrid log-gamma: the signal gives the light of the scene, which is converted for a screen.
    Hlg,
}

/// A conversion of HDR colours to sRGB.
pub(super) struct ToneMap {
    light: Light,
    /// The light for every byte: in reference whites for PQ, or that of the scene from 0 to 1 for HLG.
    linear: Vec<f64>,
    /// The conversion to sRGB's primaries.
    matrix: Matrix3d,
    /// The sRGB level for every step of light.
    levels: Vec<u8>,
}

impl ToneMap {
    /// Prepares the conversion from the primaries of a profile.
    pub(super) fn new(light: Light, source: &ColorProfile) -> Self {
        let linear = |byte: u8| {
            let signal = f64::from(byte) / 255.0;
            match light {
                Light::Pq => pq(signal) / REFERENCE_WHITE,
                Light::Hlg => hlg(signal),
            }
        };
        Self {
            light,
            linear: (0..=u8::MAX).map(linear).collect(),
            matrix: source.transform_matrix(&ColorProfile::new_srgb()),
            levels: (0..=STEPS)
                .map(|step| srgb_level(f64::from(step) / f64::from(STEPS)))
                .collect(),
        }
    }

    /// Converts a colour to sRGB.
    pub(super) fn screen(&self, rgb: [u8; 3]) -> [u8; 3] {
        let mut stored = rgb.map(|byte| self.linear[usize::from(byte)]);
        if self.light == Light::Hlg {
            let gain = scene_to_screen(stored);
            stored = stored.map(|value| value * gain);
        }
        let light = self.matrix.v.map(|row| {
            let sum: f64 = row.iter().zip(&stored).map(|(a, b)| a * b).sum();
            sum.max(0.0)
        });
        let most = light.into_iter().fold(0.0, f64::max);
        let gain = if most > KNEE {
            roll_off(most) / most
        } else {
            1.0
        };
        light.map(|value| {
            let step = (value * gain * f64::from(STEPS)).round();
            self.levels[usize::from(step.clamp(0.0, f64::from(STEPS)) as u16)]
        })
    }
}

/// Maps light above the knee to the shown light, both in reference whites: smooth at the knee, white at the peak.
fn roll_off(light: f64) -> f64 {
    let over = (light - KNEE) / (1.0 - KNEE);
    let peak = (PEAK / REFERENCE_WHITE - KNEE) / (1.0 - KNEE);
    let shown = over * (1.0 + over / (peak * peak)) / (1.0 + over);
    (KNEE + (1.0 - KNEE) * shown).min(1.0)
}

/// Converts a PQ signal to light in cd/m² (BT.2100, table 4).
fn pq(signal: f64) -> f64 {
    let root = signal.powf(1.0 / 78.843_75);
    let ratio = (root - 0.835_937_5).max(0.0) / (18.851_562_5 - 18.687_5 * root);
    10_000.0 * ratio.powf(1.0 / 0.159_301_757_812_5)
}

/// Converts an HLG signal to light of the scene (BT.2100, table 5).
fn hlg(signal: f64) -> f64 {
    if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - 0.559_910_73) / 0.178_832_77).exp() + 0.284_668_92) / 12.0
    }
}

/// The factor from light of the scene to reference whites on a screen of 1,000 cd/m² (BT.2100, table 5: the gamma of
/// such a screen is 1.2).
fn scene_to_screen([red, green, blue]: [f64; 3]) -> f64 {
    let luminance = 0.2627 * red + 0.6780 * green + 0.0593 * blue;
    luminance.max(0.0).powf(0.2) * PEAK / REFERENCE_WHITE
}
