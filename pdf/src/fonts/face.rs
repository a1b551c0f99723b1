//! Picks the shipped font that is most like a font that a document names.

use std::ffi::c_int;

/// The fonts that ship beside the library. [`face`] relies on the order of the Liberation fonts.
pub(super) const FILES: [&str; 13] = [
    "LiberationSans-Regular.ttf",
    "LiberationSans-Bold.ttf",
    "LiberationSans-Italic.ttf",
    "LiberationSans-BoldItalic.ttf",
    "LiberationSerif-Regular.ttf",
    "LiberationSerif-Bold.ttf",
    "LiberationSerif-Italic.ttf",
    "LiberationSerif-BoldItalic.ttf",
    "LiberationMono-Regular.ttf",
    "LiberationMono-Bold.ttf",
    "LiberationMono-Italic.ttf",
    "LiberationMono-BoldItalic.ttf",
    "DroidSansFallback.ttf",
];

pub(super) const DROID: usize = 12;

/// Tells whether Liberation has this letter and PDFium's own faces do not all have it.
pub(crate) fn is_beyond_own_faces(letter: char) -> bool {
    /// The letters beyond Latin-1 that PDFium's own faces have, within the ranges checked below: those of
    /// WinAnsiEncoding, MacRomanEncoding and StandardEncoding.
    const HAVE: &str = "ıŁłŒœŠšŸŽžƒˆˇ˘˙˚˛˜˝–—‘’‚“”„†‡•…‰‹›⁄€™−ﬁﬂ";
    let is_asked_about = matches!(letter,
        '\u{100}'..='\u{5ff}' | '\u{1d00}'..='\u{23ff}' | '\u{2500}'..='\u{26ff}' | '\u{fb00}'..='\u{fb4f}');
    is_asked_about && !HAVE.contains(letter)
}

/// Tells whether this is a symbol font that PDFium has itself.
pub(crate) fn is_of_symbols(name: &str) -> bool {
    name.contains("Symbol") || name.contains("Dingbats")
}

/// The properties of a font that PDFium looks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) family: &'a str,
    pub(super) weight: c_int,
    pub(super) is_italic: bool,
    pub(super) charset: c_int,
    pub(super) pitch_family: c_int,
}

/// The index of the best font in [`FILES`]; `None` if PDFium should choose by itself.
pub(super) fn face(wanted: Wanted<'_>) -> Option<usize> {
    /// `FXFONT_SYMBOL_CHARSET`: PDFium asks again with another character set unless it has the font.
    const SYMBOLS: c_int = 2;
    /// The East Asian character sets: `FXFONT_SHIFTJIS_CHARSET` and so on.
    const EAST_ASIAN: [c_int; 4] = [128, 129, 134, 136];
    /// The weight of bold. PDFium derives every other weight from the regular face.
    const BOLD: c_int = 700;
    /// `FXFONT_FF_FIXEDPITCH`
    const FIXED: c_int = 1;
    /// `FXFONT_FF_ROMAN`
    const ROMAN: c_int = 16;
    if EAST_ASIAN.contains(&wanted.charset) {
        return Some(DROID);
    }
    if wanted.charset == SYMBOLS {
        return None;
    }
    let family = wanted.family.to_ascii_lowercase();
    let is_one_of = |names: &[&str]| names.iter().any(|name| family.contains(name));
    let is_sans = is_one_of(&["helvetica", "arial", "sans"]);
    let is_mono = match wanted.pitch_family & FIXED {
        0 => is_one_of(&["courier", "consol", "mono"]) && !is_one_of(&["monotype"]),
        // PDFium also takes a font for fixed pitch if its few embedded letters happen to have the same width.
        _ => !is_sans || is_one_of(&["mono"]),
    };
    let is_serif = wanted.pitch_family & ROMAN != 0
        || is_one_of(&[
            "times", "serif", "cambria", "georgia", "garamond", "book", "palatino",
        ]);
    let first = match (is_mono, is_serif && !is_sans) {
        (true, _) => 8,
        (false, true) => 4,
        (false, false) => 0,
    };
    Some(first + usize::from(wanted.weight == BOLD) + 2 * usize::from(wanted.is_italic))
}

#[cfg(test)]
mod tests {
    use super::{FILES, Wanted, face, is_beyond_own_faces};

    #[test]
    fn a_font_is_drawn_with_one_like_it() {
        let wanted = Wanted {
            family: "Helvetica",
            weight: 400,
            is_italic: false,
            charset: 0,
            pitch_family: 0,
        };
        let times = Wanted {
            family: "Times-BoldItalic",
            weight: 700,
            is_italic: true,
            ..wanted
        };
        for (wanted, expected) in [
            (wanted, Some("LiberationSans-Regular.ttf")),
            (
                Wanted {
                    weight: 700,
                    ..wanted
                },
                Some("LiberationSans-Bold.ttf"),
            ),
            (
                Wanted {
                    weight: 800,
                    ..wanted
                },
                Some("LiberationSans-Regular.ttf"),
            ),
            (times, Some("LiberationSerif-BoldItalic.ttf")),
            (
                Wanted {
                    family: "Courier",
                    is_italic: true,
                    ..wanted
                },
                Some("LiberationMono-Italic.ttf"),
            ),
            (
                Wanted {
                    family: "Calibri",
                    ..wanted
                },
                Some("LiberationSans-Regular.ttf"),
            ),
            (
                Wanted {
                    family: "Cambria",
                    ..wanted
                },
                Some("LiberationSerif-Regular.ttf"),
            ),
            (
                Wanted {
                    family: "X",
                    pitch_family: 16,
                    ..wanted
                },
                Some("LiberationSerif-Regular.ttf"),
            ),
            (
                Wanted {
                    family: "X",
                    pitch_family: 17,
                    ..wanted
                },
                Some("LiberationMono-Regular.ttf"),
            ),
            (
                Wanted {
                    family: "MS Sans Serif",
                    ..wanted
                },
                Some("LiberationSans-Regular.ttf"),
            ),
            (
                Wanted {
                    charset: 128,
                    ..times
                },
                Some("DroidSansFallback.ttf"),
            ),
            (
                Wanted {
                    charset: 204,
                    ..wanted
                },
                Some("LiberationSans-Regular.ttf"),
            ),
            (
                Wanted {
                    charset: 2,
                    ..wanted
                },
                None,
            ),
        ] {
            let found = face(wanted).and_then(|place| FILES.get(place).copied());
            assert_eq!(found, expected, "{wanted:?}");
        }
    }

    #[test]
    fn letters_that_pdfium_has_are_its_own() {
        for letter in "Az09 äéîõüßÆ©µ×ŠłŒ€™—“•ﬁ\u{2}\n日本語한ｱ🙂ا".chars()
        {
            assert!(!is_beyond_own_faces(letter), "{letter}");
        }
        for letter in "ąčşğŐĂЖжЇΑωאשẠ№≤".chars() {
            assert!(is_beyond_own_faces(letter), "{letter}");
        }
    }
}
