//! Decodes WebP with libwebp, which crops and scales while it decodes, so the large picture never exists in memory, not
//! even as RGB.
//!
//! libwebp scales to twice the wanted size, and Lanczos does the rest: libwebp averages, and an average alone blurs.
//! Pictures with alpha are not scaled by libwebp, because it would mix the colours of transparent pixels into visible
//! ones.

use libwebp_sys::{
    WEBP_CSP_MODE, WebPBitstreamFeatures, WebPDecode, WebPDecoderConfig, WebPRGBABuffer,
};

use crate::container;
use crate::decoder::webp::{checked, features};
use crate::{Damage, Encoding};

use super::super::picture::{Decoded, Layout, Profile, byte_count};
use super::super::reduce::Window;
use super::super::reduced::Watch;
use super::super::view::View;
use super::super::{Budget, Rect, RenderError};
use super::{animation, reduce_whole};

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    let features = features(bytes)?;
    if features.has_animation != 0 {
        return animation::first(Encoding::Webp, bytes, view, budget);
    }
    let layout = layout(&features);
    let part = even(view.crop);
    let scaled = if layout == Layout::Rgb {
        (
            twice(part.width, view.crop.width, view.width),
            twice(part.height, view.crop.height, view.height),
        )
    } else {
        (part.width, part.height)
    };
    let pixels = decode_part(bytes, layout, part, scaled)?;
    let local = View {
        crop: Rect {
            x: view.crop.x - part.x,
            y: view.crop.y - part.y,
            ..view.crop
        },
        ..*view
    };
    let scale = (
        f64::from(scaled.0) / f64::from(part.width),
        f64::from(scaled.1) / f64::from(part.height),
    );
    let window = Window::of(&local, scale, scaled);
    let picture = reduce_whole(layout, &pixels, scaled.0, window, &local, budget)?;
    let profile = profile(bytes);
    Ok(Decoded { picture, profile })
}

fn profile(bytes: &[u8]) -> Option<Profile> {
    container::webp_part(bytes, *b"ICCP").map(|icc| Profile::icc(icc.to_vec()))
}

/// Decodes the whole picture at full size.
pub(super) fn verify(bytes: &[u8], watch: &mut Watch) -> Result<(), RenderError> {
    let features = features(bytes)?;
    if features.has_animation != 0 {
        return animation::verify(Encoding::Webp, bytes, watch);
    }
    let side = |length| u32::try_from(length).map_err(|_negative| Damage::Truncated);
    let (width, height) = (side(features.width)?, side(features.height)?);
    let whole = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let layout = layout(&features);
    let pixels = decode_part(bytes, layout, whole, (width, height))?;
    watch.begin(layout, (width, height), || profile(bytes));
    watch.rows(&pixels, byte_count(width, 1, layout)?);
    Ok(())
}

fn layout(features: &WebPBitstreamFeatures) -> Layout {
    if features.has_alpha == 0 {
        Layout::Rgb
    } else {
        Layout::Rgba
    }
}

/// Extends the crop to begin at even coordinates, as chroma is stored for pairs of pixels.
fn even(crop: Rect) -> Rect {
    let (left, top) = (crop.x % 2, crop.y % 2);
    Rect {
        x: crop.x - left,
        y: crop.y - top,
        width: crop.width + left,
        height: crop.height + top,
    }
}

/// Returns the side to which the part is scaled, so that the crop's becomes twice the wanted one; never more than the
/// part's own.
fn twice(part: u32, crop: u32, wanted: u32) -> u32 {
    let scaled = (u64::from(part) * 2 * u64::from(wanted)).div_ceil(u64::from(crop));
    u32::try_from(scaled).map_or(part, |scaled| scaled.min(part))
}

#[allow(unsafe_code, reason = "libwebp is a C library")]
fn decode_part(
    bytes: &[u8],
    layout: Layout,
    part: Rect,
    (width, height): (u32, u32),
) -> Result<Vec<u8>, Damage> {
    let number = |value: u32| i32::try_from(value).map_err(|_too_large| Damage::Memory);
    let mut pixels = vec![0_u8; byte_count(width, height, layout)?];
    let stride =
        u32::try_from(byte_count(width, 1, layout)?).map_err(|_too_large| Damage::Memory)?;
    let mut config = WebPDecoderConfig::new().map_err(|()| Damage::Memory)?;
    config.options.use_cropping = 1;
    config.options.crop_left = number(part.x)?;
    config.options.crop_top = number(part.y)?;
    config.options.crop_width = number(part.width)?;
    config.options.crop_height = number(part.height)?;
    config.options.use_scaling = i32::from((width, height) != (part.width, part.height));
    config.options.scaled_width = number(width)?;
    config.options.scaled_height = number(height)?;
    config.output.colorspace = match layout {
        Layout::Rgba => WEBP_CSP_MODE::MODE_RGBA,
        Layout::Rgb | Layout::Grey | Layout::Cmyk => WEBP_CSP_MODE::MODE_RGB,
    };
    config.output.is_external_memory = 1;
    config.output.u.RGBA = WebPRGBABuffer {
        rgba: pixels.as_mut_ptr(),
        stride: number(stride)?,
        size: pixels.len(),
    };
    // SAFETY: input and output outlive the call. libwebp checks the size of the output before it writes, and as the
    // memory is ours, it keeps nothing that needs to be freed.
    let status = unsafe { WebPDecode(bytes.as_ptr(), bytes.len(), &raw mut config) };
    checked(status)?;
    Ok(pixels)
}
