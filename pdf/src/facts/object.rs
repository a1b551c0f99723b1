//! Parses the objects of a document (ISO 32000-1, 7.3).

/// The maximum nesting of arrays and dictionaries.
const MOST_DEPTH: usize = 64;

/// The maximum number of objects that one lexer reads, nested ones included.
const MOST_OBJECTS: usize = 200_000;

/// An object. The content of strings is not kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    Number(f64),
    Name(Vec<u8>),
    Bool(bool),
    /// Null or a string.
    Other,
    Array(Vec<Object>),
    Dictionary(Dictionary),
    /// A reference to the object of this number.
    Reference(u32),
}

/// Names with their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Dictionary(Vec<(Vec<u8>, Object)>);

impl Dictionary {
    pub(crate) fn get(&self, name: &str) -> Option<&Object> {
        let mut entries = self.0.iter();
        let found = entries.find(|(found, _)| found == name.as_bytes());
        found.map(|(_, object)| object)
    }

    /// A value that is a number and not negative, with its fraction cut off.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Object::number)
    }
}

impl Object {
    /// The value if it is a number and not negative, with its fraction cut off.
    #[allow(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and a number that fits"
    )]
    pub(crate) fn number(&self) -> Option<u64> {
        let Self::Number(number) = self else {
            return None;
        };
        (0.0..1e15).contains(number).then_some(*number as u64)
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self {
            Some(name)
        } else {
            None
        }
    }

    pub(crate) fn array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    pub(crate) fn into_dictionary(self) -> Option<Dictionary> {
        if let Self::Dictionary(dictionary) = self {
            Some(dictionary)
        } else {
            None
        }
    }
}

/// Reads objects, one after the other.
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
}

/// An object, or a part of the syntax that is no object by itself.
#[derive(PartialEq)]
enum Token<'a> {
    Object(Object),
    Word(&'a [u8]),
    ArrayEnd,
    DictionaryEnd,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            left: MOST_OBJECTS,
        }
    }

    /// The offset of the next unread byte.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Reads the next object; `None` at the end, or if the syntax is wrong.
    pub(crate) fn object(&mut self) -> Option<Object> {
        self.object_within(0)
    }

    /// Skips this word if it is next, and tells whether it was.
    pub(crate) fn skip_word(&mut self, word: &[u8]) -> bool {
        let before = self.at;
        let is_next = self.token(0) == Some(Token::Word(word));
        if !is_next {
            self.at = before;
        }
        is_next
    }

    fn object_within(&mut self, depth: usize) -> Option<Object> {
        match self.token(depth)? {
            Token::Object(number @ Object::Number(_)) => {
                Some(self.reference(&number).unwrap_or(number))
            }
            Token::Object(object) => Some(object),
            Token::Word(b"true") => Some(Object::Bool(true)),
            Token::Word(b"false") => Some(Object::Bool(false)),
            Token::Word(b"null") => Some(Object::Other),
            Token::Word(_) | Token::ArrayEnd | Token::DictionaryEnd => None,
        }
    }

    /// Reads the rest of a reference, of which this number may be the first part.
    fn reference(&mut self, number: &Object) -> Option<Object> {
        let before = self.at;
        let number = u32::try_from(number.number()?).ok()?;
        let is_reference = self.digits() && self.skip_word(b"R");
        if !is_reference {
            self.at = before;
        }
        is_reference.then_some(Object::Reference(number))
    }

    fn digits(&mut self) -> bool {
        self.skip_space();
        let begin = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > begin
    }

    fn token(&mut self, depth: usize) -> Option<Token<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.skip_space();
        let object = match self.peek()? {
            b'/' => Object::Name(self.name()),
            b'(' => self.string(),
            b'[' if depth < MOST_DEPTH => self.array(depth + 1)?,
            b']' => return Some(self.end(1, Token::ArrayEnd)),
            b'<' if self.next_is(b"<<") && depth < MOST_DEPTH => self.dictionary(depth + 1)?,
            b'<' => self.hexadecimal(),
            b'>' if self.next_is(b">>") => return Some(self.end(2, Token::DictionaryEnd)),
            b'[' | b'>' | b')' | b'{' | b'}' => return None,
            _ => return Some(self.word()),
        };
        Some(Token::Object(object))
    }

    fn end(&mut self, length: usize, token: Token<'a>) -> Token<'a> {
        self.at += length;
        token
    }

    fn array(&mut self, depth: usize) -> Option<Object> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.peek()? == b']' {
                self.at += 1;
                return Some(Object::Array(items));
            }
            items.push(self.object_within(depth)?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Object> {
        self.at += 2;
        let mut entries = Vec::new();
        loop {
            self.skip_space();
            if self.next_is(b">>") {
                self.at += 2;
                return Some(Object::Dictionary(Dictionary(entries)));
            }
            let Some(Token::Object(Object::Name(name))) = self.token(depth) else {
                return None;
            };
            entries.push((name, self.object_within(depth)?));
        }
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let raw = self.regular();
        let mut name = Vec::with_capacity(raw.len());
        let mut bytes = raw.iter().copied();
        while let Some(byte) = bytes.next() {
            let escaped = (byte == b'#').then(|| {
                let mut digits = bytes.clone();
                let mut digit = || char::from(digits.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()
            });
            if let Some(escaped) = escaped.flatten() {
                bytes.nth(1);
                name.push(escaped);
            } else {
                name.push(byte);
            }
        }
        name
    }

    fn string(&mut self) -> Object {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        Object::Other
    }

    fn hexadecimal(&mut self) -> Object {
        while self.peek().is_some_and(|byte| byte != b'>') {
            self.at += 1;
        }
        self.at += 1;
        Object::Other
    }

    fn word(&mut self) -> Token<'a> {
        let word = self.regular();
        let number = std::str::from_utf8(word)
            .ok()
            .and_then(|word| word.parse().ok());
        match number {
            Some(number) if word.iter().any(u8::is_ascii_digit) => {
                Token::Object(Object::Number(number))
            }
            _ => Token::Word(word),
        }
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| is_regular(**byte)).count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self
                    .peek()
                    .is_some_and(|byte| !matches!(byte, b'\r' | b'\n'))
                {
                    self.at += 1;
                }
            } else if !is_space(byte) {
                break;
            } else {
                self.at += 1;
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next_is(&self, bytes: &[u8]) -> bool {
        self.bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(bytes))
    }
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Object};

    #[test]
    fn objects_are_read_as_they_are_written() {
        let text =
            b"<</A#20b[1 0 R 2 -3.5(a\\)(b))<0a>]%c\n/C<</D true/E null>>/F/G>> 7 0 R endobj";
        let mut lexer = Lexer::new(text);
        let Some(Object::Dictionary(dictionary)) = lexer.object() else {
            panic!("no dictionary");
        };
        let numbers = [
            Object::Reference(1),
            Object::Number(2.0),
            Object::Number(-3.5),
        ];
        let items = [numbers.as_slice(), &[Object::Other, Object::Other]].concat();
        assert_eq!(dictionary.get("A b"), Some(&Object::Array(items)));
        let Some(Object::Dictionary(inner)) = dictionary.get("C") else {
            panic!("none within");
        };
        assert_eq!(inner.get("D"), Some(&Object::Bool(true)));
        assert_eq!(
            dictionary.get("F").and_then(Object::name),
            Some(b"G".as_slice())
        );
        assert_eq!(lexer.object(), Some(Object::Reference(7)));
        assert!(lexer.skip_word(b"endobj"));
        assert_eq!(lexer.object(), None);
    }

    #[test]
    fn what_is_broken_is_no_object() {
        for text in [
            "<< /A",
            "[1 2",
            "<< 1 2 >>",
            "<< /A endobj >>",
            "]",
            ">>",
            "(",
            "",
            "<",
            "{",
        ] {
            let object = Lexer::new(text.as_bytes()).object();
            assert!(
                matches!(object, None | Some(Object::Other)),
                "{text}: {object:?}"
            );
        }
        assert_eq!(Lexer::new(&b"[".repeat(100_000)).object(), None);
        assert_eq!(Lexer::new(&b"<</A".repeat(100_000)).object(), None);
        assert_eq!(
            Lexer::new(&b"/A ".repeat(300_000)).object(),
            Some(Object::Name(b"A".to_vec()))
        );
    }
}
