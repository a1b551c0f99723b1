//! Tests untrusted profiles: whatever they contain, there is a picture, and in little time.

use std::time::{Duration, Instant};

use dozo_codecs::Encoding;
use mozjpeg::ColorSpace;
use proptest::prelude::*;

use super::files::{
    curve, icc, jpeg, lab_of_cmyk, lab_of_rgb, mab, mft1, mft2, png, shown, with_profile, xyz,
};

/// The time limit for rendering a few pixels on a machine that is busy with other tests.
const SOON: Duration = Duration::from_secs(10);

fn profiles() -> [(Vec<u8>, png::ColorType); 6] {
    let screen = [
        (b"rXYZ", xyz([0.5, 0.3, 0.1])),
        (b"gXYZ", xyz([0.3, 0.6, 0.1])),
        (b"bXYZ", xyz([0.1, 0.1, 0.7])),
        (b"rTRC", curve(1.8)),
        (b"gTRC", curve(1.8)),
        (b"bTRC", curve(1.8)),
    ];
    let wide = |point: &[f64]| [0.5 * point[2], 0.5 * point[1], 0.4 * point[0]];
    use png::ColorType::{Grayscale, Rgb, Rgba};
    [
        (icc(2, b"RGB ", b"XYZ ", &screen), Rgb),
        (
            icc(2, b"RGB ", b"Lab ", &[(b"A2B0", mft2(3, 3, lab_of_rgb))]),
            Rgba,
        ),
        (
            icc(2, b"RGB ", b"Lab ", &[(b"A2B1", mft1(3, 3, lab_of_rgb))]),
            Rgb,
        ),
        (
            icc(4, b"RGB ", b"XYZ ", &[(b"A2B0", mab(2, wide, 2.2))]),
            Rgb,
        ),
        (
            icc(2, b"GRAY", b"Lab ", &[(b"kTRC", curve(1.8))]),
            Grayscale,
        ),
        // Stored as a JPEG, whatever the colour type here.
        (
            icc(2, b"CMYK", b"Lab ", &[(b"A2B0", mft2(4, 3, lab_of_cmyk))]),
            Rgb,
        ),
    ]
}

/// A picture with this profile, and pixels of a suitable kind.
fn file(profile: &[u8], kind: png::ColorType) -> (Encoding, Vec<u8>) {
    if profile.get(16..20) == Some(b"CMYK") {
        let segment = [b"ICC_PROFILE\0\x01\x01", profile].concat();
        let file = jpeg(ColorSpace::JCS_CMYK, &[10, 90, 200, 30], &[segment]);
        return (Encoding::Jpeg, file);
    }
    let plain = png(kind, &[80, 175, 240, 200][..kind.samples()]);
    (Encoding::Png, with_profile(&plain, profile))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_profile_fails_no_rendering(
        which in 0..6_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        // The head, the tags and the beginning of a table contain the numbers that others depend on.
        early in prop::collection::vec((128..340_usize, prop_oneof![Just(0_u8), Just(1), Just(0xFF), any::<u8>()]), 0..4),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (mut profile, kind) = profiles()[which].clone();
        for (index, value) in changes {
            let at = index.index(profile.len());
            profile[at] = value;
        }
        for (at, value) in early {
            if let Some(byte) = profile.get_mut(at) {
                *byte = value;
            }
        }
        if let Some(length) = length {
            profile.truncate(length.index(profile.len()));
        }
        let (encoding, file) = file(&profile, kind);
        let begun = Instant::now();
        let picture = shown(encoding, &file);
        prop_assert!(picture.pixels().all(|pixel| pixel == picture.get_pixel(0, 0)) || encoding == Encoding::Jpeg);
        prop_assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
}

#[test]
fn a_table_that_is_named_many_times_is_read_once() {
    // 1.4 MB that a hundred tags refer to, and more tags than are read.
    let table = mft2(3, 61, lab_of_rgb);
    let names: Vec<[u8; 4]> = [*b"A2B0", *b"A2B2", *b"B2A0", *b"B2A1", *b"gamt"].repeat(20);
    for count in [100, 100_000] {
        let mut profile = icc(2, b"RGB ", b"Lab ", &[(b"A2B0", table.clone())]);
        let entries: Vec<u8> = (0..count)
            .flat_map(|tag: usize| {
                let at = u32::try_from(132 + 12 * count).unwrap().to_be_bytes();
                let length = u32::try_from(table.len()).unwrap().to_be_bytes();
                [names[tag % names.len()], at, length].concat()
            })
            .collect();
        profile.splice(
            128..144,
            [
                u32::try_from(count).unwrap().to_be_bytes().to_vec(),
                entries,
            ]
            .concat(),
        );
        let plain = png(png::ColorType::Rgb, &[80, 175, 240]);
        let begun = Instant::now();
        let picture = shown(Encoding::Png, &with_profile(&plain, &profile));
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        let is_applied = picture != shown(Encoding::Png, &plain);
        assert_eq!(is_applied, count == 100);
    }
}

#[test]
fn a_table_larger_than_the_profile_is_none() {
    let plain = png(png::ColorType::Rgb, &[80, 175, 240]);
    for grid in [0, 1, 60, 255] {
        let mut table = mft2(3, 2, lab_of_rgb);
        table[10] = grid;
        let mut bent = mab(2, |point| [0.5 * point[0], 0.5, 0.5], 2.0);
        // The offset of its grid: the last part but one in `mab`.
        let at = usize::from(u16::from_be_bytes([bent[26], bent[27]]));
        bent[at..at + 3].fill(grid);
        for table in [table, bent] {
            let profile = icc(2, b"RGB ", b"Lab ", &[(b"A2B0", table)]);
            let picture = shown(Encoding::Png, &with_profile(&plain, &profile));
            assert_eq!(picture, shown(Encoding::Png, &plain), "{grid}");
        }
    }
}
