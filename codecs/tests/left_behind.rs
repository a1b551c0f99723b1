//! Text in every place of a container that readers skip: nothing of it is left, and the file is as if it had never been there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panic"
)]

mod pieces;

use dozo_codecs::{Encoding, decode, strip};
use image::ImageFormat;

use pieces::{
    SECRET, case, encoded, extended, holds, pixels, png_chunk, profile, riff, stored, tells,
    webp_chunk,
};

/// The planted file becomes what the clean one does.
fn is_gone(encoding: Encoding, clean: &[u8], planted: &[u8], name: &str) {
    let stripped = is_the_same_picture(encoding, clean, planted, name);
    assert!(
        stripped == strip::metadata(encoding, clean).unwrap(),
        "{name}: as if it had never been there"
    );
}

fn is_the_same_picture(encoding: Encoding, clean: &[u8], planted: &[u8], name: &str) -> Vec<u8> {
    assert!(tells(planted), "{name} is a test");
    let stripped = strip::metadata(encoding, planted).unwrap_or_else(|error| {
        unreachable!("{name}: {error:?}");
    });
    assert!(!tells(&stripped), "{name}");
    decode::verify(encoding, &stripped).unwrap();
    assert!(
        image::load_from_memory(&stripped).unwrap() == image::load_from_memory(clean).unwrap(),
        "{name}: the same picture"
    );
    let again = strip::metadata(encoding, &stripped).unwrap();
    assert!(again == stripped, "{name}: nothing is left to take");
    stripped
}

/// The chunks of a PNG, each with its place.
fn chunks(file: &[u8]) -> Vec<([u8; 4], std::ops::Range<usize>)> {
    let mut at = 8;
    let mut chunks = Vec::new();
    while at < file.len() {
        let length = u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        let end = at + 12 + usize::try_from(length).unwrap();
        chunks.push((file[at + 4..at + 8].try_into().unwrap(), at..end));
        at = end;
    }
    chunks
}

fn inserted(file: &[u8], at: usize, what: &[u8]) -> Vec<u8> {
    [&file[..at], what, &file[at..]].concat()
}

#[test]
fn png_between_chunks() {
    let clean = encoded(ImageFormat::Png);
    let places = chunks(&clean);
    for kind in [
        b"tEXt", b"zTXt", b"iTXt", b"tIME", b"sPLT", b"hIST", b"prVt", b"fdAT", b"gAMA", b"oFFs",
    ] {
        let chunk = png_chunk(kind, &[b"\0\0\0\0", SECRET].concat());
        for (index, (_, place)) in places.iter().enumerate().skip(1) {
            let planted = inserted(&clean, place.start, &chunk);
            let name = format!("{} before chunk {index}", String::from_utf8_lossy(kind));
            is_gone(Encoding::Png, &clean, &planted, &name);
        }
    }
    let first = places[1].1.start;
    for (what, name) in [
        (
            png_chunk(b"PLTE", &SECRET[..45]),
            "a palette that RGB does not need",
        ),
        (
            png_chunk(b"sRGB", &[b"\0", SECRET].concat()),
            "a longer sRGB",
        ),
        (png_chunk(b"cHRM", &SECRET[..32]), "a cHRM of text"),
    ] {
        is_gone(Encoding::Png, &clean, &inserted(&clean, first, &what), name);
    }
    is_gone(
        Encoding::Png,
        &clean,
        &[&clean, SECRET].concat(),
        "behind IEND",
    );
}

#[test]
fn png_behind_the_image_data() {
    let clean = encoded(ImageFormat::Png);
    let (_, place) = chunks(&clean)
        .into_iter()
        .find(|(kind, _)| kind == b"IDAT")
        .unwrap();
    let data = &clean[place.start + 8..place.end - 4];
    let with = |chunks: &[Vec<u8>]| {
        [&clean[..place.start], &chunks.concat(), &clean[place.end..]].concat()
    };
    let longer = with(&[png_chunk(b"IDAT", &[data, SECRET].concat())]);
    is_gone(Encoding::Png, &clean, &longer, "in the same chunk");
    let two = with(&[png_chunk(b"IDAT", data), png_chunk(b"IDAT", SECRET)]);
    is_gone(Encoding::Png, &clean, &two, "in another chunk");
    let (front, back) = data.split_at(data.len() - 2);
    let split = with(&[
        png_chunk(b"IDAT", front),
        png_chunk(b"IDAT", &[back, SECRET].concat()),
    ]);
    is_the_same_picture(Encoding::Png, &clean, &split, "behind the last piece");

    let rows: Vec<u8> = pixels(40, 30)
        .chunks(120)
        .flat_map(|row| [&[0], row].concat())
        .collect();
    let beyond = with(&[png_chunk(b"IDAT", &stored(&[&rows, SECRET].concat()))]);
    is_the_same_picture(Encoding::Png, &clean, &beyond, "beyond the last row");
    let mut endless = stored(&rows);
    endless[2] = 0;
    let endless = [&endless[..endless.len() - 4], SECRET].concat();
    let endless = with(&[png_chunk(b"IDAT", &endless)]);
    is_the_same_picture(
        Encoding::Png,
        &clean,
        &endless,
        "in the place of the stream's end",
    );
}

#[test]
fn png_profiles_have_no_name_and_no_more_than_themselves() {
    let clean = encoded(ImageFormat::Png);
    let (whole, start) = (stored(&profile()), chunks(&clean)[1].1.start);
    let with = |name: &[u8], stream: &[u8]| {
        let chunk = png_chunk(b"iCCP", &[name, b"\0\0", stream].concat());
        inserted(&clean, start, &chunk)
    };
    let reference = with(b"ICC Profile", &whole);
    assert_eq!(
        strip::metadata(Encoding::Png, &reference).unwrap(),
        reference
    );
    is_gone(Encoding::Png, &reference, &with(SECRET, &whole), "a name");
    let longer = with(b"a", &[&whole, SECRET].concat());
    is_gone(Encoding::Png, &reference, &longer, "behind the stream");
    let more = with(b"a", &stored(&[&profile(), SECRET].concat()));
    let stripped = is_the_same_picture(Encoding::Png, &reference, &more, "behind the profile");
    let info = png::Decoder::new(std::io::Cursor::new(stripped))
        .read_info()
        .unwrap();
    assert_eq!(
        info.info().icc_profile.as_deref(),
        Some(profile().as_slice())
    );
    let none = with(b"a", &stored(SECRET));
    is_gone(Encoding::Png, &clean, &none, "what is no profile");
}

fn apng() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 40, 30);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(3, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..3 {
        writer.write_image_data(&pixels(40, 30)).unwrap();
    }
    writer.finish().unwrap();
    file
}

fn control(sequence: u32) -> Vec<u8> {
    let numbers = [sequence, 40, 30, 0, 0].map(u32::to_be_bytes).concat();
    png_chunk(b"fcTL", &[&numbers[..], &[0, 1, 0, 10, 0, 0]].concat())
}

#[test]
fn apng_behind_and_between_frames() {
    let clean = apng();
    assert_eq!(strip::metadata(Encoding::Png, &clean).unwrap(), clean);
    let places = chunks(&clean);
    for (index, (kind, place)) in places.iter().enumerate() {
        let body = &clean[place.start + 8..place.end - 4];
        if matches!(kind, b"acTL" | b"fcTL" | b"fdAT" | b"IDAT") {
            let longer = png_chunk(kind, &[body, SECRET].concat());
            let planted = [&clean[..place.start], &longer, &clean[place.end..]].concat();
            is_gone(
                Encoding::Png,
                &clean,
                &planted,
                &format!("in chunk {index}"),
            );
        }
    }
    let end = places.last().unwrap().1.start;
    let frame = [b"\0\0\0\x06".as_slice(), &stored(SECRET)].concat();
    let more = [control(5), png_chunk(b"fdAT", &frame)].concat();
    is_gone(
        Encoding::Png,
        &clean,
        &inserted(&clean, end, &more),
        "more frames than announced",
    );
    let still = encoded(ImageFormat::Png);
    let end = still.len() - 12;
    is_gone(
        Encoding::Png,
        &still,
        &inserted(&still, end, &more),
        "frames that nothing announced",
    );
}

#[test]
fn webp_between_and_within_chunks() {
    let plain = encoded(ImageFormat::WebP);
    let picture = &plain[12..];
    let secret = webp_chunk(b"odd!", SECRET);
    is_gone(
        Encoding::Webp,
        &plain,
        &riff(&[picture, &secret]),
        "the simple format",
    );
    let (vp8x, iccp) = (extended(0x20), webp_chunk(b"ICCP", &profile()));
    let clean = riff(&[&vp8x, &iccp, picture]);
    for (planted, name) in [
        (
            riff(&[&vp8x, &secret, &iccp, picture]),
            "before the profile",
        ),
        (
            riff(&[&vp8x, &iccp, &secret, picture]),
            "before the picture",
        ),
        (
            riff(&[&vp8x, &iccp, picture, &secret]),
            "behind the picture",
        ),
        (
            riff(&[&vp8x, &iccp, picture, &webp_chunk(b"VP8L", SECRET)]),
            "a second picture",
        ),
        (
            riff(&[&vp8x, &iccp, &webp_chunk(b"ALPH", SECRET), picture]),
            "a coverage it does not need",
        ),
        (
            riff(&[&vp8x, &iccp, &webp_chunk(b"ANIM", SECRET), picture]),
            "an animation it is not",
        ),
        (
            riff(&[&vp8x, &iccp, &webp_chunk(b"ANMF", SECRET), picture]),
            "a frame of none",
        ),
        (
            riff(&[&vp8x, &iccp, picture, &webp_chunk(b"ICCP", SECRET)]),
            "a second profile",
        ),
        ([&clean, SECRET].concat(), "behind the file"),
    ] {
        is_gone(Encoding::Webp, &clean, &planted, name);
    }
    let profile = webp_chunk(b"ICCP", &[&profile(), SECRET].concat());
    is_gone(
        Encoding::Webp,
        &clean,
        &riff(&[&vp8x, &profile, picture]),
        "behind the profile",
    );
    // Reserved bits, and flags of what is not there.
    let flags = riff(&[
        &extended(0x20 | 0xC1 | 0x08 | 0x04),
        &iccp,
        picture,
        &secret,
    ]);
    is_gone(Encoding::Webp, &clean, &flags, "flags");
}

#[test]
fn webp_animations() {
    let clean = case("webp-animation-disposed-to-background.webp");
    assert_eq!(strip::metadata(Encoding::Webp, &clean).unwrap(), clean);
    let sample = case("webp-unknown-chunk-in-frame.webp");
    let stripped = strip::metadata(Encoding::Webp, &sample).unwrap();
    assert!(holds(&sample, b"secret text") && !holds(&stripped, b"secret text"));
    decode::verify(Encoding::Webp, &stripped).unwrap();
    assert!(
        image::load_from_memory(&stripped).unwrap() == image::load_from_memory(&sample).unwrap()
    );

    let mut at = 12;
    let mut parts: Vec<([u8; 4], &[u8])> = Vec::new();
    while at < clean.len() {
        let length = usize::try_from(u32::from_le_bytes(
            clean[at + 4..at + 8].try_into().unwrap(),
        ))
        .unwrap();
        parts.push((
            clean[at..at + 4].try_into().unwrap(),
            &clean[at + 8..at + 8 + length],
        ));
        at += 8 + length + length % 2;
    }
    let with = |index: usize, content: Vec<u8>| {
        let all: Vec<Vec<u8>> = parts
            .iter()
            .enumerate()
            .map(|(at, (kind, data))| webp_chunk(kind, if at == index { &content } else { data }))
            .collect();
        riff(&all.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let secret = webp_chunk(b"odd!", SECRET);
    // A longer VP8X is none, says libwebp.
    for (index, (kind, data)) in parts.iter().enumerate().skip(1) {
        let name = format!("chunk {index}");
        is_gone(
            Encoding::Webp,
            &clean,
            &with(index, [data, SECRET].concat()),
            &name,
        );
        if kind == b"ANMF" {
            let (fields, picture) = data.split_at(16);
            let before = [fields, &secret, picture].concat();
            is_gone(Encoding::Webp, &clean, &with(index, before), &name);
            let behind = [fields, picture, &secret].concat();
            is_gone(Encoding::Webp, &clean, &with(index, behind), &name);
        }
    }
}
