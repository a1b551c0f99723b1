//! The reasons for refusing a request, as sentences that say what to change.

/// The reason for refusing a request. Each is a 400, as the standard requires for malformed, out-of-range and
/// unsupported requests (sections 4.1 to 4.5).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The path does not have five parts.
    #[error("an image's path must be {{region}}/{{size}}/{{rotation}}/{{quality}}.{{format}}")]
    Form,
    /// The region is malformed (section 4.1).
    #[error("a region must be full, square, x,y,w,h or pct:x,y,w,h")]
    Region,
    /// The region lies outside the image, or has no width or height.
    #[error("the region contains no pixel of the image")]
    EmptyRegion,
    /// The size is malformed (section 4.2).
    #[error(
        "a size must be max, w, or ,h or w,h or !w,h or pct:n, with ^ before it where the image may be enlarged"
    )]
    Size,
    /// The width or height is 0.
    #[error("the size is less than one pixel")]
    TooSmall,
    /// The size is larger than the region, without `^`.
    #[error("the size is larger than the region; put ^ before the size to enlarge the image")]
    Enlarged,
    /// The size is beyond `maxWidth`, `maxHeight` or `maxArea`.
    #[error("the size exceeds maxWidth, maxHeight or maxArea in info.json")]
    TooLarge,
    /// The rotation is malformed or its angle is not supported (section 4.3).
    #[error("a rotation must be 0, 90, 180 or 270, with ! before it to mirror first")]
    Rotation,
    /// The quality is unknown (section 4.4).
    #[error("a quality must be default, color, gray or bitonal")]
    Quality,
    /// The format is unknown (section 4.5).
    #[error("a format must be jpg, png, webp, avif or gif")]
    Format,
}

impl Refused {
    /// Returns a stable code, for programs.
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
