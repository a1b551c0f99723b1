//! Text in every place of a GIF that readers skip.

use dozo_codecs::{Encoding, decode, strip};
use gif::{Encoder, Frame, Repeat};
use image::AnimationDecoder;
use image::codecs::gif::GifDecoder;

use crate::pieces::{SECRET, holds, pixels, profile, tells};

fn sub_blocks(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in content.chunks(255) {
        out.push(u8::try_from(piece.len()).unwrap());
        out.extend_from_slice(piece);
    }
    out.push(0);
    out
}

/// Two frames that are repeated five times.
fn animated() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 40, 30, &[]).unwrap();
    encoder.set_repeat(Repeat::Finite(5)).unwrap();
    for turn in 0..2 {
        let mut picture = pixels(40, 30).into_raw();
        picture.rotate_left(turn * 3);
        let mut frame = Frame::from_rgb(40, 30, &picture);
        frame.delay = 7;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

/// The offsets of the blocks after the header, and of each frame's data.
fn blocks(file: &[u8]) -> (Vec<usize>, Vec<usize>) {
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let skip = |mut at: usize| {
        while file[at] > 0 {
            at += 1 + usize::from(file[at]);
        }
        at + 1
    };
    let (mut starts, mut data) = (Vec::new(), Vec::new());
    let mut at = 13 + table(file[10]);
    loop {
        starts.push(at);
        at = match file[at] {
            0x21 => skip(at + 2),
            0x2C => {
                let start = at + 10 + table(file[at + 9]) + 1;
                data.push(start);
                skip(start)
            }
            _ => return (starts, data),
        };
    }
}

fn frames(file: &[u8]) -> Vec<(Vec<u8>, (u32, u32))> {
    let frames = GifDecoder::new(std::io::Cursor::new(file))
        .unwrap()
        .into_frames();
    let frames = frames.collect_frames().unwrap();
    frames
        .into_iter()
        .map(|frame| {
            (
                frame.buffer().as_raw().clone(),
                frame.delay().numer_denom_ms(),
            )
        })
        .collect()
}

fn is_gone(clean: &[u8], planted: &[u8], name: &str) {
    assert!(tells(planted), "{name} is a test");
    let stripped = strip::metadata(Encoding::Gif, planted).unwrap();
    assert!(!tells(&stripped), "{name}");
    decode::verify(Encoding::Gif, &stripped).unwrap();
    assert!(
        frames(&stripped) == frames(clean),
        "{name}: the same frames"
    );
    assert!(
        stripped == strip::metadata(Encoding::Gif, clean).unwrap(),
        "{name}"
    );
}

#[test]
fn a_clean_animation_stays_as_it_is() {
    let clean = animated();
    assert_eq!(strip::metadata(Encoding::Gif, &clean).unwrap(), clean);
}

#[test]
fn between_blocks() {
    let clean = animated();
    let text = [&[0x21, 0x01, 12][..], &[0; 12], &sub_blocks(SECRET)].concat();
    let application = |name: &[u8; 11], content: &[u8]| {
        [&[0x21, 0xFF, 11][..], name, &sub_blocks(content)].concat()
    };
    for (block, name) in [
        (
            [&[0x21, 0xFE][..], &sub_blocks(SECRET)].concat(),
            "a comment",
        ),
        (text, "a text"),
        (application(b"XMP DataXMP", SECRET), "XMP"),
        (application(b"MGK8BIM0000", SECRET), "another application's"),
        (application(b"ICCRGBG1012", SECRET), "no profile"),
        (
            [&[0x21, 0x77][..], &sub_blocks(SECRET)].concat(),
            "an unknown extension",
        ),
    ] {
        for place in blocks(&clean).0 {
            let planted = [&clean[..place], &block, &clean[place..]].concat();
            is_gone(&clean, &planted, name);
        }
    }
    is_gone(&clean, &[&clean, SECRET].concat(), "behind the trailer");
}

#[test]
fn in_what_is_kept() {
    let clean = animated();
    let at = memchr::memmem::find(&clean, b"NETSCAPE2.0").unwrap() + 11;
    let longer = [
        &clean[..at],
        &[4 + 45, 1, 5, 0][..],
        SECRET,
        b"!",
        &clean[at + 4..],
    ]
    .concat();
    is_gone(&clean, &longer, "behind the number of repeats");
    let more = [&clean[..at + 4], &sub_blocks(SECRET), &clean[at + 5..]].concat();
    is_gone(&clean, &more, "in a further sub-block");
    let second = [
        &clean[..at + 5],
        b"\x21\xFF\x0BANIMEXTS1.0\x03\x01\x05\0".as_slice(),
        &sub_blocks(SECRET),
        &clean[at + 5..],
    ]
    .concat();
    is_gone(&clean, &second, "a second block of repeats");
}

#[test]
fn behind_the_pixels() {
    let clean = animated();
    for start in blocks(&clean).1 {
        let mut last = start;
        while clean[last + 1 + usize::from(clean[last])] > 0 {
            last += 1 + usize::from(clean[last]);
        }
        let end = last + 1 + usize::from(clean[last]);
        let further = [&clean[..end], &sub_blocks(SECRET), &clean[end + 1..]].concat();
        is_gone(&clean, &further, "a further sub-block");
        if usize::from(clean[last]) + SECRET.len() > 255 {
            continue;
        }
        let mut longer = [&clean[..end], SECRET, &clean[end..]].concat();
        longer[last] += u8::try_from(SECRET.len()).unwrap();
        is_gone(&clean, &longer, "the same sub-block");
    }
}

/// Four pixels with one bit each: the codes clear, 0, 0, 1, 1 without an end code. Codes have three bits, and four from
/// the fifth on.
#[test]
fn data_without_an_end_code() {
    let header = b"GIF89a\x04\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF\x2C\0\0\0\0\x04\0\x01\0\0\x02";
    let codes = [(4, 3), (0, 3), (0, 3), (1, 3), (1, 4)];
    let (mut bits, mut count) = (0_u64, 0);
    for (code, width) in codes {
        bits |= code << count;
        count += width;
    }
    let with = |more: &[u8], end: Option<(u64, u32)>| {
        let (mut bits, mut count) = (bits, count);
        if let Some((code, width)) = end {
            bits |= code << count;
            count += width;
        }
        let data = &bits.to_le_bytes()[..usize::try_from(count.div_ceil(8)).unwrap()];
        [&header[..], &sub_blocks(&[data, more].concat()), b";"].concat()
    };
    let clean = with(b"", Some((5, 4)));
    assert_eq!(strip::metadata(Encoding::Gif, &clean).unwrap(), clean);
    is_gone(&clean, &with(SECRET, None), "no end code, but text");
    let short = with(b"", None);
    assert_eq!(strip::metadata(Encoding::Gif, &short).unwrap(), short);
}

#[test]
fn a_profile_stays_as_long_as_it_says() {
    let clean = animated();
    let place = blocks(&clean).0[1];
    let with = |content: &[u8]| {
        let block = [b"\x21\xFF\x0BICCRGBG1012".as_slice(), &sub_blocks(content)].concat();
        [&clean[..place], &block, &clean[place..]].concat()
    };
    let reference = with(&profile());
    assert_eq!(
        strip::metadata(Encoding::Gif, &reference).unwrap(),
        reference
    );
    is_gone(
        &reference,
        &with(&[&profile(), SECRET].concat()),
        "behind the profile",
    );
    assert!(holds(&reference, b"acsp"));
}
