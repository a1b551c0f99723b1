//! Compares results with FFmpeg: the streams of a file, their positions, their codecs, and the size of the decoded
//! picture.

mod made;

use std::path::Path;
use std::process::Command;

use crate::clips::{case, ffmpeg, look, make};
use dozo_probe::{Container, Description, Selector};

const PICTURE: &str = "-f lavfi -i testsrc=size=160x120:rate=10:duration=1";
const TONE: &str = "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=1";

/// A stream as FFmpeg lists it.
#[derive(Debug)]
struct Listed {
    index: u16,
    id: Option<u16>,
    kind: String,
    codec: String,
    /// The language, if FFmpeg knows it.
    language: Option<String>,
}

/// FFmpeg's description of a file.
struct Told {
    streams: Vec<Listed>,
    duration_ms: Option<u64>,
}

fn run(arguments: &[&str]) -> String {
    let output = Command::new(ffmpeg())
        .env("GCONV_PATH", "/nonexistent")
        .args(["-hide_banner", "-nostdin"])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ask(demuxer: &str, path: &str) -> Told {
    let words = run(&["-f", demuxer, "-i", path]);
    let streams = words.lines().filter_map(listed).collect();
    let duration = words
        .lines()
        .find_map(|line| line.trim().strip_prefix("Duration: "));
    let duration_ms = duration.and_then(|rest| {
        let [hours, minutes, seconds] = rest.split(',').next()?.split(':').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let seconds: f64 = seconds.parse().ok()?;
        let whole = hours.parse::<u64>().ok()? * 3_600 + minutes.parse::<u64>().ok()? * 60;
        Some(whole * 1_000 + (seconds * 1_000.0) as u64)
    });
    Told {
        streams,
        duration_ms,
    }
}

/// Parses a line like `  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz`.
fn listed(line: &str) -> Option<Listed> {
    let rest = line.trim().strip_prefix("Stream #0:")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let id = rest
        .split_once("[0x")
        .filter(|(before, _)| before.len() == digits.len());
    let id = id.and_then(|(_, id)| u16::from_str_radix(id.split(']').next()?, 16).ok());
    let mut parts = rest.split(": ").skip(1);
    let kind = parts.next()?.to_owned();
    let codec = parts.next()?.split([' ', ',']).next()?.to_owned();
    let head = rest.split(": ").next()?;
    let language = head
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    Some(Listed {
        index: digits.parse().ok()?,
        id,
        kind,
        codec,
        language: language
            .map(|(language, _)| language.to_owned())
            .filter(|language| language != "und"),
    })
}

/// The size of the picture that FFmpeg decodes for this stream, with square pixels.
fn shown(demuxer: &str, path: &str, selector: Selector) -> (u32, u32) {
    let stream = match selector {
        Selector::Index(index) => format!("0:{index}"),
        Selector::Packet(id) => format!("0:i:{id}"),
    };
    let words = run(&[
        "-f",
        demuxer,
        "-i",
        path,
        "-map",
        &stream,
        "-frames:v",
        "1",
        "-vf",
        "setparams=colorspace=bt709,scale=trunc(iw*sar+0.01):ih,setsar=1",
        "-f",
        "null",
        "-",
    ]);
    let line = words
        .lines()
        .find(|line| line.contains("Video: wrapped_avframe"));
    let line = line.unwrap_or_else(|| panic!("{path}: {words}"));
    let size = line.split(", ").find_map(|part| {
        let (width, height) = part.split(' ').next()?.split_once('x')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    });
    size.unwrap_or_else(|| panic!("{line}"))
}

fn same_codec(ours: &str, theirs: &str) -> bool {
    let pcm = ours == "pcm" && theirs.starts_with("pcm_");
    let layer = matches!((ours, theirs), ("mp2", "mp3") | ("mp3", "mp2"));
    let kin = matches!(
        (ours, theirs),
        ("mpeg1video", "mpeg2video") | ("mpeg2video", "mpeg1video") | ("aac", "aac_latm")
    );
    let raw = ours == "rawvideo" && matches!(theirs, "v308" | "v408" | "v410");
    let quicktime = ours.starts_with("pcm_") && theirs.starts_with("pcm_");
    ours == theirs || pcm || layer || kin || raw || quicktime
}

/// Compares the description of a file with FFmpeg's.
fn judge(name: &str, file: &[u8], found: &Description) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, file).unwrap();
    let path = path.to_str().unwrap();
    let demuxer = found.container.demuxer();
    let told = ask(demuxer, path);
    let at = |selector: Selector| {
        let stream = told.streams.iter().find(|stream| match selector {
            Selector::Index(index) => stream.index == index,
            Selector::Packet(id) => stream.id == Some(id),
        });
        stream.unwrap_or_else(|| panic!("{name}: {selector:?} in {:?}", told.streams))
    };
    if let Some(video) = &found.video {
        let stream = at(video.selector);
        assert_eq!(stream.kind, "Video", "{name}: {stream:?}");
        assert!(
            same_codec(video.codec, &stream.codec),
            "{name}: {video:?} {stream:?}"
        );
        let (width, height) = shown(demuxer, path, video.selector);
        assert!(
            video.width.abs_diff(width) <= 1 && video.height.abs_diff(height) <= 1,
            "{name}: {video:?}, FFmpeg makes {width}x{height} of it"
        );
    }
    for audio in &found.audio {
        let stream = at(audio.selector);
        assert_eq!(stream.kind, "Audio", "{name}: {stream:?}");
        assert!(
            same_codec(audio.codec, &stream.codec),
            "{name}: {audio:?} {stream:?}"
        );
    }
    for audio in &found.audio {
        assert_language(name, &audio.label, at(audio.selector));
    }
    for text in &found.texts {
        let stream = at(text.selector);
        assert_eq!(stream.kind, "Subtitle", "{name}: {stream:?}");
        assert_language(name, &text.label, stream);
        if let Ok(codec) = &text.codec {
            assert_eq!(*codec, stream.codec, "{name}: {text:?}");
        }
    }
    // TrueHD on a disc is two streams with one packet id.
    let mut sounds: Vec<_> = told
        .streams
        .iter()
        .filter(|stream| stream.kind == "Audio")
        .collect();
    sounds.dedup_by_key(|stream| stream.id.unwrap_or(stream.index));
    let ours = found.audio.len() + left_out(found, dozo_probe::Sense::Sound);
    assert_eq!(ours, sounds.len(), "{name}: {sounds:?}");
    if let (Some(ours), Some(theirs)) = (found.duration_ms, told.duration_ms) {
        assert!(
            ours.abs_diff(theirs) <= 150,
            "{name}: {ours} and {theirs} ms"
        );
    }
}

/// FFmpeg takes Matroska's tracks without a language for English, and reads QuickTime's old numbers of languages.
fn assert_language(name: &str, label: &dozo_probe::Label, stream: &Listed) {
    let is_guessed = label.language.is_none() && stream.language.as_deref() == Some("eng");
    assert!(
        label.language == stream.language || is_guessed,
        "{name}: {label:?} {stream:?}"
    );
}

/// Runs all cases, and reports every failure.
fn every<T>(cases: impl IntoIterator<Item = T>, test: impl Fn(T)) {
    let failures: usize = cases
        .into_iter()
        .map(|case| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(case))))
        .filter(Result::is_err)
        .count();
    assert_eq!(failures, 0);
}

fn left_out(found: &Description, sense: dozo_probe::Sense) -> usize {
    found
        .left_out
        .iter()
        .filter(|track| track.sense == sense)
        .count()
}

#[test]
fn samples_are_what_ffmpeg_says() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/av");
    let names = std::fs::read_dir(directory).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // A contradictory file: FFmpeg prints one duration and plays another.
    let is_sample = |name: &String| name != "README.md" && name != "one-sample-lasts-days.mp4";
    let names: Vec<_> = names.filter(is_sample).collect();
    assert!(names.len() > 20, "{names:?}");
    every(names, |name| {
        let file = case(&name);
        let found = look(&file).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        judge(&name, &file, &found);
    });
}

#[test]
fn sound_alone_of_every_codec_is_accepted() {
    let cases = [
        ("-c:a pcm_alaw", "a.wav"),
        ("-c:a pcm_mulaw", "a.wav"),
        ("-c:a adpcm_ms", "a.wav"),
        ("-c:a adpcm_ima_wav", "a.wav"),
        ("-c:a pcm_s24le", "a.wav"),
        ("-c:a pcm_f32le", "a.wav"),
        ("-c:a g722 -ar 16000 -ac 1", "a.wav"),
        ("-c:a libmp3lame", "a.wav"),
        ("-c:a wavpack", "a.mka"),
        ("-c:a tta", "a.mka"),
        ("-c:a alac", "a.m4a"),
        ("-c:a libopencore_amrnb -ar 8000 -ac 1", "a.3gp"),
        ("-c:a libspeex -ar 16000 -ac 1", "a.ogg"),
        ("-c:a mp2", "a.mp2"),
    ];
    every(cases, |(sound, name)| {
        let file = make(name, &format!("{TONE} {sound}"));
        let found = look(&file).unwrap_or_else(|refusal| panic!("{sound} {name}: {refusal:?}"));
        assert!(
            found.video.is_none() && found.audio.len() == 1,
            "{sound} {name}: {found:?}"
        );
        judge(&format!("{sound} {name}"), &file, &found);
    });
}

/// Tracks in an unusual order: subtitles, data and sound before the picture.
#[test]
fn streams_are_counted_as_ffmpeg_counts_them() {
    let directory = tempfile::tempdir().unwrap();
    let words = directory.path().join("a.srt");
    std::fs::write(&words, "1\n00:00:00,000 --> 00:00:01,000\nHello\n").unwrap();
    let words = words.display();
    let cases = [
        (
            "-map 2 -map 1 -map 0 -map 1 -c:v libx264 -c:a aac -c:s srt -metadata:s:s:0 language=gre -metadata:s:a:1 language=ice",
            "a.mkv",
        ),
        (
            "-map 2 -map 1 -map 0 -map 1 -c:v libx264 -c:a aac -c:s mov_text -metadata:s:s:0 language=ell -metadata:s:a:0 language=isl",
            "a.mp4",
        ),
        (
            "-map 2 -map 1 -map 0 -map 1 -c:v libx264 -c:a aac -c:s mov_text -timecode 00:00:00:00",
            "a.mov",
        ),
        ("-map 1 -map 0 -map 1 -c:v mpeg4 -c:a libmp3lame", "a.avi"),
        (
            "-map 1 -map 0 -map 1 -c:v mpeg4 -c:a mp2 -metadata:s:a:0 language=fre",
            "a.ts",
        ),
        (
            "-map 1 -map 0 -map 1 -c:v libtheora -c:a libvorbis",
            "a.ogg",
        ),
    ];
    every(cases, |(options, name)| {
        let file = make(
            name,
            &format!("{PICTURE} {TONE} -i {words} -pix_fmt yuv420p {options}"),
        );
        let found = look(&file).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert!(
            found.video.is_some() && found.audio.len() == 2,
            "{name}: {found:?}"
        );
        judge(name, &file, &found);
    });
}

/// Two programmes of one broadcast: the first is played, and selected by packet ids, because FFmpeg's indices depend on
/// more than one table.
#[test]
fn of_two_programmes_the_first_is_played() {
    let options = "-map 0 -map 1 -map 0 -map 1 -c:v mpeg2video -c:a mp2 -program st=0:st=1 -program st=2:st=3";
    let file = make(
        "a.ts",
        &format!("{PICTURE} -f lavfi -i sine=duration=1 -pix_fmt yuv420p {options}"),
    );
    let found = look(&file).unwrap();
    assert_eq!(found.container, Container::MpegTs);
    let selectors = (found.video.unwrap().selector, found.audio[0].selector);
    assert_eq!(
        selectors,
        (Selector::Packet(0x100), Selector::Packet(0x101))
    );
}
