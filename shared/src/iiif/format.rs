//! What an answer is encoded as (section 4.5, and `avif` as an extra format).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::refused::Refused;

/// A format that answers come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// JPEG.
    Jpg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// AVIF.
    Avif,
    /// GIF.
    Gif,
}

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Jpg, Self::Png, Self::Webp, Self::Avif, Self::Gif];

    /// Reads an extension.
    ///
    /// # Errors
    /// [`Refused::Format`]
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let known = Self::ALL
            .into_iter()
            .find(|format| format.extension() == text);
        known.ok_or(Refused::Format)
    }

    /// Whether the pipeline makes it. AVIF is known, but waits for its encoder: asked for, it is a 501.
    #[must_use]
    pub fn is_rendered(self) -> bool {
        match self {
            Self::Jpg | Self::Png | Self::Webp | Self::Gif => true,
            Self::Avif => false,
        }
    }

    /// As it stands in a path.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Gif => "gif",
        }
    }

    /// <https://www.iana.org/assignments/media-types/media-types.xhtml#image>
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Gif => "image/gif",
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use dozo_codecs::Encoding;
    use dozo_codecs::render::{Budget, Colour, Output, Recipe, Rect, Turn, render};

    use super::*;

    /// A GIF of one pixel.
    const PIXEL: &[u8] =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

    /// `auto` and `info.json` promise what is rendered, all of it and nothing else.
    #[test]
    fn what_is_rendered_is_what_the_pipeline_makes() {
        for format in OutputFormat::ALL {
            let quality = 50;
            let recipe = Recipe {
                crop: Rect {
                    x: 0,
                    y: 0,
                    width: 1,
                    height: 1,
                },
                width: 1,
                height: 1,
                mirror: false,
                turn: Turn::None,
                colour: Colour::Colour,
                output: match format {
                    OutputFormat::Jpg => Output::Jpeg { quality },
                    OutputFormat::Png => Output::Png,
                    OutputFormat::Webp => Output::Webp { quality },
                    OutputFormat::Avif => Output::Avif { quality },
                    OutputFormat::Gif => Output::Gif,
                },
            };
            let budget = Budget {
                pixels: 1,
                frames: 1,
                output_pixels: 1,
                deadline: Instant::now() + Duration::from_secs(60),
            };
            let rendered = render(Encoding::Gif, PIXEL, &recipe, &budget);
            assert_eq!(
                rendered.is_ok(),
                format.is_rendered(),
                "{format}: {rendered:?}"
            );
        }
    }
}
