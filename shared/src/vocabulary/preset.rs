//! Presets: sizes that an app names once, in its registration, and asks for by name.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::vocabulary::iiif::{Dimensions, OutputFormat, SizeLimits};
use crate::vocabulary::names::NameError;

/// The longest side of a preset, in pixels: a square of it is as much as any answer holds
/// ([`SizeLimits::max_area`]).
pub const MAX_SIDE: u32 = 4_096;

/// The formats a preset can come in, best first: what `auto` picks from.
pub const FORMATS: [OutputFormat; 3] = [OutputFormat::Avif, OutputFormat::Webp, OutputFormat::Jpg];

/// All presets of an app.
pub type Presets = BTreeMap<PresetName, Preset>;

/// A preset's name: `[a-z][a-z0-9-]{0,30}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PresetName(String);

impl PresetName {
    /// Accepts exactly the grammar above.
    ///
    /// # Errors
    /// [`NameError::Preset`] for everything else.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let mut bytes = name.bytes();
        let starts_well = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
        let rest_is_good = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if starts_well && rest_is_good && name.len() <= 31 {
            Ok(Self(name.to_owned()))
        } else {
            Err(NameError::Preset)
        }
    }

    /// The name as it stands in paths.
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

/// How an image is brought to a preset's size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// The whole image, of its own proportions, within the size; never enlarged.
    #[default]
    Inside,
    /// Exactly this size, filled; what is too much of one side is cut off on both ends.
    Cover,
    /// Exactly this size, the whole image, whatever its proportions.
    Exact,
}

/// A preset as it is stored and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    /// How the image is brought to the size.
    pub fit: Fit,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// 1 to 100, on each encoder's own scale; none for the platform's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// What it comes in, best first; `auto` gives the first that the viewer takes, and the last to who takes none.
    pub formats: Vec<OutputFormat>,
}

impl Preset {
    /// The size that an image of these dimensions gets.
    #[must_use]
    pub fn size_of(&self, image: Dimensions) -> Dimensions {
        match self.fit {
            Fit::Inside => {
                let (width, height) = (self.width.min(image.width), self.height.min(image.height));
                SizeLimits::default().largest(image, width, height)
            }
            Fit::Cover | Fit::Exact => self.size(),
        }
    }

    /// As it was registered.
    #[must_use]
    pub fn size(&self) -> Dimensions {
        Dimensions {
            width: self.width,
            height: self.height,
        }
    }

    /// What `auto` means for a viewer who takes `best` and, as all do, JPEG; and WebP, if AVIF.
    #[must_use]
    pub fn automatic(&self, best: OutputFormat) -> OutputFormat {
        let rank = |format: OutputFormat| FORMATS.iter().position(|known| *known == format);
        let taken = self
            .formats
            .iter()
            .find(|format| rank(**format) >= rank(best));
        taken
            .or(self.formats.last())
            .copied()
            .unwrap_or(OutputFormat::Jpg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(fit: Fit, formats: &[OutputFormat]) -> Preset {
        Preset {
            fit,
            width: 320,
            height: 240,
            quality: None,
            formats: formats.to_vec(),
        }
    }

    #[test]
    fn auto_is_the_best_that_the_viewer_takes() {
        use OutputFormat::{Avif, Jpg, Webp};
        for (offered, best, given) in [
            (&[Avif, Webp, Jpg][..], Avif, Avif),
            (&[Avif, Webp, Jpg], Webp, Webp),
            (&[Avif, Webp, Jpg], Jpg, Jpg),
            (&[Webp, Jpg], Avif, Webp),
            (&[Avif, Jpg], Webp, Jpg),
            (&[Webp], Jpg, Webp),
            (&[Jpg], Avif, Jpg),
        ] {
            assert_eq!(
                preset(Fit::Inside, offered).automatic(best),
                given,
                "{offered:?} for {best}"
            );
        }
    }

    #[test]
    fn inside_never_enlarges_and_the_others_are_exact() {
        let of = |fit, width, height| preset(fit, &FORMATS).size_of(Dimensions { width, height });
        for (fit, image, size) in [
            (Fit::Inside, (640, 480), (320, 240)),
            (Fit::Inside, (1000, 100), (320, 32)),
            (Fit::Inside, (10, 20), (10, 20)),
            (Fit::Inside, (300, 900), (80, 240)),
            (Fit::Cover, (10, 20), (320, 240)),
            (Fit::Exact, (9000, 20), (320, 240)),
        ] {
            let given = of(fit, image.0, image.1);
            assert_eq!((given.width, given.height), size, "{fit:?} {image:?}");
        }
    }
}
