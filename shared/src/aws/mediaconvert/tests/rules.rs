//! Tests the rules that the service has for requests although they are not in its model.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{asked_for, audio, order, sources, video};
use crate::stages::transcode::service::takes;
use crate::vocabulary::kind::Format;
use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::streams::Streams;

fn every<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                if key == name {
                    found.push(inner);
                }
                every(inner, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| every(item, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn all<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    every(value, name, &mut found);
    found
}

fn whole(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap()
}

/// Checks rules that the service enforces although they are not in its model.
fn assert_rules(request: &Value) {
    // Up to 64 ASCII characters: https://docs.aws.amazon.com/mediaconvert/latest/apireference/idempotency.html
    let token = request.get("clientRequestToken").and_then(Value::as_str);
    assert!(token.is_some_and(|token| token.len() <= 64 && token.is_ascii()));
    // At most 256 characters for each value, as everywhere in AWS; the platform's names are far shorter.
    let metadata = request.get("userMetadata").and_then(Value::as_object);
    let metadata = metadata.unwrap();
    assert!(metadata.len() <= 10);
    let is_short = |value: &Value| value.as_str().is_some_and(|text| text.len() <= 256);
    assert!(metadata.values().all(is_short));
    for group in all(request, "outputs") {
        // A name modifier is required if a group has several outputs, and must be unique in it:
        // https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html (nameModifier)
        let names: Vec<_> = all(group, "nameModifier");
        let outputs = group.as_array().unwrap();
        let unique: BTreeSet<_> = names.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!((names.len(), unique.len()), (outputs.len(), outputs.len()));
        // No name may be the end of another one, because playlists are told apart by their ends.
        for one in &unique {
            let ends = unique.iter().filter(|other| other.ends_with(one));
            assert_eq!(ends.count(), 1, "{one}");
        }
    }
    for described in all(request, "videoDescription") {
        // H.264 samples colours at half the resolution.
        for side in ["width", "height"] {
            let pixels = whole(described, side);
            assert!(
                (32..=8_192).contains(&pixels) && pixels % 2 == 0,
                "{pixels}"
            );
        }
    }
    for picture in all(request, "h264Settings") {
        // QVBR requires a maximum bit rate, and allows no average:
        // https://docs.aws.amazon.com/mediaconvert/latest/ug/cbr-vbr-qvbr.html
        assert!(whole(picture, "maxBitrate") >= 1_000 && picture.get("bitrate").is_none());
        // In segments, the service chooses the groups of pictures (gopSize, gopSizeUnits), so any segment length fits.
        assert!(picture.get("gopSize").is_none());
        assert_eq!(picture.get("gopSizeUnits"), Some(&json!("AUTO")));
    }
    for sound in all(request, "aacSettings") {
        assert_aac(sound);
    }
    // The job is found by its source: https://docs.aws.amazon.com/mediaconvert/latest/apireference/search.html
    let source = all(request, "fileInput");
    assert!(
        source
            .iter()
            .all(|source| source.as_str().unwrap().len() <= 300)
    );
}

/// Checks the bit rates of AAC-LC at a constant rate.
/// <https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html>
fn assert_aac(sound: &Value) {
    const RATES: &[i64] = &[
        56_000, 64_000, 80_000, 96_000, 112_000, 128_000, 160_000, 192_000, 224_000, 256_000,
    ];
    let (bits, samples) = (whole(sound, "bitrate"), whole(sound, "sampleRate"));
    let least_and_most = match (sound.get("codingMode").and_then(Value::as_str), samples) {
        (Some("CODING_MODE_1_0"), 44_100 | 48_000) => 56_000..=256_000,
        (Some("CODING_MODE_2_0"), 44_100 | 48_000) => 64_000..=512_000,
        other => unreachable!("{other:?}"),
    };
    assert!(
        RATES.contains(&bits) && least_and_most.contains(&bits),
        "{bits} at {samples}"
    );
}

#[tokio::test]
async fn requests_keep_the_rules_that_are_written_elsewhere() {
    for (_, order) in sources() {
        assert_rules(&asked_for(&order).await);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn so_do_those_of_any_source(
        sides in (16_u32..8_192, 16_u32..8_192),
        tracks in prop::collection::vec((1_u16..9, 8_000_u32..96_000), 0..12),
        duration_ms in prop::option::of(0_u64..43_200_000),
        rate in prop::option::of(1_u32..240_000),
    ) {
        let streams = Streams {
            duration_ms,
            video: Some(video(sides.0, sides.1, rate)),
            audio: tracks.into_iter().map(|(channels, rate)| audio(channels, rate)).collect(),
            texts: Vec::new(),
            left_out: Vec::new(),
        };
        prop_assume!(takes(&Ladder::of(&streams), &streams));
        let order = order(Format::Mp4, streams);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_rules(&runtime.block_on(asked_for(&order)));
    }
}
