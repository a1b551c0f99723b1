//! The problems of the renderer.

use dozo_codecs::render::Limit;

use super::Problem;
use crate::vocabulary::iiif::{OutputFormat, Refused};
use crate::vocabulary::preset::Density;

impl Problem {
    /// 404: no image is delivered under this path. The answer does not reveal whether there ever was one.
    #[must_use]
    pub fn no_such_image() -> Self {
        Self::of_image(
            404,
            "not_found",
            "There is no such image",
            "Nothing is delivered under this address.",
        )
    }

    /// 404: the app has no such preset.
    #[must_use]
    pub fn unknown_preset() -> Self {
        Self::of_image(
            404,
            "unknown_preset",
            "There is no such preset",
            "See `presets` in the app's registration.",
        )
    }

    /// 400: the request for an image cannot be fulfilled.
    #[must_use]
    pub fn image(refused: &Refused) -> Self {
        let detail = format!("{refused}.");
        Self::of_image(
            400,
            refused.code(),
            "The image cannot be delivered as requested",
            &detail,
        )
    }

    /// 400: the preset does not offer this format.
    #[must_use]
    pub fn format_not_in_preset(formats: &[OutputFormat]) -> Self {
        let known: Vec<_> = formats.iter().map(|format| format.extension()).collect();
        let detail = format!(
            "This preset offers the formats {} and auto.",
            known.join(", ")
        );
        Self::of_image(
            400,
            "format_not_in_preset",
            "The image cannot be delivered as requested",
            &detail,
        )
    }

    /// 400: the preset does not offer this density.
    #[must_use]
    pub fn density_not_in_preset(most: Density) -> Self {
        let detail = if most == Density::ONE {
            "This preset is offered without a density; its registration can name one as dpr."
                .to_owned()
        } else {
            format!("This preset is offered up to {}x.", most.get())
        };
        Self::of_image(
            400,
            "density_not_in_preset",
            "The image cannot be delivered as requested",
            &detail,
        )
    }

    /// 404: the preset's watermark is not shown at the moment, or cannot be drawn.
    #[must_use]
    pub fn watermark_not_ready() -> Self {
        Self::of_image(
            404,
            "watermark_not_ready",
            "The image cannot be delivered at the moment",
            "The watermark of this preset is not a ready image of the app; an administrator can restore or replace it.",
        )
    }

    /// 403: the app allows only its presets and the listed sizes.
    #[must_use]
    pub fn sizes_only() -> Self {
        let detail = "Ask for one of this app's presets, or for full/{w,h}/0/default with one of the sizes in info.json.";
        Self::of_image(403, "sizes_only", "This size is not allowed", detail)
    }

    /// 405: images can only be read.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::of_image(
            405,
            "method_not_allowed",
            "Images cannot be requested with this method",
            "Use GET or HEAD.",
        )
    }

    /// 501: the pipeline does not support this.
    #[must_use]
    pub fn not_rendered(what: &str) -> Self {
        let detail = format!("Not supported: {what}.");
        Self::of_image(
            501,
            "not_supported",
            "The image cannot be delivered as requested",
            &detail,
        )
    }

    /// The image would cost more than one request may: 400 if a smaller request would succeed, 503 if time ran out.
    #[must_use]
    pub fn over_budget(limit: Limit) -> Self {
        match limit {
            Limit::Time => Self::unavailable(),
            Limit::Pixels | Limit::OutputPixels => {
                let detail = format!("{limit}.");
                Self::of_image(
                    400,
                    "over_budget",
                    "The image cannot be delivered as requested",
                    &detail,
                )
            }
        }
    }

    /// 400: the answer is longer than can be sent in one piece.
    #[must_use]
    pub fn answer_too_large(bytes: usize, limit: usize) -> Self {
        let detail = format!(
            "The answer has {bytes} bytes, but at most {limit} can be sent; ask for fewer pixels or another format."
        );
        Self::of_image(400, "answer_too_large", "The answer is too large", &detail)
    }

    fn of_image(status: u16, code: &'static str, title: &'static str, detail: &str) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.to_owned(),
            field: None,
            retry_after_seconds: None,
            blocked_by: None,
        }
    }
}
