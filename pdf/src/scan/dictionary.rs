//! Checks that a picture's dictionary only describes how its data becomes samples.

use crate::dictionary;
use crate::source::MAX_STREAMS;

/// The allowed names (ISO 32000-1, table 89 and the entries it refers to). PDFium has already applied those that change
/// samples: filters, colour spaces, `Decode`. Any other name might hide a part of the picture.
const NAMES: [&str; 46] = [
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
    "Name",
    "Predictor",
    "Rows",
    "RunLengthDecode",
    "Subtype",
    "Type",
    "WhitePoint",
    "Width",
    "XObject",
];

/// Tells whether exactly one of the streams that were read for a page is a picture, and that picture is plain.
/// `streams` holds the bytes before each stream's data. Other streams are contents, fonts and colour profiles.
pub(super) fn is_plain(streams: &[Vec<u8>]) -> bool {
    if streams.len() > MAX_STREAMS {
        return false;
    }
    let mut pictures = 0_usize;
    let are_known = streams.iter().all(|before| {
        let Some(found) = dictionary::of_stream(before) else {
            return false;
        };
        let is_picture = found.names.contains(&b"Image".as_slice());
        pictures += usize::from(is_picture);
        let is_known = |name: &&[u8]| NAMES.iter().any(|known| known.as_bytes() == *name);
        !is_picture || found.names.iter().all(is_known)
    });
    are_known && pictures == 1
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
            "/Name /Name /SMask 6 0 R",
            "/ColorSpace /Name /SMask 6 0 R",
            "/SMask 6 0 R /Name /obj",
            "/SMask 6 0 R /Metadata (5 0 obj <<)",
            "/SMask 6 0 R /Metadata <5 0 obj <<>",
            "/SMask 6 0 R >> << ",
        ] {
            let picture = PICTURE.replace("/Type", &format!("{entry} /Type"));
            assert!(!plain(&[&picture]), "{entry}");
        }
        let (_, without_object) = PICTURE.rsplit_once("obj").unwrap_or_default();
        let not_before_data = PICTURE.replace("stream\r\n", "stream\r\n\n");
        let own_name = PICTURE.replace("/Im1", "/SMask");
        assert!(plain(&[&own_name]));
        // Page contents may have names of a picture; here the picture itself cannot be parsed.
        let in_doubt = PICTURE.replace("/Im1", "(Im1)");
        for streams in [
            &[PICTURE, &in_doubt][..],
            &[],
            &[PICTURE, PICTURE],
            &[without_object],
            &[&not_before_data],
            &[""],
        ] {
            assert!(!plain(streams), "{streams:?}");
        }
    }
}
