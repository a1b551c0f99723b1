//! Converts light to levels of sRGB.

/// The sRGB level for this amount of light, from 0 to 1 (IEC 61966-2-1).
pub(super) fn srgb_level(light: f64) -> u8 {
    to_level(if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    })
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped before"
)]
pub(super) fn to_level(value: f64) -> u8 {
    (value * 255.0).round().clamp(0.0, 255.0) as u8
}
