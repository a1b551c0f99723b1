//! Formats that are recognised but not accepted: how each begins, its name, and what to save it as.
//!
//! Each signature has one line. Accepted formats are looked for first ([`super::sniff`]), so a line for one of them
//! does no harm.

use super::known::{Foreign, archive, audio, document, page, picture, raw, video};
use super::{tiff, zip};

/// Byte strings and their offsets; all of them must match.
type Signature = &'static [(usize, &'static [u8])];

/// The first match counts, so a longer signature stands above a shorter one that it begins with.
#[rustfmt::skip]
const FORMATS: &[(Signature, Foreign)] = &[
    // Pictures.
    (&[(0, b"8BPS")], picture("a Photoshop document")),
    (&[(0, b"\0\0\0\x0CJXL \r\n\x87\n")], picture("a JPEG XL image")),
    (&[(0, b"\xFF\x0A")], picture("a JPEG XL image")),
    (&[(0, b"\0\0\0\x0CjP  \r\n\x87\n")], picture("a JPEG 2000 image")),
    (&[(0, b"\xFF\x4F\xFF\x51")], picture("a JPEG 2000 image")),
    (&[(0, b"II\xBC\x01")], picture("a JPEG XR image")),
    (&[(0, b"II\xBC\0")], picture("a JPEG XR image")),
    (&[(0, b"qoif")], picture("a QOI image")),
    (&[(0, b"DDS \x7C\0\0\0")], picture("a DirectDraw texture")),
    (&[(0, b"\xABKTX ")], picture("a Khronos texture")),
    (&[(0, b"v/1\x01")], picture("an OpenEXR image")),
    (&[(0, b"#?RADIANCE")], picture("a Radiance HDR image")),
    (&[(0, b"#?RGBE")], picture("a Radiance HDR image")),
    (&[(0, b"SIMPLE  =")], picture("a FITS image")),
    (&[(128, b"DICM")], picture("a DICOM image")),
    (&[(0, b"gimp xcf ")], picture("a GIMP image")),
    (&[(0, b"FLIF")], picture("a FLIF image")),
    (&[(0, b"BPG\xFB")], picture("a BPG image")),
    (&[(0, b"icns")], picture("an Apple icon")),
    (&[(0, b"\x8AMNG\r\n\x1A\n")], picture("an MNG animation")),
    (&[(0, b"\x8BJNG\r\n\x1A\n")], picture("a JNG image")),
    (&[(0, b"RIFF"), (8, b"ACON")], picture("an animated cursor")),
    (&[(0, b"\x59\xA6\x6A\x95")], picture("a Sun raster image")),
    (&[(0, b"\x0A\x05\x01\x08")], picture("a PCX image")),
    (&[(0, b"\xD7\xCD\xC6\x9A")], page("a Windows metafile")),
    (&[(0, b"\x01\0\0\0"), (40, b" EMF")], page("a Windows metafile")),
    // Raw photos that are not TIFF; see `tiff` for those that are.
    (&[(0, b"FUJIFILMCCD-RAW ")], raw("a Fujifilm raw photo (RAF)")),
    (&[(0, b"IIRO")], raw("an Olympus raw photo (ORF)")),
    (&[(0, b"IIRS")], raw("an Olympus raw photo (ORF)")),
    (&[(0, b"MMOR")], raw("an Olympus raw photo (ORF)")),
    (&[(0, b"IIU\0")], raw("a Panasonic raw photo (RW2)")),
    (&[(0, b"II\x1A\0\0\0HEAPCCDR")], raw("a Canon raw photo (CRW)")),
    (&[(0, b"FOVb")], raw("a Sigma raw photo (X3F)")),
    (&[(0, b"\0MRM")], raw("a Minolta raw photo (MRW)")),
    // Video.
    (&[(0, b"FLV\x01")], video("a Flash video")),
    (&[(0, b"\0\0\x01\xBA")], video("an MPEG video")),
    (&[(0, b"\0\0\x01\xB3")], video("an MPEG video")),
    (&[(0, b"RIFF"), (8, b"CDXA")], video("a Video CD file")),
    (&[(0, b"\0\0\0\x01\x67")], video("a bare H.264 stream")),
    (&[(0, b"\0\0\0\x01\x40\x01")], video("a bare H.265 stream")),
    (&[(0, b"DKIF")], video("an IVF video")),
    (&[(0, b"YUV4MPEG2 ")], video("an uncompressed video (Y4M)")),
    (&[(0, b".RMF")], video("a RealMedia file")),
    (&[(0, b"0&\xB2u\x8Ef\xCF\x11")], video("a Windows Media file (WMV, WMA or ASF)")),
    (&[(0, b"\x06\x0E\x2B\x34\x02\x05\x01\x01")], video("an MXF video")),
    (&[(0, b"\x1F\x07\0")], video("a DV video")),
    (&[(0, b"FWS")], video("a Flash film")),
    (&[(0, b"CWS")], video("a Flash film")),
    // Audio.
    (&[(0, b"FORM"), (8, b"AIFF")], audio("an AIFF audio file")),
    (&[(0, b"FORM"), (8, b"AIFC")], audio("an AIFF audio file")),
    (&[(0, b"RIFF"), (8, b"RMID")], audio("a MIDI file")),
    (&[(0, b"MThd")], audio("a MIDI file")),
    (&[(0, b"#!AMR")], audio("an AMR audio file")),
    (&[(0, b"caff\0\x01")], audio("a Core Audio file (CAF)")),
    (&[(0, b".snd")], audio("an AU audio file")),
    (&[(0, b".ra\xFD")], audio("a RealAudio file")),
    (&[(0, b"MAC "), (5, b"\x0F")], audio("a Monkey's Audio file")),
    (&[(0, b"wvpk")], audio("a WavPack audio file")),
    (&[(0, b"MPCK")], audio("a Musepack audio file")),
    (&[(0, b"MP+")], audio("a Musepack audio file")),
    (&[(0, b"TTA1")], audio("a True Audio file")),
    (&[(0, b"DSD \x1C\0\0\0")], audio("a DSD audio file")),
    (&[(0, b"FRM8")], audio("a DSD audio file")),
    (&[(0, b"Creative Voice File")], audio("a VOC audio file")),
    (&[(0, b"\x7F\xFE\x80\x01")], audio("a DTS audio file")),
    (&[(0, b"\x0B\x77")], audio("a Dolby Digital audio file (AC-3)")),
    (&[(0, b"ADIF")], audio("an AAC audio file without a container")),
    (&[(0, b"\xFF\xF0")], audio("an AAC audio file without a container")),
    (&[(0, b"\xFF\xF1")], audio("an AAC audio file without a container")),
    (&[(0, b"\xFF\xF8")], audio("an AAC audio file without a container")),
    (&[(0, b"\xFF\xF9")], audio("an AAC audio file without a container")),
    // Documents and drawings.
    (&[(0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")], document("an Office document in the format of before 2007 (DOC, XLS or PPT)")),
    (&[(0, b"{\\rtf")], document("an RTF document")),
    (&[(0, b"AT&TFORM")], document("a DjVu document")),
    (&[(60, b"BOOKMOBI")], document("a Kindle book")),
    (&[(0, b"\xC5\xD0\xD3\xC6")], page("an EPS drawing")),
    (&[(0, b"%!PS-Adobe-3.0 EPSF")], page("an EPS drawing")),
    (&[(0, b"%!PS-Adobe-3.1 EPSF")], page("an EPS drawing")),
    (&[(0, b"%!PS-Adobe-2.0 EPSF")], page("an EPS drawing")),
    (&[(0, b"%!PS")], document("a PostScript document")),
    (&[(0, b"RIFF"), (8, b"CDR")], page("a CorelDRAW drawing")),
    (&[(0, b"AC10")], page("an AutoCAD drawing")),
    // Archives.
    (&[(0, b"\x1F\x8B")], archive("a gzip archive")),
    (&[(0, b"7z\xBC\xAF\x27\x1C")], archive("a 7-Zip archive")),
    (&[(0, b"Rar!\x1A\x07")], archive("a RAR archive")),
    (&[(0, b"\xFD7zXZ\0")], archive("an XZ archive")),
    (&[(0, b"\x28\xB5\x2F\xFD")], archive("a Zstandard archive")),
    (&[(0, b"BZh"), (4, b"1AY&SY")], archive("a bzip2 archive")),
    (&[(257, b"ustar")], archive("a TAR archive")),
];

/// Returns the known but not accepted format that a file begins with, if any.
pub(super) fn named(head: &[u8]) -> Option<Foreign> {
    let stands =
        |(at, bytes): &(usize, &[u8])| head.get(*at..).is_some_and(|rest| rest.starts_with(bytes));
    tiff::raw_photo(head)
        .or_else(|| zip::named(head))
        .or_else(|| {
            let found = FORMATS
                .iter()
                .find(|(signature, _)| signature.iter().all(stands));
            found.map(|(_, foreign)| *foreign)
        })
        .or_else(|| by_structure(head))
}

/// Recognises formats whose signature is so short that other files could begin with it too: more of the header is
/// checked.
fn by_structure(head: &[u8]) -> Option<Foreign> {
    match head {
        // The number of pictures, at least one, and a reserved byte in each entry.
        [0, 0, 1, 0, count, 0, _, _, _, 0, ..] if *count > 0 => Some(picture("an icon (ICO)")),
        [0, 0, 2, 0, count, 0, _, _, _, 0, ..] if *count > 0 => Some(picture("a cursor (CUR)")),
        // No image ID and no colour map; true-colour or greyscale, with or without run-length encoding.
        [0, 0, 2 | 3 | 10 | 11, 0, 0, 0, 0, 0, ..] => Some(picture("a Targa image")),
        // The width, or a comment before it.
        [
            b'P',
            b'1'..=b'6',
            b'\n' | b'\r' | b' ' | b'\t',
            b'0'..=b'9' | b'#',
            ..,
        ]
        | [b'P', b'7', b'\n', b'W', b'I', b'D', b'T', b'H', ..] => {
            Some(picture("a Netpbm image (PPM, PGM or PBM)"))
        }
        _ => None,
    }
}
