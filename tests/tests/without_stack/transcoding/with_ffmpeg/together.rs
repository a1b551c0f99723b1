//! Tests that sound and picture stay together, wherever either begins, in each rendition and in the progressive file.

use std::path::Path;

use dozo_tests::clips::make;

use super::played::{Published, beeps, case, flashes};

/// The largest offset in seconds; people notice more.
const SECONDS: f64 = 0.05;

/// Bright and loud for a tenth of each second, beginning with second 1.
const FLASH: &str = "drawbox=c=white:t=fill:enable='lt(mod(t,1),0.099)*gte(t,0.99)'";
const BEEP: &str = "volume=volume='if(lt(mod(t,1),0.1)*gte(t,1),1,0)':eval=frame";

/// Makes a clip with additional filters for picture and sound.
fn clip(name: &str, picture: &str, sound: &str, options: &str) -> Vec<u8> {
    let picture = format!("color=black:s=160x120:r=25:d=6,{FLASH}{picture}");
    let sound = format!("sine=1000:d=6:r=48000,asetnsamples=480,{BEEP}{sound}");
    make(
        name,
        &format!(
            "-f lavfi -i {picture} -f lavfi -i {sound} -copyts -fps_mode passthrough {options} -pix_fmt yuv420p"
        ),
    )
}

const H264: &str = "-c:v libx264 -preset ultrafast -c:a aac";

/// Asserts that flashes and beeps are at these seconds of the film, and that the picture plays from its beginning for
/// this long.
async fn assert_together(name: &str, file: &[u8], seconds: &[f64], length: f64) {
    let published = Published::of(name, file).await;
    for picture in published.pictures() {
        let context = format!("{name}, {}", picture.display());
        let (begins, flashes) = flashes(&picture);
        let beeps = beeps(&published.sound_of(&picture));
        assert_at(&flashes, begins, seconds, &format!("{context}: seen"));
        assert_at(&beeps, begins, seconds, &format!("{context}: heard"));
        if picture.ends_with("index.m3u8") {
            assert_as_long(&picture, length, &context);
        }
    }
}

fn assert_at(found: &[f64], begins: f64, wanted: &[f64], context: &str) {
    let found: Vec<_> = found.iter().map(|at| at - begins).collect();
    let is_near = |(found, wanted): (&f64, &f64)| (found - wanted).abs() <= SECONDS;
    assert!(
        found.len() == wanted.len() && found.iter().zip(wanted).all(is_near),
        "{context} at {found:.3?}, not at {wanted:?}"
    );
}

/// Asserts that the segments' durations add up to the length, because a player that seeks relies on their sums.
fn assert_as_long(playlist: &Path, length: f64, context: &str) {
    let text = std::fs::read_to_string(playlist).unwrap();
    let lengths = text
        .lines()
        .filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(','));
    let sum: f64 = lengths.map(|length| length.parse::<f64>().unwrap()).sum();
    assert!(
        (sum - length).abs() <= 0.1,
        "{context}: {sum} s, not {length} s"
    );
}

#[tokio::test]
async fn a_picture_that_begins_late_keeps_to_its_sound() {
    for name in ["video-begins-late.mp4", "video-begins-late.webm"] {
        assert_together(name, &case(name), &[1.0, 2.0], 2.4).await;
    }
    let all = [1.0, 2.0, 3.0, 4.0, 5.0];
    // Starts like those of a camera, of a film with titles, and of a film whose picture begins long after its sound.
    for start in ["0.08", "0.5", "0.72"] {
        let file = clip("late.mp4", &format!(",trim=start={start}"), "", H264);
        assert_together(&format!("late.mp4 by {start}"), &file, &all, 6.0).await;
    }
    let silent = ",volume=enable='lt(t,2.6)':volume=0";
    let file = clip("later.mkv", ",trim=start=2.52", silent, H264);
    assert_together("later.mkv", &file, &[3.0, 4.0, 5.0], 6.0).await;
}

#[tokio::test]
async fn a_sound_that_begins_late_or_ends_early_keeps_to_its_picture() {
    let late = clip("sound.mp4", "", ",atrim=start=0.6", H264);
    assert_together("sound.mp4", &late, &[1.0, 2.0, 3.0, 4.0, 5.0], 6.0).await;
    let early = clip("ends.mp4", ",trim=end=2.6", ",atrim=end=2.4", H264);
    assert_together("ends.mp4", &early, &[1.0, 2.0], 2.6).await;
}

/// Sources with times of a broadcast, with pictures stored in another order, and with a cut that only an edit list
/// describes.
#[tokio::test]
async fn containers_clocks_do_not_matter() {
    let all = [1.0, 2.0, 3.0, 4.0, 5.0];
    let options = "-c:v libx264 -bf 3 -b-pyramid normal -g 250 -c:a aac";
    let hour = format!("{options} -output_ts_offset 3600");
    for (name, picture, options) in [
        ("hour.ts", "", hour.as_str()),
        ("late-hour.ts", ",trim=start=0.4", hour.as_str()),
        ("ordered.mp4", "", options),
        ("ordered.mkv", "", "-c:v libx264 -bf 3 -c:a libopus"),
    ] {
        let file = clip(name, picture, "", options);
        assert_together(name, &file, &all, 6.0).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let whole = directory.path().join("whole.mp4");
    std::fs::write(&whole, clip("whole.mp4", "", "", options)).unwrap();
    let cut = make(
        "cut.mp4",
        &format!("-ss 0.5 -i {} -c copy", whole.display()),
    );
    assert_together("cut.mp4", &cut, &[0.5, 1.5, 2.5, 3.5, 4.5], 5.5).await;
}

/// Slides are shown for many seconds each, so pictures are decoded long before they are shown.
#[tokio::test]
async fn slides_keep_to_their_sound() {
    let picture = "color=black:s=160x120:r=1:d=50,drawbox=c=white:t=fill:enable='between(t,20,21)',\
        select='eq(n,0)+eq(n,20)+eq(n,22)+eq(n,40)+eq(n,49)'";
    let sound = "sine=1000:d=50:r=48000,volume=volume='if(between(t,20,20.1),1,0)':eval=frame";
    let file = make(
        "slides.mkv",
        &format!(
            "-f lavfi -i {picture} -f lavfi -i {sound} -fps_mode passthrough {H264} -pix_fmt yuv420p"
        ),
    );
    let published = Published::of("slides.mkv", &file).await;
    for picture in published.pictures() {
        let (begins, flashes) = flashes(&picture);
        let context = format!("slides, {}", picture.display());
        assert_at(&flashes, begins, &[20.0], &context);
        let beeps = beeps(&published.sound_of(&picture));
        assert_at(&beeps, begins, &[20.0], &context);
    }
}
