//! The text of cues: read in one of two notations, written in one.

use super::notation::Notation;

/// The tags that are kept. All others are left out, and the text in them is kept.
const KEPT: [&str; 5] = ["b", "i", "u", "ruby", "rt"];

/// Tags that SubRip and FFmpeg write. In these notations everything else in angle brackets is text.
const KNOWN: [&str; 9] = ["b", "i", "u", "s", "font", "c", "v", "ruby", "rt"];

/// The maximum depth of tags; deeper ones are left out.
const MAX_DEPTH: usize = 8;

/// The maximum length of an entity between `&` and `;`, in bytes: `thinsp`, `#x10FFFF`.
const MAX_ENTITY: usize = 8;

/// Writes a cue's text anew: escaped, with balanced tags, without control characters and empty lines. What it returns has
/// no `-->` and no blank line, so no text can end its cue.
pub(super) fn written(source: &str, notation: Notation) -> String {
    let mut writer = Writer::default();
    let mut rest = source;
    while let Some(letter) = rest.chars().next() {
        let after = match (letter, notation) {
            ('<', Notation::Marked) => Some(writer.marked_tag(rest)),
            ('<', Notation::Plain) => writer.plain_tag(rest),
            ('&', Notation::Marked) => writer.entity(rest),
            // SubRip took over ASS's commands, such as {\an8}.
            ('{', Notation::Plain) if rest.starts_with("{\\") => {
                rest.split_once('}').map(|(_, after)| after)
            }
            _ => None,
        };
        rest = after.unwrap_or_else(|| {
            writer.letter(letter);
            rest.get(letter.len_utf8()..).unwrap_or_default()
        });
    }
    writer.end()
}

#[derive(Default)]
struct Writer {
    text: String,
    /// The tags that are open.
    open: Vec<&'static str>,
}

impl Writer {
    fn letter(&mut self, letter: char) {
        match letter {
            '&' => self.text.push_str("&amp;"),
            '<' => self.text.push_str("&lt;"),
            '>' => self.text.push_str("&gt;"),
            '\n' => self.text.push('\n'),
            '\t' => self.text.push(' '),
            letter if letter.is_control() => {}
            letter => self.text.push(letter),
        }
    }

    /// Reads what begins like a tag; returns the rest after it. An unfinished tag goes to the end of the cue.
    fn marked_tag<'a>(&mut self, rest: &'a str) -> &'a str {
        let (tag, after) = rest.split_once('>').unwrap_or((rest, ""));
        self.tag(tag.strip_prefix('<').unwrap_or(tag));
        after
    }

    /// Reads a tag, if it is a known one; returns the rest after it.
    fn plain_tag<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let (tag, after) = rest.strip_prefix('<')?.split_once('>')?;
        let name = name(tag.strip_prefix('/').unwrap_or(tag)).to_ascii_lowercase();
        if !KNOWN.contains(&name.as_str()) {
            return None;
        }
        self.tag(tag);
        Some(after)
    }

    fn tag(&mut self, tag: &str) {
        let (is_end, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let name = name(tag).to_ascii_lowercase();
        let Some(kept) = KEPT.into_iter().find(|kept| *kept == name) else {
            return;
        };
        if is_end {
            self.close(kept);
        } else if self.open.len() < MAX_DEPTH && (kept != "rt" || self.open.last() == Some(&"ruby"))
        {
            self.text.push_str(&format!("<{kept}>"));
            self.open.push(kept);
        }
    }

    /// Closes a tag, and those that were opened in it.
    fn close(&mut self, tag: &str) {
        if !self.open.contains(&tag) {
            return;
        }
        while let Some(last) = self.open.pop() {
            self.text.push_str(&format!("</{last}>"));
            if last == tag {
                break;
            }
        }
    }

    /// Reads an entity; returns the rest after it.
    fn entity<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let (name, after) = rest.strip_prefix('&')?.split_once(';')?;
        if name.len() > MAX_ENTITY {
            return None;
        }
        let letter = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => '\u{a0}',
            "lrm" => '\u{200e}',
            "rlm" => '\u{200f}',
            name => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        };
        // A line break must not come from an entity, because it could make an empty line.
        self.letter(if letter == '\n' { ' ' } else { letter });
        Some(after)
    }

    fn end(mut self) -> String {
        while let Some(last) = self.open.pop() {
            self.text.push_str(&format!("</{last}>"));
        }
        let lines = self.text.lines().map(str::trim);
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    }
}

/// Returns the name of a tag, without its classes and annotation: `v.loud Mary` is `v`.
fn name(tag: &str) -> &str {
    let end = tag.find(|letter: char| letter == '.' || letter == '/' || letter.is_whitespace());
    tag.get(..end.unwrap_or(tag.len())).unwrap_or_default()
}
