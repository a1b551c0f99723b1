//! Measures what is done once with a HEIC when it comes in, and then the first thumbnail: `heic_worker FFMPEG FILE ROUNDS`.
//! Each line has the milliseconds of both; the last one has the peak of memory, without
//! FFmpeg's.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program of the benchmark: it may fail by panic, and speaks on standard output"
)]

use std::time::{Duration, Instant};

use dozo_codecs::convert::{Foreign, convert};
use dozo_codecs::header;
use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_hevc::Ffmpeg;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [program, file, rounds] = arguments.as_slice() else {
        println!("heic_worker FFMPEG FILE ROUNDS");
        return;
    };
    let ffmpeg = Ffmpeg {
        program: program.into(),
    };
    let file = std::fs::read(file).unwrap();
    for _ in 0..rounds.parse().unwrap() {
        let start = Instant::now();
        let made = convert(Foreign::Heic, &file, Some(&ffmpeg)).unwrap();
        let converted = start.elapsed();
        let header = header::read(made.encoding, &made.bytes).unwrap();
        let recipe = Recipe {
            crop: Rect {
                x: 0,
                y: 0,
                width: header.width,
                height: header.height,
            },
            width: 320,
            height: (320 * header.height / header.width).max(1),
            mirror: false,
            turn: Turn::None,
            colour: Colour::Colour,
            finish: Finish::default(),
            output: Output::Webp { quality: 80 },
        };
        let budget = Budget {
            pixels: 100_000_000,
            frames: 1,
            output_pixels: 100_000_000,
            deadline: Instant::now() + Duration::from_secs(60),
        };
        render(made.encoding, &made.bytes, &recipe, &budget).unwrap();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "{:.1}\t{:.1}",
            milliseconds(converted),
            milliseconds(start.elapsed() - converted)
        );
    }
    println!("{} MiB", peak("VmHWM"));
}

/// Returns a field of this process's status, in MiB.
fn peak(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1024
}
