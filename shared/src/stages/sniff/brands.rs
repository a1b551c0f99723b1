//! Images in ISO base media files (ISO/IEC 14496-12, 4.3; HEIF: ISO/IEC 23008-12), told apart by their brands: AVIF,
//! HEIC and others.
//!
//! The major brand is often only that of the container, `mif1`; the compatible brands then name the coding.

use super::known::{Foreign, picture, raw};
use crate::vocabulary::kind::Format;
use crate::vocabulary::upload_format::{Convertible, UploadFormat};

/// The most compatible brands that are read. Files usually have 3 to 8.
const MAX_BRANDS: usize = 64;

/// The offset of the brands, after the box size and `ftyp`.
const BRANDS_AT: usize = 8;

/// A format that is accepted, or one that is not.
type Found = Result<UploadFormat, Foreign>;

/// The refusal of HEIC where nothing decodes it.
pub(super) const UNDECODED_HEIC: Foreign = Foreign {
    advice: "Export it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) or as PNG, and upload the new file.",
    ..picture("a HEIC image")
};
const AVIF: Found = Ok(UploadFormat::Kept(Format::Avif));
const HEIC: Found = Ok(UploadFormat::Converted(Convertible::Heic));
const CR3: Found = Err(raw("a Canon raw photo (CR3)"));
const JPEG: Found = Err(picture("a HEIF image with JPEG in it"));
const JPEG_2000: Found = Err(picture("a HEIF image with JPEG 2000 in it"));
const H264: Found = Err(picture("a HEIF image with H.264 in it"));
const H266: Found = Err(picture("a HEIF image with H.266 in it"));
const OTHER: Found = Err(picture("a HEIF image"));

/// Brands that name an image's coding. If a file has several, the first in this table counts.
const CODINGS: &[(&[u8; 4], Found)] = &[
    (b"avif", AVIF),
    (b"avis", AVIF),
    (b"heic", HEIC),
    (b"heix", HEIC),
    (b"heim", HEIC),
    (b"heis", HEIC),
    (b"hevc", HEIC),
    (b"hevx", HEIC),
    (b"hevm", HEIC),
    (b"hevs", HEIC),
    (b"crx ", CR3),
    (b"jpeg", JPEG),
    (b"jpgs", JPEG),
    (b"j2ki", JPEG_2000),
    (b"j2is", JPEG_2000),
    (b"avci", H264),
    (b"avcs", H264),
    (b"vvic", H266),
    (b"vvis", H266),
];

/// Brands of images that do not name the coding.
const GENERAL: [&[u8; 4]; 8] = [
    b"mif1", b"mif2", b"mif3", b"msf1", b"miaf", b"unif", b"geo1", b"1pic",
];

/// Tells which image an ISO base media file is. Returns `None` for other files and for films.
pub(super) fn image(head: &[u8]) -> Option<Found> {
    let [s0, s1, s2, s3, b'f', b't', b'y', b'p', ..] = head else {
        return None;
    };
    let size = usize::try_from(u32::from_be_bytes([*s0, *s1, *s2, *s3])).ok()?;
    let (brands, _) = head
        .get(BRANDS_AT..size.min(head.len()).max(BRANDS_AT + 4))?
        .as_chunks::<4>();
    let (major, rest) = brands.split_first()?;
    // The major brand is followed by its version.
    let compatible = || rest.iter().skip(1).take(MAX_BRANDS);
    let by_coding = |brand: &[u8; 4]| {
        let found = CODINGS.iter().find(|(known, _)| *known == brand);
        found.map(|(_, coding)| *coding)
    };
    let is_general = |brand: &[u8; 4]| GENERAL.contains(&brand);
    if let Some(coding) = by_coding(major) {
        return Some(coding);
    }
    if !is_general(major) && (is_film(major) || !compatible().any(is_general)) {
        return None;
    }
    let by_compatible = CODINGS
        .iter()
        .find(|(known, _)| compatible().any(|brand| brand == *known));
    Some(by_compatible.map_or_else(|| by_items(head), |(_, coding)| *coding))
}

/// Tells the coding by the kinds of the items in the file, which stand at its beginning: old writers name the container
/// alone.
fn by_items(head: &[u8]) -> Found {
    let has = |kind: &[u8; 4]| head.windows(4).any(|bytes| bytes == kind);
    match (has(b"av01"), has(b"hvc1")) {
        (true, false) => AVIF,
        (false, true) => HEIC,
        (true, true) | (false, false) => OTHER,
    }
}

/// Returns whether a major brand is one of films or sound, whatever other brands the file is compatible with.
fn is_film(brand: &[u8; 4]) -> bool {
    matches!(
        brand,
        b"qt  " | b"avc1" | b"dash" | b"f4v " | b"M4A " | b"M4B " | b"M4V " | b"MSNV"
    ) || brand.starts_with(b"iso")
        || brand.starts_with(b"mp4")
        || brand.starts_with(b"3g")
        || brand.starts_with(b"cmf")
}

#[cfg(test)]
mod tests {
    use super::image;

    fn name_of(found: super::Found) -> &'static str {
        found.map_or_else(|foreign| foreign.name, super::UploadFormat::in_words)
    }

    fn file(brands: &[&str]) -> Vec<u8> {
        let (major, compatible) = brands.split_first().unwrap();
        let size = u8::try_from(12 + 4 * brands.len()).unwrap();
        let head = [
            &[0, 0, 0, size],
            b"ftyp".as_slice(),
            major.as_bytes(),
            &[0; 4],
        ]
        .concat();
        let compatible = compatible.concat();
        // The bytes after the box are not brands.
        [&head, compatible.as_bytes(), b"heicheic"].concat()
    }

    #[test]
    fn compatible_brands_tell_what_the_major_brand_does_not() {
        for (brands, name) in [
            (&["avif", "mif1", "miaf"][..], Some("an AVIF image")),
            (&["mif1", "avif", "miaf"], Some("an AVIF image")),
            (&["miaf", "mif1", "avif"], Some("an AVIF image")),
            (&["msf1", "avis", "iso8"], Some("an AVIF image")),
            (&["avis", "msf1", "heic"], Some("an AVIF image")),
            (&["heic", "mif1", "avif"], Some("a HEIC image")),
            (&["mif1", "heic"], Some("a HEIC image")),
            (&["msf1", "hevc"], Some("a HEIC image")),
            (&["mif1", "jpeg"], Some("a HEIF image with JPEG in it")),
            (&["jpeg", "mif1"], Some("a HEIF image with JPEG in it")),
            (&["mif1"], Some("a HEIF image")),
            (&["XYZW", "mif1", "avif"], Some("an AVIF image")),
            (&["crx ", "isom"], Some("a Canon raw photo (CR3)")),
            (&["isom", "mp42", "avif", "mif1"], None),
            (&["qt  ", "mif1"], None),
            (&["isom", "iso2"], None),
            (&["XYZW"], None),
        ] {
            let found = image(&file(brands)).map(name_of);
            assert_eq!(found, name, "{brands:?}");
        }
    }

    #[test]
    fn its_size_is_not_believed() {
        let mut longer = file(&["mif1", "avif"]);
        longer[..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(name_of(image(&longer).unwrap()), "an AVIF image");
        let mut shorter = file(&["mif1", "avif"]);
        shorter[..4].copy_from_slice(&[0; 4]);
        assert_eq!(name_of(image(&shorter).unwrap()), "a HEIF image");
        assert_eq!(image(b"\0\0\0\x18ftypmi"), None);
    }
}
