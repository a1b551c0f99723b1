//! Tests that an animation stays one, or becomes its first frame where the budget has no room for it.

use dozo_codecs::render::{Budget, Output, render};
use dozo_codecs::{Encoding, header};

use crate::sources::{assert_near, budget, whole};

/// Frames of one colour each, shown three times, 50 ms each.
fn animated_gif(colours: &[[u8; 3]]) -> Vec<u8> {
    let mut encoder = gif::Encoder::new(Vec::new(), 20, 10, &[]).unwrap();
    encoder.set_repeat(gif::Repeat::Finite(2)).unwrap();
    for colour in colours {
        let mut frame = gif::Frame::from_rgb(20, 10, &colour.repeat(200));
        frame.delay = 5;
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

#[test]
fn an_animation_stays_one_where_it_can() {
    let file = animated_gif(&[[250, 0, 0], [0, 250, 0], [0, 0, 250]]);
    let webp = Output::Webp { quality: 90 };
    let recipe = |encoding, file: &[u8], output| whole(encoding, file, 10, 5, output);
    let moving = render(
        Encoding::Gif,
        &file,
        &recipe(Encoding::Gif, &file, webp),
        &budget(),
    )
    .unwrap();
    for (encoding, format, bytes) in [
        (Encoding::Webp, Output::Gif, moving.clone()),
        (
            Encoding::Gif,
            webp,
            render(
                Encoding::Webp,
                &moving,
                &recipe(Encoding::Webp, &moving, Output::Gif),
                &budget(),
            )
            .unwrap(),
        ),
    ] {
        let header = header::read(encoding, &bytes).unwrap();
        assert_eq!(
            (header.width, header.height, header.frames),
            (10, 5, 3),
            "{encoding:?}"
        );
        let loops = if encoding == Encoding::Gif {
            &b"NETSCAPE2.0\x03\x01\x02\0"[..]
        } else {
            // ANIM: six bytes; the background, white, and the count.
            &b"ANIM\x06\0\0\0\xFF\xFF\xFF\xFF\x03\0"[..]
        };
        assert!(
            bytes.windows(loops.len()).any(|window| window == loops),
            "{encoding:?}"
        );
        let still = render(
            encoding,
            &bytes,
            &recipe(encoding, &bytes, Output::Png),
            &budget(),
        )
        .unwrap();
        let first = image::load_from_memory(&still).unwrap().to_rgb8();
        assert_near(first.get_pixel(5, 2).0, [250, 0, 0], 8, "the first frame");
        // One frame more than the budget has: the first, in the same encoding.
        for spent in [
            Budget {
                frames: 2,
                ..budget()
            },
            Budget {
                output_pixels: 149,
                ..budget()
            },
            Budget {
                pixels: 149,
                ..budget()
            },
        ] {
            let one = render(encoding, &bytes, &recipe(encoding, &bytes, format), &spent).unwrap();
            let kind = if format == Output::Gif {
                Encoding::Gif
            } else {
                Encoding::Webp
            };
            assert_eq!(header::read(kind, &one).unwrap().frames, 1);
        }
    }
}
