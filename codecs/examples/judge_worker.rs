//! Measures for `make bench-images` what a picture's preview and placeholder add to its judgement.
//!
//! `judge_worker FILE ROUNDS` judges the file in four ways, in turns: pixels only, with its placeholder, with a reduced
//! picture of the preview's size and its placeholder, and with the preview's file, too. Then it renders the picture to 320
//! pixels as WebP, from the preview and from the file. It prints the six medians in milliseconds and the bytes of the
//! preview, separated by tabs. `judge_worker FILE WAY` does one of them once, for a profiler.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program of the benchmark: it may fail by panic, and speaks on standard output"
)]

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use dozo_codecs::header::{self, Header};
use dozo_codecs::render::{
    Budget, Colour, Finish, Output, Recipe, Rect, Reduced, Turn, preview_block, render,
    render_preview,
};
use dozo_codecs::{Encoding, decode};

const WAYS: [&str; 6] = [
    "pixels",
    "placeholder",
    "reduced",
    "preview",
    "small",
    "large",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, how] = arguments.as_slice() else {
        panic!("a file, and how often or which way");
    };
    let picture = Picture::read(file);
    if let Some(way) = WAYS.iter().find(|way| *way == how) {
        picture.work(way);
        return;
    }
    let rounds: usize = how.parse().unwrap();
    let mut times = [const { Vec::new() }; WAYS.len()];
    for _ in 0..rounds {
        for (way, times) in WAYS.iter().zip(&mut times) {
            let start = Instant::now();
            picture.work(way);
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    for times in &mut times {
        times.sort_by(f64::total_cmp);
        print!("{:.2}\t", times.get(rounds / 2).unwrap());
    }
    println!("{}", picture.preview.as_ref().map_or(0, Vec::len));
}

struct Picture {
    bytes: Vec<u8>,
    encoding: Encoding,
    header: Header,
    preview: Option<Vec<u8>>,
}

impl Picture {
    fn read(file: &str) -> Self {
        let bytes = std::fs::read(file).unwrap();
        let encoding = match bytes.as_slice() {
            [0xFF, 0xD8, ..] => Encoding::Jpeg,
            [0x89, ..] => Encoding::Png,
            [b'R', b'I', b'F', b'F', ..] => Encoding::Webp,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Encoding::Avif,
            _ => panic!("{file} is no JPEG, PNG, WebP or AVIF"),
        };
        let header = header::read(encoding, &bytes).unwrap();
        let mut picture = Self {
            bytes,
            encoding,
            header,
            preview: None,
        };
        picture.preview = picture.reduced(preview_block(&header)).preview().unwrap();
        picture
    }

    fn reduced(&self, block: Option<NonZeroU32>) -> Reduced {
        let reduced = decode::reduced(self.encoding, &self.bytes, &self.header, block).unwrap();
        let reduced = reduced.unwrap();
        assert!(reduced.placeholder().is_some());
        reduced
    }

    fn work(&self, way: &str) {
        let block = preview_block(&self.header);
        match way {
            "pixels" => decode::verify(self.encoding, &self.bytes).unwrap(),
            "placeholder" => drop(self.reduced(None)),
            "reduced" => drop(self.reduced(block)),
            "preview" => drop(self.reduced(block).preview().unwrap()),
            "large" => drop(render(self.encoding, &self.bytes, &self.recipe(), &budget()).unwrap()),
            _ => {
                if let (Some(preview), Some(block)) = (&self.preview, block) {
                    let size = (self.header.width, self.header.height);
                    render_preview(preview, size, block, &self.recipe(), &budget()).unwrap();
                }
            }
        }
    }

    fn recipe(&self) -> Recipe {
        let Header { width, height, .. } = self.header;
        Recipe {
            crop: Rect {
                x: 0,
                y: 0,
                width,
                height,
            },
            width: 320,
            height: (320 * height).div_ceil(width),
            mirror: false,
            turn: Turn::None,
            colour: Colour::Colour,
            finish: Finish::default(),
            output: Output::Webp { quality: 80 },
        }
    }
}

fn budget() -> Budget {
    Budget {
        pixels: 100_000_000,
        frames: 1,
        output_pixels: 100_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}
