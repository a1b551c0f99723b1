//! Files that lie about themselves are refused without a panic, and after little reading.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clips::{File, look, look_as, make};
use bytes::Bytes;
use dozo_probe::{Container, MAX_READS, Refusal, Source, Stop, probe};
use futures_util::FutureExt;
use proptest::prelude::*;

const CLIP: &str = "-f lavfi -i testsrc=size=64x64:rate=10:duration=1 -f lavfi -i sine=duration=1 -pix_fmt yuv420p";

fn clips() -> Vec<(Container, Vec<u8>)> {
    [
        (Container::Mp4, "a.mp4", "-c:v libx264 -c:a aac"),
        (
            Container::Mp4,
            "b.mp4",
            "-c:v libx264 -c:a aac -movflags frag_keyframe+empty_moov",
        ),
        (Container::Webm, "a.webm", "-c:v libvpx -c:a libopus"),
        (Container::Avi, "a.avi", "-c:v mpeg4 -c:a libmp3lame"),
        (Container::MpegTs, "a.ts", "-c:v libx264 -c:a aac"),
        (
            Container::Mp4,
            "c.mp4",
            "-c:v libaom-av1 -cpu-used 8 -c:a libopus",
        ),
        (Container::Mov, "a.mov", "-c:v cfhd -c:a pcm_s16le"),
        (
            Container::Matroska,
            "a.mkv",
            "-c:v libx265 -x265-params log-level=none -c:a wavpack",
        ),
        (
            Container::Avi,
            "b.avi",
            "-c:v dvvideo -s 720x576 -r 25 -c:a pcm_s16le",
        ),
        (
            Container::MpegTs,
            "a.m2ts",
            "-c:v libx264 -c:a pcm_bluray -ar 48000 -f mpegts -mpegts_m2ts_mode 1",
        ),
        (
            Container::Ogg,
            "a.ogv",
            "-c:v libtheora -c:a libspeex -ar 16000",
        ),
        (Container::Mp3, "a.mp3", "-map 1:a -c:a libmp3lame"),
        (Container::Wav, "a.wav", "-map 1:a"),
        (Container::Flac, "a.flac", "-map 1:a"),
        (Container::Ogg, "a.ogg", "-map 1:a -c:a libvorbis"),
    ]
    .into_iter()
    .map(|(container, name, options)| (container, make(name, &format!("{CLIP} {options}"))))
    .collect()
}

#[test]
fn a_file_that_is_cut_short_is_refused_or_described_by_what_is_left() {
    for (container, file) in clips() {
        look_as(&file, container).unwrap();
        for cut in (0..file.len()).step_by(file.len() / 97 + 1) {
            let _verdict = look_as(&file[..cut], container);
        }
        // Half of a file is refused if the container stores the length.
        if matches!(container, Container::Mp4 | Container::Avi | Container::Webm) {
            let half = look_as(&file[..file.len() / 2], container);
            // A fragmented file may be cut off; a QuickTime header may be in the first half.
            let is_live = container == Container::Mp4 && half.is_ok();
            assert!(half == Err(Refusal::Damaged) || is_live, "{container:?}");
        }
    }
}

#[test]
fn every_container_bears_being_harmed() {
    let clips = clips();
    let strategy = (
        0..clips.len(),
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    );
    proptest!(ProptestConfig::with_cases(3_000), |((clip, blows) in strategy)| {
        let (container, file) = &clips[clip];
        let mut harmed = file.clone();
        // Parsers read headers: most changes are made in the first kilobytes, or the last.
        for (at, byte) in blows {
            let near = at.index(2_048.min(harmed.len()));
            let at = if byte % 3 == 0 { harmed.len() - 1 - near } else { near };
            harmed[at] = byte;
        }
        let file = File::new(&harmed);
        let _verdict = probe(&file, *container).now_or_never().expect("memory is there at once");
        prop_assert!(file.read.load(Ordering::Relaxed) <= u64::from(MAX_READS) << 16);
    });
}

#[test]
fn text_is_no_container() {
    for text in [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "<?xml version='1.0'?><MPD></MPD>",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\n",
        "",
    ] {
        assert_eq!(Container::of(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn keys_are_not_had() {
    let key = "-encryption_scheme cenc-aes-ctr -encryption_key 76a6c65c5ea762046bd749a2e632ccbb \
        -encryption_kid a7e61c373e219033c21091fa607bf3b8";
    let cenc = make("a.mp4", &format!("{CLIP} -c:v libx264 -c:a aac {key}"));
    assert_eq!(look(&cenc), Err(Refusal::Encrypted));

    assert_eq!(
        look(&webm(false)).map(|found| found.container),
        Ok(Container::Webm)
    );
    assert_eq!(look(&webm(true)), Err(Refusal::Encrypted));
}

/// A WebM without a cluster, whose track is encrypted or not.
fn webm(is_encrypted: bool) -> Vec<u8> {
    let element = |id: &[u8], body: &[u8]| {
        let mut element = id.to_vec();
        element.extend((1_u64 << 56 | body.len() as u64).to_be_bytes());
        element.extend(body);
        element
    };
    let ebml = element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm"));
    let info = element(
        &[0x15, 0x49, 0xA9, 0x66],
        &element(&[0x44, 0x89], &1000_f32.to_be_bytes()),
    );
    let size = [element(&[0xB0], &[64]), element(&[0xBA], &[64])].concat();
    let encryption = element(&[0x50, 0x35], &element(&[0x47, 0xE1], &[5]));
    let encodings = element(&[0x6D, 0x80], &element(&[0x62, 0x40], &encryption));
    let mut entry = [
        element(&[0x83], &[1]),
        element(&[0x86], b"V_VP9"),
        element(&[0xE0], &size),
    ]
    .concat();
    if is_encrypted {
        entry.extend(encodings);
    }
    let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &entry));
    let segment = element(&[0x18, 0x53, 0x80, 0x67], &[info, tracks].concat());
    [ebml, segment].concat()
}

#[test]
fn a_file_without_a_stream_that_plays_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let subtitles = directory.path().join("a.srt");
    std::fs::write(&subtitles, "1\n00:00:00,000 --> 00:00:01,000\nHello\n").unwrap();
    for name in ["a.mkv", "a.mp4"] {
        let codec = if name == "a.mkv" { "srt" } else { "mov_text" };
        let file = make(name, &format!("-i {} -c:s {codec}", subtitles.display()));
        assert_eq!(look(&file), Err(Refusal::NoStream), "{name}");
    }
}

/// An MP4 of 20 GB whose header comes last; only its two ends exist.
struct Huge {
    head: Vec<u8>,
    tail: Vec<u8>,
    bytes: u64,
    read: AtomicU64,
}

#[async_trait::async_trait]
impl Source for Huge {
    type Error = String;

    fn bytes(&self) -> u64 {
        self.bytes
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, Self::Error> {
        self.read
            .fetch_add(range.end - range.start, Ordering::Relaxed);
        let tail = self.bytes - self.tail.len() as u64;
        let byte = |at: u64| match at {
            at if at >= tail => self.tail[(at - tail) as usize],
            at => self.head.get(at as usize).copied().unwrap_or(0),
        };
        Ok(range.map(byte).collect())
    }
}

#[test]
fn twenty_gigabytes_are_described_by_two_ends_of_them() {
    let small = make("a.mp4", &format!("{CLIP} -c:v libx264 -c:a aac"));
    let moov = small
        .windows(4)
        .rposition(|window| window == b"moov")
        .unwrap()
        - 4;
    let mdat = small
        .windows(4)
        .position(|window| window == b"mdat")
        .unwrap()
        - 4;
    let bytes = 20_u64 << 30;
    let tail = small[moov..].to_vec();
    let mut head = small[..mdat].to_vec();
    let length = bytes - mdat as u64 - tail.len() as u64;
    head.extend([0, 0, 0, 1]);
    head.extend(b"mdat");
    head.extend(length.to_be_bytes());
    let huge = Huge {
        head,
        tail,
        bytes,
        read: AtomicU64::new(0),
    };
    let found = probe(&huge, Container::Mp4)
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(found.duration_ms, Some(1000));
    let read = huge.read.load(Ordering::Relaxed);
    assert!(read <= 4 * (64 << 10), "{read} bytes");
}

#[test]
fn who_cannot_read_is_told_so() {
    struct Broken;
    #[async_trait::async_trait]
    impl Source for Broken {
        type Error = &'static str;
        fn bytes(&self) -> u64 {
            1 << 20
        }
        async fn read(&self, _: Range<u64>) -> Result<Bytes, Self::Error> {
            Err("no answer")
        }
    }
    for container in [
        Container::Mp4,
        Container::Webm,
        Container::Avi,
        Container::MpegTs,
        Container::Mp3,
        Container::Wav,
        Container::Flac,
        Container::Ogg,
    ] {
        let found = probe(&Broken, container).now_or_never().unwrap();
        assert!(
            matches!(found, Err(Stop::Source("no answer"))),
            "{container:?}"
        );
    }
}
