//! Causes real crashes, each in a process of its own, and checks that the page can still be reported.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panic"
)]

use std::hint::black_box;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use dozo_pdf::crash::{self, Crashed};
use dozo_pdf::{Document, Library};

/// The environment variable that tells a child process how to crash.
const WAY: &str = "DOZO_CRASH";

const WAYS: [&str; 3] = ["abort", "overflow", "page fault"];

/// A document of two pages without a table; PDFium finds its objects by searching.
const DOCUMENT: &[u8] = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
    2 0 obj\n<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 9 9] >>\nendobj\n\
    3 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n4 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n\
    trailer\n<< /Root 1 0 R >>\n%%EOF\n";

#[test]
fn a_crash_tells_its_page() {
    if let Ok(way) = std::env::var(WAY) {
        return crash_and_look(way);
    }
    for way in WAYS {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "a_crash_tells_its_page", "--nocapture"]);
        let done = again.env(WAY, way).output().unwrap();
        assert!(done.status.success(), "{way}: {done:?}");
    }
}

/// A crash of a thread that has no document open ends the process as usual.
#[test]
fn a_crash_elsewhere_ends_the_process() {
    if std::env::var(WAY).is_ok() {
        crash::watch().unwrap();
        std::process::abort();
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "a_crash_elsewhere_ends_the_process"]);
    let done = again.env(WAY, "abort").output().unwrap();
    assert_eq!(done.status.code(), None, "{done:?}");
}

fn crash_and_look(way: String) {
    crash::watch().unwrap();
    assert_eq!(crash::crashed(), None);
    let library = Library::load(&pdfium()).unwrap();
    thread::spawn(move || library.open(Cursor::new(DOCUMENT), |document| fall(document, &way)));
    while crash::crashed().is_none() {
        thread::yield_now();
    }
    assert_eq!(crash::crashed(), Some(Crashed { page: Some(1) }));
}

fn fall(document: &Document<'_>, way: &str) {
    assert_eq!(document.pages(), 2);
    document.page(0).unwrap();
    let _page = document.page(1).unwrap();
    match way {
        "abort" => std::process::abort(),
        "overflow" => drop(black_box(deeper(0))),
        _ => touch_nothing(),
    }
}

#[allow(unconditional_recursion, reason = "until the stack is used up")]
fn deeper(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    black_box(deeper(depth + 1)) + room.iter().sum::<u64>()
}

#[allow(unsafe_code, reason = "the test needs a crash")]
fn touch_nothing() {
    let nowhere = black_box(std::ptr::without_provenance::<u8>(8));
    // SAFETY: none; the first page of memory is never mapped, and reading it ends in the handler.
    black_box(unsafe { nowhere.read_volatile() });
}

fn pdfium() -> PathBuf {
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    workspace.join(".local/pdfium").join(architecture)
}
