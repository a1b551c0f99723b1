//! The reasons for which a drawing is refused.

use crate::Damage;
use crate::container::svg::Unfit;
use crate::convert::ConvertError;

/// A reason for which a drawing is refused. It is the exit code of the process that found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is no XML, or no drawing.
    Malformed,
    /// It is not in UTF-8.
    Encoding,
    /// It has declarations of its own beside plain texts.
    Declarations,
    /// It has too many elements, too many bytes, or is nested too deeply.
    Large,
    /// It has text, and there is no font.
    Text,
    /// The pictures within it are too large.
    Pictures,
    /// The drawing that was written anew has something that is not allowed. It is a fault of ours.
    NotAllowed,
}

impl Flaw {
    const ALL: [Self; 7] = [
        Self::Malformed,
        Self::Encoding,
        Self::Declarations,
        Self::Large,
        Self::Text,
        Self::Pictures,
        Self::NotAllowed,
    ];

    pub(super) fn code(self) -> i32 {
        match self {
            Self::Malformed => 1,
            Self::Encoding => 2,
            Self::Declarations => 3,
            Self::Large => 4,
            Self::Text => 5,
            Self::Pictures => 6,
            Self::NotAllowed => 7,
        }
    }

    pub(super) fn by_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.code() == code)
    }

    /// Returns what a person is told, with its article.
    fn in_words(self) -> &'static str {
        match self {
            Self::Malformed => "an SVG image that is not well-formed",
            Self::Encoding => "an SVG image in another encoding than UTF-8",
            Self::Declarations => "an SVG image with declarations that refer to others",
            Self::Large => "an SVG image with more parts than an image should have",
            Self::Text => "an SVG image with text",
            Self::Pictures => "an SVG image with large pictures in it",
            Self::NotAllowed => "an SVG image that cannot be written safely",
        }
    }
}

impl From<Flaw> for ConvertError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Malformed => Self::Damage(Damage::Malformed(flaw.in_words().into())),
            Flaw::Encoding
            | Flaw::Declarations
            | Flaw::Large
            | Flaw::Text
            | Flaw::Pictures
            | Flaw::NotAllowed => Self::Unsupported(flaw.in_words()),
        }
    }
}

impl From<Unfit> for Flaw {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Malformed => Self::Malformed,
            Unfit::Large => Self::Large,
            Unfit::NotAllowed => Self::NotAllowed,
        }
    }
}
