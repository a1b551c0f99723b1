//! JPEGs that lost pixels, and JPEGs that libjpeg only warns of.

use super::{accept, case, seed, shown};
use dozo_codecs::{Damage, Encoding};
use mozjpeg::{ColorSpace, Compress};

fn is_damaged(file: &[u8]) -> bool {
    accept(Encoding::Jpeg, file).is_err()
}

/// The offset of a pair of bytes.
fn find(file: &[u8], pair: [u8; 2]) -> usize {
    file.windows(2).position(|found| found == pair).unwrap()
}

/// The offset after the first scan's header.
fn scan(file: &[u8]) -> usize {
    let sos = find(file, [0xFF, 0xDA]);
    sos + 2 + usize::from(u16::from_be_bytes([file[sos + 2], file[sos + 3]]))
}

/// The file without segments of this marker.
fn without(file: &[u8], marker: u8) -> Vec<u8> {
    let mut out = file[..2].to_vec();
    let mut at = 2;
    while file[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        if file[at + 1] != marker {
            out.extend(&file[at..at + 2 + length]);
        }
        at += 2 + length;
    }
    out.extend(&file[at..]);
    out
}

#[test]
fn a_scan_that_was_cut_is_damaged_though_the_end_is_there() {
    for name in [
        "jpeg-half-of-the-scan-missing.jpg",
        "jpeg-progressive-cut-then-ended.jpg",
    ] {
        assert!(is_damaged(&case(name)), "{name}");
    }
    for name in [
        "restarts.jpg",
        "progressive.jpg",
        "progressive-restarts.jpg",
        "gps.jpg",
        "grey.jpg",
        "cmyk.jpg",
        "sampling-1x1-2x2-1x1.jpg",
    ] {
        let file = seed(name);
        assert!(!is_damaged(&file), "{name}");
        let scan = scan(&file);
        // Cut in the middle of the first scan.
        for part in [4, 2] {
            let cut =
                scan + (file.len() - scan) / part / if name.starts_with("prog") { 8 } else { 1 };
            let file = [&file[..cut], &[0xFF, 0xD9]].concat();
            assert!(is_damaged(&file), "{name}, cut at {cut}");
        }
    }
}

#[test]
fn a_restart_interval_that_is_missing_is_damage() {
    let long = restarting_jpeg(64);
    assert!(!is_damaged(&long));
    let restarts: Vec<usize> = (0..long.len() - 1)
        .filter(|at| long[*at] == 0xFF && (0xD0..=0xD7).contains(&long[at + 1]))
        .collect();
    assert!(restarts.len() > 12, "{}", restarts.len());
    for (from, to) in [(0, 1), (1, 2), (2, 4), (3, 8)] {
        let shorter = [&long[..restarts[from]], &long[restarts[to]..]].concat();
        assert!(is_damaged(&shorter), "{from} to {to}");
    }
    // Eight intervals, so that the restart numbers continue; the missing part shows only at the end.
    let shorter = [&long[..restarts[1]], &long[restarts[9]..]].concat();
    assert!(is_damaged(&shorter));
}

fn restarting_jpeg(side: u16) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 80);
    encoder.set_restart_interval(1);
    let pixels: Vec<u8> = (0..u32::from(side) * u32::from(side) * 3)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let kind = jpeg_encoder::ColorType::Rgb;
    encoder.encode(&pixels, side, side, kind).unwrap();
    file
}

/// libjpeg would show the picture in grey, or in the colours of the other components.
#[test]
fn a_component_that_no_scan_tells_of_is_damage() {
    let file = scans_of_one_component();
    assert!(!is_damaged(&file));
    let scans: Vec<usize> = (0..file.len() - 1)
        .filter(|at| file[*at..*at + 2] == [0xFF, 0xDA])
        .collect();
    assert_eq!(scans.len(), 3);
    for last in [1, 2] {
        let cut = [&file[..scans[last]], &[0xFF, 0xD9]].concat();
        assert!(is_damaged(&cut), "{last} of 3 components");
    }
}

/// A baseline file with one scan per component, assembled from three grey ones.
fn scans_of_one_component() -> Vec<u8> {
    let grey = |level: u8| {
        let mut encoder = Compress::new(ColorSpace::JCS_GRAYSCALE);
        encoder.set_size(32, 24);
        encoder.set_fastest_defaults();
        encoder.set_optimize_coding(false);
        let mut started = encoder.start_compress(Vec::new()).unwrap();
        let pixels: Vec<u8> = (0..32 * 24_u16)
            .map(|n| level.wrapping_add(n.to_le_bytes()[0] % 60))
            .collect();
        started.write_scanlines(&pixels).unwrap();
        started.finish().unwrap()
    };
    let files = [grey(90), grey(60), grey(120)];
    let sof = find(&files[0], [0xFF, 0xC0]);
    let frame = [
        0xFF, 0xC0, 0, 17, 8, 0, 24, 0, 32, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0,
    ];
    let sos = find(&files[0], [0xFF, 0xDA]);
    let mut out = [&files[0][..sof], &frame, &files[0][sof + 13..sos]].concat();
    for (number, file) in (1..).zip(&files) {
        out.extend([0xFF, 0xDA, 0, 8, 1, number, 0, 0, 63, 0]);
        out.extend(&file[scan(file)..file.len() - 2]);
    }
    out.extend([0xFF, 0xD9]);
    out
}

/// A scan of a few bytes makes a decoder process the whole picture again.
#[test]
fn a_file_of_a_thousand_scans_is_refused_before_they_are_decoded() {
    let file = seed("progressive.jpg");
    let last = (0..file.len() - 1)
        .rfind(|at| file[*at..*at + 2] == [0xFF, 0xDA])
        .unwrap();
    let scan = &file[last..file.len() - 2];
    let many = [&file[..last], &scan.repeat(1_000), &[0xFF, 0xD9]].concat();
    let refused = accept(Encoding::Jpeg, &many).unwrap_err();
    assert!(matches!(refused, Damage::Memory), "{refused:?}");
}

/// libjpeg warns about these files, but loses no pixels.
#[test]
fn a_warning_without_a_loss_is_no_damage() {
    let good = seed("restarts.jpg");
    let same = shown(Encoding::Jpeg, &good, 1);
    let sos = find(&good, [0xFF, 0xDA]);
    let changed = |at: usize, value: u8| {
        let mut file = good.clone();
        file[at] = value;
        file
    };
    for (what, file) in [
        (
            "bytes before a marker of the header",
            [&good[..sos], b"\0\0\0stray", &good[sos..]].concat(),
        ),
        (
            "bytes before the end",
            [&good[..good.len() - 2], b"\0\0\0\0", &[0xFF, 0xD9]].concat(),
        ),
        ("a JFIF version of the future", changed(11, 9)),
        ("a spectral selection that is none", changed(sos + 12, 0)),
    ] {
        let delivered =
            accept(Encoding::Jpeg, &file).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(shown(Encoding::Jpeg, &delivered, 1) == same, "{what}");
    }
}

#[test]
fn a_frame_of_motion_jpeg_has_the_tables_of_the_standard() {
    let file = accept(Encoding::Jpeg, &case("jpeg-without-huffman-tables.jpg")).unwrap();
    let picture = shown(Encoding::Jpeg, &file, 1).to_rgb8();
    assert_eq!(picture.dimensions(), (160, 120));
    // Written with these tables, and stored without them.
    for space in [ColorSpace::JCS_RGB, ColorSpace::JCS_GRAYSCALE] {
        let channels = if space == ColorSpace::JCS_RGB {
            3
        } else {
            1_u32
        };
        let mut encoder = Compress::new(space);
        encoder.set_size(80, 60);
        encoder.set_fastest_defaults();
        encoder.set_optimize_coding(false);
        let mut started = encoder.start_compress(Vec::new()).unwrap();
        let pixels: Vec<u8> = (0..80 * 60 * channels)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0] / 2 + 40)
            .collect();
        started.write_scanlines(&pixels).unwrap();
        let whole = started.finish().unwrap();
        let bare = without(&whole, 0xC4);
        assert!(bare.len() < whole.len());
        let bare = accept(Encoding::Jpeg, &bare).unwrap();
        for reduction in [1, 2, 4, 9] {
            let (bare, whole) = (
                shown(Encoding::Jpeg, &bare, reduction),
                shown(Encoding::Jpeg, &whole, reduction),
            );
            // At a ninth, a file with its tables is decoded from its DC coefficients alone.
            let most = if reduction == 9 { 2 } else { 0 };
            for (bare, whole) in bare.as_bytes().iter().zip(whole.as_bytes()) {
                assert!(bare.abs_diff(*whole) <= most, "a {reduction}th");
            }
        }
    }
}
