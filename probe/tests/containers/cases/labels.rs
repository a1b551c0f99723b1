//! Tests what is told of tracks to people: languages and names, and caption tracks.

use dozo_probe::{Label, Selector};

use crate::cases::{PICTURE, TONE};
use crate::clips::{look, make};

fn label(language: Option<&str>, name: Option<&str>) -> Label {
    Label {
        language: language.map(str::to_owned),
        name: name.map(str::to_owned),
    }
}

/// Makes a film with two sound tracks and two caption tracks.
fn film(name: &str, captions: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let words = directory.path().join("a.srt");
    std::fs::write(&words, "1\n00:00:00,000 --> 00:00:01,000\nHello\n").unwrap();
    let words = words.display();
    make(
        name,
        &format!(
            "{PICTURE} {TONE} -i {words} -map 0 -map 1 -map 1 -map 2 -map 2 -pix_fmt yuv420p -c:v libx264 -c:a aac {captions} \
             -metadata:s:a:0 language=ita -metadata:s:a:0 title=Regisseurfassung -metadata:s:s:0 language=eng \
             -metadata:s:s:1 language=fra -metadata:s:s:1 title=Français"
        ),
    )
}

#[test]
fn tracks_have_languages_and_names() {
    for (name, options, codec) in [
        ("a.mp4", "-c:s mov_text", "mov_text"),
        ("a.mov", "-c:s mov_text", "mov_text"),
        ("a.mkv", "-c:s subrip", "subrip"),
        ("a.mkv", "-c:s ass", "ass"),
        ("a.mkv", "-c:s webvtt", "webvtt"),
    ] {
        let found = look(&film(name, options)).unwrap();
        let sounds: Vec<_> = found
            .audio
            .iter()
            .map(|audio| audio.label.clone())
            .collect();
        let expected = [
            label(Some("ita"), Some("Regisseurfassung")),
            label(None, None),
        ];
        assert_eq!(sounds, expected, "{name} {options}");
        let texts: Vec<_> = found
            .texts
            .iter()
            .map(|text| (text.selector, text.codec.clone(), text.label.clone()))
            .collect();
        let expected = [
            (Selector::Index(3), Ok(codec), label(Some("eng"), None)),
            (
                Selector::Index(4),
                Ok(codec),
                label(Some("fra"), Some("Français")),
            ),
        ];
        assert_eq!(texts, expected, "{name} {options}");
    }
}

#[test]
fn a_long_name_is_cut_off() {
    let long = "n".repeat(2_000);
    let options = format!("-c:s mov_text -metadata:s:a:1 title={long} -metadata:s:a:1 language=en");
    let found = look(&film("a.mp4", &options)).unwrap();
    let name = found.audio[1].label.name.clone().unwrap();
    assert_eq!(name, "n".repeat(512));
}
