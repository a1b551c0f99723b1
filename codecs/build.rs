//! Refuses to build a slow MozJPEG. Its SIMD code for x86 needs nasm; without it, mozjpeg-sys builds a library that
//! takes twice the time, with a warning that is easy to miss.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_x86 = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch.starts_with("x86"));
    if is_x86 && Command::new("nasm").arg("-v").output().is_err() {
        println!(
            "cargo::error=nasm is missing: MozJPEG would be built without SIMD. `make` provides it; for cargo alone, put \
             .local/nasm/bin on PATH or install nasm, and then run `cargo clean -p mozjpeg-sys`"
        );
    }
}
