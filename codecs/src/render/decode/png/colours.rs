//! Reads a PNG's colour chunks in order of precedence (PNG, third edition, 4.3): `cICP`, `iCCP`, `sRGB`, then `gAMA`
//! and `cHRM`.

use png::{ColorType, Info};

use super::super::super::picture::{CodePoints, Measured, Profile, Says};

pub(super) fn profile(info: &Info<'_>) -> Option<Profile> {
    let points = info.coding_independent_code_points.map(|points| {
        Says::Code(CodePoints {
            primaries: points.color_primaries,
            transfer: points.transfer_function,
            is_full_range: points.is_video_full_range_image,
        })
    });
    let icc = info.icc_profile.as_ref();
    let icc = icc.map(|bytes| Says::Icc(bytes.to_vec()));
    let srgb = info.srgb.map(|_intent| Says::Srgb);
    let says: Vec<Says> = [points, icc, srgb, gamma(info)]
        .into_iter()
        .flatten()
        .collect();
    // A picture that is sRGB needs no profile.
    let says_more = !matches!(says.as_slice(), [] | [Says::Srgb, ..]);
    says_more.then_some(Profile {
        says,
        of_grey: matches!(
            info.color_type,
            ColorType::Grayscale | ColorType::GrayscaleAlpha
        ),
    })
}

/// Reads `gAMA`, and `cHRM` if it is there. Like browsers, it ignores `cHRM` alone.
fn gamma(info: &Info<'_>) -> Option<Says> {
    let gamma = f64::from(info.gama_chunk?.into_value());
    let primaries = info.chrm_chunk.map(|points| {
        [points.white, points.red, points.green, points.blue]
            .map(|(x, y)| (x.into_value(), y.into_value()))
    });
    Some(Says::Gamma(Measured { gamma, primaries }))
}
