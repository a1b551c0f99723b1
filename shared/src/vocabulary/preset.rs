//! Presets: sizes that an app defines in its registration and requests by name.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::iiif::{Dimensions, OutputFormat, SizeLimits};
use crate::vocabulary::names::{NameError, is_word};
use crate::vocabulary::watermark::Watermark;

/// The longest side of a preset, in pixels. A square of this side has the maximum area of an answer
/// ([`SizeLimits::max_area`]).
pub const MAX_SIDE: u32 = 4_096;

/// The strongest blur, in pixels of the registered size. Four times as many still are a number of a byte.
pub const MAX_BLUR: u8 = 60;

/// The formats allowed in a preset, best first; `auto` picks from them.
pub const FORMATS: [OutputFormat; 3] = [OutputFormat::Avif, OutputFormat::Webp, OutputFormat::Jpg];

/// All presets of an app, by name.
pub type Presets = BTreeMap<PresetName, Preset>;

/// A preset's name: `[a-z][a-z0-9-]{0,30}`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[a-z][a-z0-9-]{0,30}$"))]
pub struct PresetName(String);

impl PresetName {
    /// Parses a name; accepts exactly the grammar above.
    ///
    /// # Errors
    /// [`NameError::Preset`] for everything else.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if is_word(name) && name.len() <= 31 {
            Ok(Self(name.to_owned()))
        } else {
            Err(NameError::Preset)
        }
    }

    /// Returns the name as it is written in paths.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PresetName {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        Self::parse(&name)
    }
}

impl From<PresetName> for String {
    fn from(name: PresetName) -> Self {
        name.0
    }
}

impl fmt::Display for PresetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The way in which an image is fitted to a preset's size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "PresetFit")]
pub enum Fit {
    /// The whole image in its own proportions, within the size; never enlarged.
    #[default]
    Inside,
    /// Exactly this size, filled. The surplus on one side is cut off equally at both ends.
    Cover,
    /// Exactly this size. The whole image is stretched to it, whatever its proportions.
    Exact,
}

/// The part that stays in an image that is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "PresetGravity")]
pub enum Gravity {
    /// The middle.
    #[default]
    Center,
    /// The part that people look at: what stands out by contrast, by colour, or by being like skin.
    Auto,
}

impl Gravity {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A colour in sRGB, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^#[0-9a-fA-F]{6}$"))]
pub struct Background(pub [u8; 3]);

impl Background {
    /// Parses `#rrggbb`, in upper or lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let is_hexadecimal = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| is_hexadecimal)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }
}

impl TryFrom<String> for Background {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a colour must be #rrggbb")
    }
}

impl From<Background> for String {
    fn from(Background([red, green, blue]): Background) -> Self {
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// How many pixels a screen has for each pixel of a page along a side.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(extend("minimum" = 1, "maximum" = Self::MOST))]
pub struct Density(u8);

impl Density {
    /// The density that no screen exceeds by much.
    pub const MOST: u8 = 4;

    /// One pixel for each pixel.
    pub const ONE: Self = Self(1);

    /// Returns `None` for what is not 1 to [`Self::MOST`].
    #[must_use]
    pub fn new(density: u8) -> Option<Self> {
        (1..=Self::MOST).contains(&density).then_some(Self(density))
    }

    /// Parses the part of a path: `2x` to `4x`. The density 1 is not written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digit = text.strip_suffix('x').filter(|digits| digits.len() == 1)?;
        Self::new(digit.parse().ok()?).filter(|density| *density != Self::ONE)
    }

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    fn is_one(&self) -> bool {
        *self == Self::ONE
    }
}

impl Default for Density {
    fn default() -> Self {
        Self::ONE
    }
}

impl TryFrom<u8> for Density {
    type Error = &'static str;

    fn try_from(density: u8) -> Result<Self, Self::Error> {
        Self::new(density).ok_or("a density must be 1 to 4")
    }
}

impl From<Density> for u8 {
    fn from(density: Density) -> Self {
        density.0
    }
}

// serde asks with a reference.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature of skip_serializing_if"
)]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// A preset as it is stored and as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Preset {
    /// The way in which the image is fitted to the size.
    pub fit: Fit,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The quality, 1 to 100 on each encoder's own scale; without one the platform chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// The part that stays in the image when it is cut, which the fit `cover` does.
    #[serde(default, skip_serializing_if = "Gravity::is_default")]
    pub gravity: Gravity,
    /// The colour under transparent parts. Without one they stay transparent, and are white in JPEG.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<Background>,
    /// The standard deviation of the Gaussian by which the image is blurred, in pixels of the registered size; 0 is none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub blur: u8,
    /// The watermark that is drawn over the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// The greatest density at which it is offered: 2 has addresses for twice the size, too.
    #[serde(default, skip_serializing_if = "Density::is_one")]
    pub dpr: Density,
    /// Whether its thumbnails are wanted before anybody asks for one ([`Self::is_made_ahead`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub eager: bool,
    /// The formats offered, best first. `auto` gives the first one that the viewer accepts, or the last one if it
    /// accepts none.
    pub formats: Vec<OutputFormat>,
}

impl Preset {
    /// Returns whether its thumbnails of pictures are made and stored ahead. With a watermark none is: what lies under one
    /// media would show another one, and stay when that is withdrawn.
    #[must_use]
    pub fn is_made_ahead(&self) -> bool {
        self.eager && self.watermark.is_none()
    }

    /// Returns the size in which an image of these dimensions is rendered.
    #[must_use]
    pub fn size_of(&self, image: Dimensions) -> Dimensions {
        match self.fit {
            Fit::Inside => {
                let (width, height) = (self.width.min(image.width), self.height.min(image.height));
                SizeLimits::OF_ANSWERS.largest(image, width, height)
            }
            Fit::Cover | Fit::Exact => self.size(),
        }
    }

    /// Returns the preset for screens of this density, with all that is measured in pixels multiplied; `None` for a
    /// density that is not offered.
    #[must_use]
    pub fn at(&self, density: Density) -> Option<Self> {
        (density <= self.dpr).then(|| Self {
            width: self.width.saturating_mul(u32::from(density.get())),
            height: self.height.saturating_mul(u32::from(density.get())),
            blur: self.blur.saturating_mul(density.get()),
            ..self.clone()
        })
    }

    /// Returns a preset [at](Self::at) a density as it is for an image of these dimensions. One that is too small for the
    /// density, and is not enlarged, is blurred by as much less, so that it looks the same in each.
    #[must_use]
    pub fn for_image(self, density: Density, image: Dimensions) -> Self {
        let density = u32::from(density.get());
        let registered = Self {
            width: self.width / density,
            height: self.height / density,
            ..self.clone()
        };
        let [given, at_one] = [&self, &registered].map(|preset| {
            let size = preset.size_of(image);
            size.width.max(size.height)
        });
        let (blur, of) = (u32::from(self.blur) * given, (at_one * density).max(1));
        Self {
            blur: u8::try_from((blur + of / 2) / of).unwrap_or(u8::MAX),
            ..self
        }
    }

    /// Returns the registered size.
    #[must_use]
    pub fn size(&self) -> Dimensions {
        Dimensions {
            width: self.width,
            height: self.height,
        }
    }

    /// Returns whether this is a format of stills, in which animations are not given because one that moves is offered, too.
    #[must_use]
    pub fn has_one_that_moves(&self, format: OutputFormat) -> bool {
        format == OutputFormat::Avif && self.formats.contains(&OutputFormat::Webp)
    }

    /// Returns the format that `auto` gives to a viewer whose best format is `best`. Every viewer accepts JPEG, and a
    /// viewer that accepts AVIF also accepts WebP.
    #[must_use]
    pub fn automatic(&self, best: OutputFormat, is_animated: bool) -> OutputFormat {
        let rank = |format: OutputFormat| FORMATS.iter().position(|known| *known == format);
        let taken = self
            .formats
            .iter()
            .filter(|format| !is_animated || !self.has_one_that_moves(**format))
            .find(|format| rank(**format) >= rank(best));
        taken
            .or(self.formats.last())
            .copied()
            .unwrap_or(OutputFormat::Jpg)
    }
}

#[cfg(test)]
mod tests;
