//! A placeholder, which is shown instead of a picture until it is loaded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A placeholder of a picture: so small that it fits into the answer that names the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placeholder {
    /// A ThumbHash in base64: <https://evanw.github.io/thumbhash/>.
    pub thumbhash: String,
    /// The colour that most of the picture has, as CSS writes it: `#rrggbb`.
    #[schemars(regex(pattern = "^#[0-9a-f]{6}$"))]
    pub color: String,
}

impl From<dozo_codecs::render::Placeholder> for Placeholder {
    fn from(made: dozo_codecs::render::Placeholder) -> Self {
        let [red, green, blue] = made.colour;
        Self {
            thumbhash: BASE64.encode(made.thumbhash),
            color: format!("#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}
