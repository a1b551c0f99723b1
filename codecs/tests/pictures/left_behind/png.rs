//! Plants text in every place of a PNG that readers skip: nothing of it is left, and the file is as if it had never
//! been there.

use dozo_codecs::{Encoding, strip};
use image::ImageFormat;

use crate::pieces::planted::{is_gone, is_the_same_picture};
use crate::pieces::{SECRET, encoded, pixels, png_chunk, profile, stored};

/// The chunks of a PNG with their ranges.
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
