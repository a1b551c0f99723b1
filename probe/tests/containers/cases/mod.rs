//! Strangers' files, and others of their kinds: each is described as its README says.

mod around;
mod dolby_vision;
mod labels;
mod lengths;
mod pictures;
mod streams;

use crate::clips::{case, look, make};
use dozo_probe::Description;

const PICTURE: &str = "-f lavfi -i testsrc=size=160x120:rate=10:duration=1,format=yuv420p";
const TONE: &str = "-f lavfi -i sine=duration=1";

fn film() -> Vec<u8> {
    make("a.mp4", &format!("{PICTURE} {TONE} -c:v libx264 -c:a aac"))
}

fn sample(name: &str) -> Description {
    look(&case(name)).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"))
}

/// The offset of the content of the first box of this name.
fn at(file: &[u8], name: &[u8; 4]) -> usize {
    file.windows(4).position(|window| window == name).unwrap() + 4
}

fn patched(file: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut patched = file.to_vec();
    patched[at..at + bytes.len()].copy_from_slice(bytes);
    patched
}

fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = file.to_vec();
    let mut count = 0;
    for at in 0..file.len() - from.len() {
        if &file[at..at + from.len()] == from {
            replaced[at..at + to.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert!(count > 0);
    replaced
}
