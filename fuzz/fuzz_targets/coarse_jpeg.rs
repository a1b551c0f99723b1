//! JPEG by its DC coefficients alone: the samples that libjpeg makes of the same file, or left to libjpeg.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| dozo_codecs::render::jpeg_paths_agree(file));
