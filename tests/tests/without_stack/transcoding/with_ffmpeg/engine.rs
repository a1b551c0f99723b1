//! Tests FFmpeg itself as the engine: what it may read, and how long it may take.

use std::sync::Arc;
use std::time::Duration;

use dozo::memory::store::MemoryStore;
use dozo::stages::transcode::Output;
use dozo::stages::transcode::engine::{Engine, Job, Step};
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::ladder::Ladder;
use dozo::vocabulary::rejection::Reason;
use dozo::vocabulary::streams::{Streams, TrackKind};
use dozo_probe::{Container, Description, Source, probe};
use dozo_tests::clips::{ffmpeg, make};
use transcode_media::ffmpeg::Ffmpeg;

struct File<'a>(&'a [u8]);

#[async_trait::async_trait]
impl Source for File<'_> {
    type Error = std::convert::Infallible;
    fn bytes(&self) -> u64 {
        self.0.len() as u64
    }
    async fn read(&self, range: std::ops::Range<u64>) -> Result<bytes::Bytes, Self::Error> {
        Ok(bytes::Bytes::copy_from_slice(
            &self.0[range.start as usize..range.end as usize],
        ))
    }
}

/// Makes a job for a file in memory, and the engine that can read it.
fn job(file: &[u8], found: &Description, left: Duration) -> (Ffmpeg, Job) {
    let store = MemoryStore::default();
    let location = ObjectLocation::anywhere(Bucket::Upload, "demo/upload/file");
    let etag = store.upload(&location, file);
    let streams = Streams::from(found);
    let job = Job {
        location,
        etag,
        bytes: file.len() as u64,
        container: found.container,
        ladder: Ladder::of(&streams),
        streams,
        left,
    };
    let engine = Ffmpeg {
        program: ffmpeg(),
        store: Arc::new(store),
    };
    (engine, job)
}

const MINUTE: Duration = Duration::from_secs(60);

/// Runs a job; returns all its outputs, and the reason if it was refused.
async fn work(engine: &Ffmpeg, job: Job) -> (Vec<Output>, Option<Reason>) {
    let mut run = engine.start(job).await.unwrap();
    let mut outputs = Vec::new();
    loop {
        match run.next().await.unwrap() {
            Step::Goes { written, .. } => outputs.extend(written.iter().map(|one| one.output)),
            Step::Done { written } => {
                outputs.extend(written.iter().map(|one| one.output));
                return (outputs, None);
            }
            Step::Refused(reason) => return (outputs, Some(reason)),
        }
    }
}

const CLIP: &str = "-f lavfi -i testsrc=size=320x180:rate=25:duration=5 -f lavfi -i sine=duration=5 -pix_fmt yuv420p";

#[tokio::test]
async fn every_output_is_there_once() {
    let file = make(
        "a.mp4",
        &format!("{CLIP} -c:v libx264 -preset ultrafast -c:a aac"),
    );
    let found = probe(&File(&file), Container::Mp4).await.unwrap();
    let (engine, job) = job(&file, &found, MINUTE);
    let (outputs, reason) = work(&engine, job.clone()).await;
    assert_eq!(reason, None);
    let mut expected: Vec<_> = vec![Output::Progressive, Output::Poster];
    expected.extend((0..3).map(Output::Still));
    for rendition in job.ladder.renditions() {
        expected.extend([
            Output::Init(rendition),
            Output::Segment(rendition, 1),
            Output::Segment(rendition, 2),
        ]);
    }
    let mut sorted = outputs.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
}

#[tokio::test]
async fn many_tracks_are_kept() {
    let sources = "-f lavfi -i testsrc=size=320x180:rate=25:duration=1 -f lavfi -i sine=f=300:duration=1 -f lavfi -i sine=f=600:duration=1";
    let file = make(
        "a.mkv",
        &format!(
            "{sources} -map 0 -map 1 -map 2 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a libopus"
        ),
    );
    let found = probe(&File(&file), Container::Matroska).await.unwrap();
    let (engine, job) = job(&file, &found, MINUTE);
    let (outputs, reason) = work(&engine, job.clone()).await;
    assert_eq!((reason, job.ladder.audio.len()), (None, 2));
    let inits = outputs
        .iter()
        .filter(|output| matches!(output, Output::Init(_)));
    assert_eq!(inits.count(), 3);
}

fn film_of(store: &MemoryStore, key: &str, file: &[u8]) -> dozo::ports::store::Listed {
    let location = ObjectLocation::anywhere(Bucket::Delivery, key);
    dozo::ports::store::Listed {
        etag: store.upload(&location, file),
        location,
        bytes: file.len() as u64,
        written_at: None,
    }
}

/// The picture that is shown at a time is taken, and of a film whose sound goes on, the last one.
#[tokio::test]
async fn a_picture_is_taken_at_its_time() {
    let colours = "color=blue:s=320x180:r=25:d=7,drawbox=c=red:t=fill:enable='lt(t,2)',\
        drawbox=c=lime:t=fill:enable='between(t,2,3.99)'";
    let file = make(
        "a.mp4",
        &format!(
            "-f lavfi -i {colours} -f lavfi -i sine=d=12 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a aac"
        ),
    );
    let store = Arc::new(MemoryStore::default());
    let film = film_of(&store, "public/demo/media/video.mp4", &file);
    let engine = Ffmpeg {
        program: ffmpeg(),
        store: store.clone(),
    };
    let size = dozo::vocabulary::ladder::Size {
        width: 160,
        height: 90,
    };
    for (at_ms, colour) in [
        (0, [254, 0, 0]),
        (1_960, [254, 0, 0]),
        (2_000, [0, 254, 0]),
        (3_940, [0, 254, 0]),
        (6_000, [0, 0, 254]),
        (6_999, [0, 0, 254]),
        (12_000, [0, 0, 254]),
    ] {
        let taken = engine.picture(&film, at_ms, size, MINUTE).await.unwrap();
        let picture = image::load_from_memory(&taken.unwrap()).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (160, 90));
        let found = picture.get_pixel(80, 45).0;
        let worst = found
            .iter()
            .zip(colour)
            .map(|(found, wanted)| found.abs_diff(wanted));
        assert!(worst.max().unwrap() < 12, "{at_ms}: {found:?}");
    }
    // Each picture is shown for five seconds.
    let slides = make(
        "slides.mp4",
        "-f lavfi -i color=blue:s=320x180:r=1/5:d=20,drawbox=c=red:t=fill:enable='lt(t,4)',drawbox=c=lime:t=fill:enable='between(t,4,9)' \
         -pix_fmt yuv420p -c:v libx264 -preset ultrafast",
    );
    let slides = film_of(&store, "public/demo/slides/video.mp4", &slides);
    for (at_ms, colour) in [(0, 0), (4_900, 0), (5_000, 1), (9_900, 1), (12_500, 2)] {
        let taken = engine.picture(&slides, at_ms, size, MINUTE).await.unwrap();
        let picture = image::load_from_memory(&taken.unwrap()).unwrap().to_rgb8();
        assert!(picture.get_pixel(80, 45).0[colour] > 200, "{at_ms}");
    }
    let gone = dozo::ports::store::Listed {
        etag: dozo::vocabulary::etag::ETag::new("another"),
        ..film
    };
    let refused = engine.picture(&gone, 0, size, MINUTE).await;
    assert!(matches!(
        refused,
        Err(dozo::platform::error::Error::Store(_))
    ));
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let source = "-f lavfi -i testsrc=size=1280x720:rate=30:duration=60 -c:v libx264 -preset ultrafast -pix_fmt yuv420p";
    let file = make("a.mp4", source);
    let found = probe(&File(&file), Container::Mp4).await.unwrap();
    let (engine, job) = job(&file, &found, Duration::from_millis(700));
    let (_, reason) = work(&engine, job).await;
    assert!(
        matches!(reason, Some(Reason::TooLongHere { .. })),
        "{reason:?}"
    );
}

/// Whatever addresses a file contains, and whatever container it is read as, no other server is contacted.
#[tokio::test]
async fn nothing_is_read_but_the_one_object() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let secret = format!("http://{}/secret", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move { listener.accept().await });
    let texts = [
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n"),
        format!("ffconcat version 1.0\nfile {secret}\n"),
        format!(
            "<?xml version=\"1.0\"?><MPD><Period><AdaptationSet><Representation><BaseURL>{secret}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
        "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".to_owned(),
    ];
    let clip = make("a.wav", "-f lavfi -i sine=duration=1");
    let found = probe(&File(&clip), Container::Wav).await.unwrap();
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
        for text in &texts {
            let found = Description {
                container,
                ..found.clone()
            };
            let (engine, job) = job(text.as_bytes(), &found, MINUTE);
            let (_, reason) = work(&engine, job).await;
            let undecodable = Reason::Undecodable { kind: None };
            assert_eq!(reason, Some(undecodable), "{container:?} {text}");
        }
    }
    assert!(
        !asked.is_finished(),
        "somebody was asked for what a file names"
    );
    asked.abort();
}

#[tokio::test]
async fn the_track_that_is_damaged_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let whole = directory.path().join("whole.mkv");
    let coded = format!("{CLIP} -c:v libx264 -preset ultrafast -c:a aac");
    std::fs::write(&whole, make("whole.mkv", &coded)).unwrap();
    for (stream, kind, word) in [
        ("v", TrackKind::Picture, "picture"),
        ("a", TrackKind::Sound, "sound"),
    ] {
        // Every packet is changed, the headers are not.
        let noise = format!(
            "-i {} -c copy -bsf:{stream} noise=amount=1",
            whole.display()
        );
        let file = make("noise.mkv", &noise);
        let found = probe(&File(&file), Container::Matroska).await.unwrap();
        let (engine, job) = job(&file, &found, MINUTE);
        let (_, reason) = work(&engine, job).await;
        assert_eq!(reason, Some(Reason::Undecodable { kind: Some(kind) }));
        let message = reason.unwrap().message();
        assert!(message.contains(word), "{message}");
    }
}

/// If the upload is gone or replaced, nothing else is read.
#[tokio::test]
async fn another_version_is_not_read() {
    let file = make("a.wav", "-f lavfi -i sine=duration=1");
    let found = probe(&File(&file), Container::Wav).await.unwrap();
    let (engine, mut job) = job(&file, &found, MINUTE);
    job.etag = dozo::vocabulary::etag::ETag::new("another");
    let (_, reason) = work(&engine, job).await;
    assert_eq!(reason, Some(Reason::Overwritten));
}
