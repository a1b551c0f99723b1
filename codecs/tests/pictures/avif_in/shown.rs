//! Every kind of still picture is shown as libavif shows it.

use dozo_codecs::render::Output;
use dozo_codecs::{Damage, Encoding, decode, header};
use image::RgbaImage;
use libavif_sys::{
    AVIF_PIXEL_FORMAT_YUV400, AVIF_PIXEL_FORMAT_YUV420, AVIF_PIXEL_FORMAT_YUV422,
    AVIF_PIXEL_FORMAT_YUV444,
};

use super::made::{Made, by_libavif};
use crate::judging::{accept, rendered, shown};

/// Compares what is shown with what libavif decodes: no channel differs by more than this.
pub(super) fn is_near(one: &RgbaImage, other: &RgbaImage, most: u8, name: &str) {
    assert_eq!(one.dimensions(), other.dimensions(), "{name}");
    let visible = one.pixels().zip(other.pixels());
    for (index, (a, b)) in visible.enumerate() {
        let differs = (0..4).any(|channel| {
            // Colours that nobody sees, or nearly so, are anyhow.
            let is_seen = channel == 3 || (a[3] > 127 && b[3] > 127);
            is_seen && a[channel].abs_diff(b[channel]) > most
        });
        assert!(!differs, "{name}: {a:?} and {b:?} at {index}");
    }
}

fn check(made: &Made) {
    let file = made.still();
    let name = format!("{made:?}");
    let [(stored, _)] = by_libavif(&file).try_into().unwrap();
    let wanted = made.shown(&stored);
    let header = header::read(Encoding::Avif, &file).unwrap();
    assert_eq!((header.width, header.height), wanted.dimensions(), "{name}");
    assert_eq!((header.frames, header.is_progressive), (1, false));
    decode::verify(Encoding::Avif, &file).unwrap();
    is_near(
        &shown(Encoding::Avif, &file, 1).to_rgba8(),
        &wanted,
        3,
        &name,
    );
    // What is delivered is the same picture, for us and for libavif.
    let delivered = accept(Encoding::Avif, &file).unwrap();
    assert_eq!(
        shown(Encoding::Avif, &delivered, 1),
        shown(Encoding::Avif, &file, 1),
        "{name}"
    );
    let [(again, _)] = by_libavif(&delivered).try_into().unwrap();
    assert!(again == stored, "{name}");
}

#[test]
fn samplings_ranges_and_alpha() {
    for format in [
        AVIF_PIXEL_FORMAT_YUV400,
        AVIF_PIXEL_FORMAT_YUV420,
        AVIF_PIXEL_FORMAT_YUV422,
        AVIF_PIXEL_FORMAT_YUV444,
    ] {
        for is_full_range in [false, true] {
            for (has_alpha, is_premultiplied) in [(false, false), (true, false), (true, true)] {
                check(&Made {
                    format,
                    is_full_range,
                    has_alpha,
                    is_premultiplied,
                    ..Made::default()
                });
            }
        }
    }
}

#[test]
fn odd_sizes() {
    for size in [(1, 1), (2, 1), (1, 3), (3, 5), (64, 64), (65, 63), (129, 7)] {
        for has_alpha in [false, true] {
            check(&Made {
                size,
                has_alpha,
                ..Made::default()
            });
        }
    }
}

#[test]
fn matrices() {
    // BT.709, unspecified, FCC, BT.470, BT.601, SMPTE 240M, YCgCo, BT.2020, by the primaries.
    for matrix in [1, 2, 4, 5, 6, 7, 8, 9, 12] {
        check(&Made {
            codes: [1, 13, matrix],
            format: AVIF_PIXEL_FORMAT_YUV444,
            // libavif knows YCgCo with all levels only.
            is_full_range: matrix == 8,
            ..Made::default()
        });
    }
    // The identity: red, green and blue as they are.
    for is_full_range in [false, true] {
        check(&Made {
            codes: [1, 13, 0],
            format: AVIF_PIXEL_FORMAT_YUV444,
            is_full_range,
            ..Made::default()
        });
    }
}

#[test]
fn turns_mirrors_and_crops() {
    for turn in 0..4 {
        for mirror in [None, Some(0), Some(1)] {
            for crop in [None, Some([10, 4, 31, 22]), Some([0, 20, 70, 25])] {
                check(&Made {
                    turn,
                    mirror,
                    crop,
                    format: AVIF_PIXEL_FORMAT_YUV444,
                    ..Made::default()
                });
            }
        }
    }
}

#[test]
fn grids() {
    for (size, grid) in [
        ((128, 128), (2, 2)),
        ((192, 64), (3, 1)),
        ((150, 170), (3, 3)),
        ((100, 140), (2, 3)),
    ] {
        for (has_alpha, is_premultiplied) in [(false, false), (true, false), (true, true)] {
            check(&Made {
                size,
                grid,
                has_alpha,
                is_premultiplied,
                format: AVIF_PIXEL_FORMAT_YUV444,
                turn: u8::from(has_alpha),
                ..Made::default()
            });
        }
    }
}

#[test]
fn a_part_is_as_in_the_whole() {
    use dozo_codecs::render::{Budget, Colour, Finish, Recipe, Rect, Turn, render};
    let made = Made {
        size: (150, 170),
        grid: (3, 3),
        has_alpha: true,
        turn: 3,
        crop: Some([6, 8, 140, 160]),
        format: AVIF_PIXEL_FORMAT_YUV444,
        ..Made::default()
    };
    let file = made.still();
    let whole = shown(Encoding::Avif, &file, 1).to_rgba8();
    let budget = Budget {
        pixels: 1 << 24,
        frames: 1,
        output_pixels: 1 << 24,
        deadline: std::time::Instant::now() + std::time::Duration::from_secs(60),
    };
    for (x, y, width, height) in [
        (0, 0, 160, 140),
        (70, 60, 1, 1),
        (50, 3, 77, 90),
        (159, 139, 1, 1),
    ] {
        let crop = Rect {
            x,
            y,
            width,
            height,
        };
        let recipe = Recipe {
            crop,
            width,
            height,
            mirror: false,
            turn: Turn::None,
            colour: Colour::Colour,
            finish: Finish::default(),
            output: Output::Png,
        };
        let part = render(Encoding::Avif, &file, &recipe, &budget).unwrap();
        let part = image::load_from_memory(&part).unwrap().to_rgba8();
        let wanted = image::imageops::crop_imm(&whole, x, y, width, height).to_image();
        is_near(&part, &wanted, 1, &format!("{crop:?}"));
    }
}

#[test]
fn ten_and_twelve_bits_are_shown_as_libvips_shows_them() {
    for bits in [10, 12] {
        for kind in ["420", "444", "alpha"] {
            let name = format!("avif-{bits}-bits-{kind}");
            let pieces = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/pieces");
            let file = std::fs::read(format!("{pieces}/{name}.avif")).unwrap();
            let wanted = std::fs::read(format!("{pieces}/{name}.png")).unwrap();
            let wanted = image::load_from_memory(&wanted).unwrap().to_rgba8();
            // libvips does not smooth chroma.
            let most = if kind == "444" { 2 } else { 24 };
            is_near(
                &shown(Encoding::Avif, &file, 1).to_rgba8(),
                &wanted,
                most,
                &name,
            );
            accept(Encoding::Avif, &file).unwrap();
        }
    }
}

#[test]
fn light_of_high_dynamic_range_is_mapped_to_a_screen() {
    // PQ of reference white (203 cd/m²) is 148 of 255, HLG of it 191 (BT.2408, table 1).
    for (transfer, white, grey) in [(16, 148, 92), (18, 191, 94)] {
        let file = Made {
            codes: [9, transfer, 9],
            ..Made::default()
        };
        // The mean of a smooth picture is enough: what a value is shown as, the tests of profiles say.
        let mapped = shown(Encoding::Avif, &file.still(), 1).to_rgba8();
        let plain = Made::default().still();
        let plain = shown(Encoding::Avif, &plain, 1).to_rgba8();
        let lighter = mapped.pixels().zip(plain.pixels()).filter(|(a, b)| {
            let brightest = *b.0.iter().take(3).max().unwrap();
            brightest >= grey
                && brightest <= white
                && a.0.iter().take(3).max() > b.0.iter().take(3).max()
        });
        assert!(lighter.count() > 500, "transfer {transfer}");
    }
}

#[test]
fn wide_gamuts_are_converted() {
    // Display P3: its reds lie beyond those of sRGB, so a red of it is redder.
    let p3 = Made {
        codes: [12, 13, 6],
        format: AVIF_PIXEL_FORMAT_YUV444,
        ..Made::default()
    };
    let shown_wide = shown(Encoding::Avif, &p3.still(), 1).to_rgba8();
    let [(stored, _)] = by_libavif(&p3.still()).try_into().unwrap();
    let is_wider = |(a, b): (&image::Rgba<u8>, &image::Rgba<u8>)| {
        let span = |pixel: &image::Rgba<u8>| {
            let channels = &pixel.0[..3];
            channels.iter().max().unwrap() - channels.iter().min().unwrap()
        };
        span(a) > span(b)
    };
    let wider = shown_wide
        .pixels()
        .zip(stored.pixels())
        .filter(|pair| is_wider(*pair));
    assert!(wider.count() > 2_000);
    // A profile goes before code points: of sRGB, nothing is converted.
    let profile = moxcms::ColorProfile::new_srgb().encode().unwrap();
    let told = Made { profile, ..p3 };
    is_near(
        &shown(Encoding::Avif, &told.still(), 1).to_rgba8(),
        &stored,
        3,
        "with a profile",
    );
}

#[test]
fn smaller_ones_and_every_output() {
    let file = Made {
        size: (120, 90),
        has_alpha: true,
        ..Made::default()
    };
    let file = file.still();
    for reduction in [1, 2, 3, 7, 30] {
        for output in [
            Output::Jpeg { quality: 80 },
            Output::Png,
            Output::Webp { quality: 80 },
            Output::Avif { quality: 50 },
            Output::Gif,
        ] {
            assert!(!rendered(Encoding::Avif, &file, reduction, output).is_empty());
        }
    }
}

#[test]
fn an_avif_of_ours_comes_in_again() {
    let png = crate::pieces::encoded(image::ImageFormat::Png);
    let file = rendered(Encoding::Png, &png, 1, Output::Avif { quality: 60 });
    assert!(accept(Encoding::Avif, &file).is_ok());
    assert!(matches!(
        accept(Encoding::Avif, &file[..file.len() - 1]),
        Err(Damage::Truncated)
    ));
}
