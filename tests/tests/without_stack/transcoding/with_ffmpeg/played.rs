//! Runs a file through the whole stage, and examines with FFmpeg what was published of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dozo::memory::faults::Faults;
use dozo::stages::transcode::Transcoder;
use dozo::vocabulary::placeholder::Placeholder;
use dozo::vocabulary::state::State;
use dozo_tests::clips::ffmpeg;
use dozo_tests::world::{Letter, World, far};
use tempfile::TempDir;
use transcode_media::ffmpeg::Ffmpeg;

use crate::transcoding::scene::{delivered, state};

/// Reads a file of `tests/cases/av`.
pub(super) fn case(name: &str) -> Vec<u8> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/av");
    std::fs::read(directory.join(name)).unwrap()
}

/// The published files of a media, in a directory.
pub(super) struct Published {
    directory: TempDir,
    /// The master playlist.
    pub(super) master: String,
    /// The placeholder of the poster.
    pub(super) placeholder: Option<Placeholder>,
}

impl Published {
    /// Uploads a file and processes it until it is `ready`.
    pub(super) async fn of(name: &str, body: &[u8]) -> Self {
        let world = World::new(1);
        let file = world.file(name);
        world.upload(&file, body);
        let app = world.validate_upload(&Faults::none());
        validate_upload::handle(&app, Letter::batch(&[Letter::about(&file, "s3")])).await;
        assert_eq!(state(&world, &file), State::Processing, "{name}");
        let [sent] = world.videos.take().try_into().expect("one order");
        let order = Letter {
            id: "order".to_owned(),
            body: sent.body,
            attempts: 1,
        };
        let app = transcode_media::Function {
            transcoder: Transcoder {
                delivery: world.delivery(&Faults::none()),
                engine: Arc::new(Ffmpeg {
                    program: ffmpeg(),
                    store: Arc::new(world.store.clone()),
                }),
                invalidations: Arc::new(world.invalidations.clone()),
            },
            ..world.transcode_media(&Faults::none())
        };
        transcode_media::handle(&app, Letter::batch(&[order]), far()).await;
        assert_eq!(state(&world, &file), State::Ready, "{name}");
        let directory = tempfile::tempdir().unwrap();
        for (key, body) in delivered(&world, &file) {
            let path = directory.path().join(key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, body).unwrap();
        }
        let master = std::fs::read_to_string(directory.path().join("hls/master.m3u8")).unwrap();
        let content = world.record(&file).unwrap().content;
        Self {
            directory,
            master,
            placeholder: content.unwrap().placeholder,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the playlists of all pictures, and the progressive file.
    pub(super) fn pictures(&self) -> Vec<PathBuf> {
        let playlists = self
            .master
            .lines()
            .filter(|line| line.ends_with("index.m3u8"));
        let mut all: Vec<_> = playlists
            .filter(|line| line.ends_with("p/index.m3u8"))
            .map(|line| self.path(&format!("hls/{line}")))
            .collect();
        all.push(self.path("video.mp4"));
        assert!(all.len() >= 2, "{}", self.master);
        all
    }

    /// Returns the first sound, as it goes with a picture.
    pub(super) fn sound_of(&self, picture: &Path) -> PathBuf {
        if picture.ends_with("video.mp4") {
            picture.to_owned()
        } else {
            self.path("hls/track-1/index.m3u8")
        }
    }
}

/// Runs FFmpeg; returns its standard output and its standard error.
fn run(arguments: &str, file: &Path) -> (Vec<u8>, String) {
    let (before, after) = arguments.split_once(" FILE ").unwrap();
    let output = Command::new(ffmpeg())
        .args("-hide_banner -nostdin -nostats".split(' '))
        .args(before.split_whitespace())
        .arg(file)
        .args(after.split_whitespace())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {said}", file.display());
    (output.stdout, said)
}

/// Returns FFmpeg's description of a file, one line for each stream.
pub(super) fn streams(file: &Path) -> Vec<String> {
    let (_, said) = run("-i FILE -map 0 -c copy -t 0 -f null -", file);
    let input = said.split("Stream mapping").next().unwrap().to_owned();
    let lines = input.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("Stream #"))
        .map(str::to_owned)
        .collect()
}

/// Returns when the picture begins, and when it turns from dark to bright, in seconds of the file's own clock.
pub(super) fn flashes(file: &Path) -> (f64, Vec<f64>) {
    // Printed to the standard output: lines of the log are broken where several threads write to it at once.
    let print = "metadata=print:key=lavfi.signalstats.YAVG:file=-";
    let arguments = format!(
        "-copyts -i FILE -map 0:v:0 -vf scale=32:32,format=yuv420p,signalstats,{print} -fps_mode passthrough \
         -f null -"
    );
    let (printed, _) = run(&arguments, file);
    let printed = String::from_utf8(printed).unwrap();
    let (mut begins, mut was_bright, mut at) = (None, false, Vec::new());
    for picture in printed.split("frame:").skip(1) {
        let seconds = number(picture, "pts_time:");
        let is_bright = number(picture, "YAVG=") > 140.0;
        begins.get_or_insert(seconds);
        if is_bright && !was_bright {
            at.push(seconds);
        }
        was_bright = is_bright;
    }
    (begins.unwrap(), at)
}

fn number(text: &str, name: &str) -> f64 {
    let (_, rest) = text.split_once(name).unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

/// Returns when the sound becomes loud, in seconds of the file's own clock.
pub(super) fn beeps(file: &Path) -> Vec<f64> {
    const RATE: usize = 8_000;
    let arguments = format!(
        "-copyts -i FILE -map 0:a:0 -af aresample=async=1000:first_pts=0,aformat=sample_rates={RATE}:channel_layouts=mono \
         -f s16le -"
    );
    let (samples, _) = run(&arguments, file);
    let samples: Vec<_> = samples
        .chunks_exact(2)
        .map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]]).unsigned_abs())
        .collect();
    let loud = samples.iter().max().copied().unwrap_or(0) / 3;
    let (mut at, mut quiet) = (Vec::new(), usize::MAX);
    for (index, sample) in samples.iter().enumerate() {
        if *sample <= loud {
            quiet = quiet.saturating_add(1);
            continue;
        }
        // Sound waves also pass through zero.
        if quiet > RATE / 20 {
            at.push(index as f64 / RATE as f64);
        }
        quiet = 0;
    }
    at
}

/// Returns the red, green and blue of the middles of the four quarters of the first picture, decoded according to the
/// file's tags.
pub(super) fn quarters(file: &Path, seek: &str) -> [[u8; 3]; 4] {
    quarters_through(file, seek, "null")
}

/// Returns the same, after these filters.
pub(super) fn quarters_through(file: &Path, seek: &str, filters: &str) -> [[u8; 3]; 4] {
    let arguments = format!(
        "{seek} -i FILE -frames:v 1 -vf {filters},format=gbrp,scale=4:4:flags=area,format=rgb24 -f rawvideo -"
    );
    let (pixels, _) = run(&arguments, file);
    let at = |x: usize, y: usize| {
        let first = (y * 4 + x) * 3;
        [pixels[first], pixels[first + 1], pixels[first + 2]]
    };
    [at(0, 0), at(3, 0), at(0, 3), at(3, 3)]
}

/// Asserts that each value is within this many levels of the wanted one.
pub(super) fn assert_near(found: [[u8; 3]; 4], wanted: [[u8; 3]; 4], levels: u8, context: &str) {
    let all = found.iter().flatten().zip(wanted.iter().flatten());
    let worst = all.map(|(found, wanted)| found.abs_diff(*wanted)).max();
    assert!(
        worst.unwrap() <= levels,
        "{context}: {found:02x?} is not {wanted:02x?}"
    );
}
