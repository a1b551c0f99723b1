//! Whether the dictionary of a picture says nothing but how its data becomes samples. PDFium's interface does not tell what
//! stands there; but a stream's dictionary stands right before its data, and PDFium reads these through us.

use memchr::memmem;

use crate::source::MAX_STREAMS;

/// What may stand there (ISO 32000-1, table 89 and what its entries refer to). Whatever of it changes samples, PDFium has done
/// to those that we get: filters, colour spaces, `Decode`. Anything else may hide a part of the picture.
const NAMES: [&str; 45] = [
    "ASCII85Decode",
    "ASCIIHexDecode",
    "BitsPerComponent",
    "BlackIs1",
    "BlackPoint",
    "CCITTFaxDecode",
    "CalGray",
    "CalRGB",
    "ColorSpace",
    "ColorTransform",
    "Colors",
    "Columns",
    "DCTDecode",
    "DamagedRowsBeforeError",
    "Decode",
    "DecodeParms",
    "DeviceCMYK",
    "DeviceGray",
    "DeviceRGB",
    "EncodedByteAlign",
    "EndOfBlock",
    "EndOfLine",
    "Filter",
    "FlateDecode",
    "Gamma",
    "Height",
    "ICCBased",
    "Image",
    "Indexed",
    "Interpolate",
    "JBIG2Decode",
    "JBIG2Globals",
    "K",
    "LZWDecode",
    "Length",
    "Matrix",
    "Metadata",
    "Predictor",
    "Rows",
    "RunLengthDecode",
    "Subtype",
    "Type",
    "WhitePoint",
    "Width",
    "XObject",
];

/// A picture may have a name of its own, which means nothing: the name after this one.
const NAME: &str = "Name";

/// Of what stands before the data of the streams that a page was read from: whether just one of them is a picture's, and that one
/// plain. The others are contents, fonts, profiles of colours.
pub(super) fn is_plain(streams: &[Vec<u8>]) -> bool {
    if streams.len() > MAX_STREAMS {
        return false;
    }
    let mut pictures = streams.iter().filter_map(|before| of_picture(before));
    pictures.next() == Some(true) && pictures.next().is_none()
}

/// Whether it is plain; `None` when it is no picture's.
fn of_picture(before: &[u8]) -> Option<bool> {
    let dictionary = dictionary(before)?;
    let names: Vec<&[u8]> = names(dictionary).collect();
    if !names.contains(&"Image".as_bytes()) {
        return None;
    }
    let mut after_name = false;
    let is_known = names.iter().all(|name| {
        let is_own = std::mem::replace(&mut after_name, *name == NAME.as_bytes());
        is_own || after_name || NAMES.iter().any(|known| known.as_bytes() == *name)
    });
    // A name can be written in other ways (ISO 32000-1, 7.3.5), and what looks like one can stand in a comment.
    let is_as_it_reads = !dictionary.iter().any(|byte| matches!(byte, b'#' | b'%'));
    Some(is_known && is_as_it_reads)
}

/// From the beginning of the object to the word that its data follows.
fn dictionary(before: &[u8]) -> Option<&[u8]> {
    let line = before.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let object = line.strip_suffix(b"stream")?;
    let start = memmem::rfind(object, b"obj")? + b"obj".len();
    object.get(start..)
}

/// All names, without their slashes.
fn names(dictionary: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_end = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                0 | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}'
            )
    };
    let after_slashes = dictionary.split(|byte| *byte == b'/').skip(1);
    after_slashes.map(move |rest| rest.split(is_end).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    fn plain(objects: &[&str]) -> bool {
        let streams: Vec<_> = objects
            .iter()
            .map(|object| object.as_bytes().to_vec())
            .collect();
        is_plain(&streams)
    }

    const PICTURE: &str = "q Q\nendstream\nendobj\n5 0 obj\n<< /Type /XObject /Subtype/Image/Width 2480 /Height 3508\
        /ColorSpace [/ICCBased 7 0 R]/BitsPerComponent 8 /Filter/DCTDecode /Name /Im1 /Length 9 >>\nstream\r\n";

    #[test]
    fn a_picture_and_its_profile_are_plain() {
        let profile = "7 0 obj\n<< /N 3 /Alternate /DeviceRGB /Length 3144 >> stream\n";
        assert!(plain(&[PICTURE]));
        assert!(plain(&[profile, PICTURE]));
        assert!(plain(&[&PICTURE.replace("\r\n", "\n")]));
    }

    #[test]
    fn what_is_not_known_is_not_plain() {
        for entry in [
            "/SMask 6 0 R",
            "/Mask [0 0]",
            "/ImageMask true",
            "/OC 9 0 R",
            "/SMaskInData 1",
            "/SM#61sk 6 0 R",
            "/Name/SMask 6 0 R/OC 9 0 R",
            "% /Name\n",
            "/Filter /JPXDecode",
            "/Alternates []",
            "/New 1",
            "/",
        ] {
            let picture = PICTURE.replace("/Type", &format!("{entry} /Type"));
            assert!(!plain(&[&picture]), "{entry}");
        }
        let (_, without_object) = PICTURE.rsplit_once("obj").unwrap_or_default();
        let not_before_data = PICTURE.replace("stream\r\n", "stream\r\n\n");
        for streams in [
            &[][..],
            &[PICTURE, PICTURE],
            &[without_object],
            &[&not_before_data],
            &[""],
        ] {
            assert!(!plain(streams), "{streams:?}");
        }
    }
}
