//! Tests every format from upload to `ready` on the deployed stack, and plays the output to its end.

use std::path::Path;
use std::process::Command;

use dozo::vocabulary::names::MediaId;
use dozo_tests::clips::{ffmpeg, make};
use dozo_tests::stack::{DEMO, Stack};
use serde_json::Value;

const PICTURE: &str = "-f lavfi -i testsrc=size=320x240:rate=25:duration=2";
const TONE: &str = "-f lavfi -i sine=frequency=440:sample_rate=44100:duration=2";
const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

struct Case {
    name: &'static str,
    make: String,
    milliseconds: u64,
    /// The displayed size; `None` for sound alone.
    size: Option<(u64, u64)>,
    has_sound: bool,
}

fn film(name: &'static str, options: &str, size: (u64, u64)) -> Case {
    Case {
        name,
        make: format!("{PICTURE} {TONE} {options}"),
        milliseconds: 2_000,
        size: Some(size),
        has_sound: true,
    }
}

fn sound(name: &'static str, options: &str) -> Case {
    Case {
        name,
        make: format!("{TONE} {options}"),
        milliseconds: 2_000,
        size: None,
        has_sound: true,
    }
}

fn cases() -> Vec<Case> {
    let silent = |name, make: String, milliseconds, size| Case {
        name,
        make,
        milliseconds,
        size: Some(size),
        has_sound: false,
    };
    let source = |size: &str, seconds: u32| {
        format!("-f lavfi -i testsrc=size={size}:rate=25:duration={seconds} {X264}")
    };
    let varying = "setpts=if(lt(N\\,25)\\,N/25\\,1+(N-25)/12.5)/TB";
    vec![
        film("film.mp4", &format!("{X264} -c:a aac"), (320, 240)),
        film(
            "film.webm",
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p -c:a libopus",
            (320, 240),
        ),
        film("film.mkv", &format!("{X264} -c:a libvorbis"), (320, 240)),
        film("film.avi", "-c:v mpeg4 -c:a libmp3lame", (320, 240)),
        film("film.ts", &format!("{X264} -c:a aac"), (320, 240)),
        silent("portrait.mp4", source("240x426", 2), 2_000, (240, 426)),
        silent("silent.mp4", source("320x240", 2), 2_000, (320, 240)),
        silent("second.mp4", source("320x240", 1), 1_000, (320, 240)),
        silent(
            "odd.mkv",
            "-f lavfi -i testsrc=size=321x239:rate=25:duration=2 -c:v ffv1 -pix_fmt yuv444p"
                .to_owned(),
            2_000,
            (321, 239),
        ),
        silent(
            "varying.mp4",
            format!(
                "-f lavfi -i testsrc=size=320x240:rate=25:duration=3 -vf {varying} -fps_mode vfr {X264}"
            ),
            4_900,
            (320, 240),
        ),
        silent("large.mp4", source("1280x720", 2), 2_000, (1280, 720)),
        sound("sound.mp3", "-c:a libmp3lame"),
        sound("sound.wav", ""),
        sound("sound.flac", ""),
        sound("sound.ogg", "-c:a libvorbis"),
        sound("sound.m4a", "-c:a aac"),
    ]
}

/// A video like a phone's: stored lying, shown upright.
fn turned() -> Case {
    let directory = tempfile::tempdir().unwrap();
    let lying = directory.path().join("lying.mp4");
    std::fs::write(&lying, make("lying.mp4", &format!("{PICTURE} {X264} -an"))).unwrap();
    let input = lying.display();
    let bytes = make(
        "turned.mov",
        &format!("-display_rotation 90 -i {input} -c copy"),
    );
    let kept = directory.keep().join("kept.mov");
    std::fs::write(&kept, bytes).unwrap();
    Case {
        name: "turned.mov",
        make: format!("-i {} -c copy", kept.display()),
        milliseconds: 2_000,
        size: Some((240, 320)),
        has_sound: false,
    }
}

#[tokio::test]
async fn every_format_becomes_what_every_browser_plays() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let mut cases = cases();
    cases.push(turned());
    for case in &cases {
        stack
            .put(&grant, case.name, make(case.name, &case.make))
            .await;
    }
    for case in &cases {
        let shown = ready(&stack, &grant.media(case.name)).await;
        check(&stack, case, &shown).await;
    }
}

/// Waits until the media is settled, and asserts that it is ready.
async fn ready(stack: &Stack, media: &MediaId) -> Value {
    let is_settled =
        |shown: &Value| !matches!(shown["state"].as_str(), Some("validating" | "processing"));
    let shown = stack.until_shown(DEMO, media, "settled", is_settled).await;
    assert_eq!(shown["state"], "ready", "{shown}");
    shown
}

async fn check(stack: &Stack, case: &Case, shown: &Value) {
    let name = case.name;
    let seconds = shown["duration_seconds"].as_f64().unwrap();
    let wanted = case.milliseconds as f64 / 1_000.0;
    assert!((seconds - wanted).abs() <= 0.1, "{name}: {seconds} s");
    let kind = if case.size.is_some() {
        "video"
    } else {
        "audio"
    };
    assert_eq!(shown["kind"], kind, "{name}");
    let size = case.size.map(|_| {
        (
            shown["width"].as_u64().unwrap(),
            shown["height"].as_u64().unwrap(),
        )
    });
    assert_eq!(size, case.size, "{name}");

    let url = shown["urls"]["hls"].as_str().unwrap();
    let master = stack.fetch(url).await;
    assert_eq!(
        master.header("content-type"),
        "application/vnd.apple.mpegurl",
        "{name}"
    );
    let master = master.text();
    let base = url.strip_suffix("master.m3u8").unwrap();
    let rates: Vec<_> = attributes(&master, "FRAME-RATE=").collect();
    assert_eq!(rates.len(), resolutions(&master).len(), "{name}: {master}");
    for rate in rates {
        let frames: f64 = rate.parse().unwrap();
        assert!(
            (frames - 25.0).abs() < 0.1,
            "{name}: the most is 25, not {rate}"
        );
    }
    for size in resolutions(&master) {
        assert_even_and_within(name, size, case.size.unwrap());
    }
    let mut playlists = 0;
    for playlist in master.lines().filter_map(address) {
        playlists += 1;
        let text = stack.fetch(&format!("{base}{playlist}")).await.text();
        check_playlist(name, &text, wanted);
        played(name, &format!("{base}{playlist}"), wanted);
    }
    assert!(playlists >= 1, "{name}: {master}");
    assert_eq!(
        master.contains("TYPE=AUDIO"),
        case.size.is_some() && case.has_sound,
        "{name}: {master}"
    );
    let whole = if case.size.is_some() { "mp4" } else { "m4a" };
    played(name, shown["urls"][whole].as_str().unwrap(), wanted);
    if let Some((width, height)) = case.size {
        let poster = stack.fetch(shown["urls"]["poster"].as_str().unwrap()).await;
        let poster = image::load_from_memory(&poster.body).unwrap();
        assert_eq!(
            (u64::from(poster.width()), u64::from(poster.height())),
            (width & !1, height & !1),
            "{name}"
        );
    }
}

/// Every value of an attribute in a master playlist.
fn attributes<'a>(master: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let values = master.split(name).skip(1);
    values.map(|rest| rest.split([',', '\n']).next().unwrap())
}

fn resolutions(master: &str) -> Vec<(u64, u64)> {
    let sizes = attributes(master, "RESOLUTION=").map(|size| size.split_once('x').unwrap());
    sizes
        .map(|(width, height)| (width.parse().unwrap(), height.parse().unwrap()))
        .collect()
}

fn assert_even_and_within(name: &str, (width, height): (u64, u64), source: (u64, u64)) {
    assert!(
        width <= source.0 && height <= source.1,
        "{name}: {width} × {height}"
    );
    assert!(
        width % 2 == 0 && height % 2 == 0,
        "{name}: {width} × {height}"
    );
    assert_eq!(
        width > height,
        source.0 > source.1,
        "{name}: the right way up"
    );
}

/// Returns the address in a line of a master playlist, if it has one.
fn address(line: &str) -> Option<&str> {
    match line.strip_prefix("#EXT-X-MEDIA:") {
        Some(attributes) => attributes.split("URI=\"").nth(1)?.split('"').next(),
        None => Some(line).filter(|line| !line.is_empty() && !line.starts_with('#')),
    }
}

/// Checks what a playlist of recorded media must have (RFC 8216, 4.3), and that no segment is longer than it says.
fn check_playlist(name: &str, text: &str, seconds: f64) {
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.first(), Some(&"#EXTM3U"), "{name}");
    assert_eq!(lines.last(), Some(&"#EXT-X-ENDLIST"), "{name}");
    for tag in [
        "#EXT-X-VERSION:7",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-MAP:URI=\"init.mp4\"",
    ] {
        assert_eq!(
            lines.iter().filter(|line| **line == tag).count(),
            1,
            "{name}: {tag}"
        );
    }
    let target = lines
        .iter()
        .find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:"));
    let target: f64 = target.unwrap().parse().unwrap();
    let durations: Vec<f64> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("#EXTINF:"))
        .map(|line| line.trim_end_matches(',').parse().unwrap())
        .collect();
    assert!(
        durations.iter().all(|duration| duration.round() <= target),
        "{name}: {text}"
    );
    let segments = lines.iter().filter(|line| line.ends_with(".m4s")).count();
    assert_eq!(segments, durations.len(), "{name}");
    let sum: f64 = durations.iter().sum();
    assert!((sum - seconds).abs() <= 0.15, "{name}: {sum} s");
}

/// Asserts that the whole file can be decoded without a fault and is as long as it should be.
fn played(name: &str, url: &str, seconds: f64) {
    let output = Command::new(ffmpeg())
        .args("-hide_banner -nostdin -loglevel error -xerror -progress pipe:1 -i".split(' '))
        .arg(url)
        .args("-map 0 -f null -".split(' '))
        .current_dir(Path::new("/"))
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{name} {url}: {complaints}"
    );
    let progress = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = progress
        .lines()
        .filter_map(|line| line.strip_prefix("out_time_us="))
        .next_back();
    let played = last.unwrap().trim().parse::<f64>().unwrap() / 1_000_000.0;
    assert!((played - seconds).abs() <= 0.15, "{name} {url}: {played} s");
}

/// Files declared as what they are not, or with nothing to play.
#[tokio::test]
async fn what_is_no_media_is_rejected_with_its_reason() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let film = make("film.mp4", &format!("{PICTURE} {X264} -an"));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("cut.mp4", film[..film.len() / 2].to_vec(), "damaged"),
        (
            "list.mp4",
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".to_vec(),
            "unknown_format",
        ),
        (
            "one.avi",
            make(
                "one.avi",
                "-f lavfi -i testsrc=size=1x1:rate=25:duration=1 -c:v rawvideo -pix_fmt bgr24",
            ),
            "picture_size",
        ),
        ("noise.mp4", noise(&film), "undecodable"),
    ];
    for (name, body, _) in &cases {
        stack.put(&grant, name, body.clone()).await;
    }
    for (name, _, code) in &cases {
        let shown = stack
            .until_state(DEMO, &grant.media(name), "rejected")
            .await;
        assert_eq!(shown["rejection"]["code"], *code, "{name}: {shown}");
    }
}

/// Replaces the picture data of a film by noise.
fn noise(film: &[u8]) -> Vec<u8> {
    let start = film
        .windows(4)
        .position(|window| window == b"mdat")
        .unwrap()
        + 4;
    let end = film
        .windows(4)
        .rposition(|window| window == b"moov")
        .unwrap()
        - 4;
    let mut film = film.to_vec();
    for (index, byte) in film[start..end].iter_mut().enumerate() {
        *byte = u8::try_from(index * 7919 % 251).unwrap();
    }
    film
}
