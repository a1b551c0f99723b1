//! A file that lacks only its closing mark is whole; a file that was cut short is not.

use dozo_codecs::{Encoding, decode, header, strip};
use image::{Frame, ImageFormat};
use jpeg_encoder::SamplingFactor;

use crate::pieces::{ENCODINGS, by_libjpeg, case, encoded, holds, jpeg, png_chunk, refining_jpeg};

/// Checks both ways of delivering a file without its end: the mark is there, and the picture equals that of the whole
/// file.
fn is_closed(encoding: Encoding, lacking: &[u8], whole: &[u8], mark: &[u8], name: &str) {
    let stripped = strip::metadata(encoding, lacking).unwrap();
    let kept = strip::closed(encoding, lacking).unwrap();
    for (file, way) in [(stripped, "stripped"), (kept, "kept")] {
        assert!(holds(&file, mark), "{name}, {way}");
        decode::verify(encoding, &file).unwrap();
        assert_eq!(
            header::read(encoding, &file).unwrap(),
            header::read(encoding, whole).unwrap(),
            "{name}, {way}"
        );
        assert!(
            image::load_from_memory(&file).unwrap() == image::load_from_memory(whole).unwrap(),
            "{name}, {way}: the same picture"
        );
        assert_eq!(
            strip::closed(encoding, &file),
            None,
            "{name}, {way}: it is closed"
        );
    }
}

const EOI: &[u8] = &[0xFF, 0xD9];
const IEND: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";

#[test]
fn the_samples_are_whole() {
    for (encoding, name, mark) in [
        (Encoding::Gif, "gif-without-trailer.gif", &b";"[..]),
        (
            Encoding::Gif,
            "gif-zero-bytes-in-place-of-trailer.gif",
            b";",
        ),
        (Encoding::Jpeg, "jpeg-without-eoi.jpg", EOI),
    ] {
        let lacking = case(name);
        let delivered = strip::metadata(encoding, &lacking).unwrap();
        assert!(delivered.ends_with(mark), "{name}");
        is_closed(encoding, &lacking, &delivered, mark, name);
    }
}

#[test]
fn nothing_zeros_or_half_a_mark_in_the_place_of_the_mark() {
    let plain = [
        (
            Encoding::Jpeg,
            encoded(ImageFormat::Jpeg),
            EOI,
            &b"\xFF"[..],
        ),
        (
            Encoding::Png,
            encoded(ImageFormat::Png),
            IEND,
            b"\0\0\0\0IEND\xAE",
        ),
        (Encoding::Gif, encoded(ImageFormat::Gif), b";", b""),
    ];
    for (encoding, whole, mark, half) in plain {
        let body = whole.strip_suffix(mark).unwrap();
        for (instead, name) in [
            (Vec::new(), "nothing"),
            (half.to_vec(), "half"),
            (vec![0], "a zero"),
            (vec![0; 2], "two zeros"),
            (vec![0; 5_000], "many zeros"),
        ] {
            let lacking = [body, &instead].concat();
            is_closed(
                encoding,
                &lacking,
                &whole,
                mark,
                &format!("{encoding:?}: {name}"),
            );
        }
    }
}

#[test]
fn every_kind_of_jpeg_is_followed_to_its_end() {
    let mut files = vec![("refining".to_owned(), refining_jpeg())];
    for sampling in [
        SamplingFactor::R_4_4_4,
        SamplingFactor::R_4_2_0,
        SamplingFactor::R_4_1_1,
        SamplingFactor::R_4_2_2,
    ] {
        for is_progressive in [false, true] {
            for restarts in [0, 1, 3] {
                let name = format!("{sampling:?}, {is_progressive}, {restarts}");
                files.push((name, jpeg(is_progressive, restarts, sampling)));
            }
        }
    }
    for (name, whole) in files {
        let lacking = whole.strip_suffix(EOI).unwrap();
        is_closed(Encoding::Jpeg, lacking, &whole, EOI, &name);
        let stripped = strip::metadata(Encoding::Jpeg, lacking).unwrap();
        assert!(by_libjpeg(&stripped) == by_libjpeg(&whole), "{name}");
        // At least one bit of the last code is in the last byte.
        let cut = &lacking[..lacking.len() - 1];
        assert!(strip::metadata(Encoding::Jpeg, cut).is_err(), "{name}");
        assert_eq!(strip::closed(Encoding::Jpeg, cut), None, "{name}");
    }
}

#[test]
fn a_progressive_file_that_ends_between_two_scans_was_cut_short() {
    let whole = jpeg(true, 0, SamplingFactor::R_4_2_0);
    let scans = memchr::memmem::find_iter(&whole, b"\xFF\xDA");
    let last = scans.last().unwrap();
    assert!(strip::metadata(Encoding::Jpeg, &whole[..last]).is_err());
    assert_eq!(strip::closed(Encoding::Jpeg, &whole[..last]), None);
}

#[test]
fn the_crc_of_the_last_image_data_may_be_cut() {
    let whole = encoded(ImageFormat::Png);
    for missing in 1..=4 {
        let lacking = &whole[..whole.len() - IEND.len() - missing];
        is_closed(Encoding::Png, lacking, &whole, IEND, "CRC");
    }
    let padded = [
        &whole[..whole.len() - IEND.len()],
        &png_chunk(b"IEND", b"text"),
    ]
    .concat();
    let stripped = strip::metadata(Encoding::Png, &padded).unwrap();
    assert_eq!(stripped, whole, "IEND is empty");
}

#[test]
fn a_gif_may_end_with_its_data() {
    let whole = encoded(ImageFormat::Gif);
    let lacking = &whole[..whole.len() - 2];
    is_closed(
        Encoding::Gif,
        lacking,
        &whole,
        b";",
        "the empty sub-block is missing too",
    );
    assert!(strip::metadata(Encoding::Gif, &whole[..whole.len() - 6]).is_err());
}

#[test]
fn the_size_of_a_webp_may_be_one_off() {
    let whole = encoded(ImageFormat::WebP);
    let size = u32::try_from(whole.len() - 8).unwrap();
    for told in [size - 1, size + 1] {
        let mut lacking = whole.clone();
        lacking[4..8].copy_from_slice(&told.to_le_bytes());
        is_closed(Encoding::Webp, &lacking, &whole, b"", "size");
        assert_eq!(strip::metadata(Encoding::Webp, &lacking).unwrap(), whole);
        assert_eq!(strip::closed(Encoding::Webp, &lacking).unwrap(), whole);
    }
}

fn frames(encoding: Encoding, file: &[u8]) -> Option<Vec<Frame>> {
    use image::AnimationDecoder;
    let input = std::io::Cursor::new(file);
    let frames = match encoding {
        Encoding::Gif => image::codecs::gif::GifDecoder::new(input)
            .ok()?
            .into_frames(),
        Encoding::Jpeg | Encoding::Png | Encoding::Webp | Encoding::Avif | Encoding::Svg => {
            image::codecs::webp::WebPDecoder::new(input)
                .ok()?
                .into_frames()
        }
    };
    frames.collect_frames().ok()
}

#[test]
fn a_file_that_was_cut_anywhere_is_refused_or_is_all_there() {
    let animated = case("webp-animation-disposed-to-background.webp");
    let files = ENCODINGS
        .map(|(encoding, format)| (encoding, encoded(format)))
        .into_iter()
        .chain([
            (Encoding::Jpeg, jpeg(true, 2, SamplingFactor::R_4_2_0)),
            (Encoding::Webp, animated),
        ]);
    for (encoding, file) in files {
        let whole = image::load_from_memory(&file).unwrap();
        let mut refused = 0;
        for length in 0..file.len() {
            let cut = &file[..length];
            let name = format!("{encoding:?} of {length} bytes");
            let Ok(stripped) = strip::metadata(encoding, cut) else {
                assert!(
                    strip::closed(encoding, cut)
                        .is_none_or(|closed| decode::verify(encoding, &closed).is_err()),
                    "{name}"
                );
                refused += 1;
                continue;
            };
            decode::verify(encoding, &stripped).unwrap();
            assert!(
                image::load_from_memory(&stripped).unwrap() == whole,
                "{name}"
            );
            if encoding == Encoding::Webp {
                let count = |file| frames(encoding, file).map(|frames| frames.len());
                assert_eq!(count(&stripped), count(&file), "{name}");
            }
        }
        assert!(
            refused >= file.len() - 24,
            "{encoding:?}: {refused} of {}",
            file.len()
        );
    }
}
