//! Measures the cost of transcode-media compared with FFmpeg alone: seconds of CPU per second of a 1080p source, with
//! the same ladder.
//!
//! Run it with `make bench-av`. "Alone" is exactly the command that the stage runs, but started by hand and from file
//! to files. The stage adds the server for its input, the uploads (to a store in memory), the checks of the record, and
//! the playlists. Both are measured by the kernel's processor time, including finished children. They run alternately,
//! so that other load on the machine affects both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and counts far below 2^52"
)]

use std::process::Command;
use std::sync::Arc;

use dozo::memory::faults::Faults;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::ladder::Ladder;
use dozo::vocabulary::state::State;
use dozo::vocabulary::streams::Streams;
use dozo_bench::report::Report;
use dozo_tests::clips::{ffmpeg, make};
use dozo_tests::world::{Letter, World, far};
use transcode_media::ffmpeg::{Ffmpeg, Seen, arguments};

/// The length of the source in seconds, and the number of runs of each.
const SECONDS: u32 = 10;
const RUNS: usize = 3;

/// The kernel's clock ticks per second, on every common Linux.
const TICKS: f64 = 100.0;

#[tokio::main]
async fn main() {
    let source = format!(
        "-f lavfi -i testsrc2=size=1920x1080:rate=25:duration={SECONDS} -f lavfi -i sine=duration={SECONDS} \
         -vf noise=alls=12:allf=t -c:v libx264 -preset ultrafast -crf 18 -pix_fmt yuv420p -c:a aac"
    );
    let file = make("source.mp4", &source);
    let mut report = Report::new("av");
    report.note(format!(
        "A made-up 1080p25 source of {SECONDS} s with noise, H.264 and AAC, {} MB.",
        file.len() / 1_000_000
    ));
    report.note("Processor time, own and of FFmpeg; the stage's store is in memory.");
    let (mut alone, mut stage) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let (streams, seconds) = by_the_stage(&file).await;
        stage.push(seconds);
        alone.push(by_hand(&file, &streams));
    }
    let per_second = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2] / f64::from(SECONDS)
    };
    let (alone, stage) = (per_second(alone), per_second(stage));
    report.row("FFmpeg alone", &[("cpu_s_per_s", alone)]);
    report.row(
        "the whole stage",
        &[
            ("cpu_s_per_s", stage),
            ("overhead_percent", (stage / alone - 1.0) * 100.0),
        ],
    );
    report.print().unwrap();
}

async fn by_the_stage(file: &[u8]) -> (Streams, f64) {
    let world = World::with_limits(1, Limits::default());
    let uploaded = world.file("source.mp4");
    world.upload(&uploaded, file);
    let validate = world.validate_upload(&Faults::none());
    validate_upload::handle(&validate, Letter::batch(&[Letter::about(&uploaded, "1")])).await;
    let streams = world
        .record(&uploaded)
        .unwrap()
        .content
        .unwrap()
        .streams
        .unwrap();
    let [order] = world.videos.take().try_into().expect("one order");
    let order = Letter {
        id: "2".to_owned(),
        body: order.body,
        attempts: 1,
    };
    let store = Arc::new(world.store.clone());
    let mut function = world.transcode_media(&Faults::none());
    function.transcoder.engine = Arc::new(Ffmpeg {
        program: ffmpeg(),
        store,
    });
    let before = processor_seconds();
    transcode_media::handle(&function, Letter::batch(&[order]), far()).await;
    let spent = processor_seconds() - before;
    assert_eq!(world.record(&uploaded).unwrap().state, State::Ready);
    (streams, spent)
}

/// Runs the same command with a file in place of the server.
fn by_hand(file: &[u8], streams: &Streams) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("source.mp4"), file).unwrap();
    let ladder = Ladder::of(streams);
    for rendition in ladder.renditions() {
        std::fs::create_dir(directory.path().join(rendition.to_string())).unwrap();
    }
    let wanted = arguments("mov", "source.mp4", (streams, &Seen::default()), &ladder);
    let wanted = wanted.iter().map(|word| word.replace("http,tcp", "file"));
    let before = processor_seconds();
    let status = Command::new(ffmpeg())
        .args(wanted)
        .current_dir(directory.path())
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success());
    processor_seconds() - before
}

/// The processor time of this process and its finished children: fields 14 to 17 of proc_pid_stat(5).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11..15]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    ticks as f64 / TICKS
}
