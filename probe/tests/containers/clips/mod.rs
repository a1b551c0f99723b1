//! Makes clips for tests with FFmpeg at test time, so that the repository contains no one's files.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use dozo_probe::{Container, Description, Refusal, Source, Stop, probe};
use futures_util::FutureExt;

/// The path of the program that `make` fetched.
pub(crate) fn ffmpeg() -> PathBuf {
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../.local/ffmpeg")
        .join(architecture)
        .join("ffmpeg");
    assert!(
        path.exists(),
        "{} is missing: run local/ensure-ffmpeg",
        path.display()
    );
    path
}

/// Runs FFmpeg with these arguments, and returns the output file, which has this name.
pub(crate) fn make(name: &str, arguments: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join(name);
    let status = Command::new(ffmpeg())
        // A static program must not load this machine's character sets.
        .env("GCONV_PATH", directory.path())
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(&output)
        .status()
        .unwrap();
    assert!(status.success(), "{name}: {arguments}");
    std::fs::read(output).unwrap()
}

/// Reads a file in `tests/cases/av`, whose README tells the correct result.
pub(crate) fn case(name: &str) -> Vec<u8> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/av");
    std::fs::read(directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A file in memory that counts the bytes that are read.
pub(crate) struct File<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) read: std::sync::atomic::AtomicU64,
}

impl<'a> File<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            read: 0.into(),
        }
    }
}

#[async_trait::async_trait]
impl Source for File<'_> {
    type Error = std::convert::Infallible;

    fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, Self::Error> {
        assert!(
            range.start < range.end && range.end <= self.bytes.len() as u64,
            "{range:?}"
        );
        self.read.fetch_add(
            range.end - range.start,
            std::sync::atomic::Ordering::Relaxed,
        );
        let piece = &self.bytes[range.start as usize..range.end as usize];
        Ok(Bytes::copy_from_slice(piece))
    }
}

/// Recognizes a file by its first bytes, and then describes it.
pub(crate) fn look(bytes: &[u8]) -> Result<Description, Refusal> {
    let head = &bytes[..bytes.len().min(4096)];
    let container = Container::of(head).or_else(|| Container::within(head));
    let container = container.expect("a container");
    look_as(bytes, container)
}

pub(crate) fn look_as(bytes: &[u8], container: Container) -> Result<Description, Refusal> {
    let file = File::new(bytes);
    match probe(&file, container)
        .now_or_never()
        .expect("memory is there at once")
    {
        Ok(found) => Ok(found),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Source(never)) => match never {},
    }
}
