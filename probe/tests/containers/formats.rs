//! Describes files of every container that FFmpeg makes, and compares the result with the way they were made.

use crate::clips::{look, make};
use dozo_probe::Container;

const PICTURE: &str = "-f lavfi -i testsrc=size=320x180:rate=25:duration=2";
const TONE: &str = "-f lavfi -i sine=frequency=440:sample_rate=44100:duration=2";

struct Case {
    name: &'static str,
    make: String,
    container: Container,
    /// Codec, width, height, rotation, pictures per thousand seconds.
    video: Option<(&'static str, u32, u32, u16, Option<u32>)>,
    audio: Option<&'static str>,
    duration_ms: u64,
}

fn both(options: &str) -> String {
    format!("{PICTURE} {TONE} -pix_fmt yuv420p {options}")
}

fn cases() -> Vec<Case> {
    let case = |name, make: String, container, video, audio| Case {
        name,
        make,
        container,
        video,
        audio,
        duration_ms: 2000,
    };
    let h264 = Some(("h264", 320, 180, 0, Some(25_000)));
    let x264 = "-c:v libx264 -preset ultrafast";
    vec![
        case(
            "a.mp4",
            both(&format!("{x264} -c:a aac")),
            Container::Mp4,
            h264,
            Some("aac"),
        ),
        case(
            "start.mp4",
            both(&format!("{x264} -c:a aac -movflags +faststart")),
            Container::Mp4,
            h264,
            Some("aac"),
        ),
        case(
            "pieces.mp4",
            both(&format!(
                "{x264} -g 10 -c:a aac -movflags frag_keyframe+empty_moov+default_base_moof"
            )),
            Container::Mp4,
            h264,
            Some("aac"),
        ),
        case(
            "hevc.mp4",
            both("-c:v libx265 -x265-params log-level=none -preset ultrafast -an"),
            Container::Mp4,
            Some(("hevc", 320, 180, 0, Some(25_000))),
            None,
        ),
        case(
            "a.mov",
            both(&format!("{x264} -c:a pcm_s16le")),
            Container::Mov,
            h264,
            Some("pcm_s16le"),
        ),
        case(
            "wide.mp4",
            both(&format!("{x264} -vf setsar=4/3 -an")),
            Container::Mp4,
            Some(("h264", 426, 180, 0, Some(25_000))),
            None,
        ),
        case(
            "a.webm",
            both("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"),
            Container::Webm,
            Some(("vp9", 320, 180, 0, Some(25_000))),
            Some("opus"),
        ),
        case(
            "a.mkv",
            both(&format!("{x264} -c:a flac")),
            Container::Matroska,
            h264,
            Some("flac"),
        ),
        case(
            "wide.mkv",
            both(&format!("{x264} -vf setsar=4/3 -an")),
            Container::Matroska,
            Some(("h264", 426, 180, 0, Some(25_000))),
            None,
        ),
        case(
            "a.avi",
            both("-c:v mpeg4 -c:a libmp3lame"),
            Container::Avi,
            Some(("mpeg4", 320, 180, 0, Some(25_000))),
            Some("mp3"),
        ),
        case(
            "a.ts",
            both(&format!("{x264} -c:a aac")),
            Container::MpegTs,
            h264,
            Some("aac"),
        ),
        case(
            "wide.ts",
            both(&format!("{x264} -vf setsar=4/3 -an")),
            Container::MpegTs,
            Some(("h264", 426, 180, 0, Some(25_000))),
            None,
        ),
        case(
            "two.ts",
            both("-c:v mpeg2video -c:a mp2"),
            Container::MpegTs,
            Some(("mpeg2video", 320, 180, 0, Some(25_000))),
            Some("mp2"),
        ),
        case(
            "hevc.ts",
            both("-c:v libx265 -x265-params log-level=none -preset ultrafast -an"),
            Container::MpegTs,
            Some(("hevc", 320, 180, 0, Some(25_000))),
            None,
        ),
        case(
            "four.ts",
            both("-c:v mpeg4 -an"),
            Container::MpegTs,
            Some(("mpeg4", 320, 180, 0, Some(25_000))),
            None,
        ),
        case(
            "odd.ts",
            format!("-f lavfi -i testsrc=size=322x182:rate=25:duration=2 -pix_fmt yuv420p {x264}"),
            Container::MpegTs,
            Some(("h264", 322, 182, 0, Some(25_000))),
            None,
        ),
        case(
            "a.mp3",
            format!("{TONE} -c:a libmp3lame"),
            Container::Mp3,
            None,
            Some("mp3"),
        ),
        case(
            "vbr.mp3",
            format!("{TONE} -c:a libmp3lame -q:a 4 -id3v2_version 0"),
            Container::Mp3,
            None,
            Some("mp3"),
        ),
        case(
            "bare.mp3",
            format!("{TONE} -c:a libmp3lame -write_xing 0"),
            Container::Mp3,
            None,
            Some("mp3"),
        ),
        case(
            "mono22.mp3",
            format!("{TONE} -ar 22050 -ac 1 -c:a libmp3lame"),
            Container::Mp3,
            None,
            Some("mp3"),
        ),
        case("a.wav", TONE.to_owned(), Container::Wav, None, Some("pcm")),
        case(
            "rf64.wav",
            format!("{TONE} -rf64 always"),
            Container::Wav,
            None,
            Some("pcm"),
        ),
        case(
            "a.flac",
            TONE.to_owned(),
            Container::Flac,
            None,
            Some("flac"),
        ),
        case(
            "a.ogg",
            format!("{TONE} -c:a libvorbis"),
            Container::Ogg,
            None,
            Some("vorbis"),
        ),
        case(
            "a.opus",
            format!("{TONE} -c:a libopus"),
            Container::Ogg,
            None,
            Some("opus"),
        ),
        case(
            "theora.ogv",
            both("-c:v libtheora -c:a libvorbis"),
            Container::Ogg,
            Some(("theora", 320, 180, 0, Some(25_000))),
            Some("vorbis"),
        ),
        case(
            "flac.ogg",
            format!("{TONE} -c:a flac"),
            Container::Ogg,
            None,
            Some("flac"),
        ),
        case(
            "a.m4a",
            format!("{TONE} -c:a aac"),
            Container::Mp4,
            None,
            Some("aac"),
        ),
        case(
            "alac.m4a",
            format!("{TONE} -c:a alac"),
            Container::Mp4,
            None,
            Some("alac"),
        ),
        case(
            "a.mka",
            format!("{TONE} -c:a libopus"),
            Container::Matroska,
            None,
            Some("opus"),
        ),
    ]
}

#[test]
fn files_are_described_as_they_were_made() {
    for case in cases() {
        let file = make(case.name, &case.make);
        let found = look(&file).unwrap_or_else(|refusal| panic!("{}: {refusal:?}", case.name));
        let name = case.name;
        assert_eq!(found.container, case.container, "{name}");
        let video = found.video.as_ref().map(|video| {
            let rate = video
                .frames_per_1000_s
                .map(|rate| (rate + 750) / 1_000 * 1_000);
            (video.codec, video.width, video.height, video.rotation, rate)
        });
        assert_eq!(video, case.video, "{name}");
        assert_eq!(
            found.audio.first().map(|audio| audio.codec),
            case.audio,
            "{name}"
        );
        let duration = found.duration_ms.unwrap_or_default();
        assert!(
            duration.abs_diff(case.duration_ms) <= 100,
            "{name}: {duration} ms"
        );
    }
}

#[test]
fn a_turned_picture_is_described_as_it_is_seen() {
    let upright = make("a.mp4", &both("-c:v libx264 -preset ultrafast -an"));
    for (turn, expected) in [
        ("90", (180, 320)),
        ("180", (320, 180)),
        ("270", (180, 320)),
        ("0", (320, 180)),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let input = directory.path().join("in.mp4");
        std::fs::write(&input, &upright).unwrap();
        let arguments = format!("-display_rotation {turn} -i {} -c copy", input.display());
        let found = look(&make("turned.mov", &arguments)).unwrap();
        let video = found.video.unwrap();
        assert_eq!((video.width, video.height), expected, "{turn}");
    }
}

#[test]
fn a_recording_without_a_length_is_measured_by_its_end() {
    let file = make(
        "live.webm",
        &both("-c:v libvpx -deadline realtime -c:a libopus -f webm -live 1"),
    );
    let found = look(&file).unwrap();
    assert!(
        found.duration_ms.unwrap().abs_diff(2000) <= 100,
        "{found:?}"
    );
}

#[test]
fn durations_of_fragments_are_those_that_were_made() {
    use dozo_probe::durations;
    let options =
        "-c:v libx264 -preset ultrafast -an -movflags frag_keyframe+empty_moov+default_base_moof";
    let film = make("a.mp4", &format!("{PICTURE} -pix_fmt yuv420p {options}"));
    let (timescale, default) = durations::of_header(&film).unwrap();
    let moof = film
        .windows(4)
        .position(|window| window == b"moof")
        .unwrap();
    let size = u32::from_be_bytes(film[moof - 4..moof].try_into().unwrap()) as usize;
    let all = durations::of_fragment(&film[moof + 4..moof - 4 + size], default);
    assert_eq!(all, vec![timescale / 25; 50]);
    // A run of four billion samples without fields per sample.
    let mut trun = [0; 4].to_vec();
    trun.extend([0xFF; 4]);
    let boxed = |name: &[u8], body: &[u8]| {
        let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
        [&size[..], name, body].concat()
    };
    let traf = [
        boxed(b"tfhd", &[0; 8]),
        boxed(b"trun", &trun),
        boxed(b"trun", &trun),
    ]
    .concat();
    assert_eq!(
        durations::of_fragment(&boxed(b"traf", &traf), 1).len(),
        100_000
    );
}
