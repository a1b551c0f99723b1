//! Encodes a small picture as a ThumbHash: the lowest frequencies of its lightness, of two differences of colours, and of
//! its alpha. <https://evanw.github.io/thumbhash/> describes it.
//!
//! | bits | what |
//! |---|---|
//! | 6, 6, 6 | means of lightness, yellow less blue, red less green |
//! | 5 | the scale of lightness |
//! | 1 | whether there is alpha |
//! | 3, 6, 6 | the frequencies of lightness along the shorter side, and the scales of the two differences |
//! | 1 | whether the picture is wider than it is high |
//! | 4, 4 | mean and scale of alpha, if there is any |
//! | 4 each | all other frequencies, channel by channel, row by row |

#![allow(
    clippy::as_conversions,
    reason = "a transform in floating point, of values from 0 to 1 and of sides of at most 100 pixels"
)]

use std::f64::consts::PI;

use crate::render::picture::{Layout, Picture};

/// The frequencies of lightness along the longer side: fewer if alpha needs bits, too.
const LIGHT: u32 = 7;
const LIGHT_BESIDE_ALPHA: u32 = 5;

/// The least frequencies of lightness along a side, and those of the differences of colours.
const LEAST: u32 = 3;

/// How far below the middle of two steps a value still counts as in the middle.
const MIDDLE: f64 = 1e-9;

/// The frequencies of alpha.
const ALPHA: u32 = 5;

/// Iterates over the pixels: red, green, blue, alpha.
pub(super) fn pixels_of(picture: &Picture) -> Box<dyn Iterator<Item = [u8; 4]> + '_> {
    let pixels = picture.pixels.as_slice();
    match picture.layout {
        Layout::Grey => Box::new(pixels.iter().map(|grey| [*grey, *grey, *grey, 255])),
        Layout::Rgb => {
            let (pixels, _) = pixels.as_chunks::<3>();
            Box::new(
                pixels
                    .iter()
                    .map(|[red, green, blue]| [*red, *green, *blue, 255]),
            )
        }
        Layout::Rgba | Layout::Cmyk => Box::new(pixels.as_chunks::<4>().0.iter().copied()),
    }
}

/// One channel as frequencies: the mean, all others as shares of the strongest from 0 to 1, and the strongest.
struct Spectrum {
    mean: f64,
    others: Vec<f64>,
    scale: f64,
}

/// Returns the hash of a picture of at most 100 × 100 pixels.
pub(super) fn encode(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width, picture.height);
    let [light, yellow, red, alpha] = channels(picture);
    let has_alpha = alpha.iter().any(|alpha| *alpha < 1.0);
    let most = if has_alpha { LIGHT_BESIDE_ALPHA } else { LIGHT };
    let longer = f64::from(width.max(height));
    let along = |side: u32| ((f64::from(most) * f64::from(side) / longer).round() as u32).max(1);
    let (across, down) = (along(width), along(height));

    let of = |channel: &[f64], across: u32, down: u32| {
        spectrum(channel, (width, height), (across, down))
    };
    let light = of(&light, across.max(LEAST), down.max(LEAST));
    let yellow = of(&yellow, LEAST, LEAST);
    let red = of(&red, LEAST, LEAST);
    let alpha = has_alpha.then(|| of(&alpha, ALPHA, ALPHA));

    let is_wide = width > height;
    let shorter = if is_wide { down } else { across };
    let mut hash = Bits::default();
    hash.push(light.mean * 63.0, 6);
    hash.push(31.5 + 31.5 * yellow.mean, 6);
    hash.push(31.5 + 31.5 * red.mean, 6);
    hash.push(light.scale * 31.0, 5);
    hash.push(f64::from(u8::from(has_alpha)), 1);
    hash.push(f64::from(shorter), 3);
    hash.push(yellow.scale * 63.0, 6);
    hash.push(red.scale * 63.0, 6);
    hash.push(f64::from(u8::from(is_wide)), 1);
    if let Some(alpha) = &alpha {
        hash.push(alpha.mean * 15.0, 4);
        hash.push(alpha.scale * 15.0, 4);
    }
    let spectra = [Some(light), Some(yellow), Some(red), alpha];
    for share in spectra
        .into_iter()
        .flatten()
        .flat_map(|spectrum| spectrum.others)
    {
        hash.push(share * 15.0, 4);
    }
    hash.bytes
}

/// Returns lightness, yellow less blue, red less green, and alpha, with transparent pixels on the mean colour.
fn channels(picture: &Picture) -> [Vec<f64>; 4] {
    let mut mean = [0.0; 3];
    let mut opacity = 0.0;
    for [red, green, blue, alpha] in pixels_of(picture) {
        let alpha = f64::from(alpha) / 255.0;
        for (sum, value) in mean.iter_mut().zip([red, green, blue]) {
            *sum += alpha / 255.0 * f64::from(value);
        }
        opacity += alpha;
    }
    if opacity > 0.0 {
        mean = mean.map(|sum| sum / opacity);
    }
    let mut channels: [Vec<f64>; 4] = Default::default();
    for [red, green, blue, alpha] in pixels_of(picture) {
        let alpha = f64::from(alpha) / 255.0;
        let [mean_red, mean_green, mean_blue] = mean;
        let shown = |mean: f64, value: u8| mean * (1.0 - alpha) + alpha / 255.0 * f64::from(value);
        let red = shown(mean_red, red);
        let green = shown(mean_green, green);
        let blue = shown(mean_blue, blue);
        let values = [
            (red + green + blue) / 3.0,
            (red + green) / 2.0 - blue,
            red - green,
            alpha,
        ];
        for (channel, value) in channels.iter_mut().zip(values) {
            channel.push(value);
        }
    }
    channels
}

/// Transforms a channel by the cosines of the triangle of lowest frequencies, `across` × `down`.
fn spectrum(channel: &[f64], (width, height): (u32, u32), (across, down): (u32, u32)) -> Spectrum {
    let cosines = |frequency: u32, side: u32| -> Vec<f64> {
        let step = PI / f64::from(side) * f64::from(frequency);
        (0..side)
            .map(|place| (step * (f64::from(place) + 0.5)).cos())
            .collect()
    };
    let product = |values: &[f64], cosines: &[f64]| -> f64 {
        values
            .iter()
            .zip(cosines)
            .map(|(value, cosine)| value * cosine)
            .sum()
    };
    let row = usize::try_from(width).unwrap_or(usize::MAX).max(1);
    let area = f64::from(width) * f64::from(height);
    // For each frequency across, a column of what the rows have of it.
    let columns: Vec<Vec<f64>> = (0..across)
        .map(|frequency| {
            let cosines = cosines(frequency, width);
            channel
                .chunks(row)
                .map(|row| product(row, &cosines))
                .collect()
        })
        .collect();
    let mut found = Vec::new();
    for frequency in 0..down {
        let cosines = cosines(frequency, height);
        let in_triangle = (0..across).take_while(|x| x * down < across * (down - frequency));
        for (_, column) in in_triangle.zip(&columns) {
            found.push(product(column, &cosines) / area);
        }
    }
    let mut all = found.into_iter();
    let mean = all.next().unwrap_or_default();
    let mut others: Vec<f64> = all.collect();
    let scale = others
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    if scale > 0.0 {
        for value in &mut others {
            *value = 0.5 + 0.5 / scale * *value;
        }
    }
    Spectrum {
        mean,
        others,
        scale,
    }
}

/// Numbers of a few bits, the lowest bit first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Adds a number of this many bits, at most 8, rounded. What is in the middle but for the last digits of a sum is rounded
    /// up, so that a picture has the same hash wherever it is made.
    fn push(&mut self, value: f64, bits: u32) {
        let most = f64::from((1_u32 << bits) - 1);
        let value = (value + MIDDLE).round().clamp(0.0, most) as u32;
        let shift = self.used % 8;
        let [low, high, ..] = (value << shift).to_le_bytes();
        if shift == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= low;
        }
        if shift + bits > 8 {
            self.bytes.push(high);
        }
        self.used += bits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gradient with transparent pixels: none, a hole in the middle, or all.
    fn gradient(width: u32, height: u32, transparent: &str) -> Picture {
        let mut pixels = Vec::new();
        let share = |place: u32, side: u32| (place * 255 / side.saturating_sub(1).max(1)) as u8;
        for y in 0..height {
            for x in 0..width {
                let (from_left, from_top) = (
                    f64::from(x) - f64::from(width) / 2.0,
                    f64::from(y) - f64::from(height) / 2.0,
                );
                let is_in_hole = from_left * from_left + from_top * from_top
                    < f64::from(width) * f64::from(height) / 16.0;
                let alpha = match transparent {
                    "none" => 255,
                    "hole" if !is_in_hole => 255,
                    _ => 0,
                };
                let blue = ((x * x + y * 13) % 256) as u8;
                pixels.extend([share(x, width), share(y, height), blue, alpha]);
            }
        }
        Picture {
            width,
            height,
            layout: Layout::Rgba,
            pixels,
        }
    }

    /// Returns the numbers in a hash, in their order.
    fn steps(hash: &[u8]) -> Vec<u32> {
        let has_alpha = hash[2] & 0x80 != 0;
        let head: &[u32] = &[6, 6, 6, 5, 1, 3, 6, 6, 1];
        let means: &[u32] = if has_alpha { &[4, 4] } else { &[] };
        let left = 8 * hash.len() - if has_alpha { 48 } else { 40 };
        let widths = head.iter().chain(means).copied();
        let mut at = 0;
        widths
            .chain(std::iter::repeat_n(4, left / 4))
            .map(|bits| {
                let bit = |index: usize| u32::from(hash[index / 8] >> (index % 8) & 1);
                let number = (0..bits)
                    .map(|place| bit(at + place as usize) << place)
                    .sum();
                at += bits as usize;
                number
            })
            .collect()
    }

    /// The hashes are those that `rgbaToThumbHash` of the npm package `thumbhash` 0.1.1 makes of the same pixels.
    #[test]
    fn hashes_are_those_of_the_reference() {
        for (width, height, transparent, hash) in [
            (
                100,
                75,
                "none",
                "df070a359a8077777077777777777777808008f877",
            ),
            (
                100,
                75,
                "hole",
                "df078a34982c807670777767070888708f887f8477e8378707",
            ),
            (
                100,
                75,
                "all",
                "00088204800000000000000000000000000000000000000000",
            ),
            (
                75,
                100,
                "none",
                "dff709351a7077707777777777777787808008f878",
            ),
            (
                75,
                100,
                "hole",
                "dff78934182c800677877776070888707f887e8777f8378704",
            ),
            (
                75,
                100,
                "all",
                "00088204000000000000000000000000000000000000000000",
            ),
            (
                100,
                100,
                "hole",
                "df078a35182c80867077786787808008f787f86778877f7268",
            ),
            (
                100,
                100,
                "all",
                "00088205000000000000000000000000000000000000000000",
            ),
            (
                1,
                1,
                "none",
                "000802070000000000000000000000000000000000000000",
            ),
            (
                1,
                1,
                "hole",
                "000802070000000000000000000000000000000000000000",
            ),
            (
                1,
                1,
                "all",
                "00088205000000000000000000000000000000000000000000",
            ),
            (33, 7, "none", "9ef80d319e60768870777888d39018f878"),
            (
                33,
                7,
                "hole",
                "5e088e299a3c6076718687f2a007f788f8277887798687",
            ),
            (
                33,
                7,
                "all",
                "0008820180000000000000000000000000000000000000",
            ),
        ] {
            let made = encode(&gradient(width, height, transparent));
            let reference: Vec<u8> = (0..hash.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hash[at..at + 2], 16).unwrap())
                .collect();
            let what = format!("{width} × {height}, {transparent}");
            assert_eq!(made.len(), reference.len(), "{what}");
            // These gradients have values in the middle of two steps, which the reference rounds by the last digits of
            // its sums, up or down.
            let off = steps(&made).into_iter().zip(steps(&reference));
            let off: Vec<_> = off
                .map(|(made, reference)| made.abs_diff(reference))
                .collect();
            assert!(off.iter().all(|off| *off <= 1), "{what}: {off:?}");
            let ties = off.iter().filter(|off| **off == 1).count();
            assert!(ties <= 3, "{what}: {off:?}");
        }
    }
}
