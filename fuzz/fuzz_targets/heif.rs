//! Fuzzes the structure of HEIF files (AVIF, HEIC): whatever a file says, what is read of it lies within the file, and its
//! parts cover the picture.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| dozo_codecs::heif_holds(file));
