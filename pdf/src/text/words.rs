//! Turns characters into text: keeps whole words that are visible on the page, and drops codes that are no characters.

use std::iter::once;

/// The maximum length of a page's text in bytes; a page of the smallest print has a tenth of it.
const MOST_BYTES: usize = 1 << 20;

/// The maximum number of a page's characters that are read; each may take four bytes.
pub(crate) const MOST_CHARACTERS: usize = 1 << 20;

/// The codes that PDFium gives for a hyphen at the end of a line. PDFium reports them as hyphens, and no line break
/// follows.
pub(super) const HYPHENS: [u32; 2] = [0x2, 0xfffe];

/// The characters of a page, as PDFium reports them.
pub(crate) trait Characters {
    fn count(&self) -> usize;

    /// The character's Unicode code, or one half of it (a surrogate).
    fn code(&self, index: usize) -> u32;

    /// Tells whether it is a hyphen at the end of a line.
    fn is_hyphen(&self, index: usize) -> bool;

    /// Tells whether it is on the page or touches its edge.
    fn is_seen(&self, index: usize) -> bool;
}

/// The kind of a character.
enum Read {
    Letter(char),
    Space,
    LineEnd,
    /// A hyphen that breaks a word at the end of a line.
    Hyphen,
    Nothing,
}

/// Converts these characters to text.
pub(crate) fn text_of(characters: &impl Characters) -> String {
    let mut text = String::new();
    let mut word = Word::default();
    let mut high = None;
    for index in 0..characters.count().min(MOST_CHARACTERS) {
        if text.len() >= MOST_BYTES {
            break;
        }
        let code = joined(&mut high, characters.code(index));
        let ends_with = match read(code, || characters.is_hyphen(index)) {
            Read::Letter(letter) => {
                word.add(index, letter);
                continue;
            }
            Read::Nothing => continue,
            Read::Hyphen => {
                word.add(index, '-');
                '\n'
            }
            Read::Space => ' ',
            Read::LineEnd => '\n',
        };
        word.end(characters, &mut text);
        end_with(&mut text, ends_with);
    }
    word.end(characters, &mut text);
    bound(&mut text);
    text
}

/// Consecutive letters.
#[derive(Default)]
struct Word {
    letters: String,
    places: Vec<usize>,
}

impl Word {
    fn add(&mut self, place: usize, letter: char) {
        self.letters.push(letter);
        self.places.push(place);
    }

    /// Adds the whole word to the text if any of it is visible. The ends are checked first, because they usually decide
    /// it.
    fn end(&mut self, characters: &impl Characters, text: &mut String) {
        let ends = self.places.first().into_iter().chain(self.places.last());
        let mut places = ends.chain(&self.places);
        if places.any(|place| characters.is_seen(*place)) {
            text.push_str(&self.letters);
        }
        self.letters.clear();
        self.places.clear();
    }
}

/// Adds a separator: one space between words, none at either end of a line, at most one empty line, and none at the
/// beginning.
fn end_with(text: &mut String, end: char) {
    if end == '\n' && text.ends_with(' ') {
        text.pop();
    }
    let is_double = end == ' ' && text.ends_with([' ', '\n']);
    let is_third = text.ends_with("\n\n") && end == '\n';
    if !text.is_empty() && !is_double && !is_third {
        text.push(end);
    }
}

fn bound(text: &mut String) {
    let ends = text
        .char_indices()
        .map(|(at, _)| at)
        .chain(once(text.len()));
    let end = ends.take_while(|end| *end <= MOST_BYTES).last();
    text.truncate(end.unwrap_or(0));
    text.truncate(text.trim_end().len());
}

/// Joins the two halves of a surrogate pair.
fn joined(high: &mut Option<u32>, code: u32) -> u32 {
    let before = high.take();
    match (before, code) {
        (_, 0xd800..=0xdbff) => {
            *high = Some(code);
            0
        }
        (Some(before), 0xdc00..=0xdfff) => 0x1_0000 + ((before - 0xd800) << 10) + (code - 0xdc00),
        _ => code,
    }
}

/// Classifies a character. Ignored are other control characters, codes for private use (their meaning is unknown),
/// codes that are no characters, and marks that only change the direction of text.
fn read(code: u32, is_hyphen: impl FnOnce() -> bool) -> Read {
    if HYPHENS.contains(&code) {
        return if is_hyphen() {
            Read::Hyphen
        } else {
            Read::Nothing
        };
    }
    match code {
        0x0a | 0x2028 | 0x2029 => Read::LineEnd,
        0x09 | 0x0b | 0x0c | 0x20 => Read::Space,
        // The carriage return of "\r\n", by which PDFium ends lines.
        0..=0x1f | 0x7f..=0x9f => Read::Nothing,
        // A soft hyphen in a document is drawn like any other hyphen.
        0xad => Read::Letter('-'),
        0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069 | 0xfeff => Read::Nothing,
        0xe000..=0xf8ff | 0xf_0000.. | 0xfdd0..=0xfdef => Read::Nothing,
        _ if code & 0xfffe == 0xfffe => Read::Nothing,
        _ => char::from_u32(code).map_or(Read::Nothing, Read::Letter),
    }
}

#[cfg(test)]
mod tests {
    use super::{Characters, MOST_BYTES, text_of};

    /// A test line: `0x2` is a hyphen, and characters between brackets are off the page.
    struct Line(Vec<(u32, bool)>);

    impl Line {
        fn of(codes: impl IntoIterator<Item = u32>) -> Self {
            let mut is_seen = true;
            let mut line = Vec::new();
            for code in codes {
                match char::from_u32(code) {
                    Some('[') => is_seen = false,
                    Some(']') => is_seen = true,
                    _ => line.push((code, is_seen)),
                }
            }
            Self(line)
        }
    }

    impl Characters for Line {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn code(&self, index: usize) -> u32 {
            self.0.get(index).map_or(0, |(code, _)| *code)
        }

        fn is_hyphen(&self, index: usize) -> bool {
            self.code(index) == 2
        }

        fn is_seen(&self, index: usize) -> bool {
            self.0.get(index).is_some_and(|(_, is_seen)| *is_seen)
        }
    }

    #[test]
    fn characters_become_words() {
        for (characters, expected) in [
            ("one two\r\nthree", "one two\nthree"),
            ("exam\u{2}ple, well\u{2}known", "exam-\nple, well-\nknown"),
            ("soft\u{ad}ly", "soft-ly"),
            (
                "a\u{0}b\u{1}c\u{7f}d\u{85}e\u{ffff}f\u{fffe}g\u{feff}h",
                "abcdefgh",
            ),
            (
                "a\u{e000}b\u{f8ff}c\u{f0000}d\u{10fffd}e\u{fdd0}f\u{1fffe}g",
                "abcdefg",
            ),
            ("a\tb  c \u{2028}  d", "a b c\nd"),
            ("\u{202e}abc\u{202c}", "abc"),
            ("\r\n \r\na\r\n\r\n\r\n\r\nb\r\n", "a\n\nb"),
            ("m\u{64}\u{200c}\u{646}", "md\u{200c}\u{646}"),
            ("[hidden words] seen [more]", "seen"),
            ("[w]ord wor[d] w[or]d [w]or[d]", "word word word word"),
            ("first\r\n[hidden]\r\nlast", "first\n\nlast"),
            ("", ""),
        ] {
            let text = text_of(&Line::of(characters.chars().map(u32::from)));
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn halves_are_joined_and_half_ones_left_out() {
        let codes = [
            0x61, 0xd835, 0xdc00, 0x62, 0xd835, 0x63, 0xdc00, 0x64, 0x1_f600,
        ];
        assert_eq!(text_of(&Line::of(codes)), "a\u{1d400}bcd\u{1f600}");
    }

    #[test]
    fn a_page_of_endless_text_is_cut() {
        let text = text_of(&Line::of((0..900_000).map(|_| 0x65e5)));
        assert_eq!(text.len(), MOST_BYTES - 1);
        let text = text_of(&Line::of((0..900_000).flat_map(|_| [0x65e5, 0x20])));
        assert!((MOST_BYTES - 8..=MOST_BYTES).contains(&text.len()));
    }
}
