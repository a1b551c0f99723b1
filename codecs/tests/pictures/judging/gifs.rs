//! Tests GIFs whose frames do not fit the screen.

use super::{accept, case, rendered, shown};
use dozo_codecs::render::Output;
use dozo_codecs::{Encoding, header};
use image::Rgba;

/// A GIF of this screen size, with frames of one colour each at these places.
fn gif(screen: (u16, u16), frames: &[(u16, u16, u16, u16)]) -> Vec<u8> {
    let palette = [250, 0, 0, 0, 250, 0, 0, 0, 250, 250, 250, 0];
    let mut encoder = gif::Encoder::new(Vec::new(), screen.0, screen.1, &palette).unwrap();
    for (number, (left, top, width, height)) in (0..).zip(frames) {
        let pixels = vec![number % 4; usize::from(*width) * usize::from(*height)];
        let mut frame = gif::Frame::from_indexed_pixels(*width, *height, pixels, None);
        (frame.left, frame.top, frame.delay) = (*left, *top, 5);
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

const RED: Rgba<u8> = Rgba([250, 0, 0, 255]);
const GREEN: Rgba<u8> = Rgba([0, 250, 0, 255]);
const NOTHING: Rgba<u8> = Rgba([0, 0, 0, 0]);

#[test]
fn the_screen_has_room_for_the_first_frame() {
    for (screen, first, wanted) in [
        ((10, 10), (0, 0, 16, 16), (16, 16)),
        ((0, 0), (0, 0, 16, 12), (16, 12)),
        ((0, 10), (0, 0, 16, 10), (16, 10)),
        // Larger in one direction, and smaller in the other.
        ((20, 4), (0, 0, 10, 8), (20, 8)),
        // Small enough, but beyond the screen because of its place.
        ((10, 10), (6, 0, 8, 8), (14, 10)),
        ((20, 10), (0, 0, 8, 8), (20, 10)),
    ] {
        let (left, top, width, height) = first;
        for frames in [&[first][..], &[first, (0, 0, 40, 40)]] {
            let file = accept(Encoding::Gif, &gif(screen, frames)).unwrap();
            let header = header::read(Encoding::Gif, &file).unwrap();
            assert_eq!(
                (header.width, header.height),
                wanted,
                "{screen:?} {first:?}"
            );
            let picture = shown(Encoding::Gif, &file, 1).to_rgba8();
            assert_eq!(picture.dimensions(), wanted);
            for (x, y, pixel) in picture.enumerate_pixels() {
                let is_covered = (u32::from(left)..u32::from(left + width)).contains(&x)
                    && (u32::from(top)..u32::from(top + height)).contains(&y);
                assert_eq!(*pixel, if is_covered { RED } else { NOTHING }, "{x}, {y}");
            }
        }
    }
    let file = accept(
        Encoding::Gif,
        &case("gif-first-frame-larger-than-screen.gif"),
    )
    .unwrap();
    assert_eq!(
        shown(Encoding::Gif, &file, 1).to_rgba8().dimensions(),
        (16, 16)
    );
}

/// Later frames are clipped, even if they are entirely outside.
#[test]
fn the_screen_does_not_grow_for_later_frames() {
    let frames = [
        (0, 0, 8, 8),
        (4, 4, 60_000, 30),
        (9_000, 2, 5, 5),
        (0, 0, 3, 9_000),
    ];
    let file = accept(Encoding::Gif, &gif((12, 10), &frames)).unwrap();
    let header = header::read(Encoding::Gif, &file).unwrap();
    assert_eq!((header.width, header.height, header.frames), (12, 10, 4));
    let played = rendered(Encoding::Gif, &file, 1, Output::Gif);
    assert_eq!(header::read(Encoding::Gif, &played).unwrap().frames, 4);
    // The third frame changes nothing, and libwebp leaves it out.
    let played = rendered(Encoding::Gif, &file, 1, Output::Webp { quality: 90 });
    assert_eq!(header::read(Encoding::Webp, &played).unwrap().frames, 3);
}

/// Frames cost time for their pixels, wherever they are: a bomb.
#[test]
fn frames_that_lie_outside_are_counted() {
    let frames = [(0, 0, 8, 8), (0, 0, 60_000, 2_000)];
    assert!(accept(Encoding::Gif, &gif((8, 8), &frames)).is_err());
}

#[test]
fn a_frame_that_is_disposed_of_goes() {
    let mut encoder = gif::Encoder::new(Vec::new(), 12, 6, &[250, 0, 0, 0, 250, 0]).unwrap();
    let disposals = [
        gif::DisposalMethod::Keep,
        gif::DisposalMethod::Background,
        gif::DisposalMethod::Previous,
        gif::DisposalMethod::Any,
    ];
    for (number, disposal) in (0_u16..).zip(disposals) {
        let colour = u8::from(number > 0);
        let mut frame = gif::Frame::from_indexed_pixels(6, 6, vec![colour; 36], None);
        (frame.left, frame.dispose) = (number * 2, disposal);
        encoder.write_frame(&frame).unwrap();
    }
    let file = accept(Encoding::Gif, &encoder.into_inner().unwrap()).unwrap();
    let played = rendered(Encoding::Gif, &file, 1, Output::Gif);
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&played[..])).unwrap();
    let frames = image::AnimationDecoder::into_frames(decoder)
        .collect_frames()
        .unwrap();
    // R stays; G at 2 is cleared to the background; G at 4 is replaced by what was before it; G at 6 stays.
    let rows = [
        "RRRRRR------",
        "RRGGGGGG----",
        "RR--GGGGGG--",
        "RR----GGGGGG",
    ];
    for (frame, row) in frames.iter().zip(rows) {
        let got: String = (0..12)
            .map(|x| match *frame.buffer().get_pixel(x, 3) {
                pixel if pixel == RED => 'R',
                pixel if pixel == GREEN => 'G',
                _ => '-',
            })
            .collect();
        assert_eq!(got, row);
    }
}

/// A picture that does not cover its canvas is transparent there, and the resulting WebP is flagged so.
#[test]
fn what_no_frame_covers_is_announced_as_transparent() {
    for frames in [
        &[(4, 2, 6, 6), (6, 2, 6, 6)][..],
        &[(4, 2, 6, 6), (4, 2, 6, 6), (0, 0, 20, 10)],
    ] {
        let file = accept(Encoding::Gif, &gif((20, 10), frames)).unwrap();
        let webp = rendered(Encoding::Gif, &file, 1, Output::Webp { quality: 80 });
        assert_eq!(&webp[12..16], b"VP8X");
        assert_eq!(webp[20] & 0x10, 0x10, "the flag");
        let first = shown(Encoding::Webp, &webp, 1).to_rgba8();
        assert_eq!(
            (first.get_pixel(1, 1)[3], first.get_pixel(6, 4)[3]),
            (0, 255)
        );
    }
    // A fully covered canvas is not flagged.
    let file = accept(
        Encoding::Gif,
        &gif((20, 10), &[(0, 0, 20, 10), (4, 4, 3, 3)]),
    )
    .unwrap();
    let webp = rendered(Encoding::Gif, &file, 1, Output::Webp { quality: 80 });
    assert_eq!(webp[20] & 0x10, 0, "no flag");
}

#[test]
fn neither_a_screen_nor_a_frame_is_nothing() {
    // Set the frame's sides, which come after its separator.
    let mut file = gif((0, 0), &[(0, 0, 1, 1)]);
    let frame = file.iter().rposition(|byte| *byte == 0x2C).unwrap();
    file[frame + 5..frame + 9].fill(0);
    let pixels = header::read(Encoding::Gif, &file).map(|header| header.pixels());
    assert!(pixels.is_ok_and(|pixels| pixels == 0));
}
