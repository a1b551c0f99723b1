//! Measures Dozo for `make bench-images`. `bench/images/worker.md` describes its requests and replies.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program of the benchmark: it may fail by panic, and speaks on standard output"
)]

use std::io::Write;
use std::time::{Duration, Instant};

use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_codecs::{Encoding, header};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut source = (String::new(), Vec::new());
    if !arguments.is_empty() {
        answer(&arguments.join("\t"), &mut source);
        return;
    }
    for line in std::io::stdin().lines() {
        answer(&line.unwrap(), &mut source);
    }
}

fn answer(line: &str, source: &mut (String, Vec<u8>)) {
    let fields: Vec<&str> = line.split('\t').collect();
    let [path, crop, width, height, format, quality, destination] = fields.as_slice() else {
        panic!("seven fields, not {}", fields.len());
    };
    if source.0 != *path {
        *source = ((*path).to_owned(), std::fs::read(path).unwrap());
    }
    let bytes = &source.1;
    let start = Instant::now();
    let encoding = sniffed(bytes);
    let header = header::read(encoding, bytes).unwrap();
    let quality = quality.parse().unwrap();
    let size: (u32, u32) = (width.parse().unwrap(), height.parse().unwrap());
    let is_best = *crop == "best";
    let (width, height) = if is_best {
        // The size at which the whole picture just covers what is asked for.
        let scale = (size.0 * header.height).max(size.1 * header.width);
        (scale.div_ceil(header.height), scale.div_ceil(header.width))
    } else {
        size
    };
    let recipe = Recipe {
        crop: rect(crop, &header),
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish {
            cut: is_best.then_some(size),
            ..Finish::default()
        },
        output: match *format {
            "jpeg" => Output::Jpeg { quality },
            "webp" => Output::Webp { quality },
            "avif" | "avif-fast" => Output::Avif { quality },
            other => panic!("what is {other}?"),
        },
    };
    let budget = Budget {
        pixels: 100_000_000,
        frames: 300,
        output_pixels: 100_000_000,
        deadline: start + Duration::from_secs(60),
    };
    let file = render(encoding, bytes, &recipe, &budget).unwrap();
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    if *destination != "-" {
        std::fs::write(destination, &file).unwrap();
    }
    println!("{milliseconds}\t{}", file.len());
    std::io::stdout().flush().unwrap();
}

fn sniffed(bytes: &[u8]) -> Encoding {
    match bytes {
        [0xFF, 0xD8, ..] => Encoding::Jpeg,
        [0x89, b'P', ..] => Encoding::Png,
        [b'R', b'I', b'F', b'F', ..] => Encoding::Webp,
        [b'G', b'I', b'F', ..] => Encoding::Gif,
        _ => panic!("an encoding that is not measured"),
    }
}

fn rect(crop: &str, header: &header::Header) -> Rect {
    if crop == "-" || crop == "best" {
        return Rect {
            x: 0,
            y: 0,
            width: header.width,
            height: header.height,
        };
    }
    let numbers: Vec<u32> = crop.split(',').map(|n| n.parse().unwrap()).collect();
    let [x, y, width, height] = numbers[..] else {
        panic!("a crop is x,y,width,height");
    };
    Rect {
        x,
        y,
        width,
        height,
    }
}
