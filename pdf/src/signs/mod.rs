//! What a document has said so far that PDFium's interface does not tell, and that changes how its pages may be drawn: names
//! in its objects, heard as PDFium reads them.
//!
//! PDFium keeps what it has read, so a sign holds for the document from then on. Whatever cannot be read here counts as all
//! signs: they only ever mean that a page is drawn in the slower way, which is right for every page.

mod ear;

use memchr::{memchr, memchr_iter};

pub(crate) use self::ear::Ear;
use crate::dictionary::{ends_name, is_space, meant};

/// Signs, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signs(u8);

impl Signs {
    /// A transfer function, which changes colours and samples as they are drawn.
    pub(crate) const TRANSFER: Self = Self(1);
    /// A pattern: PDFium tells the colour of its components, which may be another than its own.
    pub(crate) const PATTERN: Self = Self(1 << 1);
    /// A font whose glyphs are drawings, which may have colours of their own.
    pub(crate) const DRAWN_GLYPHS: Self = Self(1 << 2);
    /// A colour space that is used instead of a device's.
    pub(crate) const DEFAULT_SPACE: Self = Self(1 << 3);
    /// Content that may be switched off.
    pub(crate) const LAYERS: Self = Self(1 << 4);
    /// A font that may have other letters than those of Western Europe.
    pub(crate) const LETTERS: Self = Self(1 << 5);
    #[cfg(test)]
    const NONE: Self = Self(0);
    const ALL: Self = Self(u8::MAX);

    /// Both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of them is among these.
    pub(crate) fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

/// Names (ISO 32000-1) and what they are signs of. The value of a transfer function may be a name, which means none.
const NAMES: [(&[u8], Signs); 12] = [
    (b"TR", Signs::TRANSFER),
    (b"TR2", Signs::TRANSFER),
    (b"PatternType", Signs::PATTERN),
    (b"Type3", Signs::DRAWN_GLYPHS),
    (b"DefaultGray", Signs::DEFAULT_SPACE),
    (b"DefaultRGB", Signs::DEFAULT_SPACE),
    (b"DefaultCMYK", Signs::DEFAULT_SPACE),
    (b"OCProperties", Signs::LAYERS),
    (b"OCMD", Signs::LAYERS),
    (b"Differences", Signs::LETTERS),
    (b"ToUnicode", Signs::LETTERS),
    (b"Type0", Signs::LETTERS),
];

/// Transfer functions that are none.
const NO_FUNCTION: [&[u8]; 2] = [b"Identity", b"Default"];

/// Bytes that a name above takes at most, each as `#` and two digits, and what may be between it and its value. Kept of what
/// was heard, to be understood with what follows.
const MAX_KEPT: usize = 256;

/// What these bytes are signs of, and from where on they are to be heard again with what follows, unless nothing does.
fn signs_in(bytes: &[u8], is_all: bool) -> (Signs, usize) {
    let mut signs = Signs::default();
    for slash in memchr_iter(b'/', bytes) {
        let rest = bytes.get(slash + 1..).unwrap_or_default();
        let end = rest.iter().take(MAX_KEPT).position(|byte| ends_name(*byte));
        if end.is_none() && !is_all && rest.len() < MAX_KEPT {
            return (signs, slash);
        }
        let (name, value) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, b""));
        let Some(sign) = sign_of(name) else {
            continue;
        };
        if sign != Signs::TRANSFER {
            signs = signs.and(sign);
            continue;
        }
        match is_function(value) {
            Some(false) => {}
            None if !is_all => return (signs, slash),
            Some(true) | None => signs = signs.and(sign),
        }
    }
    (signs, bytes.len())
}

fn sign_of(name: &[u8]) -> Option<Signs> {
    let is = |name: &[u8]| {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, sign)| *sign)
    };
    match memchr(b'#', name) {
        Some(_) => is(&meant(name)),
        None => is(name),
    }
}

/// Whether what follows is a transfer function; nothing when it is not whole.
fn is_function(value: &[u8]) -> Option<bool> {
    let start = value.iter().position(|byte| !is_space(*byte))?;
    let Some(name) = value.get(start..)?.strip_prefix(b"/") else {
        return Some(true);
    };
    let end = name.iter().position(|byte| ends_name(*byte))?;
    Some(!NO_FUNCTION.contains(&name.get(..end)?))
}
