//! Tests strangers' films with the probe and FFmpeg: the streams are found, and none is lost on the way.

use std::path::Path;

use dozo::memory::store::MemoryStore;
use dozo::stages::transcode::Output;
use dozo::stages::transcode::engine::{Engine, Job, Step};
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::ladder::{Ladder, Size};
use dozo::vocabulary::rendition::Rendition;
use dozo::vocabulary::streams::Streams;
use dozo_probe::{Container, Source, probe};
use dozo_tests::clips::ffmpeg;
use transcode_media::ffmpeg::Ffmpeg;

struct File(Vec<u8>);

#[async_trait::async_trait]
impl Source for File {
    type Error = std::convert::Infallible;
    fn bytes(&self) -> u64 {
        self.0.len() as u64
    }
    async fn read(&self, range: std::ops::Range<u64>) -> Result<bytes::Bytes, Self::Error> {
        let range = range.start as usize..range.end as usize;
        Ok(bytes::Bytes::copy_from_slice(&self.0[range]))
    }
}

/// Transcodes a sample; returns the outputs, and the size of the picture.
async fn made(name: &str) -> (Vec<Output>, Option<Size>) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/av");
    let file = File(std::fs::read(directory.join(name)).unwrap());
    let container = Container::of(&file.0[..file.0.len().min(4_096)]).unwrap();
    let found = probe(&file, container)
        .await
        .unwrap_or_else(|stop| panic!("{name}: {stop}"));
    let streams = Streams::from(&found);
    let store = MemoryStore::default();
    let location = ObjectLocation::anywhere(Bucket::Upload, "demo/upload/file");
    let job = Job {
        etag: store.upload(&location, &file.0),
        location,
        bytes: file.bytes(),
        container: found.container,
        ladder: Ladder::of(&streams),
        streams,
        left: std::time::Duration::from_secs(60),
    };
    let size = job.ladder.video.first().map(|rung| rung.size);
    let engine = Ffmpeg {
        program: ffmpeg(),
        store: std::sync::Arc::new(store),
    };
    let mut run = engine.start(job).await.unwrap();
    let mut outputs = Vec::new();
    loop {
        match run.next().await.unwrap() {
            Step::Goes { written, .. } => outputs.extend(written.iter().map(|one| one.output)),
            Step::Done { written } => {
                outputs.extend(written.iter().map(|one| one.output));
                return (outputs, size);
            }
            Step::Refused(reason) => panic!("{name}: {}", reason.message()),
        }
    }
}

#[tokio::test]
async fn films_have_their_picture_and_their_sound() {
    for name in [
        "first-sound-unknown.mp4",
        "first-sound-unknown.mkv",
        "sound-lpcm-camcorder.m2ts",
        "sound-wavpack.mkv",
        "picture-cineform.mov",
        "picture-2vuy.mov",
        "picture-m4s2.avi",
        "trailing-text.mp4",
        "free-box-first.mp4",
    ] {
        let (outputs, size) = made(name).await;
        assert!(size.is_some(), "{name}");
        for output in [
            Output::Segment(Rendition::Track(1), 1),
            Output::Progressive,
            Output::Poster,
        ] {
            assert!(outputs.contains(&output), "{name}: {outputs:?}");
        }
        assert!(
            !outputs.contains(&Output::Segment(Rendition::Track(2), 1)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn pictures_have_the_size_that_is_seen() {
    for (name, width, height) in [
        ("rotation-in-movie-header-90.mp4", 120, 160),
        ("rotation-sei-90.mp4", 120, 160),
        ("declared-size-8000-coded-160.mp4", 160, 120),
    ] {
        let (_, size) = made(name).await;
        assert_eq!(size, Some(Size { width, height }), "{name}");
    }
}
