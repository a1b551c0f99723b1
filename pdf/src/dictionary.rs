//! Reads the dictionary of a stream from the bytes before its data. PDFium's interface does not expose it, but PDFium
//! reads files through this crate.
//!
//! Only plain syntax is read: names, numbers, references, arrays, dictionaries and hexadecimal strings. A comment, a
//! string in parentheses or anything unexpected makes the result `None`, so that part of one dictionary is never taken
//! for the whole of another.

use memchr::memmem;

/// The maximum nesting of dictionaries and arrays.
const MAX_DEPTH: usize = 8;

/// The parts of a dictionary that are needed here.
#[derive(Debug, Default)]
pub(crate) struct Dictionary<'a> {
    /// All names in it, keys and values at any depth, without their slashes and as they are written. The value of its
    /// own `/Name` is left out, because it means nothing.
    pub(crate) names: Vec<&'a [u8]>,
    /// The names that are keys of the dictionary itself.
    pub(crate) keys: Vec<&'a [u8]>,
}

/// Returns the dictionary of the stream whose data begins right after these bytes.
pub(crate) fn of_stream(before: &[u8]) -> Option<Dictionary<'_>> {
    let object = without_keyword(before)?;
    let keyword = memmem::rfind(object, b"obj")?;
    let (head, body) = object.split_at_checked(keyword)?;
    let mut parser = Parser {
        rest: is_numbered(head)
            .then_some(body)?
            .strip_prefix(b"obj".as_slice())?,
        found: Dictionary::default(),
    };
    parser.dictionary(0)?;
    parser.skip_space();
    parser.rest.is_empty().then_some(parser.found)
}

/// Tells whether these bytes end where the data of a stream begins.
pub(crate) fn is_before_data(before: &[u8]) -> bool {
    without_keyword(before).is_some()
}

fn without_keyword(before: &[u8]) -> Option<&[u8]> {
    let line = match before {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\n' | b'\r'] => line,
        _ => return None,
    };
    line.strip_suffix(b"stream".as_slice())
}

/// Tells whether the bytes end with the number and the generation of an object.
fn is_numbered(head: &[u8]) -> bool {
    let words: Vec<_> = head
        .rsplit(|byte| is_space(*byte))
        .filter(|word| !word.is_empty())
        .take(2)
        .collect();
    let is_apart = head.last().is_some_and(|byte| is_space(*byte));
    let is_number = |word: &&[u8]| word.iter().all(u8::is_ascii_digit);
    is_apart && words.len() == 2 && words.first().is_some_and(is_number) && {
        // The number may follow the bytes before the object without a space.
        words
            .last()
            .is_some_and(|word| word.last().is_some_and(u8::is_ascii_digit))
    }
}

/// Tells whether a byte is white space (ISO 32000-1, table 1).
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// Tells whether a name ends before this byte (ISO 32000-1, 7.2.2).
pub(crate) fn ends_name(byte: u8) -> bool {
    is_space(byte)
        || matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}

/// Decodes a name: a number sign and two hexadecimal digits stand for one byte (ISO 32000-1, 7.3.5).
pub(crate) fn meant(name: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [byte, after @ ..] = rest {
        let escaped = match after {
            [high, low, ..] if *byte == b'#' => hexadecimal(*high, *low),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*byte));
        rest = match escaped {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    bytes
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

struct Parser<'a> {
    rest: &'a [u8],
    found: Dictionary<'a>,
}

impl<'a> Parser<'a> {
    fn dictionary(&mut self, depth: usize) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(b"<<".as_slice())?;
        loop {
            self.skip_space();
            if let Some(rest) = self.rest.strip_prefix(b">>".as_slice()) {
                self.rest = rest;
                return Some(());
            }
            let key = self.name()?;
            self.found.names.push(key);
            if depth == 0 {
                self.found.keys.push(key);
            }
            self.skip_space();
            if depth == 0 && key == b"Name" && self.rest.starts_with(b"/") {
                self.name()?;
            } else {
                self.value(depth)?;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest {
            [b'/', ..] => {
                let name = self.name()?;
                self.found.names.push(name);
                Some(())
            }
            [b'<', b'<', ..] => self.dictionary(depth + 1),
            [b'<', rest @ ..] => {
                let end = rest.iter().position(|byte| *byte == b'>')?;
                let (digits, rest) = rest.split_at_checked(end)?;
                self.rest = rest.get(1..)?;
                let is_digit = |byte: &u8| byte.is_ascii_hexdigit() || is_space(*byte);
                digits.iter().all(is_digit).then_some(())
            }
            [b'[', rest @ ..] => {
                self.rest = rest;
                self.array(depth)
            }
            _ => self.atom(),
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        loop {
            self.skip_space();
            if let Some(rest) = self.rest.strip_prefix(b"]".as_slice()) {
                self.rest = rest;
                return Some(());
            }
            self.value(depth + 1)?;
        }
    }

    /// Reads a number, a reference or a keyword.
    fn atom(&mut self) -> Option<()> {
        let first = self.word()?;
        if matches!(first, b"true" | b"false" | b"null") {
            return Some(());
        }
        let is_of_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.');
        if !first.iter().all(is_of_number) {
            return None;
        }
        let before_reference = self.rest;
        self.skip_space();
        let is_number = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
        let is_reference = self.word().is_some_and(is_number) && {
            self.skip_space();
            self.word() == Some(b"R")
        };
        if !is_reference {
            self.rest = before_reference;
        }
        Some(())
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        self.rest = self.rest.strip_prefix(b"/".as_slice())?;
        let end = self.rest.iter().position(|byte| ends_name(*byte));
        let (name, rest) = self.rest.split_at_checked(end?)?;
        self.rest = rest;
        Some(name)
    }

    /// Reads up to the next space or delimiter; `None` if that is empty.
    fn word(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| ends_name(*byte));
        let (word, rest) = self.rest.split_at_checked(end?)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn skip_space(&mut self) {
        let end = self.rest.iter().position(|byte| !is_space(*byte));
        self.rest = end.and_then(|end| self.rest.get(end..)).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::{is_before_data, meant, of_stream};

    fn keys(object: &str) -> Option<Vec<String>> {
        let text = |name: &&[u8]| String::from_utf8_lossy(name).into_owned();
        of_stream(object.as_bytes()).map(|found| found.keys.iter().map(text).collect())
    }

    #[test]
    fn the_dictionary_before_the_data_is_read() {
        let before =
            "endobj\n5 0 obj\n<</A/B/C [1 0 R<00 ff>] /D<</E -1.5>>/F 7 0 R /G true>>\nstream\r\n";
        let expected = ["A", "C", "D", "F", "G"].map(str::to_owned).to_vec();
        assert_eq!(keys(before), Some(expected));
        let own = "1 0 obj<</Name /SMask /A /Name>>stream\n";
        let names = of_stream(own.as_bytes()).map(|found| found.names);
        assert_eq!(names, Some(vec![&b"Name"[..], b"A", b"Name"]));
    }

    /// In each of these, the beginning of the dictionary is hidden, or the syntax is not plain.
    #[test]
    fn nothing_is_said_of_what_does_not_fit() {
        for object in [
            "5 0 obj << /SMask 6 0 R /Name /obj /A 1 >> stream\n",
            "5 0 obj << /SMask 6 0 R /X (5 0 obj <<) /A 1 >> stream\n",
            "5 0 obj << /SMask 6 0 R /X <5 0 obj << /A 1 >>> stream\n",
            "5 0 obj << /SMask 6 0 R /X 5 0 obj << /A 1 >> >> stream\n",
            "5 0 obj << /A (text) >> stream\n",
            "5 0 obj << /A 1 % >> \n >> stream\n",
            "5 0 obj << /A 1 >> >> stream\n",
            "5 0 obj << /A >> stream\n",
            "5 0 obj << A 1 >> stream\n",
            "5 0 obj [ /A 1 ] stream\n",
            "5 0 obj << /A 1 >> stream\n\n",
            "5 0 obj << /A 1 >> stream",
            "/obj << /A 1 >> stream\n",
            "<< /A 1 >> stream\n",
            "5 0 obj << /A [[[[[[[[[[ 1 ]]]]]]]]]] >> stream\n",
            "",
        ] {
            assert_eq!(keys(object), None, "{object}");
        }
    }

    #[test]
    fn names_are_what_they_mean() {
        assert_eq!(meant(b"SM#61sk"), b"SMask");
        assert_eq!(meant(b"A#4"), b"A#4");
        assert_eq!(meant(b"#zz#20"), b"#zz ");
    }

    #[test]
    fn data_begins_after_its_word() {
        for (before, expected) in [
            ("stream\n", true),
            ("stream\r\n", true),
            ("stream\r", true),
            ("stream", false),
            ("stream \n", false),
            ("", false),
        ] {
            assert_eq!(is_before_data(before.as_bytes()), expected, "{before:?}");
        }
    }
}
