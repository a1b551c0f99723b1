//! Tests PNG's colour chunks (third edition, 4.3 and 11.3.2).

use dozo_codecs::Encoding;

use super::files::{assert_near, curve, icc, png, png_with, shown, with_chunk, with_profile};

const STORED: [u8; 3] = [80, 175, 240];

fn rgb() -> Vec<u8> {
    png(png::ColorType::Rgb, &STORED)
}

fn colour(file: &[u8]) -> [u8; 3] {
    shown(Encoding::Png, file).get_pixel(1, 1).0
}

/// Chromaticities of white, red, green and blue, in units of 1/100,000.
fn chrm(points: [(u32, u32); 4]) -> Vec<u8> {
    points
        .iter()
        .flat_map(|(x, y)| [x.to_be_bytes(), y.to_be_bytes()].concat())
        .collect()
}

const ADOBE_RGB: [(u32, u32); 4] = [
    (31_270, 32_900),
    (64_000, 33_000),
    (21_000, 71_000),
    (15_000, 6_000),
];

const BT_709: [(u32, u32); 4] = [
    (31_270, 32_900),
    (64_000, 33_000),
    (30_000, 60_000),
    (15_000, 6_000),
];

#[test]
fn code_points_are_converted() {
    // The expected values were computed with numpy from H.273's primaries and curves, in 64 bits, clipped to sRGB.
    for (what, points, wanted) in [
        ("sRGB", [1, 13, 0, 1], STORED),
        ("Display P3", [12, 13, 0, 1], [6, 178, 246]),
        ("BT.2020", [9, 13, 0, 1], [0, 182, 247]),
        ("BT.709, linear", [1, 8, 0, 1], [152, 216, 248]),
        ("narrow", [1, 13, 0, 0], [75, 185, 255]),
        ("reserved primaries", [3, 13, 0, 1], STORED),
        ("unspecified", [2, 2, 0, 1], STORED),
        ("reserved transfer", [12, 99, 0, 1], STORED),
    ] {
        assert_near(
            colour(&with_chunk(&rgb(), b"cICP", &points)),
            wanted,
            2,
            what,
        );
    }
}

#[test]
fn the_strongest_chunk_that_is_understood_counts() {
    let linear = icc(2, b"GRAY", b"XYZ ", &[(b"kTRC", curve(1.0))]);
    let of_rgb = |gamma| moxcms_profile(gamma);
    let p3 = [12, 13, 0, 1];
    let base = with_chunk(
        &with_chunk(&rgb(), b"gAMA", &100_000_u32.to_be_bytes()),
        b"cHRM",
        &chrm(BT_709),
    );
    let light = colour(&base);
    assert_near(light, [152, 216, 248], 2, "gAMA and cHRM");
    let with_srgb = with_chunk(&base, b"sRGB", &[0]);
    assert_eq!(colour(&with_srgb), STORED, "sRGB before gAMA");
    let with_icc = with_profile(&with_srgb, &of_rgb(1.0));
    assert_near(colour(&with_icc), [152, 216, 248], 2, "iCCP before sRGB");
    let with_code = with_chunk(&with_icc, b"cICP", &p3);
    assert_near(colour(&with_code), [6, 178, 246], 2, "cICP before iCCP");
    let unspecified = with_chunk(&with_icc, b"cICP", &[2, 13, 0, 1]);
    assert_near(
        colour(&unspecified),
        [152, 216, 248],
        2,
        "iCCP where cICP says nothing",
    );
    let of_grey = with_profile(&base, &linear);
    assert_eq!(colour(&of_grey), light, "gAMA where iCCP is for grey");
    let broken = with_profile(&with_srgb, b"no profile");
    assert_eq!(colour(&broken), STORED, "sRGB where iCCP is broken");
}

/// A profile with sRGB's primaries and a power.
fn moxcms_profile(gamma: f32) -> Vec<u8> {
    let mut profile = moxcms::ColorProfile::new_srgb();
    profile.cicp = None;
    let curve = moxcms::curve_from_gamma(gamma);
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    profile.encode().unwrap()
}

#[test]
fn measured_colours_are_converted() {
    let file = |gamma: Option<u32>, points: Option<[(u32, u32); 4]>| {
        let mut file = rgb();
        if let Some(gamma) = gamma {
            file = with_chunk(&file, b"gAMA", &gamma.to_be_bytes());
        }
        if let Some(points) = points {
            file = with_chunk(&file, b"cHRM", &chrm(points));
        }
        file
    };
    for (what, gamma, points, wanted) in [
        // The values that nearly every program writes for sRGB.
        ("sRGB's own", Some(45_455), Some(BT_709), STORED),
        ("a screen's gamma", Some(45_455), None, STORED),
        (
            "Adobe RGB's primaries",
            Some(45_455),
            Some(ADOBE_RGB),
            [0, 176, 243],
        ),
        // (80 / 255) ^ (1 / 2.2) × 255, and so on.
        ("linear", Some(100_000), None, [151, 215, 248]),
        (
            "linear, with primaries",
            Some(100_000),
            Some(BT_709),
            [152, 216, 248],
        ),
        ("primaries alone", None, Some(ADOBE_RGB), STORED),
        (
            "primaries on a line",
            Some(100_000),
            Some([
                (31_270, 32_900),
                (10_000, 10_000),
                (20_000, 20_000),
                (30_000, 30_000),
            ]),
            STORED,
        ),
        (
            "no white",
            Some(100_000),
            Some([(0, 0), (64_000, 33_000), (30_000, 60_000), (15_000, 6_000)]),
            STORED,
        ),
        ("a gamma of nothing", Some(1), None, STORED),
    ] {
        assert_near(colour(&file(gamma, points)), wanted, 2, what);
    }
}

#[test]
fn every_kind_of_png_goes_by_them() {
    use png::{BitDepth, ColorType};
    let p3 = |file: &[u8]| with_chunk(file, b"cICP", &[12, 13, 0, 1]);
    let deep: Vec<u8> = STORED.iter().flat_map(|value| [*value, *value]).collect();
    let deep = png_with(ColorType::Rgb, BitDepth::Sixteen, &deep.repeat(16), None);
    assert_near(colour(&p3(&deep)), [6, 178, 246], 2, "16 bits");
    let indexed = png_with(
        ColorType::Indexed,
        BitDepth::Eight,
        &[0; 16],
        Some(STORED.to_vec()),
    );
    assert_near(colour(&p3(&indexed)), [6, 178, 246], 2, "a palette");
    let veiled = png(ColorType::Rgba, &[80, 175, 240, 128]);
    let shown_veiled = super::files::shown_at(Encoding::Png, &p3(&veiled), 4, 4).to_rgba8();
    let [red, green, blue, alpha] = shown_veiled.get_pixel(1, 1).0;
    assert_near([red, green, blue], [6, 178, 246], 2, "half see-through");
    assert_eq!(alpha, 128);
    let linear = |file: &[u8]| with_chunk(file, b"gAMA", &100_000_u32.to_be_bytes());
    for (kind, pixel) in [
        (ColorType::Grayscale, &[80][..]),
        (ColorType::GrayscaleAlpha, &[80, 255]),
    ] {
        assert_eq!(colour(&linear(&png(kind, pixel))), [151; 3], "{kind:?}");
    }
    let grey = png(ColorType::Grayscale, &[80]);
    assert_eq!(
        colour(&with_chunk(&grey, b"cICP", &[1, 8, 0, 1])),
        [152; 3],
        "grey by code points"
    );
}

/// The values were computed separately with the formulas in ITU-R BT.2100, with white at 203 cd/m² and the roll-off of
/// `render/profile/hdr.rs`.
#[test]
fn a_wide_range_of_light_is_brought_to_a_screen() {
    let grey = |transfer, level| {
        let file = png(png::ColorType::Rgb, &[level; 3]);
        colour(&with_chunk(&file, b"cICP", &[9, transfer, 0, 1]))
    };
    for (transfer, level, light, wanted) in PQ_AND_HLG {
        assert_near(grey(transfer, level), [wanted; 3], 1, light);
        let file = png(png::ColorType::Grayscale, &[level]);
        let shown = colour(&with_chunk(&file, b"cICP", &[9, transfer, 0, 1]));
        assert_near(shown, [wanted; 3], 1, light);
    }
    for transfer in [16, 18] {
        let all: Vec<u8> = (0..=255).map(|level| grey(transfer, level)[0]).collect();
        assert!(all.is_sorted(), "what is brighter stays brighter: {all:?}");
    }
    // The other two components are negative.
    let red = png(png::ColorType::Rgb, &[120, 0, 0]);
    let [shown, green, blue] = colour(&with_chunk(&red, b"cICP", &[9, 16, 0, 1]));
    assert_near([shown, green, blue], [197, 0, 0], 2, "a red beyond sRGB");
}

/// The transfer, the stored level, the light that it stands for, and the shown level.
const PQ_AND_HLG: [(u8, u8, &str, u8); 14] = [
    (16, 0, "PQ, no light", 0),
    (16, 64, "PQ, 5 cd/m²", 45),
    (16, 100, "PQ, 30 cd/m²", 107),
    (16, 129, "PQ, 98 cd/m²", 184),
    (16, 148, "PQ, reference white", 249),
    (16, 160, "PQ, 316 cd/m²", 254),
    (16, 192, "PQ, 1,010 cd/m²", 255),
    (16, 255, "PQ, 10,000 cd/m²", 255),
    (18, 64, "HLG, 10 cd/m²", 62),
    (18, 96, "HLG, 26 cd/m²", 100),
    (18, 128, "HLG, 51 cd/m²", 137),
    (18, 160, "HLG, 99 cd/m²", 185),
    (18, 191, "HLG, reference white", 249),
    (18, 255, "HLG, 1,000 cd/m²", 255),
];
