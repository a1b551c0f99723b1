//! Fuzzes the decoder that only uses a JPEG's DC coefficients: it gives the same samples as libjpeg, or leaves the file
//! to libjpeg.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| dozo_codecs::render::jpeg_paths_agree(file));
