//! Tests audio and video, measured with FFmpeg as a player would play what was published.

use std::process::Command;

use dozo_tests::clips::ffmpeg;
use dozo_tests::stack::Stack;

use crate::cases::picture::{Picture, assert_close};
use crate::cases::{Case, assert_whole, put_all};

/// The largest offset between sound and picture, in seconds.
const TOGETHER: f64 = 0.05;

/// The expected outcome for a film or a sound.
enum Right {
    /// A video.
    Film,
    /// Sound alone, of about this many seconds.
    Sound(f64),
    /// A video that has its sound, or whose record says what was left out.
    FilmWithSound,
    /// A video, or a refusal that names the picture; never sound alone.
    NeverSoundAlone,
    /// The sound has this frequency, in hertz.
    Tone(f64),
    /// Flash and beep come together, at these seconds of the film.
    FlashAndBeep(&'static [f64]),
    /// The poster's four quarters have these colours: top left, top right, bottom left, bottom right.
    Poster([[u8; 3]; 4]),
    /// Poster and film are in standard dynamic range, tagged as BT.709.
    Tagged709,
    /// The displayed size is one of these.
    Displayed(&'static [(u64, u64)]),
    /// The displayed size is this, or the file is refused.
    DisplayedOrRefused(u64, u64),
    /// The file is refused with one of these codes.
    Refused(&'static [&'static str]),
}

use Right::{
    Displayed, DisplayedOrRefused, Film, FilmWithSound, FlashAndBeep, NeverSoundAlone, Poster,
    Refused, Sound, Tagged709, Tone,
};

const FIELDS: Right = Poster([
    [0xC0, 0x20, 0x20],
    [0x20, 0xC0, 0x20],
    [0x20, 0x20, 0xC0],
    [0xC0, 0xC0, 0x20],
]);

const RED: Right = Poster([[0xFF, 0, 0]; 4]);

const CASES: &[(&str, &[Right])] = &[
    (
        "declared-size-8000-coded-160.mp4",
        &[DisplayedOrRefused(160, 120)],
    ),
    ("first-sound-unknown.mkv", &[FilmWithSound, Tone(1500.0)]),
    ("first-sound-unknown.mp4", &[FilmWithSound, Tone(1500.0)]),
    ("free-box-first.mp4", &[FilmWithSound]),
    ("hdr-pq.mp4", &[Film, Tagged709]),
    ("matrix-tag-10.mp4", &[Film]),
    ("matrix-tag-11.mp4", &[Film]),
    ("matrix-tag-14.mp4", &[Film]),
    ("matrix-tag-8.mp4", &[Film]),
    (
        "one-sample-lasts-days.mp4",
        &[Refused(&["too_long", "damaged", "undecodable"])],
    ),
    ("picture-2vuy.mov", &[NeverSoundAlone]),
    ("picture-cineform.mov", &[NeverSoundAlone]),
    ("picture-m4s2.avi", &[FilmWithSound]),
    ("poster-black-first-half-second.mp4", &[RED]),
    ("poster-bt601-untagged.mp4", &[FIELDS, Tagged709]),
    ("poster-bt709-full-range.mp4", &[FIELDS, Tagged709]),
    ("poster-bt709-tagged.mp4", &[FIELDS, Tagged709]),
    ("poster-bt709-untagged-720p.mp4", &[FIELDS, Tagged709]),
    (
        "rotation-in-movie-header-90.mp4",
        &[Displayed(&[(120, 160)])],
    ),
    (
        "rotation-sei-90.mp4",
        &[Displayed(&[(160, 120), (120, 160)])],
    ),
    ("sound-lpcm-camcorder.m2ts", &[FilmWithSound]),
    ("sound-wavpack.mkv", &[FilmWithSound]),
    ("trailing-four-zero-bytes.mp4", &[Film]),
    ("trailing-text.mp4", &[Film]),
    ("video-begins-late.mp4", &[FlashAndBeep(&[1.0, 2.0])]),
    ("video-begins-late.webm", &[FlashAndBeep(&[1.0, 2.0])]),
    ("wav-length-of-sox-to-a-pipe.wav", &[Sound(1.0)]),
    ("zeros-before-frames.mp3", &[Sound(1.0)]),
];

#[tokio::test]
async fn are_played_as_they_were_made() {
    let names = || CASES.iter().map(|(name, _)| *name);
    assert_whole("av", names());
    let stack = Stack::running();
    let grant = put_all(&stack, "av", names()).await;
    for (name, rights) in CASES {
        let case = Case::decided(&stack, &grant, name).await;
        for right in *rights {
            hold(&case, right).await;
        }
    }
}

async fn hold(case: &Case<'_>, right: &Right) {
    let (name, shown) = (case.name, &case.shown);
    match right {
        Film => film(case),
        Sound(seconds) => {
            case.assert_ready();
            assert_eq!(shown["kind"], "audio", "{name}: {shown}");
            let duration = shown["duration_seconds"].as_f64().unwrap();
            assert!((duration - seconds).abs() < 0.2, "{name}: {duration} s");
        }
        FilmWithSound => {
            film(case);
            let heard = described(case.url("mp4")).contains("Audio: aac");
            let says = shown["left_out"]
                .as_array()
                .is_some_and(|left| !left.is_empty());
            assert!(heard || says, "{name}: {shown}");
        }
        NeverSoundAlone if case.state() == "rejected" => case.assert_refused("", &["picture"], &[]),
        NeverSoundAlone => film(case),
        Tone(hertz) => {
            let found = frequency(case.url("mp4"));
            assert!((found - hertz).abs() < 50.0, "{name}: {found} Hz");
        }
        FlashAndBeep(seconds) => {
            film(case);
            for form in ["hls", "mp4"] {
                together(case, form, seconds);
            }
        }
        Poster(quarters) => poster(case, *quarters).await,
        Tagged709 => {
            for form in ["hls", "mp4"] {
                let found = described(case.url(form));
                let video = found.lines().find(|line| line.contains("Video:")).unwrap();
                assert!(
                    video.contains("bt709") && !video.contains("2020"),
                    "{name}: {form}: {video}"
                );
            }
        }
        Displayed(sizes) => displayed(case, sizes),
        DisplayedOrRefused(..) if case.state() == "rejected" => {}
        DisplayedOrRefused(width, height) => displayed(case, &[(*width, *height)]),
        Refused(codes) => {
            assert_eq!(case.state(), "rejected", "{name}: {shown}");
            let code = shown["rejection"]["code"].as_str().unwrap();
            assert!(codes.contains(&code), "{name}: {shown}");
        }
    }
}

fn film(case: &Case<'_>) {
    case.assert_ready();
    assert_eq!(case.shown["kind"], "video", "{}: {}", case.name, case.shown);
}

/// Asserts that the record states one of these sizes, and that the published film has it.
fn displayed(case: &Case<'_>, sizes: &[(u64, u64)]) {
    film(case);
    let side = |name: &str| case.shown[name].as_u64().unwrap();
    let size = (side("width"), side("height"));
    assert!(sizes.contains(&size), "{}: {size:?}", case.name);
    let found = described(case.url("mp4"));
    let wanted = format!(" {}x{}", size.0, size.1);
    assert!(
        found.contains(&wanted),
        "{}: {wanted} in {found}",
        case.name
    );
}

async fn poster(case: &Case<'_>, quarters: [[u8; 3]; 4]) {
    film(case);
    let poster = Picture::decode(case.name, &case.fetch(case.url("poster")).await);
    let middles = [
        [10, 10, 40, 40],
        [60, 10, 90, 40],
        [10, 60, 40, 90],
        [60, 60, 90, 90],
    ];
    for (part, colour) in middles.into_iter().zip(quarters) {
        let found = poster.mean(part);
        assert_close(case.name, found, colour.map(f64::from), 5.0);
    }
}

/// Runs FFmpeg with these arguments and returns its standard error.
fn run(arguments: &[&str]) -> String {
    let mut command = Command::new(ffmpeg());
    command.args(["-hide_banner", "-nostdin"]).args(arguments);
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn described(url: &str) -> String {
    run(&["-i", url])
}

/// Measures the frequency by counting how often the wave crosses zero upwards within half a second.
fn frequency(url: &str) -> f64 {
    let mut command = Command::new(ffmpeg());
    command.args(["-hide_banner", "-nostdin", "-loglevel", "error", "-i", url]);
    command.args([
        "-ss", "0.25", "-t", "0.5", "-ac", "1", "-ar", "48000", "-f", "s16le", "-",
    ]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let samples = output.stdout.chunks_exact(2);
    let samples: Vec<_> = samples
        .map(|two| i16::from_le_bytes([two[0], two[1]]))
        .collect();
    let crossings = samples.windows(2).filter(|two| two[0] < 0 && two[1] >= 0);
    let seconds = f64::from(u32::try_from(samples.len()).unwrap()) / 48_000.0;
    f64::from(u32::try_from(crossings.count()).unwrap()) / seconds
}

fn together(case: &Case<'_>, form: &str, seconds: &[f64]) {
    let found = run(&[
        "-i",
        case.url(form),
        "-vf",
        "blackdetect=d=0.05:pix_th=0.5",
        "-af",
        "silencedetect=n=-30dB:d=0.05",
        "-f",
        "null",
        "-",
    ]);
    let flashes = times(&found, "black_end:");
    let beeps = times(&found, "silence_end: ");
    for wanted in seconds {
        let near = |all: &[f64]| all.iter().copied().find(|at| (at - wanted).abs() < 0.3);
        let (flash, beep) = (near(&flashes), near(&beeps));
        let apart = flash.zip(beep).map(|(flash, beep)| (flash - beep).abs());
        assert!(
            apart.is_some_and(|apart| apart <= TOGETHER),
            "{} as {form} at {wanted} s: flashes {flashes:?}, beeps {beeps:?}",
            case.name
        );
    }
}

/// Returns the numbers that follow a word in a text.
fn times(text: &str, word: &str) -> Vec<f64> {
    let ends = text.split(word).skip(1);
    let numbers = ends.filter_map(|rest| rest.split([' ', '\n', '\r']).next()?.parse().ok());
    numbers.collect()
}
