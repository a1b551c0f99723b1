//! Tests PNGs that one decoder would accept and another would not.

use super::{accept, rendered, seed};
use dozo_codecs::render::Output;
use dozo_codecs::{Encoding, header};

/// The file without the chunk of this kind.
fn without(file: &[u8], kind: [u8; 4]) -> Vec<u8> {
    let at = file.windows(4).position(|found| found == kind).unwrap() - 4;
    let length = u32::from_be_bytes(*file[at..].first_chunk().unwrap());
    let end = at + 12 + usize::try_from(length).unwrap();
    [&file[..at], &file[end..]].concat()
}

#[test]
fn a_palette_that_is_missing_is_damage() {
    let file = seed("palette.png");
    accept(Encoding::Png, &file).unwrap();
    assert!(accept(Encoding::Png, &without(&file, *b"PLTE")).is_err());
}

/// The picture may be the animation's first frame, whose size must then be the same.
#[test]
fn a_first_frame_smaller_than_the_picture_is_damage() {
    let file = seed("animated.png");
    accept(Encoding::Png, &file).unwrap();
    let at = file.windows(4).position(|found| found == b"fcTL").unwrap();
    let mut smaller = file.clone();
    smaller[at + 11] -= 1;
    let sum = crc32fast::hash(&smaller[at..at + 30]).to_be_bytes();
    smaller[at + 30..at + 34].copy_from_slice(&sum);
    assert!(accept(Encoding::Png, &smaller).is_err());
}

/// Only the default image is shown, even in encodings that support animation.
#[test]
fn an_animated_png_is_shown_still() {
    let file = accept(Encoding::Png, &seed("animated.png")).unwrap();
    assert_eq!(header::read(Encoding::Png, &file).unwrap().frames, 3);
    for (output, encoding) in [
        (Output::Gif, Encoding::Gif),
        (Output::Webp { quality: 80 }, Encoding::Webp),
    ] {
        let still = rendered(Encoding::Png, &file, 1, output);
        assert_eq!(
            header::read(encoding, &still).unwrap().frames,
            1,
            "{output:?}"
        );
    }
}
