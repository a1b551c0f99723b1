//! Fuzzes the description of audio and video: files are described or refused, within the limit of bytes read, and never
//! with a panic.

#![no_main]

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use dozo_probe::{Container, MAX_READS, Source, durations, probe};
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;

struct File<'a> {
    bytes: &'a [u8],
    read: AtomicU64,
}

#[async_trait::async_trait]
impl Source for File<'_> {
    type Error = std::convert::Infallible;

    fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    async fn read(&self, range: Range<u64>) -> Result<bytes::Bytes, Self::Error> {
        self.read
            .fetch_add(range.end - range.start, Ordering::Relaxed);
        let range = range.start as usize..range.end as usize;
        Ok(bytes::Bytes::copy_from_slice(&self.bytes[range]))
    }
}

const ALL: [Container; 8] = [
    Container::Mp4,
    Container::Matroska,
    Container::Avi,
    Container::MpegTs,
    Container::Mp3,
    Container::Wav,
    Container::Flac,
    Container::Ogg,
];

fuzz_target!(|bytes: &[u8]| {
    // The first byte selects a container if the rest begins like none.
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let within = Container::of(rest).or_else(|| Container::within(rest));
    let container = within.unwrap_or(ALL[usize::from(*first) % ALL.len()]);
    let file = File {
        bytes: rest,
        read: AtomicU64::new(0),
    };
    let found = probe(&file, container)
        .now_or_never()
        .expect("memory is there at once");
    if let Ok(found) = found {
        assert!(found.video.is_some() || !found.audio.is_empty());
        assert!(found.audio.len() <= 64 && found.left_out.len() <= 64);
        assert!(
            found
                .video
                .is_none_or(|video| video.width > 0 && video.height > 0)
        );
    }
    assert!(file.read.load(Ordering::Relaxed) <= u64::from(MAX_READS) << 16);
    // Use the same bytes as a fragment, of which only the durations are read.
    let (_, default) = durations::of_header(rest).unwrap_or_default();
    assert!(durations::of_fragment(rest, default).len() <= 100_000);
});
