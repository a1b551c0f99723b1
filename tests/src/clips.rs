//! Sound and video for tests: handwritten headers where nothing decodes them, clips made by FFmpeg where something
//! does.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A WAV file of silence: 8,000 samples a second of one byte, one channel.
#[must_use]
pub fn silence(seconds: u32) -> Vec<u8> {
    let bytes = seconds * 8_000;
    let mut file = b"RIFF".to_vec();
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend(b"\x01\0\x08\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(std::iter::repeat_n(
        0x80,
        usize::try_from(bytes).unwrap_or(0),
    ));
    file
}

/// The header of a WebM film of this size and length with a sound track and German captions; it contains no pictures.
#[must_use]
pub fn film(width: u16, height: u16, milliseconds: f32) -> Vec<u8> {
    let element = |id: &[u8], body: &[u8]| {
        let length = u64::try_from(body.len()).unwrap_or(0);
        let mut element = id.to_vec();
        element.extend((1_u64 << 56 | length).to_be_bytes());
        element.extend(body);
        element
    };
    let ebml = element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm"));
    let duration = element(&[0x44, 0x89], &milliseconds.to_be_bytes());
    let info = element(&[0x15, 0x49, 0xA9, 0x66], &duration);
    let size = [
        element(&[0xB0], &width.to_be_bytes()),
        element(&[0xBA], &height.to_be_bytes()),
    ];
    let video = [
        element(&[0x83], &[1]),
        element(&[0x86], b"V_VP9"),
        element(&[0xE0], &size.concat()),
    ];
    let audio = [element(&[0x83], &[2]), element(&[0x86], b"A_OPUS")];
    let captions = [
        element(&[0x83], &[0x11]),
        element(&[0x86], b"S_TEXT/UTF8"),
        element(&[0x22, 0xB5, 0x9C], b"ger"),
    ];
    let entries = [
        element(&[0xAE], &video.concat()),
        element(&[0xAE], &audio.concat()),
        element(&[0xAE], &captions.concat()),
    ];
    let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &entries.concat());
    let segment = element(&[0x18, 0x53, 0x80, 0x67], &[info, tracks].concat());
    [ebml, segment].concat()
}

/// Returns the path of the FFmpeg program that `make` fetched.
///
/// # Panics
/// Panics if it is missing.
#[must_use]
pub fn ffmpeg() -> PathBuf {
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/ffmpeg");
    let program = directory.join(architecture).join("ffmpeg");
    assert!(
        program.exists(),
        "{} is missing: run local/ensure-ffmpeg",
        program.display()
    );
    program
}

/// Runs FFmpeg with these arguments and returns its output, written to a file of this name.
///
/// # Panics
/// Panics if FFmpeg fails.
#[must_use]
pub fn make(name: &str, arguments: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let output = directory.path().join(name);
    let status = Command::new(ffmpeg())
        .args("-hide_banner -loglevel error -nostdin -y".split(' '))
        .args(arguments.split_whitespace())
        .arg(&output)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{name}: {arguments}"
    );
    std::fs::read(output).unwrap_or_else(|error| panic!("{name}: {error}"))
}
