//! Tests which pictures a storyboard shows, in which colours, and for which spans of the film.

use dozo_tests::clips::make;

use super::played::{Published, assert_near, case, quarters, quarters_through};

const RED: [[u8; 3]; 4] = [[254, 0, 0]; 4];
const GREEN: [[u8; 3]; 4] = [[0, 128, 0]; 4];
const BLUE: [[u8; 3]; 4] = [[0, 0, 254]; 4];

/// Returns the times and the part of a sheet of each cue.
fn cues(published: &Published) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(published.path("storyboard.vtt")).unwrap();
    let mut parts = text.split("\n\n");
    assert_eq!(parts.next(), Some("WEBVTT"), "{text}");
    let cue = |cue: &str| {
        let (times, part) = cue.trim_end().split_once('\n').unwrap();
        (times.to_owned(), part.to_owned())
    };
    parts.map(cue).collect()
}

/// Returns the colours of the part of a sheet that a cue names.
fn colours(published: &Published, part: &str) -> [[u8; 3]; 4] {
    let (sheet, place) = part.split_once("#xywh=").unwrap();
    let place: Vec<_> = place.split(',').collect();
    let [x, y, width, height] = place.as_slice() else {
        panic!("{part}");
    };
    let crop = format!("crop={width}:{height}:{x}:{y}");
    quarters_through(&published.path(sheet), "", &crop)
}

/// Makes a film that is red for two seconds, then green for two, then blue until seven.
fn three_colours(name: &str, options: &str) -> Vec<u8> {
    let picture = "color=blue:s=320x180:r=25:d=7,drawbox=c=red:t=fill:enable='lt(t,2)',\
        drawbox=c=green:t=fill:enable='between(t,2,3.99)'";
    make(
        name,
        &format!("-f lavfi -i {picture} {options} -pix_fmt yuv420p -c:v libx264 -preset ultrafast"),
    )
}

#[tokio::test]
async fn each_span_of_a_film_has_a_picture_of_it() {
    let published = Published::of("a.mp4", &three_colours("a.mp4", "")).await;
    let cues = cues(&published);
    let expected = [
        ("00:00:00.000 --> 00:00:02.000", "0,0", RED),
        ("00:00:02.000 --> 00:00:04.000", "160,0", GREEN),
        ("00:00:04.000 --> 00:00:06.000", "320,0", BLUE),
        ("00:00:06.000 --> 00:00:07.000", "480,0", BLUE),
    ];
    assert_eq!(cues.len(), expected.len(), "{cues:?}");
    for ((times, part), (wanted_times, place, wanted)) in cues.iter().zip(expected) {
        assert_eq!(times, wanted_times);
        assert_eq!(part, &format!("storyboard/1.jpg#xywh={place},160,90"));
        assert_near(colours(&published, part), wanted, 12, times);
    }
}

/// The sound goes on for long after the last picture, which is then shown until the end.
#[tokio::test]
async fn the_last_picture_lasts_until_the_end() {
    let file = three_colours("a.mkv", "-f lavfi -i sine=d=16 -c:a aac");
    let published = Published::of("a.mkv", &file).await;
    let cues = cues(&published);
    let (times, part) = cues.last().unwrap();
    assert!(
        cues.len() == 4 && times.starts_with("00:00:06.000 --> 00:00:16."),
        "{cues:?}"
    );
    assert_near(colours(&published, part), BLUE, 12, "the last");
}

#[tokio::test]
async fn a_picture_that_comes_late_is_shown_from_the_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let film = directory.path().join("film.mp4");
    std::fs::write(&film, three_colours("a.mp4", "")).unwrap();
    let late = format!(
        "-itsoffset 5 -i {} -f lavfi -i sine=d=12 -c:v copy -c:a aac",
        film.display()
    );
    let published = Published::of("late.mkv", &make("late.mkv", &late)).await;
    let cues = cues(&published);
    for (span, wanted) in [(0, RED), (1, RED), (3, RED), (4, GREEN), (5, BLUE)] {
        let (times, part) = &cues[span];
        assert_near(colours(&published, part), wanted, 12, times);
    }
}

#[tokio::test]
async fn the_colours_are_those_of_the_poster() {
    for name in ["hdr-pq.mp4", "poster-bt601-untagged.mp4"] {
        let published = Published::of(name, &case(name)).await;
        let cues = cues(&published);
        let wanted = quarters(&published.path("poster.jpg"), "");
        assert_near(colours(&published, &cues[0].1), wanted, 12, name);
    }
}

#[tokio::test]
async fn a_film_of_one_picture_has_a_storyboard_of_one() {
    let source = "-f lavfi -i color=red:s=160x120:r=25:d=0.04 -pix_fmt yuv420p -c:v libx264";
    let published = Published::of("one.mp4", &make("one.mp4", source)).await;
    let cues = cues(&published);
    let [(times, part)] = cues.as_slice() else {
        panic!("{cues:?}");
    };
    assert_eq!(times, "00:00:00.000 --> 00:00:00.040");
    assert_near(colours(&published, part), RED, 12, "one picture");
}

#[tokio::test]
async fn a_portrait_stays_upright() {
    let directory = tempfile::tempdir().unwrap();
    let lying = directory.path().join("lying.mp4");
    let colours_of_it = "-f lavfi -i color=red:s=320x240:r=25:d=3,drawbox=x=160:c=blue:t=fill \
        -pix_fmt yuv420p -c:v libx264 -preset ultrafast";
    std::fs::write(&lying, make("lying.mp4", colours_of_it)).unwrap();
    let turned = format!("-display_rotation 90 -i {} -c copy", lying.display());
    let published = Published::of("turned.mp4", &make("turned.mp4", &turned)).await;
    let cues = cues(&published);
    assert!(cues[0].1.ends_with("#xywh=0,0,120,160"), "{cues:?}");
    let wanted = quarters(&published.path("poster.jpg"), "");
    assert_near(wanted, [BLUE[0], BLUE[0], RED[0], RED[0]], 12, "the poster");
    assert_near(colours(&published, &cues[0].1), wanted, 16, "the picture");
}
