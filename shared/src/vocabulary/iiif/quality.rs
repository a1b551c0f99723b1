//! The quality of an answer: its colours (section 4.4).

use std::fmt;

use super::refused::Refused;

/// The colours of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// `default`, which here means `color`.
    Default,
    /// All colours of the image.
    Colour,
    /// Shades of grey.
    Grey,
    /// Black and white.
    Bitonal,
}

impl Quality {
    const ALL: [Self; 4] = [Self::Default, Self::Colour, Self::Grey, Self::Bitonal];

    /// Parses a quality.
    ///
    /// # Errors
    /// [`Refused::Quality`] if it is none of these.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let known = Self::ALL
            .into_iter()
            .find(|quality| quality.as_str() == text);
        known.ok_or(Refused::Quality)
    }

    /// Returns the canonical form, in which equal answers have equal addresses.
    #[must_use]
    pub fn canonical(self) -> Self {
        match self {
            Self::Default | Self::Colour => Self::Default,
            Self::Grey => Self::Grey,
            Self::Bitonal => Self::Bitonal,
        }
    }

    /// Returns the quality as it is written in a path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Colour => "color",
            Self::Grey => "gray",
            Self::Bitonal => "bitonal",
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
