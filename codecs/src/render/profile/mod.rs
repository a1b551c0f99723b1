//! Converts a picture's colours to sRGB, which is what a viewer assumes by default.
//!
//! ```text
//! what the file says, the strongest first ─▶ the first that is understood ─▶ steps ─▶ sRGB
//!    ICC profile ─▶ icc, table       code points (H.273) ─▶ coded, hdr       gAMA, cHRM ─▶ coded
//! ```
//!
//! The steps are applied to the small picture, because they cost per pixel. A statement that cannot be understood, or
//! that is for other samples than the picture's, is ignored, as browsers do; it never fails a rendering. CMYK without a
//! profile is converted as if its inks were ideal.

mod coded;
mod hdr;
mod icc;
mod levels;
mod step;
mod table;

use super::picture::{Decoded, Layout, Picture, Profile, Says};
use step::{Step, ideal_inks};

/// The kind of samples that a conversion takes, and that a profile must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Samples {
    Grey,
    Rgb,
    Cmyk,
}

/// Converts the pictures of one file. It keeps the steps, because the frames of an animation share their profile.
#[derive(Default)]
pub(crate) struct Converter {
    known: Option<Known>,
}

struct Known {
    profile: Profile,
    layout: Layout,
    steps: Vec<Step>,
}

impl Converter {
    /// Converts a picture to sRGB: grey, RGB or RGBA.
    pub(crate) fn convert(&mut self, decoded: Decoded) -> Picture {
        let Decoded { picture, profile } = decoded;
        match profile {
            Some(profile) => by_steps(self.steps(profile, picture.layout), picture),
            None => by_steps(&[], picture),
        }
    }

    /// Converts a part of a picture. All parts have one profile, which is asked for once.
    pub(crate) fn convert_part(
        &mut self,
        picture: Picture,
        profile: impl FnOnce() -> Option<Profile>,
    ) -> Picture {
        match &self.known {
            Some(known) if known.layout == picture.layout => by_steps(&known.steps, picture),
            Some(_) | None => self.convert(Decoded {
                picture,
                profile: profile(),
            }),
        }
    }

    fn steps(&mut self, profile: Profile, layout: Layout) -> &[Step] {
        let known = self
            .known
            .take()
            .filter(|known| known.layout == layout && known.profile == profile);
        let known = known.unwrap_or_else(|| {
            let steps = steps(&profile, layout);
            Known {
                profile,
                layout,
                steps,
            }
        });
        &self.known.insert(known).steps
    }
}

fn by_steps(steps: &[Step], picture: Picture) -> Picture {
    let apply = |picture, step: &Step| step.apply(picture);
    let converted = steps.iter().fold(picture, apply);
    match converted.layout {
        Layout::Cmyk => ideal_inks(converted),
        Layout::Grey | Layout::Rgb | Layout::Rgba => converted,
    }
}

/// Returns the steps from a picture to sRGB. There are none if it is sRGB, or if no statement about it is understood.
fn steps(profile: &Profile, layout: Layout) -> Vec<Step> {
    let samples = match layout {
        Layout::Cmyk => Samples::Cmyk,
        Layout::Grey => Samples::Grey,
        Layout::Rgb | Layout::Rgba if profile.of_grey => Samples::Grey,
        Layout::Rgb | Layout::Rgba => Samples::Rgb,
    };
    let understood = profile.says.iter().find_map(|says| match says {
        Says::Icc(bytes) => icc::steps(bytes, samples, layout),
        Says::Code(points) => coded::steps_of_code(*points, samples, layout),
        Says::Srgb => Some(Vec::new()),
        Says::Gamma(measured) => coded::steps_of_gamma(*measured, samples, layout),
    });
    understood.unwrap_or_default()
}
