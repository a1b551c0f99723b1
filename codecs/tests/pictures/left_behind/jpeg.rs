//! Text in every place of a JPEG that readers skip.

use dozo_codecs::{Encoding, decode, strip};
use jpeg_encoder::SamplingFactor;

use crate::pieces::{
    SECRET, by_libjpeg, case, holds, jpeg, profile, refining_jpeg, segment, tells,
};

/// The position of each marker in a file.
fn markers(file: &[u8]) -> Vec<(u8, usize)> {
    let mut markers = Vec::new();
    let mut at = 2;
    while at + 1 < file.len() {
        if file[at] != 0xFF || file[at + 1] == 0 {
            at += 1;
            continue;
        }
        let marker = file[at + 1];
        markers.push((marker, at));
        at += match marker {
            0xD0..=0xD9 => 2,
            _ => 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]])),
        };
    }
    markers
}

fn inserted(file: &[u8], at: usize, what: &[u8]) -> Vec<u8> {
    [&file[..at], what, &file[at..]].concat()
}

/// Asserts that the planted file becomes the same as the clean one.
fn is_gone(clean: &[u8], planted: &[u8], name: &str) {
    assert!(tells(planted), "{name} is a test");
    let stripped = strip::metadata(Encoding::Jpeg, planted).unwrap();
    assert!(!tells(&stripped), "{name}");
    let reference = strip::metadata(Encoding::Jpeg, clean).unwrap();
    assert!(
        stripped == reference,
        "{name}: as if it had never been there"
    );
}

/// A file of each kind of scan, with and without restarts. Each was stripped before, which changes no pixel.
fn kinds() -> Vec<(String, Vec<u8>)> {
    let mut kinds = vec![("refining".to_owned(), refining_jpeg())];
    for is_progressive in [false, true] {
        for restarts in [0, 2] {
            for sampling in [SamplingFactor::R_4_2_0, SamplingFactor::R_4_4_4] {
                let name = format!("{is_progressive}, {restarts}, {sampling:?}");
                kinds.push((name, jpeg(is_progressive, restarts, sampling)));
            }
        }
    }
    for (name, file) in &kinds {
        let stripped = strip::metadata(Encoding::Jpeg, file).unwrap();
        assert!(stripped == *file, "{name}: there is nothing to take");
        decode::verify(Encoding::Jpeg, &stripped).unwrap();
    }
    kinds
}

#[test]
fn between_segments_and_behind_scans() {
    for (kind, clean) in kinds() {
        for (marker, place) in markers(&clean) {
            let name = format!("{kind}: before {marker:x} at {place}");
            is_gone(&clean, &inserted(&clean, place, SECRET), &name);
            let fill = [SECRET, &[0xFF; 7]].concat();
            is_gone(&clean, &inserted(&clean, place, &fill), &name);
            if matches!(marker, 0xD0..=0xD7) {
                continue;
            }
            for marker in [0xE0, 0xE1, 0xE2, 0xE5, 0xED, 0xEE, 0xEF, 0xFE, 0xDC] {
                let planted = inserted(&clean, place, &segment(marker, SECRET));
                is_gone(&clean, &planted, &format!("{name}: {marker:x}"));
            }
        }
        is_gone(
            &clean,
            &[&clean, SECRET].concat(),
            &format!("{kind}: behind EOI"),
        );
    }
}

#[test]
fn tables_that_no_scan_is_read_with() {
    let codes = [&[0x13][..], &[0; 7], &[45, 0, 0, 0, 0, 0, 0, 0, 0], SECRET].concat();
    assert_eq!(codes.len(), 17 + SECRET.len());
    let steps = [&[3][..], SECRET, SECRET].concat()[..65].to_vec();
    for (kind, clean) in kinds() {
        for (marker, place) in markers(&clean) {
            if matches!(marker, 0xD0..=0xD7) {
                continue;
            }
            for (table, content) in [(0xC4, &codes), (0xDB, &steps)] {
                let planted = inserted(&clean, place, &segment(table, content));
                is_gone(
                    &clean,
                    &planted,
                    &format!("{kind}: {table:x} before {marker:x}"),
                );
                let mut first = content.clone();
                // Number 0 is defined again after it, before any scan uses it.
                first[0] &= 0xF0;
                if matches!(marker, 0xDB | 0xC0 | 0xC2) && place == markers(&clean)[1].1 {
                    let planted = inserted(&clean, place, &segment(table, &first));
                    is_gone(
                        &clean,
                        &planted,
                        &format!("{kind}: {table:x}, defined again"),
                    );
                }
            }
        }
    }
}

/// The fields that select coefficients mean nothing in a sequential file, and real files have any values there.
#[test]
fn a_sequential_scan_has_every_coefficient() {
    for restarts in [0, 2] {
        let clean = jpeg(false, restarts, SamplingFactor::R_4_2_0);
        for fields in [[0, 0, 0], [0, 63, 0x60], [9, 20, 0x21]] {
            let mut odd = clean.clone();
            let scans = markers(&clean);
            for (_, place) in scans.iter().filter(|(marker, _)| *marker == 0xDA) {
                let end =
                    2 + place + usize::from(u16::from_be_bytes([odd[place + 2], odd[place + 3]]));
                odd[end - 3..end].copy_from_slice(&fields);
            }
            let name = format!("{restarts}, {fields:?}");
            assert!(odd != clean, "{name} is a test");
            let stripped = strip::metadata(Encoding::Jpeg, &odd).unwrap();
            assert!(stripped == odd, "{name}: there is nothing to take");
            assert_eq!(by_libjpeg(&stripped), by_libjpeg(&clean), "{name}");
            let (_, end) = *markers(&odd).last().unwrap();
            is_gone(&odd, &inserted(&odd, end, SECRET), &name);
        }
    }
}

#[test]
fn in_what_is_kept() {
    let clean = jpeg(false, 0, SamplingFactor::R_4_2_0);
    let jfif = markers(&clean)[0];
    assert_eq!(jfif.0, 0xE0);
    let behind = &clean[jfif.1 + 18..];
    let fields = &clean[jfif.1 + 4..jfif.1 + 16];
    let with = |segments: &[Vec<u8>]| [&clean[..2], &segments.concat(), behind].concat();
    let plain = [fields, &[0, 0]].concat();
    let thumbnail = [fields, &[3, 5], SECRET].concat();
    let adobe = [b"Adobe\0\x64\0\0\0\0\x01".as_slice(), SECRET].concat();
    let (app0, reference) = (
        segment(0xE0, &plain),
        with(&[segment(0xE0, &plain), segment(0xEE, &adobe[..12])]),
    );
    is_gone(
        &clean,
        &with(&[segment(0xE0, &thumbnail)]),
        "JFIF's thumbnail",
    );
    let text = segment(0xE0, &[&plain, SECRET].concat());
    is_gone(&clean, &with(&[text]), "behind JFIF's fields");
    let extension = segment(0xE0, &[b"JFXX\0\x13", SECRET].concat());
    is_gone(
        &clean,
        &with(&[app0.clone(), extension]),
        "JFIF's extension",
    );
    let flags = [b"Adobe".as_slice(), &SECRET[..6], &[1], SECRET].concat();
    let longer = with(&[app0.clone(), segment(0xEE, &adobe)]);
    is_gone(&reference, &longer, "behind Adobe's fields");
    is_gone(
        &reference,
        &with(&[app0, segment(0xEE, &flags)]),
        "Adobe's flags",
    );
    assert!(by_libjpeg(&longer) == by_libjpeg(&strip::metadata(Encoding::Jpeg, &longer).unwrap()));
}

#[test]
fn profiles_are_whole_or_gone() {
    let clean = jpeg(false, 0, SamplingFactor::R_4_2_0);
    let place = markers(&clean)[1].1;
    let piece = |number: u8, count: u8, content: &[u8]| {
        segment(
            0xE2,
            &[b"ICC_PROFILE\0", &[number, count][..], content].concat(),
        )
    };
    let with = |pieces: &[Vec<u8>]| inserted(&clean, place, &pieces.concat());
    let profile = profile();
    let reference = with(&[piece(1, 1, &profile)]);
    assert_eq!(
        strip::metadata(Encoding::Jpeg, &reference).unwrap(),
        reference
    );
    let (front, back) = profile.split_at(111);
    let long = [back, SECRET].concat();
    is_gone(
        &reference,
        &with(&[piece(2, 2, &long), piece(1, 2, front)]),
        "behind the profile",
    );
    is_gone(
        &reference,
        &with(&[piece(1, 2, &profile), piece(2, 2, SECRET)]),
        "a piece of its own",
    );
    for (pieces, name) in [
        (
            vec![piece(1, 1, &profile), piece(2, 1, SECRET)],
            "more than there are",
        ),
        (
            vec![piece(1, 1, &profile), piece(1, 1, SECRET)],
            "one number twice",
        ),
        (
            vec![piece(1, 3, &profile), piece(3, 3, SECRET)],
            "one missing",
        ),
        (vec![piece(1, 1, SECRET)], "what is no profile"),
    ] {
        is_gone(&clean, &with(&pieces), name);
    }
    let mut large = vec![9; 200_000];
    large[..4].copy_from_slice(&200_000_u32.to_be_bytes());
    large[36..40].copy_from_slice(b"acsp");
    let pieces: Vec<Vec<u8>> = (1..=20)
        .zip(large.chunks(10_000))
        .map(|(number, content)| piece(number, 20, content))
        .collect();
    let stripped = strip::metadata(Encoding::Jpeg, &with(&pieces)).unwrap();
    let again = strip::metadata(Encoding::Jpeg, &stripped).unwrap();
    assert_eq!(again, stripped);
    let pieces: Vec<usize> = memchr::memmem::find_iter(&stripped, b"ICC_PROFILE").collect();
    assert_eq!(pieces.len(), 4);
}

#[test]
fn the_samples() {
    for name in [
        "jpeg-jfif-thumbnail.jpg",
        "jpeg-text-behind-jfif.jpg",
        "jpeg-text-behind-adobe.jpg",
    ] {
        let file = case(name);
        let stripped = strip::metadata(Encoding::Jpeg, &file).unwrap();
        assert!(!holds(&stripped, b"secret text"), "{name}");
        let jfif = memchr::memmem::find(&stripped, b"JFIF\0");
        assert!(
            jfif.is_none_or(|at| stripped[at - 2..at] == [0, 16]),
            "{name}"
        );
        assert!(by_libjpeg(&stripped) == by_libjpeg(&file), "{name}");
        assert_eq!(
            strip::metadata(Encoding::Jpeg, &stripped).unwrap(),
            stripped,
            "{name}"
        );
    }
}
