//! Whole images: judged without a crash; and what is delivered of a good one is the same picture, without what it told of
//! its maker, and can be rendered.

#![no_main]

use std::io::{BufReader, Cursor};
use std::num::NonZeroU32;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dozo::stages::settle::rules;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::kind::Format;
use dozo_codecs::header::Header;
use dozo_codecs::render::{
    Budget, Colour, Finish, Output, Recipe, Rect, Turn, render, render_coming, render_preview,
};
use dozo_codecs::{Encoding, decode, header, strip};
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frame, ImageDecoder, ImageResult};
use libfuzzer_sys::fuzz_target;

/// Small, so that it is fast.
const LIMITS: Limits = Limits {
    image_bytes: 1 << 20,
    image_pixels: 1 << 18,
    image_frames: 50,
    ..Limits::STANDARD
};

/// The bytes of a piece, of a file that comes in pieces.
const PIECE: usize = 97;

/// The most bytes that are added to a file that is not compressed anew: the one entry that keeps its orientation, in its
/// format's packing, a neutral name for its profile, and its closing mark.
const MOST_ADDED: usize = 320;

const ENCODINGS: [(Encoding, Format); 5] = [
    (Encoding::Jpeg, Format::Jpeg),
    (Encoding::Png, Format::Png),
    (Encoding::Webp, Format::Webp),
    (Encoding::Gif, Format::Gif),
    (Encoding::Avif, Format::Avif),
];

fn still(mut decoder: impl ImageDecoder) -> ImageResult<(Vec<u8>, Option<Vec<u8>>)> {
    let profile = decoder
        .icc_profile()
        .unwrap_or_default()
        .and_then(whole_profile);
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).unwrap_or_default()];
    decoder.read_image(&mut pixels)?;
    Ok((pixels, profile))
}

/// A profile as long as it says that it is; what is none, nobody uses, and it is not delivered.
fn whole_profile(mut profile: Vec<u8>) -> Option<Vec<u8>> {
    let size = u32::from_be_bytes(*profile.first_chunk()?) as usize;
    (profile.get(36..40)? == b"acsp" && size >= 128 && profile.len() >= 128).then_some(())?;
    profile.truncate(size);
    Some(profile)
}

fn frames(frames: Vec<Frame>) -> Vec<(Vec<u8>, u32, u32, (u32, u32))> {
    let one = |frame: Frame| {
        let (left, top, delay) = (frame.left(), frame.top(), frame.delay().numer_denom_ms());
        (frame.into_buffer().into_raw(), left, top, delay)
    };
    frames.into_iter().map(one).collect()
}

/// By libjpeg, as browsers do it: where data are damaged it goes on, and what it cannot read at all is an error.
fn by_libjpeg(bytes: &[u8]) -> ImageResult<Vec<u8>> {
    let pixels = catch_unwind(|| {
        let mut rows = mozjpeg::Decompress::new_mem(bytes).ok()?.rgb().ok()?;
        let [width, height] = [rows.width(), rows.height()];
        let mut pixels: Vec<u8> = rows.read_scanlines().ok()?;
        pixels.extend([width, height].map(usize::to_be_bytes).concat());
        Some(pixels)
    });
    // Its errors unwind, without a panic.
    let pixels = pixels.ok().flatten();
    pixels.ok_or_else(|| std::io::Error::other("not decoded").into())
}

/// All that is seen of a file: pixels, profile, animation.
fn picture(encoding: Encoding, bytes: &[u8]) -> ImageResult<impl PartialEq> {
    let input = || Cursor::new(bytes);
    Ok(match encoding {
        // Without its profile, of which pieces that do not fit together are left out.
        Encoding::Jpeg => ((by_libjpeg(bytes)?, None), Vec::new()),
        Encoding::Png => {
            let animation = PngDecoder::new(input())?;
            let animated = if animation.is_apng()? {
                frames(animation.apng()?.into_frames().collect_frames()?)
            } else {
                Vec::new()
            };
            (still(PngDecoder::new(input())?)?, animated)
        }
        Encoding::Webp => {
            let animation = WebPDecoder::new(input())?;
            let animated = if animation.has_animation() {
                frames(animation.into_frames().collect_frames()?)
            } else {
                Vec::new()
            };
            (still(WebPDecoder::new(input())?)?, animated)
        }
        Encoding::Gif => {
            let animated = frames(GifDecoder::new(input())?.into_frames().collect_frames()?);
            (still(GifDecoder::new(input())?)?, animated)
        }
        // Of AV1 there is no other decoder here, and of drawings none.
        Encoding::Avif | Encoding::Svg => ((Vec::new(), None), Vec::new()),
    })
}

/// A file that is damaged where something is taken out of it. Decoders guess their way around that, each in its own way.
fn is_guesswork(encoding: Encoding, file: &[u8]) -> bool {
    match encoding {
        Encoding::Jpeg => is_jpeg_guesswork(file),
        // Where code is fuzzed, the crate `png` takes chunks with a wrong checksum for right ones.
        Encoding::Png => !has_right_checksums(file),
        Encoding::Gif => is_gif_guesswork(file),
        Encoding::Webp | Encoding::Avif | Encoding::Svg => false,
    }
}

/// A graphic control extension that is not of one block of four bytes (GIF89a, 23): decoders believe its first block, its
/// last, or none.
fn is_gif_guesswork(file: &[u8]) -> bool {
    let mut extensions = file
        .windows(8)
        .filter(|bytes| bytes.starts_with(b"\x21\xF9"));
    extensions.any(|extension| extension[2] != 4 || extension[7] != 0)
}

/// Bytes between the segments of its head that belong to none; or segments for applications, markers without a meaning
/// and fill bytes in the midst of a scan's data.
fn is_jpeg_guesswork(file: &[u8]) -> bool {
    let is_taken_out =
        |pair: &[u8]| pair[0] == 0xFF && matches!(pair[1], 0x01..=0xBF | 0xC8 | 0xD8 | 0xE0..=0xFF);
    scans(file).is_none_or(|scans| scans.windows(2).any(is_taken_out))
}

/// Whether each chunk of a PNG, up to its end, is followed by its own checksum.
fn has_right_checksums(file: &[u8]) -> bool {
    let mut rest = file.get(8..).unwrap_or_default();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((chunk, behind)) = behind.split_at_checked(length.saturating_add(4)) else {
            return false;
        };
        let Some((checksum, behind)) = behind.split_first_chunk() else {
            return false;
        };
        if crc32fast::hash(chunk) != u32::from_be_bytes(*checksum) {
            return false;
        }
        if chunk.starts_with(b"IEND") {
            return true;
        }
        rest = behind;
    }
    false
}

/// The rest of a JPEG from its first SOS on; nothing when there is anything but whole segments before it.
fn scans(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file.get(2..)?;
    loop {
        match rest {
            [0xFF, 0xDA, ..] => return Some(rest),
            [0xFF, 0xC0..=0xCF | 0xDB..=0xFE, high, low, ..] => {
                rest = rest.get(2 + usize::from(u16::from_be_bytes([*high, *low]))..)?;
            }
            _ => return None,
        }
    }
}

fn budget() -> Budget {
    Budget {
        pixels: LIMITS.image_pixels,
        frames: LIMITS.image_frames,
        output_pixels: 1 << 26,
        deadline: Instant::now() + Duration::from_secs(600),
    }
}

/// By each way through the decoders: as large as it is, smaller, by its means alone; moving where it can.
fn render_all(encoding: Encoding, file: &[u8], header: &Header) {
    let crop = Rect {
        x: 0,
        y: 0,
        width: header.width,
        height: header.height,
    };
    let budget = budget();
    for (reduction, output) in [
        (1, Output::Png),
        (3, Output::Webp { quality: 50 }),
        (9, Output::Gif),
    ] {
        let recipe = Recipe {
            crop,
            width: crop.width.div_ceil(reduction).min(2_000),
            height: crop.height.div_ceil(reduction).min(2_000),
            mirror: false,
            turn: Turn::None,
            colour: Colour::Colour,
            finish: Finish::default(),
            output,
        };
        let rendered = render(encoding, file, &recipe, &budget);
        let rendered = rendered.expect("what was accepted can be rendered");
        if encoding == Encoding::Jpeg && !recipe.is_coarse() {
            let coming = BufReader::with_capacity(PIECE, file);
            let came = render_coming(coming, &recipe, &budget);
            assert!(came.expect("what was whole can come in pieces") == rendered);
        }
    }
}

/// Previews of blocks of any size, and a rendering from each.
fn preview_all(encoding: Encoding, file: &[u8], header: &Header) {
    for block in [2, 3, 7].into_iter().filter_map(NonZeroU32::new) {
        let reduced = decode::reduced(encoding, file, header, Some(block));
        let reduced = reduced.expect("what was accepted can be decoded");
        let reduced = reduced.expect("what was decoded can be reduced");
        reduced
            .placeholder()
            .expect("what was reduced has a placeholder");
        let Some(preview) = reduced.preview().expect("memory for a preview") else {
            continue;
        };
        let recipe = Recipe {
            crop: Rect {
                x: 0,
                y: 0,
                width: header.width,
                height: header.height,
            },
            width: header.width.div_ceil(9).min(2_000),
            height: header.height.div_ceil(9).min(2_000),
            mirror: false,
            turn: Turn::None,
            colour: Colour::Colour,
            finish: Finish::default(),
            output: Output::Webp { quality: 50 },
        };
        let size = (header.width, header.height);
        render_preview(&preview, size, block, &recipe, &budget())
            .expect("a preview can be rendered");
    }
}

fuzz_target!(|file: &[u8]| {
    for (encoding, format) in ENCODINGS {
        if let Ok(stripped) = strip::metadata(encoding, file) {
            assert!(stripped.len() <= file.len() * 2 + MOST_ADDED);
            let again = strip::metadata(encoding, &stripped).expect("as before");
            assert_eq!(again, stripped);
        }
        let judged = rules::examine(format, Bytes::copy_from_slice(file), &LIMITS, false, true);
        let Ok((content, delivered)) = judged else {
            continue;
        };
        let delivered = delivered.original;
        let header = header::read(encoding, &delivered).expect("a header");
        assert_eq!(
            (Some(header.width), Some(header.height), header.frames),
            (content.width, content.height, content.frames)
        );
        decode::verify(encoding, &delivered).expect("what is delivered can be decoded");
        render_all(encoding, &delivered, &header);
        if header.frames == 1 {
            preview_all(encoding, &delivered, &header);
        }
        if let Ok(before) = picture(encoding, file)
            && !is_guesswork(encoding, file)
        {
            let after = picture(encoding, &delivered).expect("what is delivered can be decoded");
            assert!(before == after, "{encoding:?}: another picture");
        }
    }
});
