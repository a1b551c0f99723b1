//! Why a request is refused, in a sentence that says what to change.

/// Each is a 400: the standard wants that for what is malformed, out of range or not supported (sections 4.1 to 4.5).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not five parts.
    #[error("an image is asked for by {{region}}/{{size}}/{{rotation}}/{{quality}}.{{format}}")]
    Form,
    /// Section 4.1.
    #[error("a region is full, square, x,y,w,h or pct:x,y,w,h")]
    Region,
    /// Nothing of it lies in the image, or it has no width or height.
    #[error("the region holds no pixel of the image")]
    EmptyRegion,
    /// Section 4.2.
    #[error(
        "a size is max, w, or ,h or w,h or !w,h or pct:n, with ^ before it where the image may be enlarged"
    )]
    Size,
    /// A width or height of 0.
    #[error("the size is less than one pixel")]
    TooSmall,
    /// Larger than the region, without `^`.
    #[error("the size is larger than the region; put ^ before it to enlarge")]
    Enlarged,
    /// Beyond `maxWidth`, `maxHeight` or `maxArea`.
    #[error("the size is beyond maxWidth, maxHeight or maxArea in info.json")]
    TooLarge,
    /// Section 4.3, and angles that are not supported.
    #[error("a rotation is 0, 90, 180 or 270, with ! before it to mirror first")]
    Rotation,
    /// Section 4.4.
    #[error("a quality is default, color, gray or bitonal")]
    Quality,
    /// Section 4.5.
    #[error("a format is jpg, png, webp, avif or gif")]
    Format,
}

impl Refused {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form => "request_malformed",
            Self::Region => "region_malformed",
            Self::EmptyRegion => "region_empty",
            Self::Size => "size_malformed",
            Self::TooSmall => "size_too_small",
            Self::Enlarged => "size_enlarges",
            Self::TooLarge => "size_too_large",
            Self::Rotation => "rotation_unsupported",
            Self::Quality => "quality_unsupported",
            Self::Format => "format_unsupported",
        }
    }
}
