//! Tests of the requests, which are compared with golden files, and of the answers in the service's format.
//!
//! The golden files are also validated against botocore's model of the service (`tests/mediaconvert/validate.py`). They
//! are rewritten by `make golden`, never by an ordinary test run.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panic"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::stages::transcode::service::takes;
use crate::vocabulary::keys::{Key, work};
use crate::vocabulary::kind::Format;
use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::streams::{AudioStream, Streams, VideoStream};

const MEDIA: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc";

/// A client that gives the same answer to every request, and keeps the requests.
#[derive(Debug, Clone)]
struct Answers {
    status: u16,
    body: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl HttpConnector for Answers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let body = String::from_utf8_lossy(body).into_owned();
        let line = format!("{} {}", request.method(), request.uri());
        self.asked.lock().unwrap().push((line, body));
        let status = StatusCode::try_from(self.status).unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(self.body.clone()));
        if self.status >= 400 {
            let code = self.body.clone();
            response.headers_mut().insert("x-amzn-errortype", code);
            *response.body_mut() = SdkBody::from("{}");
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn service(status: u16, body: &Value) -> (MediaConvert, Answers) {
    let body = body
        .as_str()
        .map_or_else(|| body.to_string(), str::to_owned);
    let answers = Answers {
        status,
        body,
        asked: Arc::default(),
    };
    let connector = answers.clone();
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
            "AKIDEXAMPLE",
            "secret",
            None,
        )))
        .retry_config(RetryConfig::disabled())
        .http_client(http_client_fn(move |_, _| {
            SharedHttpConnector::new(connector.clone())
        }))
        .build();
    let target = Target {
        queue: "arn:aws:mediaconvert:eu-west-1:123456789012:queues/Default".to_owned(),
        role: "arn:aws:iam::123456789012:role/dozo-mediaconvert".to_owned(),
        work_bucket: "dozo-work-123456789012".to_owned(),
    };
    (MediaConvert::new(&sdk, target), answers)
}

fn video(width: u32, height: u32, rate: Option<u32>) -> VideoStream {
    VideoStream {
        place: None,
        codec: "h264".to_owned(),
        width,
        height,
        rotation: 0,
        frames_per_1000_s: rate,
    }
}

fn audio(channels: u16, sample_rate: u32) -> AudioStream {
    AudioStream {
        place: None,
        number: None,
        codec: "aac".to_owned(),
        channels: Some(channels),
        sample_rate: Some(sample_rate),
    }
}

fn job_of() -> JobOf {
    JobOf {
        work: "dozo-work-123456789012".to_owned(),
        app: "demo".to_owned().try_into().unwrap(),
        media: MEDIA.to_owned().try_into().unwrap(),
        generation: 3,
        attempt: Attempt::parse("00112233445566778899aabbccddeeff").unwrap(),
    }
}

fn order(format: Format, streams: Streams) -> JobOrder {
    let of = job_of();
    let part = work::Part::Source(format);
    JobOrder {
        source: Key::Part(of.app.clone(), of.media.clone(), of.generation, part).place(),
        of,
        tells_rotation: matches!(format, Format::Mp4 | Format::Mov | Format::M4a),
        ladder: Ladder::of(&streams),
        streams,
    }
}

/// Typical sources.
fn sources() -> Vec<(&'static str, JobOrder)> {
    let streams = |duration_ms, video, audio| Streams {
        duration_ms,
        video,
        audio,
        left_out: Vec::new(),
    };
    let turned = VideoStream {
        rotation: 90,
        ..video(1_080, 1_920, Some(29_970))
    };
    vec![
        (
            "film-1080p",
            order(
                Format::Mp4,
                streams(
                    Some(5_400_000),
                    Some(video(1_920, 1_080, Some(25_000))),
                    vec![audio(6, 48_000)],
                ),
            ),
        ),
        (
            "film-2160p-of-120-pictures-a-second",
            order(
                Format::Mov,
                streams(
                    Some(60_000),
                    Some(video(3_840, 2_160, Some(120_000))),
                    vec![audio(2, 44_100), audio(1, 48_000)],
                ),
            ),
        ),
        (
            "portrait-turned-in-matroska",
            order(
                Format::Matroska,
                streams(Some(12_000), Some(turned), vec![audio(2, 48_000)]),
            ),
        ),
        (
            "silent-odd-and-short",
            order(
                Format::Webm,
                streams(Some(400), Some(video(321, 181, None)), Vec::new()),
            ),
        ),
        (
            "panorama",
            order(
                Format::Avi,
                streams(None, Some(video(3_000, 60, Some(30_000))), Vec::new()),
            ),
        ),
    ]
}

async fn asked_for(order: &JobOrder) -> Value {
    let (service, answers) = service(
        201,
        &json!({"job": {"id": "1-a", "role": "", "settings": {}}}),
    );
    let id = service.create(order).await.unwrap();
    assert_eq!(id.as_str(), "1-a");
    let asked = answers.asked.lock().unwrap();
    let [(line, body)] = asked.as_slice() else {
        unreachable!("{asked:?}")
    };
    let place = "POST https://mediaconvert.eu-west-1.amazonaws.com/2017-08-29/jobs";
    assert_eq!(line, place);
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn requests_are_as_they_were() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/mediaconvert");
    let is_written = std::env::var_os("DOZO_WRITE_GOLDEN").is_some();
    let mut names = BTreeSet::new();
    for (name, order) in sources() {
        let request = asked_for(&order).await;
        let file = directory.join(format!("{name}.json"));
        if is_written {
            let text = serde_json::to_string_pretty(&request).unwrap();
            std::fs::write(&file, text + "\n").unwrap();
        }
        let kept = std::fs::read(&file).unwrap();
        let kept: Value = serde_json::from_slice(&kept).unwrap();
        assert_eq!(request, kept, "{name}: `make golden` writes it anew");
        names.insert(format!("{name}.json"));
    }
    let entries = std::fs::read_dir(&directory).unwrap();
    let there = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<_> = there.filter(|name| name.ends_with(".json")).collect();
    assert_eq!(there, names, "each file is of a source");
}

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
            left_out: Vec::new(),
        };
        prop_assume!(takes(&Ladder::of(&streams), &streams));
        let order = order(Format::Mp4, streams);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_rules(&runtime.block_on(asked_for(&order)));
    }
}

#[test]
fn what_it_cannot_make_is_not_for_it() {
    let takes = |streams: &Streams| takes(&Ladder::of(streams), streams);
    let film = |video: VideoStream, sounds: &[&str]| Streams {
        duration_ms: None,
        video: Some(video),
        audio: sounds
            .iter()
            .map(|codec| AudioStream {
                codec: (*codec).to_owned(),
                ..audio(2, 44_100)
            })
            .collect(),
        left_out: Vec::new(),
    };
    let is_taken = |width, height| takes(&film(video(width, height, None), &[]));
    assert!(is_taken(32, 32) && is_taken(3_000, 60));
    assert!(!is_taken(16, 16) && !is_taken(1_000, 30));
    assert!(!is_taken(8_000, 40), "its poster would be");
    let sound = Streams {
        video: None,
        ..film(video(0, 0, None), &["aac"])
    };
    assert!(!takes(&sound), "no pieces of sound alone");
    let in_codec = |codec: &str, sounds: &[&str]| {
        let picture = VideoStream {
            codec: codec.to_owned(),
            ..video(640, 360, None)
        };
        takes(&film(picture, sounds))
    };
    assert!(in_codec("prores", &["pcm_s24be"]) && in_codec("h264", &["ac3", "pcm"]));
    for codec in ["cfhd", "huffyuv", "utvideo", "qtrle", "cinepak", "rv40"] {
        assert!(!in_codec(codec, &["aac"]), "{codec}");
    }
    for codec in ["wavpack", "pcm_bluray", "pcm_alaw", "truehd", "tta"] {
        assert!(!in_codec("h264", &["aac", codec]), "{codec}");
    }
}

/// The number of a track includes those that are left out, because the service counts them too.
#[tokio::test]
async fn a_track_is_asked_for_by_its_number_in_the_file() {
    let second = AudioStream {
        number: Some(2),
        ..audio(2, 48_000)
    };
    let streams = Streams {
        duration_ms: Some(2_000),
        video: Some(video(640, 360, None)),
        audio: vec![second],
        left_out: Vec::new(),
    };
    let asked = asked_for(&order(Format::Mp4, streams)).await;
    let selectors = &asked["settings"]["inputs"][0]["audioSelectors"];
    assert_eq!(selectors["Audio Selector 1"]["tracks"], json!([2]));
}

#[tokio::test]
async fn a_job_is_told_as_it_stands() {
    let metadata = metadata(&job_of()).unwrap();
    for (status, expected) in [
        (
            json!({"status": "SUBMITTED"}),
            JobState::Working { percent: 0 },
        ),
        (
            json!({"status": "PROGRESSING", "jobPercentComplete": 34}),
            JobState::Working { percent: 34 },
        ),
        (
            json!({"status": "OF_A_LATER_YEAR", "jobPercentComplete": 1000}),
            JobState::Working { percent: 0 },
        ),
        (json!({"status": "COMPLETE"}), JobState::Complete),
        (json!({"status": "CANCELED"}), JobState::Cancelled),
        (
            json!({"status": "ERROR", "errorCode": 1401, "errorMessage": "denied"}),
            JobState::Failed {
                code: 1401,
                message: "denied".to_owned(),
            },
        ),
    ] {
        let mut job = json!({"id": "1-a", "role": "", "settings": {}, "userMetadata": metadata});
        let fields = job.as_object_mut().unwrap();
        fields.extend(status.as_object().unwrap().clone());
        let (service, answers) = service(200, &json!({"job": job}));
        let found = service.get(&JobId::parse("1-a").unwrap()).await.unwrap();
        let found = found.unwrap();
        assert_eq!(found.state, expected);
        assert_eq!(found.of, Some(job_of()));
        let line = answers.asked.lock().unwrap().first().unwrap().0.clone();
        assert!(
            line.starts_with("GET ") && line.ends_with("/2017-08-29/jobs/1-a"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_job_is_found_by_what_it_is_of() {
    let job = |id: &str, status: &str, generation: u32| {
        let of = JobOf {
            generation,
            ..job_of()
        };
        json!({"id": id, "role": "", "settings": {}, "status": status, "userMetadata": metadata(&of).unwrap()})
    };
    let jobs = [
        json!({"id": "0-other", "role": "", "settings": {}, "status": "COMPLETE"}),
        job("1-cancelled", "CANCELED", 3),
        job("2-before", "COMPLETE", 2),
        job("3-ours", "PROGRESSING", 3),
        job("4-older", "ERROR", 3),
    ];
    let (service, answers) = service(200, &json!({"jobs": jobs}));
    let source = order(Format::Mp4, sources().remove(0).1.streams).source;
    let order = Handover {
        stage: Stage::TranscodeMedia,
        ..job_of().order()
    };
    let (id, attempt) = service.find(&source, &order).await.unwrap().unwrap();
    assert_eq!((id.as_str(), attempt), ("3-ours", job_of().attempt));
    let line = answers.asked.lock().unwrap().first().unwrap().0.clone();
    for part in ["/2017-08-29/search?", "source.mp4", "queues%2FDefault"] {
        assert!(line.contains(part), "{line}");
    }
}

#[tokio::test]
async fn errors_say_whether_to_ask_again() {
    let id = JobId::parse("1-a").unwrap();
    let (gone, _) = service(404, &json!("NotFoundException"));
    assert_eq!(gone.get(&id).await.unwrap(), None);
    for (status, code) in [
        (404, "NotFoundException"),
        (409, "ConflictException"),
        (400, "BadRequestException"),
    ] {
        let (ended, _) = service(status, &json!(code));
        assert!(ended.cancel(&id).await.is_ok(), "{code}");
    }
    let (_, order) = sources().remove(0);
    let (bad, _) = service(400, &json!("BadRequestException"));
    let refused = bad.create(&order).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Refused(_)), "{refused:?}");
    for (status, code) in [
        (403, "ForbiddenException"),
        (429, "TooManyRequestsException"),
        (402, "ServiceQuotaExceededException"),
        (500, "InternalServerErrorException"),
        (409, "ConflictException"),
    ] {
        let (away, _) = service(status, &json!(code));
        for error in [
            away.create(&order).await.unwrap_err(),
            away.get(&id).await.unwrap_err(),
        ] {
            assert!(
                matches!(error, ServiceError::Unavailable(_)),
                "{code}: {error:?}"
            );
        }
    }
}
