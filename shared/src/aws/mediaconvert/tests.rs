//! Tests of the requests, which are compared with golden files, and of the answers in the service's format.
//!
//! The golden files are also validated against botocore's model of the service (`tests/mediaconvert/validate.py`). They
//! are rewritten by `make golden`, never by an ordinary test run.

mod answers;
mod rules;

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
use serde_json::{Value, json};

use super::*;
use crate::stages::transcode::service::takes;
use crate::vocabulary::keys::{Key, work};
use crate::vocabulary::kind::Format;
use crate::vocabulary::ladder::Ladder;
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
    let target = JobTarget {
        queue: "arn:aws:mediaconvert:eu-west-1:123456789012:queues/Default".to_owned(),
        role: "arn:aws:iam::123456789012:role/dozo-mediaconvert".to_owned(),
        work_bucket: "dozo-work-123456789012".to_owned(),
    };
    (MediaConvert::new(&sdk, target), answers)
}

fn video(width: u32, height: u32, rate: Option<u32>) -> VideoStream {
    VideoStream {
        id: None,
        codec: "h264".to_owned(),
        width,
        height,
        rotation: 0,
        frames_per_1000_s: rate,
    }
}

fn audio(channels: u16, sample_rate: u32) -> AudioStream {
    AudioStream {
        id: None,
        number: None,
        codec: "aac".to_owned(),
        channels: Some(channels),
        sample_rate: Some(sample_rate),
        language: None,
        name: None,
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
        source: Key::Part(of.app.clone(), of.media.clone(), of.generation, part).location(),
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
        texts: Vec::new(),
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
    let expected = "POST https://mediaconvert.eu-west-1.amazonaws.com/2017-08-29/jobs";
    assert_eq!(line, expected);
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
        texts: Vec::new(),
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
        texts: Vec::new(),
        left_out: Vec::new(),
    };
    let asked = asked_for(&order(Format::Mp4, streams)).await;
    let selectors = &asked["settings"]["inputs"][0]["audioSelectors"];
    assert_eq!(selectors["Audio Selector 1"]["tracks"], json!([2]));
}
