//! Reads the objects of a document by their numbers, at the places that the document's cross-reference tables give (ISO
//! 32000-1, 7.5).
//!
//! An object that is not at its place counts as missing; the file is not searched for it. Encrypted objects are not
//! decrypted.

use std::collections::BTreeSet;

use memchr::memmem;

use super::object::{Dictionary, Lexer, Object};
use super::place::Place;
use super::stream;
use crate::shared::Shared;

/// The number of bytes at the end of the file that are searched for `startxref`.
const TAIL: usize = 2_048;

/// Bytes that are read for an object; if it is longer, it is read again with the second size.
const FIRST_READ: usize = 16 << 10;
const SECOND_READ: usize = 4 << 20;

/// The maximum number of cross-reference tables: a document gets one more each time it is changed.
const MOST_TABLES: usize = 256;

/// The maximum number of subsections in one table.
const MOST_PARTS: usize = 100_000;

/// The length of a table's entry in bytes.
const ENTRY: u64 = 20;

/// The maximum length of a chain of references.
const MOST_STEPS: usize = 16;

/// Bytes that are searched for the header. The document's offsets do not count the bytes before it.
const HEADER: usize = 1_024;

/// A document's objects.
pub(crate) struct File<'a> {
    bytes: Shared<'a>,
    /// The newest table comes first.
    tables: Vec<Table>,
    trailer: Dictionary,
    /// The number of bytes before the header.
    offset: u64,
}

enum Table {
    /// A plain table: for each subsection, the first number, the number of entries and the offset of the entries.
    Plain(Vec<(u32, u32, u64)>),
    Packed(stream::Table),
}

impl<'a> File<'a> {
    /// Reads the cross-reference tables.
    pub(crate) fn read(bytes: Shared<'a>) -> Option<Self> {
        let mut file = Self {
            bytes,
            tables: Vec::new(),
            trailer: Dictionary::default(),
            offset: 0,
        };
        let header = file.bytes.read_at(0, HEADER).ok()?;
        let before = memmem::find(&header, b"%PDF-").unwrap_or(0);
        file.offset = u64::try_from(before).ok()?;
        let mut next = Some(file.start()?);
        let mut seen = BTreeSet::new();
        while let Some(at) = next.filter(|at| seen.len() < MOST_TABLES && seen.insert(*at)) {
            let (table, trailer) = file.table(at)?;
            // A stream beside a plain table holds the entries that the table leaves out.
            if let Some(at) = trailer.number("XRefStm").filter(|at| seen.insert(*at)) {
                file.tables.push(table);
                file.tables.push(file.packed(at)?.0);
            } else {
                file.tables.push(table);
            }
            next = trailer.number("Prev");
            if file.tables.len() <= 2 && file.trailer == Dictionary::default() {
                file.trailer = trailer;
            }
        }
        Some(file)
    }

    pub(crate) fn trailer(&self) -> &Dictionary {
        &self.trailer
    }

    /// Follows references until it reaches an object.
    pub(crate) fn resolve(&self, object: Option<&Object>) -> Option<Object> {
        let mut object = object?.clone();
        for _ in 0..MOST_STEPS {
            let Object::Reference(number) = object else {
                return Some(object);
            };
            object = self.object(number)?;
        }
        None
    }

    /// Follows references to a dictionary.
    pub(crate) fn dictionary(&self, object: Option<&Object>) -> Option<Dictionary> {
        self.resolve(object)?.into_dictionary()
    }

    fn object(&self, number: u32) -> Option<Object> {
        let place = self
            .tables
            .iter()
            .find_map(|table| self.place(table, number))?;
        match place {
            Place::At(at) => Some(self.object_at(at, number)?.0),
            Place::Within(container, index) => {
                let is_encrypted = self.trailer.get("Encrypt").is_some();
                let container = (!is_encrypted).then(|| self.stream(container)).flatten()?;
                stream::object_within(&container, number, index)
            }
        }
    }

    fn place(&self, table: &Table, number: u32) -> Option<Place> {
        match table {
            Table::Plain(parts) => {
                let within = |(first, count, _): &&(u32, u32, u64)| {
                    number.checked_sub(*first).is_some_and(|at| at < *count)
                };
                let (first, _, at) = parts.iter().find(within)?;
                let at = at + u64::from(number - first) * ENTRY;
                let entry = self.bytes.clone().read_at(at, 18).ok()?;
                let mut lexer = Lexer::new(&entry);
                let at = lexer.object()?.number()?;
                lexer.object()?;
                lexer.skip_word(b"n").then_some(Place::At(at))
            }
            Table::Packed(table) => table.place(number),
        }
    }

    /// Reads the object of this number at this offset, and returns it with the offset at which its stream data would
    /// begin.
    fn object_at(&self, at: u64, number: u32) -> Option<(Object, u64)> {
        let at = at.checked_add(self.offset)?;
        for most in [FIRST_READ, SECOND_READ] {
            let bytes = self.bytes.clone().read_at(at, most).ok()?;
            let mut lexer = Lexer::new(&bytes);
            let is_it = lexer.object()?.number() == Some(number.into());
            lexer.object()?;
            if !is_it || !lexer.skip_word(b"obj") {
                return None;
            }
            if let Some(object) = lexer.object() {
                let data = if lexer.skip_word(b"stream") {
                    lexer.at()
                } else {
                    0
                };
                return Some((object, at.checked_add(u64::try_from(data).ok()?)?));
            }
        }
        None
    }

    /// Reads a stream: its dictionary and its data.
    fn stream(&self, number: u32) -> Option<stream::Stream> {
        let place = self
            .tables
            .iter()
            .find_map(|table| self.place(table, number))?;
        match place {
            Place::At(at) => self.stream_at(at, number),
            Place::Within(..) => None,
        }
    }

    fn stream_at(&self, at: u64, number: u32) -> Option<stream::Stream> {
        let (object, data) = self.object_at(at, number)?;
        let Object::Dictionary(dictionary) = object else {
            return None;
        };
        let length = dictionary.get("Length")?;
        let length = if let Object::Reference(number) = length {
            self.plain_number(*number)?
        } else {
            length.number()?
        };
        let length = usize::try_from(length).ok()?.min(stream::MOST_BYTES);
        let begins = self.bytes.clone().read_at(data, 2).ok()?;
        let line_end = match begins.as_slice() {
            [b'\r', b'\n'] => 2,
            [b'\n' | b'\r', _] => 1,
            _ => 0,
        };
        let data = self
            .bytes
            .clone()
            .read_at(data.checked_add(line_end)?, length)
            .ok()?;
        stream::Stream::new(dictionary, &data)
    }

    /// Reads an object that is a number and is not in an object stream.
    fn plain_number(&self, number: u32) -> Option<u64> {
        let mut places = self.tables.iter();
        match places.find_map(|table| self.place(table, number))? {
            Place::At(at) => self.object_at(at, number)?.0.number(),
            Place::Within(..) => None,
        }
    }

    /// Finds the offset of the newest table.
    fn start(&mut self) -> Option<u64> {
        let tail = u64::try_from(TAIL).ok()?;
        let tail = self
            .bytes
            .read_at(self.bytes.length().saturating_sub(tail), TAIL)
            .ok()?;
        let word = b"startxref";
        let at = memmem::rfind(&tail, word)?;
        Lexer::new(tail.get(at + word.len()..)?).object()?.number()
    }

    fn table(&self, at: u64) -> Option<(Table, Dictionary)> {
        let from = at.checked_add(self.offset)?;
        let begin = self.bytes.clone().read_at(from, 64).ok()?;
        let mut lexer = Lexer::new(&begin);
        if lexer.skip_word(b"xref") {
            self.plain(from.checked_add(u64::try_from(lexer.at()).ok()?)?)
        } else {
            self.packed(at)
        }
    }

    fn plain(&self, mut at: u64) -> Option<(Table, Dictionary)> {
        let mut parts = Vec::new();
        while parts.len() < MOST_PARTS {
            let bytes = self.bytes.clone().read_at(at, 64).ok()?;
            let mut lexer = Lexer::new(&bytes);
            if lexer.skip_word(b"trailer") {
                at = at.checked_add(u64::try_from(lexer.at()).ok()?)?;
                let bytes = self.bytes.clone().read_at(at, FIRST_READ).ok()?;
                let Object::Dictionary(trailer) = Lexer::new(&bytes).object()? else {
                    return None;
                };
                return Some((Table::Plain(parts), trailer));
            }
            let first = u32::try_from(lexer.object()?.number()?).ok()?;
            let count = u32::try_from(lexer.object()?.number()?).ok()?;
            let rest = bytes.get(lexer.at()..).unwrap_or_default();
            let spaces = rest
                .iter()
                .take_while(|byte| super::object::is_space(**byte));
            at = at.checked_add(u64::try_from(lexer.at() + spaces.count()).ok()?)?;
            parts.push((first, count, at));
            at = at.checked_add(u64::from(count) * ENTRY)?;
        }
        None
    }

    fn packed(&self, at: u64) -> Option<(Table, Dictionary)> {
        let from = at.checked_add(self.offset)?;
        let begin = self.bytes.clone().read_at(from, 32).ok()?;
        let number = u32::try_from(Lexer::new(&begin).object()?.number()?).ok()?;
        let stream = self.stream_at(at, number)?;
        let dictionary = stream.dictionary.clone();
        Some((Table::Packed(stream::Table::new(stream)?), dictionary))
    }
}
