//! Measures the peak memory of rendering and judging from outside: this program starts itself as a child, which renders
//! or judges one file, and reports the kernel's count. So it runs without the test harness, and only on Linux, whose
//! kernel gives that count.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail by panic, and its child speaks on standard output"
)]

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use dozo_codecs::render::{
    Budget, Colour, Finish, Output, Recipe, Rect, Turn, preview_block, render,
};
use dozo_codecs::{Encoding, decode, header};
use mozjpeg::{ColorSpace, Compress};

const FILE: &str = "DOZO_CODECS_MEMORY_FILE";
const SIDE: &str = "DOZO_CODECS_MEMORY_SIDE";

/// The beginning of the line in which the child tells its peak.
const PEAK: &str = "peak: ";

/// The argument in place of a side: judge the file.
const JUDGED: &str = "judged";

fn main() {
    if !cfg!(target_os = "linux") {
        println!("skipped: only Linux tells a process's peak memory");
    } else if let (Ok(file), Ok(side)) = (std::env::var(FILE), std::env::var(SIDE)) {
        render_in_child(&file, &side);
    } else {
        a_thumbnail_of_a_large_photo_takes_little();
        the_largest_accepted_picture_takes_less_than_the_function_has();
        a_large_photo_is_judged_row_by_row();
        the_largest_accepted_avif_takes_less_than_the_functions_have();
        what_is_enlarged_in_one_direction_takes_no_more_than_the_result();
    }
}

fn render_in_child(file: &str, side: &str) {
    let bytes = std::fs::read(file).unwrap();
    let encoding = match bytes.as_slice() {
        [0xFF, 0xD8, ..] => Encoding::Jpeg,
        [0x89, ..] => Encoding::Png,
        _ => Encoding::Avif,
    };
    let header = header::read(encoding, &bytes).unwrap();
    if side == JUDGED {
        let block = preview_block(&header);
        let reduced = decode::reduced(encoding, &bytes, &header, block).unwrap();
        let reduced = reduced.unwrap();
        assert!(reduced.placeholder().is_some());
        // The PNG is transparent.
        let has_preview = reduced.preview().unwrap().is_some();
        assert_eq!(has_preview, encoding != Encoding::Png);
        print_peak();
        return;
    }
    let (width, height) = match side.split_once(',') {
        Some((width, height)) => (width.parse().unwrap(), height.parse().unwrap()),
        None => {
            let width: u32 = side.parse().unwrap();
            (width, (width * header.height).div_ceil(header.width))
        }
    };
    let recipe = Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: header.width,
            height: header.height,
        },
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output: Output::Jpeg { quality: 80 },
    };
    let budget = Budget {
        pixels: 100_000_000,
        frames: 1,
        output_pixels: 1 << 24,
        deadline: Instant::now() + Duration::from_secs(300),
    };
    assert!(
        !render(encoding, &bytes, &recipe, &budget)
            .unwrap()
            .is_empty()
    );
    print_peak();
}

/// Prints the most that the process itself ever held, in bytes: the kernel's peak without the pages that the program's own
/// file takes at the end, whose number depends on what the machine's page cache holds.
fn print_peak() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kilobytes = |name: &str| -> u64 {
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        let value = value.unwrap().trim().strip_suffix(" kB").unwrap();
        value.parse().unwrap()
    };
    let own = kilobytes("VmHWM:") - kilobytes("RssFile:");
    println!("{PEAK}{}", own * 1024);
}

/// The peak memory in bytes of a process that renders the file at this width. It holds the file, too.
fn peak(file: &Path, side: u32) -> u64 {
    peak_of_child(file, &side.to_string())
}

fn peak_of_child(file: &Path, side: &str) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .env(FILE, file)
        .env(SIDE, side)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let peak = text.lines().find_map(|line| line.strip_prefix(PEAK));
    peak.unwrap_or_else(|| panic!("{text}\n{errors}"))
        .parse()
        .unwrap()
}

/// A row with detail in every block, different from the other rows.
fn row(width: u32, y: u32, channels: u32) -> Vec<u8> {
    (0..width * channels)
        .map(|x| (x * 7 + y * 13 + ((x * y) >> 9)).to_le_bytes()[0])
        .collect()
}

fn write_jpeg(file: &Path, width: u32, height: u32, quality: f32, is_progressive: bool) {
    let mut encoder = Compress::new(ColorSpace::JCS_RGB);
    encoder.set_fastest_defaults();
    encoder.set_size(width.try_into().unwrap(), height.try_into().unwrap());
    encoder.set_quality(quality);
    if is_progressive {
        encoder.set_progressive_mode();
    }
    let mut started = encoder
        .start_compress(std::fs::File::create(file).unwrap())
        .unwrap();
    for y in 0..height {
        started.write_scanlines(&row(width, y, 3)).unwrap();
    }
    started.finish().unwrap().flush().unwrap();
}

fn write_png(file: &Path, width: u32, height: u32) {
    let mut encoder = png::Encoder::new(std::fs::File::create(file).unwrap(), width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fastest);
    // Most rows equal the one above: a hundred megapixels fit into a file of a few megabytes, far within the limits.
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header().unwrap();
    let mut stream = writer.stream_writer().unwrap();
    for y in 0..height {
        stream.write_all(&row(width, y / 1_000, 4)).unwrap();
    }
    stream.finish().unwrap();
}

fn a_thumbnail_of_a_large_photo_takes_little() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("photo.jpg");
    for (width, height, quality, is_progressive) in [
        (4000, 3000, 75.0, false),
        (4000, 3000, 75.0, true),
        // As large as a camera's file with that many pixels.
        (6000, 4000, 50.0, false),
    ] {
        write_jpeg(&file, width, height, quality, is_progressive);
        let (peak, bytes) = (peak(&file, 320), std::fs::metadata(&file).unwrap().len());
        println!(
            "{width} × {height} JPEG of {bytes} bytes, progressive: {is_progressive}, to 320: {peak} bytes"
        );
        assert!(peak <= 12_000_000, "{peak} bytes");
    }
}

fn the_largest_accepted_picture_takes_less_than_the_function_has() {
    let folder = tempfile::tempdir().unwrap();
    let (jpeg, progressive, png) = (
        folder.path().join("100mp.jpg"),
        folder.path().join("progressive.jpg"),
        folder.path().join("100mp.png"),
    );
    write_jpeg(&jpeg, 10_000, 10_000, 75.0, false);
    write_jpeg(&progressive, 10_000, 10_000, 75.0, true);
    write_png(&png, 10_000, 10_000);
    for (file, side, megabytes) in [
        (&jpeg, 320, 512),
        (&jpeg, 4_000, 512),
        (&png, 320, 512),
        (&png, 4_000, 512),
        (&progressive, 4_000, 1_024),
    ] {
        let peak = peak(file, side);
        let bytes = std::fs::metadata(file).unwrap().len();
        println!("{} ({bytes} bytes) to {side}: {peak} bytes", file.display());
        assert!(
            peak < megabytes << 20,
            "{} to {side}: {peak} bytes",
            file.display()
        );
    }
}

/// A picture of AV1 is decoded whole: its samples, and a third as much again for the decoder. The sample has 10,000 × 10,000
/// pixels of 8 bits in 4:2:0, and few details; memory does not depend on them.
fn the_largest_accepted_avif_takes_less_than_the_functions_have() {
    let pieces = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/pieces");
    let file = Path::new(pieces).join("avif-100-megapixels.avif");
    for side in ["320", "4000", JUDGED] {
        let peak = peak_of_child(&file, side);
        println!("100 megapixels of AVIF to {side}: {peak} bytes");
        assert!(peak < 512 << 20, "{side}: {peak} bytes");
    }
}

/// A file of some kilobytes can have a million rows of one pixel. Widened before it is reduced down, it had to be aborted.
fn what_is_enlarged_in_one_direction_takes_no_more_than_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let (tall, wide) = (folder.path().join("t.png"), folder.path().join("w.png"));
    write_png(&tall, 1, 1_000_000);
    write_png(&wide, 1_000_000, 1);
    for (file, size) in [
        (&tall, "8192,2048"),
        (&tall, "8192,1"),
        (&wide, "2048,8192"),
        (&wide, "1,8192"),
    ] {
        let peak = peak_of_child(file, size);
        println!("{} to {size}: {peak} bytes", file.display());
        // The result in RGBA and in RGB, which is what is encoded, has 117 megabytes.
        assert!(
            peak < 160 << 20,
            "{} to {size}: {peak} bytes",
            file.display()
        );
    }
}

/// Judging needs the file and some rows, whatever the picture's size.
fn a_large_photo_is_judged_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let (jpeg, png) = (folder.path().join("a.jpg"), folder.path().join("a.png"));
    write_jpeg(&jpeg, 8_000, 6_000, 75.0, false);
    write_png(&png, 8_000, 6_000);
    for file in [&jpeg, &png] {
        let (peak, bytes) = (
            peak_of_child(file, JUDGED),
            std::fs::metadata(file).unwrap().len(),
        );
        println!("{} ({bytes} bytes), judged: {peak} bytes", file.display());
        assert!(peak < bytes + (24 << 20), "{peak} bytes");
    }
}
