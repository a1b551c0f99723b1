//! Collects features of a document that change how its pages may be drawn and that PDFium's interface does not tell.
//! They are recognized by names in the document's objects as PDFium reads them.
//!
//! PDFium caches what it has read, so a sign holds for the document from then on. If something cannot be read here, all
//! signs are assumed: a sign only makes a page be drawn in the slower way, which is right for every page.

mod ear;

use memchr::{memchr, memchr_iter};

pub(crate) use self::ear::Ear;
use crate::dictionary::{ends_name, is_space, meant};

/// A set of signs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signs(u8);

impl Signs {
    /// A transfer function, which changes colours and samples as they are drawn.
    pub(crate) const TRANSFER: Self = Self(1);
    /// A pattern: PDFium reports the colour of its components, which may differ from the pattern's own colours.
    pub(crate) const PATTERN: Self = Self(1 << 1);
    /// A font whose glyphs are drawings, which may have colours of their own.
    pub(crate) const DRAWN_GLYPHS: Self = Self(1 << 2);
    /// A colour space that replaces a device colour space.
    pub(crate) const DEFAULT_SPACE: Self = Self(1 << 3);
    /// Content that may be switched off.
    pub(crate) const LAYERS: Self = Self(1 << 4);
    /// A font that may have other letters than those of Western Europe.
    pub(crate) const LETTERS: Self = Self(1 << 5);
    #[cfg(test)]
    const NONE: Self = Self(0);
    const ALL: Self = Self(u8::MAX);

    /// The union of both sets.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Tells whether the sets have a sign in common.
    pub(crate) fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

/// Names (ISO 32000-1) and their signs. The value of a transfer function may be a name that means no function.
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

/// Names that stand for no transfer function.
const NO_FUNCTION: [&[u8]; 2] = [b"Identity", b"Default"];

/// The most bytes that a name above can take, with each character as `#` and two digits and with the space before its
/// value. At most this much is kept to be evaluated with the next piece.
const MAX_KEPT: usize = 256;

/// Finds the signs in these bytes, and the offset from which they must be read again together with the next piece.
/// `is_all` says that no piece follows.
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

/// Tells whether these bytes begin with a transfer function; `None` if they are incomplete.
fn is_function(value: &[u8]) -> Option<bool> {
    let start = value.iter().position(|byte| !is_space(*byte))?;
    let Some(name) = value.get(start..)?.strip_prefix(b"/") else {
        return Some(true);
    };
    let end = name.iter().position(|byte| ends_name(*byte))?;
    Some(!NO_FUNCTION.contains(&name.get(..end)?))
}
