//! Compares animated WebP, frame by frame, with what libwebp's own player shows.

use std::io::Cursor;

use super::{accept, case, rendered, seed};
use dozo_codecs::render::Output;
use dozo_codecs::{Encoding, header};
use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, RgbaImage};

/// The position of a frame's flags in its chunk, after name and length (RFC 9649, 2.7.1.1), and the flags for disposal
/// and for no blending.
const FLAGS: usize = 8 + 15;
const DISPOSE: u8 = 1;
const NO_BLEND: u8 = 2;

/// The visible columns in a frame of this number.
type Columns = dyn Fn(u32) -> Vec<u32>;

/// The frames of a GIF.
fn frames(gif: &[u8]) -> Vec<RgbaImage> {
    let decoder = GifDecoder::new(Cursor::new(gif)).unwrap();
    let frames = decoder.into_frames().collect_frames().unwrap();
    frames.into_iter().map(image::Frame::into_buffer).collect()
}

/// Converts a WebP to GIF: directly, and through another WebP.
fn both_ways(file: &[u8]) -> [Vec<RgbaImage>; 2] {
    let webp = rendered(Encoding::Webp, file, 1, Output::Webp { quality: 90 });
    accept(Encoding::Webp, &webp).unwrap();
    let again = rendered(Encoding::Webp, &webp, 1, Output::Gif);
    [
        frames(&rendered(Encoding::Webp, file, 1, Output::Gif)),
        frames(&again),
    ]
}

/// The opaque columns of the middle row.
fn columns(frame: &RgbaImage) -> Vec<u32> {
    let row = frame.height() / 2;
    (0..frame.width())
        .filter(|x| frame.get_pixel(*x, row)[3] > 127)
        .collect()
}

/// Sets the flags of the file's frames; the last flags are used for all further frames.
fn flagged(file: &[u8], flags: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let starts: Vec<usize> = (0..file.len() - 4)
        .filter(|at| file[*at..*at + 4] == *b"ANMF")
        .collect();
    for (number, start) in starts.iter().enumerate() {
        file[start + FLAGS] = flags[number.min(flags.len() - 1)];
    }
    file
}

#[test]
fn what_a_frame_disposes_of_does_not_stay() {
    let file = case("webp-animation-disposed-to-background.webp");
    // A bar of 8 columns, which moves by 8 in each frame.
    let bar: &Columns = &|number| (number * 8..number * 8 + 8).collect();
    let trail: &Columns = &|number| (0..number * 8 + 8).collect();
    for (flags, wanted) in [
        (None, bar),
        (Some([DISPOSE]), bar),
        (Some([DISPOSE | NO_BLEND]), bar),
        (Some([0]), trail),
        (Some([NO_BLEND]), trail),
    ] {
        let file = match flags {
            Some(flags) => flagged(&file, &flags),
            None => file.clone(),
        };
        let file = accept(Encoding::Webp, &file).unwrap();
        for shown in both_ways(&file) {
            assert_eq!(shown.len(), 4);
            for (number, frame) in (0..).zip(&shown) {
                assert_eq!(columns(frame), wanted(number), "{flags:?}, frame {number}");
            }
        }
    }
}

/// The second frame is disposed of, the others stay.
#[test]
fn each_frame_says_for_itself_what_becomes_of_it() {
    let file = case("webp-animation-disposed-to-background.webp");
    let file = flagged(&file, &[0, DISPOSE, 0, 0]);
    let file = accept(Encoding::Webp, &file).unwrap();
    let bars = [&[0][..], &[0, 1], &[0, 2], &[0, 2, 3]];
    for shown in both_ways(&file) {
        for (frame, bars) in shown.iter().zip(bars) {
            let wanted: Vec<u32> = bars.iter().flat_map(|bar| bar * 8..bar * 8 + 8).collect();
            assert_eq!(columns(frame), wanted);
        }
    }
}

#[test]
fn a_frame_that_is_cut_or_missing_is_damage() {
    let file = seed("animated-alpha.webp");
    accept(Encoding::Webp, &file).unwrap();
    let last = (0..file.len() - 4)
        .rfind(|at| file[*at..*at + 4] == *b"ANMF")
        .unwrap();
    // Overwrite the second half of the last frame's compressed data.
    let mut broken = file.clone();
    let half = last + (file.len() - last) / 2;
    broken[half..].fill(0xFF);
    assert!(accept(Encoding::Webp, &broken).is_err());
}

/// An animation without the flag is refused.
#[test]
fn the_flag_says_what_is_an_animation() {
    let file = seed("animated-alpha.webp");
    // The flags in VP8X come after its name and length.
    let mut still = file.clone();
    assert_eq!(&still[12..16], b"VP8X");
    still[20] &= !0x02;
    assert!(accept(Encoding::Webp, &still).is_err());
    assert_eq!(header::read(Encoding::Webp, &file).unwrap().frames, 3);
}

/// Some programs remove metadata but leave the flags that announce it.
#[test]
fn metadata_may_be_announced_and_missing() {
    let mut file = seed("alpha.webp");
    assert_eq!(&file[12..16], b"VP8X");
    file[20] |= 0x08 | 0x04;
    let delivered = accept(Encoding::Webp, &file).unwrap();
    assert_eq!(delivered[20] & (0x08 | 0x04), 0);
}
