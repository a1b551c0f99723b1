//! Text of strangers on a terminal, made harmless: file names, notes, messages.
//!
//! A name may contain a line break that fakes a line of output, an escape sequence that clears the screen or sets the
//! window's title, or direction marks that show `gpj.exe` as `exe.jpg`. All of these are shown as numbers.

use std::fmt;

/// Shows `text` on one line, so that nothing in it affects the terminal.
#[must_use]
pub fn shown(text: &str) -> Shown<'_> {
    Shown(text)
}

/// Text that is shown by [`shown`].
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut safe = String::with_capacity(self.0.len());
        for letter in self.0.chars() {
            if acts(letter) {
                safe.extend(letter.escape_unicode());
            } else {
                safe.push(letter);
            }
        }
        f.pad(&safe)
    }
}

/// Whether a character affects the display: control characters, line and paragraph separators, direction marks and
/// overrides, and characters without a width, which can hide. These are Unicode's categories Cc, Zl, Zp and parts of
/// Cf.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        for (text, wanted) in [
            ("cat.jpg", "cat.jpg"),
            ("写真 1.jpg", "写真 1.jpg"),
            ("👨\u{200d}👩.png", "👨\u{200d}👩.png"),
            ("a\nb", "a\\u{a}b"),
            ("\u{1b}[2Jx", "\\u{1b}[2Jx"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("a\u{200b}b\u{2028}", "a\\u{200b}b\\u{2028}"),
            ("\r\t\0\u{7f}", "\\u{d}\\u{9}\\u{0}\\u{7f}"),
        ] {
            assert_eq!(shown(text).to_string(), wanted, "{text:?}");
        }
    }
}
