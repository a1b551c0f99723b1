//! Builds a cross-reference table for a document whose own table is wrong.
//!
//! If a table leads nowhere, PDFium searches for the objects. After a stream that is not followed by `endobj`, it takes
//! the next object's number for that word and misses that object. With a correct table it reads such documents. So a
//! table is built here and appended to the document, where PDFium finds it first.
//!
//! Only short documents are searched, and only outside of streams. Objects in object streams are not found: documents
//! with those are written by programs, not by hand, and none was ever seen without `endobj`.

use std::collections::BTreeMap;

use memchr::memmem;

use crate::facts::{Lexer, Object};
use crate::shared::Shared;

/// The maximum size of a searched document in bytes.
const MOST_BYTES: u64 = 32 << 20;

/// The maximum number of an object; PDFium ignores larger ones (`kMaxObjectNumber`).
const MOST_NUMBER: u32 = 4 << 20;

/// The maximum number of objects that are found.
const MOST_OBJECTS: usize = 200_000;

/// The number of bytes that are read for a trailer or for the dictionary of an object.
const TRAILER: usize = 16 << 10;

/// A document with a rebuilt table.
pub(crate) struct Mended<'a> {
    pub(crate) bytes: Shared<'a>,
    /// Whether the document has a stream that is not followed by `endobj`.
    pub(crate) is_unended: bool,
}

/// The result of searching a document.
#[derive(Default)]
struct Found {
    /// The offset and generation of each object; the last object of a number counts.
    objects: BTreeMap<u32, (usize, u16)>,
    is_unended: bool,
}

/// Appends a table of all objects; `None` if no catalog is found or the document is too long.
pub(crate) fn mend<'a>(bytes: &Shared<'a>) -> Option<Mended<'a>> {
    if bytes.length() > MOST_BYTES {
        return None;
    }
    let length = usize::try_from(bytes.length()).ok()?;
    let all = bytes.clone().read_at(0, length).ok()?;
    let found = search(&all);
    let trailer = trailer(&all, &found.objects)?;
    Some(Mended {
        bytes: bytes.followed_by(table(&all, &found.objects, &trailer)),
        is_unended: found.is_unended,
    })
}

fn search(all: &[u8]) -> Found {
    let mut all_found = Found::default();
    let objects = &mut all_found.objects;
    let mut from = 0;
    while let Some(found) = memmem::find(all.get(from..).unwrap_or_default(), b"obj") {
        let word = from + found;
        from = word + b"obj".len();
        let Some((number, generation, at)) = numbers_before(all, word) else {
            continue;
        };
        if number <= MOST_NUMBER && objects.len() < MOST_OBJECTS {
            objects.insert(number, (at, generation));
        }
        if let Some(end) = end_of_stream(all, from) {
            let rest = all.get(end..).unwrap_or_default().trim_ascii_start();
            all_found.is_unended |= !rest.starts_with(b"endobj");
            from = end;
        }
    }
    all_found
}

/// The number and generation before this offset, and the offset at which they begin.
fn numbers_before(all: &[u8], word: usize) -> Option<(u32, u16, usize)> {
    let (generation, at) = number_before(all, word)?;
    let (number, at) = number_before(all, at)?;
    let is_apart = at.checked_sub(1).and_then(|before| all.get(before));
    let is_apart = is_apart.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let (number, generation) = (number.parse().ok()?, generation.parse().ok()?);
    is_apart.then_some((number, generation, at))
}

fn number_before(all: &[u8], end: usize) -> Option<(&str, usize)> {
    let before = all.get(..end)?.trim_ascii_end();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let count = digits.take(11).count();
    let at = before.len().checked_sub(count).filter(|_| count > 0)?;
    Some((std::str::from_utf8(before.get(at..)?).ok()?, at))
}

/// The end of an object that is a stream, as far as it can be found. The content of a stream is not searched for
/// objects.
fn end_of_stream(all: &[u8], from: usize) -> Option<usize> {
    let rest = all.get(from..).unwrap_or_default();
    let mut lexer = Lexer::new(rest.get(..rest.len().min(TRAILER)).unwrap_or_default());
    if !matches!(lexer.object(), Some(Object::Dictionary(_))) || !lexer.skip_word(b"stream") {
        return None;
    }
    let data = rest.get(lexer.at()..).unwrap_or_default();
    let word = b"endstream";
    let end = memmem::find(data, word)?;
    Some(from + lexer.at() + end + word.len())
}

/// The trailer entries that open the document: from its own last trailer, or naming the catalog that is found.
fn trailer(all: &[u8], objects: &BTreeMap<u32, (usize, u16)>) -> Option<String> {
    let mut until = all.len();
    while let Some(at) = memmem::rfind(all.get(..until)?, b"trailer") {
        until = at;
        let rest = all.get(at + b"trailer".len()..)?;
        let rest = rest.get(..rest.len().min(TRAILER))?;
        let mut lexer = Lexer::new(rest);
        if let Some(Object::Dictionary(trailer)) = lexer.object()
            && let Some(Object::Reference(root)) = trailer.get("Root")
            && objects.contains_key(root)
        {
            let mut entries = format!("/Root {root} 0 R");
            // Encrypted documents are left as they are: more entries than these would have to be kept.
            return trailer.get("Encrypt").is_none().then(|| {
                if let Some(Object::Reference(info)) = trailer.get("Info") {
                    entries.push_str(&format!(" /Info {info} 0 R"));
                }
                entries
            });
        }
    }
    let is_catalog = |(_, (at, _)): &(&u32, &(usize, u16))| {
        let rest = all.get(*at..).unwrap_or_default();
        let mut lexer = Lexer::new(rest.get(..rest.len().min(TRAILER)).unwrap_or_default());
        lexer.object();
        lexer.object();
        lexer.skip_word(b"obj");
        matches!(lexer.object(), Some(Object::Dictionary(found))
            if found.get("Type").and_then(Object::name) == Some(b"Catalog"))
    };
    let (root, _) = objects.iter().rev().find(is_catalog)?;
    Some(format!("/Root {root} 0 R"))
}

/// Returns the bytes that are appended to the document.
fn table(all: &[u8], objects: &BTreeMap<u32, (usize, u16)>, trailer: &str) -> Vec<u8> {
    // Offsets are counted from the header.
    let header = all.get(..all.len().min(1_024)).unwrap_or_default();
    let offset = memmem::find(header, b"%PDF-").unwrap_or(0);
    let start = (all.len() + 1).saturating_sub(offset);
    let size = objects.keys().next_back().map_or(1, |last| last + 1);
    let mut tail = String::from("\nxref\n0 1\n0000000000 65535 f \n");
    for (number, (at, generation)) in objects.iter().filter(|(number, _)| **number > 0) {
        let at = at.saturating_sub(offset);
        tail.push_str(&format!("{number} 1\n{at:010} {generation:05} n \n"));
    }
    tail.push_str(&format!(
        "trailer\n<< /Size {size} {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    ));
    tail.into_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Mended, mend};
    use crate::shared::Shared;

    /// Returns the appended bytes, and whether a stream lacks its `endobj`.
    fn mended(document: &[u8]) -> Option<(String, bool)> {
        let bytes = Shared::new(Cursor::new(document.to_vec())).unwrap();
        let Mended {
            mut bytes,
            is_unended,
        } = mend(&bytes)?;
        let from = u64::try_from(document.len()).unwrap();
        let tail = bytes.read_at(from, 10_000).unwrap();
        Some((String::from_utf8(tail).unwrap(), is_unended))
    }

    #[test]
    fn what_is_found_is_in_the_table() {
        let document = b"junk%PDF-1.4\n1 0 obj << /Type /Catalog >>\n12 3 obj << /Length 9 >> stream\n9 0 obj  \
            endstream\n1 0 obj << /Type /Catalog /New true >> xobj 5 obj 77777777777 0 obj 8 99999 obj";
        let (tail, is_unended) = mended(document).unwrap();
        let new = 1 + document
            .windows(7)
            .rposition(|at| at == b"\n1 0 ob")
            .unwrap()
            - 4;
        let start = document.len() + 1 - 4;
        assert_eq!(
            tail,
            format!(
                "\nxref\n0 1\n0000000000 65535 f \n1 1\n{new:010} 00000 n \n12 1\n0000000038 00003 n \n\
                 trailer\n<< /Size 13 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
            )
        );
        assert!(is_unended);
    }

    #[test]
    fn the_trailer_tells_the_catalog_and_what_is_encrypted_stays_as_it_is() {
        let with = |trailer: &str| {
            let objects = "%PDF-1.4\n1 0 obj << >> endobj 2 0 obj << /Length 1 >> stream\n \nendstream endobj ";
            mended(format!("{objects}trailer << {trailer} >>").as_bytes())
        };
        let (tail, is_unended) = with("/Root 2 0 R /Info 1 0 R /Prev 5").unwrap();
        assert!(
            tail.contains("<< /Size 3 /Root 2 0 R /Info 1 0 R >>"),
            "{tail}"
        );
        assert!(!is_unended);
        assert!(with("/Root 2 0 R /Encrypt 1 0 R").is_none());
        assert!(with("/Root 7 0 R").is_none());
        assert!(mended(b"").is_none());
        assert!(mended(&b"obj 0 obj 1 0 obj endstream stream trailer ".repeat(1_000)).is_none());
    }
}
