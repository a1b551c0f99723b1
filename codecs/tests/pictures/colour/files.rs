//! Files and profiles for tests, and ways to look at the result.

use std::time::{Duration, Instant};

use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_codecs::{Encoding, header};
use image::{DynamicImage, RgbImage};
use mozjpeg::{ColorSpace, Compress, Marker};

pub(crate) fn budget() -> Budget {
    Budget {
        pixels: 100_000_000,
        frames: 100,
        output_pixels: 16_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

/// Reads a sample; the README beside it tells the correct result.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases/images/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// Renders the whole picture at a size, and decodes the result, which is a PNG.
pub(crate) fn shown_at(encoding: Encoding, file: &[u8], width: u32, height: u32) -> DynamicImage {
    let header = header::read(encoding, file).unwrap();
    let crop = Rect {
        x: 0,
        y: 0,
        width: header.width,
        height: header.height,
    };
    part_shown_at(encoding, file, crop, width, height)
}

pub(crate) fn part_shown_at(
    encoding: Encoding,
    file: &[u8],
    crop: Rect,
    width: u32,
    height: u32,
) -> DynamicImage {
    let recipe = Recipe {
        crop,
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output: Output::Png,
    };
    let png = render(encoding, file, &recipe, &budget()).unwrap();
    image::load_from_memory(&png).unwrap()
}

/// Renders the picture at its own size.
pub(crate) fn shown(encoding: Encoding, file: &[u8]) -> RgbImage {
    let header = header::read(encoding, file).unwrap();
    shown_at(encoding, file, header.width, header.height).to_rgb8()
}

pub(crate) fn assert_near(got: [u8; 3], wanted: [u8; 3], limit: u8, what: &str) {
    let is_near = (0..3).all(|channel| got[channel].abs_diff(wanted[channel]) <= limit);
    assert!(is_near, "{what}: {got:?}, not {wanted:?}");
}

/// The mean difference per channel, in levels.
pub(crate) fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one
        .iter()
        .zip(other.iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / one.len() as f64
}

/// A PNG of 4 × 4 pixels of one colour, with 8 bits per channel.
pub(crate) fn png(color: png::ColorType, pixel: &[u8]) -> Vec<u8> {
    png_with(color, png::BitDepth::Eight, &pixel.repeat(16), None)
}

pub(crate) fn png_with(
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    palette: Option<Vec<u8>>,
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 4);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    file
}

/// Inserts a chunk after the file's header.
pub(crate) fn with_chunk(file: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    const BEHIND_HEADER: usize = 8 + 25;
    let named = [kind.as_slice(), data].concat();
    let (head, rest) = file.split_at(BEHIND_HEADER);
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let crc = crc32fast::hash(&named).to_be_bytes();
    [head, &length, &named, &crc, rest].concat()
}

/// Adds a profile to the file.
pub(crate) fn with_profile(file: &[u8], profile: &[u8]) -> Vec<u8> {
    with_chunk(
        file,
        b"iCCP",
        &[b"a\0\0".as_slice(), &stored(profile)].concat(),
    )
}

/// Blocks that are stored uncompressed (RFC 1950; RFC 1951, 3.2.4).
fn stored(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = content.chunks(0xFFFF).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (one, two) = content.iter().fold((1_u32, 0_u32), |(one, two), byte| {
        let one = (one + u32::from(*byte)) % 65_521;
        (one, (two + one) % 65_521)
    });
    out.extend(((two << 16) | one).to_be_bytes());
    out
}

/// A JPEG of 64 × 48 pixels of one colour, with these `APP2` segments.
pub(crate) fn jpeg(space: ColorSpace, pixel: &[u8], app2: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = Compress::new(space);
    encoder.set_fastest_defaults();
    encoder.set_size(64, 48);
    encoder.set_quality(100.0);
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    for segment in app2 {
        started.write_marker(Marker::APP(2), segment);
    }
    started.write_scanlines(&pixel.repeat(64 * 48)).unwrap();
    started.finish().unwrap()
}

/// The content of an `APP2` segment with a piece of a profile.
pub(crate) fn piece(number: u8, count: u8, content: &[u8]) -> Vec<u8> {
    [b"ICC_PROFILE\0".as_slice(), &[number, count], content].concat()
}

/// A profile with these tags.
pub(crate) fn icc(
    version: u8,
    space: &[u8; 4],
    pcs: &[u8; 4],
    tags: &[(&[u8; 4], Vec<u8>)],
) -> Vec<u8> {
    let mut out = vec![0; 128];
    out[8] = version;
    out[12..16].copy_from_slice(if space == b"CMYK" { b"prtr" } else { b"mntr" });
    out[16..20].copy_from_slice(space);
    out[20..24].copy_from_slice(pcs);
    out[36..40].copy_from_slice(b"acsp");
    out[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    out.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
    let mut start = 132 + 12 * tags.len();
    for (name, content) in tags {
        out.extend(*name);
        out.extend(u32::try_from(start).unwrap().to_be_bytes());
        out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        start += content.len().next_multiple_of(4);
    }
    for (_, content) in tags {
        out.extend(content);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let size = u32::try_from(out.len()).unwrap().to_be_bytes();
    out[..4].copy_from_slice(&size);
    out
}

/// A curve that is a power.
pub(crate) fn curve(power: f64) -> Vec<u8> {
    let value = (power * 256.0) as u16;
    [b"curv\0\0\0\0\0\0\0\x01".as_slice(), &value.to_be_bytes()].concat()
}

/// Three numbers in the format of a colorant.
pub(crate) fn xyz(values: [f64; 3]) -> Vec<u8> {
    let fixed = values.map(|value| ((value * 65_536.0) as i32).to_be_bytes());
    [b"XYZ \0\0\0\0".as_slice(), &fixed.concat()].concat()
}

/// The points of a table, with coordinates from 0 to 1; the last channel changes fastest.
fn points(channels: u32, grid: u8) -> impl Iterator<Item = Vec<f64>> {
    let grid = usize::from(grid);
    (0..grid.pow(channels)).map(move |point| {
        (0..channels)
            .rev()
            .map(|channel| (point / grid.pow(channel) % grid) as f64 / (grid - 1) as f64)
            .collect()
    })
}

/// A table with 16 bits from straight curves and a grid to Lab (ICC.1:2022, 10.10).
pub(crate) fn mft2(channels: u8, grid: u8, lab: impl Fn(&[f64]) -> [f64; 3]) -> Vec<u8> {
    let mut out = [b"mft2\0\0\0\0".as_slice(), &[channels, 3, grid, 0]].concat();
    out.extend(identity_matrix());
    out.extend([0, 2, 0, 2]);
    out.extend([0, 0, 0xFF, 0xFF].repeat(usize::from(channels)));
    for point in points(channels.into(), grid) {
        let [l, a, b] = lab(&point);
        for value in [l * 652.8, (a + 128.0) * 256.0, (b + 128.0) * 256.0] {
            out.extend((value.round() as u16).to_be_bytes());
        }
    }
    out.extend([0, 0, 0xFF, 0xFF].repeat(3));
    out
}

/// A table with 8 bits to Lab (10.11).
pub(crate) fn mft1(channels: u8, grid: u8, lab: impl Fn(&[f64]) -> [f64; 3]) -> Vec<u8> {
    let straight: Vec<u8> = (0..=255).collect();
    let mut out = [b"mft1\0\0\0\0".as_slice(), &[channels, 3, grid, 0]].concat();
    out.extend(identity_matrix());
    out.extend(straight.repeat(usize::from(channels)));
    for point in points(channels.into(), grid) {
        let [l, a, b] = lab(&point);
        out.extend([l * 2.55, a + 128.0, b + 128.0].map(|value| value.round() as u8));
    }
    out.extend(straight.repeat(3));
    out
}

/// A table of curves, a grid, curves, a matrix and curves to XYZ (10.12), as in profiles for XYB.
pub(crate) fn mab(grid: u8, xyz: impl Fn(&[f64]) -> [f64; 3], power: f64) -> Vec<u8> {
    let straight = [
        b"para\0\0\0\0\0\0\0\0".as_slice(),
        &65_536_u32.to_be_bytes(),
    ]
    .concat()
    .repeat(3);
    let bent = ((power * 65_536.0) as u32).to_be_bytes();
    let bent = [b"para\0\0\0\0\0\0\0\0".as_slice(), &bent]
        .concat()
        .repeat(3);
    let mut table = [[grid; 3].as_slice(), &[0; 13], &[2, 0, 0, 0]].concat();
    for point in points(3, grid) {
        table.extend(
            xyz(&point)
                .map(|value| ((value * 65_535.0).round() as u16).to_be_bytes())
                .concat(),
        );
    }
    table.resize(table.len().next_multiple_of(4), 0);
    let matrix = [identity_matrix(), vec![0; 12]].concat();
    let mut out = b"mAB \0\0\0\0\x03\x03\0\0".to_vec();
    // The offsets of the parts: B, matrix, M, table, A.
    let mut at = 32;
    let mut offsets = Vec::new();
    for part in [&straight, &matrix, &bent, &table, &straight] {
        offsets.extend(u32::try_from(at).unwrap().to_be_bytes());
        at += part.len();
    }
    out.extend(offsets);
    for part in [&straight, &matrix, &bent, &table, &straight] {
        out.extend(part);
    }
    out
}

fn identity_matrix() -> Vec<u8> {
    let one = 65_536_u32.to_be_bytes();
    let rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    rows.concat()
        .iter()
        .flat_map(|is_one| if *is_one == 1 { one } else { [0; 4] })
        .collect()
}

/// A smooth function from three lights to Lab. Red and blue are exchanged, so that ignoring the profile is noticed.
pub(crate) fn lab_of_rgb(rgb: &[f64]) -> [f64; 3] {
    let [blue, green, red] = [rgb[0], rgb[1], rgb[2]];
    [
        100.0 * (0.3 * red + 0.6 * green + 0.1 * blue),
        50.0 * (red - green),
        50.0 * (green - blue),
    ]
}

/// A smooth function from four inks to Lab.
pub(crate) fn lab_of_cmyk(inks: &[f64]) -> [f64; 3] {
    let light = |ink: f64| (1.0 - ink) * (1.0 - 0.9 * inks[3]);
    let [red, green, blue] = [light(inks[0]), light(inks[1]), light(inks[2])];
    [
        100.0 * (0.3 * red + 0.6 * green + 0.1 * blue),
        50.0 * (red - green),
        50.0 * (green - blue),
    ]
}

/// The pixels that LittleCMS computes.
pub(crate) fn littlecms<const N: usize>(
    profile: &[u8],
    format: lcms2::PixelFormat,
    colours: &[[u8; N]],
) -> Vec<[u8; 3]>
where
    [u8; N]: lcms2::Pod,
{
    let source = lcms2::Profile::new_icc(profile).unwrap();
    let transform = lcms2::Transform::new(
        &source,
        format,
        &lcms2::Profile::new_srgb(),
        lcms2::PixelFormat::RGB_8,
        lcms2::Intent::RelativeColorimetric,
    )
    .unwrap();
    let mut out = vec![[0; 3]; colours.len()];
    transform.transform_pixels(colours, &mut out);
    out
}
