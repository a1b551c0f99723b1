//! Animated AVIF: each frame as libavif shows it, before and after metadata are removed.

use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_codecs::{Encoding, decode, header};
use image::AnimationDecoder;
use image::codecs::webp::WebPDecoder;
use libavif_sys::{AVIF_PIXEL_FORMAT_YUV400, AVIF_PIXEL_FORMAT_YUV420, AVIF_PIXEL_FORMAT_YUV444};

use super::made::{Made, by_libavif};
use super::shown::is_near;
use crate::judging::{accept, rendered, shown};

fn animations() -> Vec<Made> {
    let mut all = Vec::new();
    for format in [
        AVIF_PIXEL_FORMAT_YUV400,
        AVIF_PIXEL_FORMAT_YUV420,
        AVIF_PIXEL_FORMAT_YUV444,
    ] {
        for (has_alpha, is_premultiplied) in [(false, false), (true, false), (true, true)] {
            all.push(Made {
                format,
                has_alpha,
                is_premultiplied,
                ..Made::default()
            });
        }
    }
    all
}

#[test]
fn frames_and_times_are_libavifs_before_and_after() {
    for made in animations() {
        let file = made.animation(5);
        let name = format!("{made:?}");
        let wanted = by_libavif(&file);
        assert_eq!(wanted.len(), 5, "{name}");
        let delivered = accept(Encoding::Avif, &file).unwrap();
        let header = header::read(Encoding::Avif, &delivered).unwrap();
        assert_eq!((header.width, header.height, header.frames), (70, 45, 5));
        // The primary picture, its items and their texts are gone; the frames are not.
        assert!(by_libavif(&delivered) == wanted, "{name}");
        let first = shown(Encoding::Avif, &delivered, 1).to_rgba8();
        is_near(&first, &wanted[0].0, 3, &name);
    }
}

#[test]
fn an_animation_is_rendered_as_one() {
    for has_alpha in [false, true] {
        let made = Made {
            has_alpha,
            ..Made::default()
        };
        let file = made.animation(4);
        let wanted = by_libavif(&file);
        let moving = rendered(Encoding::Avif, &file, 1, Output::Webp { quality: 100 });
        let frames = WebPDecoder::new(std::io::Cursor::new(&moving)).unwrap();
        let frames = frames.into_frames().collect_frames().unwrap();
        assert_eq!(frames.len(), 4);
        for (number, (frame, (picture, tenths))) in frames.iter().zip(&wanted).enumerate() {
            let (numerator, denominator) = frame.delay().numer_denom_ms();
            assert_eq!(u64::from(numerator / denominator), tenths * 100);
            // Lossy: about as it was.
            let differ = frame
                .buffer()
                .pixels()
                .zip(picture.pixels())
                .filter(|(a, b)| {
                    b[3] > 200 && (0..3).any(|channel| a[channel].abs_diff(b[channel]) > 60)
                });
            assert!(differ.count() < 60, "frame {number}, alpha: {has_alpha}");
        }
        for output in [Output::Gif, Output::Png, Output::Jpeg { quality: 80 }] {
            assert!(!rendered(Encoding::Avif, &file, 2, output).is_empty());
        }
    }
}

#[test]
fn an_animation_over_the_budget_is_shown_by_its_first_frame() {
    let file = Made::default().animation(4);
    let recipe = Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: 70,
            height: 45,
        },
        width: 35,
        height: 22,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output: Output::Webp { quality: 80 },
    };
    let budget = Budget {
        pixels: 1 << 24,
        frames: 3,
        output_pixels: 1 << 24,
        deadline: std::time::Instant::now() + std::time::Duration::from_secs(60),
    };
    let still = render(Encoding::Avif, &file, &recipe, &budget).unwrap();
    assert!(
        !WebPDecoder::new(std::io::Cursor::new(&still))
            .unwrap()
            .has_animation()
    );
}

#[test]
fn an_animation_that_lost_bytes_is_refused() {
    let file = Made::default().animation(3);
    for cut in [1, 20, file.len() / 2] {
        assert!(decode::verify(Encoding::Avif, &file[..file.len() - cut]).is_err());
        assert!(accept(Encoding::Avif, &file[..file.len() - cut]).is_err());
    }
}
