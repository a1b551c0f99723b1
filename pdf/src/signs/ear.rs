//! Finds signs in the bytes that PDFium reads: pieces of the file, and object streams.

use std::io::Read;

use flate2::read::ZlibDecoder;
use memchr::memchr_iter;

use super::{MAX_KEPT, Signs, signs_in};
use crate::dictionary::{self, ends_name, is_before_data, meant};

/// The names allowed in the dictionary of an object stream that is read here.
const OF_OBJECTS: [&[u8]; 8] = [
    b"Type",
    b"ObjStm",
    b"N",
    b"First",
    b"Length",
    b"Filter",
    b"FlateDecode",
    b"Extends",
];

/// The maximum size of one object stream in bytes.
const MAX_OBJECTS: u64 = 64 << 20;

/// Finds signs in the bytes that PDFium reads.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    signs: Signs,
    /// The end of the last piece, if it stops within something that may be a sign.
    kept: Vec<u8>,
    /// The offset in the file at which the last piece ends.
    end: u64,
}

impl Ear {
    /// All signs found so far.
    pub(crate) fn signs(&self) -> Signs {
        self.signs
    }

    /// Reads a piece of the file at this offset that holds objects.
    pub(crate) fn hear(&mut self, at: u64, bytes: &[u8]) {
        if at != self.end {
            self.finish();
        }
        let piece = [self.kept.as_slice(), bytes].concat();
        let (signs, kept) = signs_in(&piece, false);
        self.signs = self.signs.and(signs);
        self.kept = piece.get(kept..).unwrap_or_default().to_vec();
        if self.kept.len() > MAX_KEPT {
            self.finish();
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.end = at.saturating_add(length);
    }

    /// Reads the data of a stream if it is an object stream. `before` holds the bytes before the data.
    pub(crate) fn hear_stream(&mut self, before: &[u8], data: &[u8]) {
        if !is_before_data(before) || !names(before).any(|name| meant(name) == b"First") {
            return;
        }
        let signs = match dictionary::of_stream(before) {
            Some(found) if !found.keys.iter().any(|key| meant(key) == b"First") => return,
            Some(found) => {
                let names: Vec<_> = found.names.iter().map(|name| meant(name)).collect();
                let is = |name: &Vec<u8>| OF_OBJECTS.contains(&name.as_slice());
                let is_packed = names.iter().any(|name| name == b"FlateDecode");
                match names.iter().all(is) {
                    true if is_packed => of_objects(ZlibDecoder::new(data)),
                    true => of_objects(data),
                    false => None,
                }
            }
            None => None,
        };
        self.signs = self.signs.and(signs.unwrap_or(Signs::ALL));
    }

    /// Evaluates the kept bytes, because their continuation was not read.
    fn finish(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        self.signs = self.signs.and(signs_in(&kept, true).0);
    }
}

/// Finds the signs in an object stream; `None` if it cannot be read.
fn of_objects(data: impl Read) -> Option<Signs> {
    let mut ear = Ear::default();
    let mut data = data.take(MAX_OBJECTS + 1);
    let mut piece = [0; 32 << 10];
    loop {
        match data.read(&mut piece).ok()? {
            0 => break,
            length => ear.hear(ear.end, piece.get(..length)?),
        }
    }
    ear.finish();
    (ear.end <= MAX_OBJECTS).then_some(ear.signs)
}

/// All names in these bytes, without their slashes.
fn names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr_iter(b'/', bytes).filter_map(|slash| {
        let rest = bytes.get(slash + 1..)?;
        let end = rest.iter().position(|byte| ends_name(*byte));
        rest.get(..end.unwrap_or(rest.len()))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::{Ear, Signs};

    const NONE: Signs = Signs::NONE;

    fn heard(bytes: &[u8], piece: usize) -> Signs {
        let mut ear = Ear::default();
        let mut at = 700;
        for bytes in bytes.chunks(piece) {
            ear.hear(at, bytes);
            at += u64::try_from(bytes.len()).unwrap_or(0);
        }
        ear.hear(0, b"");
        ear.signs()
    }

    #[test]
    fn names_are_signs_wherever_they_are_cut() {
        for (object, expected) in [
            ("<< /TR 5 0 R >>", Signs::TRANSFER),
            ("<< /TR2[5 0 R]>>", Signs::TRANSFER),
            ("<< /TR%\n/Identity >>", Signs::TRANSFER),
            ("<< /TR /Identity /TR2/Default >>", NONE),
            ("<< /TRX 1 /ATR 2 /T 3 >>", NONE),
            ("<< /#54R << >> >>", Signs::TRANSFER),
            ("<< /Pattern#54ype 1 >>", Signs::PATTERN),
            ("<</PatternType 2>>", Signs::PATTERN),
            ("<< /Subtype/Type3 >>", Signs::DRAWN_GLYPHS),
            ("<< /DefaultCMYK 1 0 R >>", Signs::DEFAULT_SPACE),
            (
                "<< /OCProperties<<>> /S/Type0>>",
                Signs::LAYERS.and(Signs::LETTERS),
            ),
            ("<< /Encoding << /Differences[1/a]>>>>", Signs::LETTERS),
            ("(TR) TR Type3", NONE),
        ] {
            for piece in [1, 2, 3, 7, 512] {
                assert_eq!(
                    heard(object.as_bytes(), piece),
                    expected,
                    "{object} {piece}"
                );
            }
        }
    }

    #[test]
    fn what_ends_without_an_end_counts() {
        assert_eq!(heard(b"<< /TR  ", 512), Signs::TRANSFER);
        assert_eq!(heard(b"<< /Type3", 512), Signs::DRAWN_GLYPHS);
        let far = [b"/TR".as_slice(), &[b' '; 400], b"/Identity "].concat();
        assert_eq!(heard(&far, 64), Signs::TRANSFER);
    }

    fn packed(objects: &str) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        drop(encoder.write_all(objects.as_bytes()));
        encoder.finish().unwrap_or_default()
    }

    #[test]
    fn streams_of_objects_are_opened() {
        let objects = format!("1 0 2 9 {} << /TR 5 0 R >>", "<< /A 1 >> ".repeat(9_000));
        let signs = |dictionary: &str, data: &[u8]| {
            let mut ear = Ear::default();
            ear.hear_stream(
                format!("5 0 obj\n<< {dictionary} >>\nstream\r\n").as_bytes(),
                data,
            );
            ear.signs()
        };
        let usual = "/Type /ObjStm /N 2 /First 9 /Length 99 /Filter /FlateDecode";
        let data = packed(&objects);
        assert_eq!(signs(usual, &data), Signs::TRANSFER);
        assert_eq!(
            signs(&usual.replace("First", "Firs#74"), &data),
            Signs::TRANSFER
        );
        assert_eq!(
            signs("/Type /ObjStm /N 2 /First 9", objects.as_bytes()),
            Signs::TRANSFER
        );
        assert_eq!(signs("/Length 99 /Filter /FlateDecode", &data), NONE);
        assert_eq!(signs(usual, &packed("1 0 << /A 1 >>")), NONE);
        let broken = data.get(..200).unwrap_or_default();
        for (dictionary, data) in [
            (usual.to_owned(), broken),
            (usual.to_owned(), b"no such data".as_slice()),
            (format!("{usual} /DecodeParms << /Predictor 12 >>"), &data),
            (usual.replace("Flate", "LZW"), &data),
            (format!("{usual} /X (y)"), &data),
        ] {
            assert_eq!(signs(&dictionary, data), Signs::ALL, "{dictionary}");
        }
    }
}
