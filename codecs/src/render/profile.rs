//! What the numbers of a picture mean becomes sRGB, which is what a viewer assumes when nothing is said.
//!
//! Applied to the small picture: a transform costs per pixel. A profile that cannot be understood, or is for other numbers
//! than the picture has, is left aside, as browsers do; so are PNG's `gAMA` and `cHRM`, which browsers and libvips
//! disagree on. CMYK without a profile is converted as if its inks were ideal.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout as Channels, RenderingIntent, Transform8BitExecutor,
    TransformOptions,
};

use super::picture::{Decoded, Layout, Picture};

/// The picture as sRGB: grey, RGB or RGBA.
pub(super) fn to_srgb(decoded: Decoded) -> Picture {
    let Decoded { picture, profile } = decoded;
    let transform = profile.and_then(|bytes| transform(&bytes, picture.layout));
    match (transform, picture.layout) {
        (Some(transform), layout) => apply(picture, transform.as_ref(), layout),
        (None, Layout::Cmyk) => ideal_inks(picture),
        (None, Layout::Grey | Layout::Rgb | Layout::Rgba) => picture,
    }
}

/// From the profile to sRGB; nothing when that changes nothing.
fn transform(profile: &[u8], layout: Layout) -> Option<Arc<Transform8BitExecutor>> {
    let source = ColorProfile::new_from_slice(profile).ok()?;
    let (space, from, to) = match layout {
        Layout::Grey => (DataColorSpace::Gray, Channels::Gray, Channels::Gray),
        Layout::Rgb => (DataColorSpace::Rgb, Channels::Rgb, Channels::Rgb),
        Layout::Rgba => (DataColorSpace::Rgb, Channels::Rgba, Channels::Rgba),
        // Four channels, whatever they are.
        Layout::Cmyk => (DataColorSpace::Cmyk, Channels::Rgba, Channels::Rgb),
    };
    if source.color_space != space {
        return None;
    }
    let options = TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    };
    let transform = source
        .create_transform_8bit(from, &target(layout), to, options)
        .ok()?;
    (layout == Layout::Cmyk || changes(transform.as_ref(), layout)).then_some(transform)
}

fn target(layout: Layout) -> ColorProfile {
    let mut srgb = ColorProfile::new_srgb();
    if layout == Layout::Grey {
        let curve = srgb.red_trc.take();
        srgb = ColorProfile::new_gray_with_gamma(2.2);
        srgb.gray_trc = curve;
    }
    srgb
}

/// Whether any of some well-spread colours becomes another one: nearly all profiles in the wild are sRGB's own, in some
/// wording or other, and going through one costs time and a rounding error.
fn changes(transform: &Transform8BitExecutor, layout: Layout) -> bool {
    const LEVELS: [u8; 6] = [0, 32, 80, 128, 192, 255];
    let mut probe = Vec::new();
    for red in LEVELS {
        for green in LEVELS {
            for blue in LEVELS {
                match layout {
                    Layout::Grey => probe.push(red),
                    Layout::Rgb => probe.extend([red, green, blue]),
                    Layout::Rgba | Layout::Cmyk => probe.extend([red, green, blue, 255]),
                }
            }
        }
    }
    let mut converted = vec![0; probe.len()];
    transform.transform(&probe, &mut converted).is_ok()
        && probe
            .iter()
            .zip(&converted)
            .any(|(a, b)| a.abs_diff(*b) > 2)
}

fn apply(mut picture: Picture, transform: &Transform8BitExecutor, layout: Layout) -> Picture {
    let to = match layout {
        Layout::Cmyk => Layout::Rgb,
        Layout::Grey | Layout::Rgb | Layout::Rgba => layout,
    };
    let mut converted = vec![0; picture.pixels.len() / layout.channels() * to.channels()];
    if transform
        .transform(&picture.pixels, &mut converted)
        .is_err()
    {
        return match layout {
            Layout::Cmyk => ideal_inks(picture),
            Layout::Grey | Layout::Rgb | Layout::Rgba => picture,
        };
    }
    picture.pixels = converted;
    picture.layout = to;
    picture
}

fn ideal_inks(mut picture: Picture) -> Picture {
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
