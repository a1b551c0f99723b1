//! Plants text in every place of a WebP that readers skip: nothing of it is left, and the file is as if it had never
//! been there.

use dozo_codecs::{Encoding, decode, strip};
use image::ImageFormat;

use crate::pieces::planted::is_gone;
use crate::pieces::{SECRET, case, encoded, extended, holds, profile, riff, webp_chunk};

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
    // Reserved bits, and flags for chunks that are missing.
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
    // libwebp does not accept a longer VP8X.
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
