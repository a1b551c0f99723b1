//! Builds files for the tests of containers.

pub(crate) mod planted;

use std::io::Cursor;

use dozo_codecs::Encoding;
use image::{DynamicImage, ImageFormat, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// A secret for every place where a format can hold a location, a name or a comment.
pub(crate) const SECRET: &[u8] = b"35.6586N 139.7454E secret text of some length";

pub(crate) const ENCODINGS: [(Encoding, ImageFormat); 4] = [
    (Encoding::Jpeg, ImageFormat::Jpeg),
    (Encoding::Png, ImageFormat::Png),
    (Encoding::Webp, ImageFormat::WebP),
    (Encoding::Gif, ImageFormat::Gif),
];

/// Smooth pixels with enough noise that every code is used.
pub(crate) fn pixels(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let noise = x * 7 + y * 13 + x * y * 3 % 41;
        image::Rgb([x * 6, y * 8, 77 + noise].map(|level| u8::try_from(level % 256).unwrap()))
    })
}

pub(crate) fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels(40, 30))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// A JPEG from an encoder that is unrelated to the decoders.
pub(crate) fn jpeg(is_progressive: bool, restarts: u16, sampling: SamplingFactor) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 85);
    encoder.set_progressive(is_progressive);
    encoder.set_sampling_factor(sampling);
    if restarts > 0 {
        encoder.set_restart_interval(restarts);
    }
    let picture = pixels(75, 52);
    encoder
        .encode(picture.as_raw(), 75, 52, ColorType::Rgb)
        .unwrap();
    file
}

/// A JPEG whose scans refine each other bit by bit, as libjpeg writes them (`refining.jpg` is a progressive file from
/// Pillow).
pub(crate) fn refining_jpeg() -> Vec<u8> {
    include_bytes!("refining.jpg").to_vec()
}

/// The samples of a file that libjpeg shows.
pub(crate) fn by_libjpeg(file: &[u8]) -> Vec<u8> {
    try_libjpeg(file).unwrap()
}

/// The samples that libjpeg shows, in the file's own colour model, or `None` if it shows none.
pub(crate) fn try_libjpeg(file: &[u8]) -> Option<Vec<u8>> {
    use mozjpeg::decompress::Format;

    match mozjpeg::Decompress::new_mem(file).ok()?.image().ok()? {
        Format::RGB(mut rows) | Format::Gray(mut rows) | Format::CMYK(mut rows) => {
            rows.read_scanlines().ok()
        }
    }
}

pub(crate) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xFF, marker][..], &length.to_be_bytes(), content].concat()
}

pub(crate) fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = crc32fast::Hasher::new();
    crc.update(kind);
    crc.update(data);
    let length = u32::try_from(data.len()).unwrap();
    [
        &length.to_be_bytes()[..],
        kind,
        data,
        &crc.finalize().to_be_bytes(),
    ]
    .concat()
}

/// A zlib stream that stores its content uncompressed.
pub(crate) fn stored(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let count = content.chunks(0xFFFF).len();
    for (index, piece) in content.chunks(0xFFFF).enumerate() {
        let length = u16::try_from(piece.len()).unwrap();
        stream.push(u8::from(index + 1 == count));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend_from_slice(piece);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in content {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

pub(crate) fn webp_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let pad: &[u8] = if data.len() % 2 == 1 { b"!" } else { b"" };
    let length = u32::try_from(data.len()).unwrap();
    [&kind[..], &length.to_le_bytes(), data, pad].concat()
}

pub(crate) fn riff(chunks: &[&[u8]]) -> Vec<u8> {
    let body = [b"WEBP", chunks.concat().as_slice()].concat();
    let size = u32::try_from(body.len()).unwrap();
    [&b"RIFF"[..], &size.to_le_bytes(), &body].concat()
}

/// The extended header of a picture of 40 × 30.
pub(crate) fn extended(flags: u8) -> Vec<u8> {
    webp_chunk(b"VP8X", &[flags, 0, 0, 0, 39, 0, 0, 29, 0, 0])
}

/// A profile with only what a container checks: its header and its length.
pub(crate) fn profile() -> Vec<u8> {
    let mut profile = vec![7; 300];
    profile[..4].copy_from_slice(&300_u32.to_be_bytes());
    profile[36..40].copy_from_slice(b"acsp");
    profile
}

pub(crate) fn holds(bytes: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(bytes, what).is_some()
}

/// Tells whether any eight bytes of the secret are left.
pub(crate) fn tells(bytes: &[u8]) -> bool {
    SECRET.windows(8).any(|piece| holds(bytes, piece))
}

/// Reads a file in `tests/cases/images`.
pub(crate) fn case(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases/images/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}
