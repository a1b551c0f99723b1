//! Names the kinds of JPEG and HEIF that are valid but that no browser shows, so that users are not told that such a file
//! is damaged.

use crate::container::jpeg_segments;

/// The most segments that are examined before the frame. Even files with a profile and previews in pieces have fewer.
const MAX_SEGMENTS: usize = 4_096;

/// The coding of a JPEG, as its frame marker states it (ITU-T T.81, table B.1), or what a HEIF file is made of (ISO/IEC
/// 23008-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Arithmetic coding instead of Huffman coding.
    Arithmetic,
    /// Samples of 12 bits instead of 8, as in medical and scientific cameras.
    TwelveBit,
    /// Predicted samples instead of transformed ones, as in medical devices.
    Lossless,
    /// Several frames, each finer than the one before.
    Hierarchical,
    /// A newer process than those of T.81: JPEG-LS, which has its own frame marker (ITU-T T.87, C.1.1).
    JpegLs,
    /// HEIF: a picture that is laid out of others, one over another (`iovl`).
    HeifOverlay,
    /// HEIF: an encrypted picture.
    HeifProtected,
    /// HEIF: bytes that lie in other files, or within those of other items.
    HeifScattered,
    /// HEIF: a coding other than AV1 and HEVC.
    HeifCoding,
    /// HEIF: a property that is not known, and without which the picture is not shown rightly.
    HeifProperty,
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Arithmetic => "an arithmetic-coded JPEG",
            Self::TwelveBit => "a JPEG of 12 bits a sample",
            Self::Lossless => "a lossless JPEG",
            Self::Hierarchical => "a hierarchical JPEG",
            Self::JpegLs => "a JPEG-LS image",
            Self::HeifOverlay => "a HEIF image laid out of others",
            Self::HeifProtected => "an encrypted HEIF image",
            Self::HeifScattered => "a HEIF image whose bytes are elsewhere",
            Self::HeifCoding => "a HEIF image in an unknown coding",
            Self::HeifProperty => "a HEIF image with an unknown property",
        })
    }
}

/// Returns the variant of a JPEG, or `None` if it can be decoded or has no frame.
pub(crate) fn of_jpeg(bytes: &[u8]) -> Option<Variant> {
    const SOS: u8 = 0xDA;
    jpeg_segments(bytes)
        .take(MAX_SEGMENTS)
        .take_while(|segment| segment.marker != SOS)
        .find_map(|segment| of_frame(segment.marker, segment.content.first().copied()))
        .flatten()
}

/// Returns `None` if the marker is not a frame, and otherwise its variant, if it has one.
fn of_frame(marker: u8, precision: Option<u8>) -> Option<Option<Variant>> {
    let odd = match marker {
        0xC3 => Some(Variant::Lossless),
        0xC9 | 0xCA => Some(Variant::Arithmetic),
        0xCB => Some(Variant::Lossless),
        // DHP, and the differential frames.
        0xC5..=0xC7 | 0xCD..=0xCF | 0xDE => Some(Variant::Hierarchical),
        0xF7 => Some(Variant::JpegLs),
        // T.81 allows 8 and 12 (B.2.2); other numbers are damage.
        0xC0..=0xC2 => (precision == Some(12)).then_some(Variant::TwelveBit),
        _ => return None,
    };
    Some(odd)
}

#[cfg(test)]
mod tests {
    use super::{Variant, of_jpeg};

    /// Returns a JPEG that consists of an application segment and a frame with this marker and precision.
    fn frame(marker: u8, precision: u8) -> Vec<u8> {
        let head = [
            0xFF, 0xD8, 0xFF, 0xE0, 0, 3, 7, 0xFF, marker, 0, 11, precision,
        ];
        [head.as_slice(), &[0, 8, 0, 8, 1, 1, 0x11, 0]].concat()
    }

    #[test]
    fn a_frame_says_what_is_odd_about_it() {
        for (marker, precision, wanted) in [
            (0xC0, 8, None),
            (0xC1, 8, None),
            (0xC2, 8, None),
            (0xC1, 12, Some(Variant::TwelveBit)),
            (0xC2, 12, Some(Variant::TwelveBit)),
            (0xC0, 7, None),
            (0xC3, 12, Some(Variant::Lossless)),
            (0xCB, 8, Some(Variant::Lossless)),
            (0xC9, 8, Some(Variant::Arithmetic)),
            (0xCA, 8, Some(Variant::Arithmetic)),
            (0xC5, 8, Some(Variant::Hierarchical)),
            (0xCF, 8, Some(Variant::Hierarchical)),
            (0xDE, 8, Some(Variant::Hierarchical)),
            (0xF7, 8, Some(Variant::JpegLs)),
        ] {
            assert_eq!(of_jpeg(&frame(marker, precision)), wanted, "{marker:X}");
        }
        // Only the first frame counts, and nothing after a scan's header does.
        let two = [frame(0xC0, 8), frame(0xC9, 8)[7..].to_vec()].concat();
        assert_eq!(of_jpeg(&two), None);
        let late = [&[0xFF, 0xD8, 0xFF, 0xDA, 0, 2], &frame(0xC9, 8)[7..]].concat();
        assert_eq!(of_jpeg(&late), None);
        assert_eq!(of_jpeg(b"\xFF\xD8\xFF\xC9\0"), None);
    }
}
