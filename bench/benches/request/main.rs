//! Measures what a viewer waits for when an image is not in the CDN's cache: a whole request to `render-thumbnail`.
//!
//! Run it with `make bench-request`. The function runs as it is deployed, behind a Runtime API, on one core, and reads
//! from an S3 that takes 25 ms to the first byte and sends 90 MB a second. Beside it run a small function for Node.js
//! that fetches the original and asks sharp; and, with `HANDLER=…`, any other one: the file of a Lambda handler for
//! Node.js that takes the events of AWS's Dynamic Image Transformation
//! (<https://github.com/aws-solutions/dynamic-image-transformation-for-amazon-cloudfront>).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and sizes are far below 2^52"
)]

mod contender;
mod slow_s3;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_bench::report::Report;
use dozo_bench::samples::Samples;
use dozo_tests::post::Post;
use dozo_tests::template::{Template, workspace};
use dozo_tests::world::{Letter, World};
use serde_json::{Value, json};

use contender::{Answered, Contender};

/// The measured requests of each case, after some that warm the process.
const REQUESTS: usize = 31;
const WARMING: usize = 3;

/// The fresh processes whose first request is measured.
const STARTS: usize = 11;

/// A picture, and what is asked of it.
pub(crate) struct Wanted {
    media: String,
    key: String,
    width: u32,
    format: &'static str,
}

const CASES: [(&str, u32, &str); 5] = [
    ("12mp.jpg", 320, "webp"),
    ("12mp.jpg", 320, "jpg"),
    ("12mp.jpg", 1280, "webp"),
    ("24mp.jpg", 320, "webp"),
    ("24mp.jpg", 320, "jpg"),
];

#[tokio::main]
async fn main() {
    let folder = workspace().join(".local/bench-images");
    let world = World::with_limits(1, Limits::default());
    let mut files = BTreeMap::new();
    for name in ["12mp.jpg", "24mp.jpg"] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        files.insert(name, publish(&world, name, &bytes).await);
    }
    let mut objects = BTreeMap::new();
    for (bucket, name) in [(Bucket::Records, "records"), (Bucket::Delivery, "delivery")] {
        for (key, object) in world.store.contents(bucket) {
            objects.insert(format!("/{name}/{key}"), object);
        }
    }
    let s3 = slow_s3::serve(Arc::new(objects)).await;
    let contenders = contenders(&s3);
    let mut report = Report::new("request");
    report.note(format!(
        "Whole requests, warm: {REQUESTS} each, in turns. S3 takes {} ms to the first byte and sends {} MB a second. One core each.",
        slow_s3::FIRST_BYTE.as_millis(),
        slow_s3::BANDWIDTH / 1_000_000,
    ));
    report.note("The cost is that of Lambda for a million requests, by the list prices in local/prices.toml.");
    for (name, width, format) in CASES {
        let file = &files[name];
        let wanted = Wanted {
            media: format!("/public/{}/{}", file.app, file.media),
            key: format!("public/{}/{}/original.jpg", file.app, file.media),
            width,
            format,
        };
        let case = format!("{name} to {width} {format}");
        warm(&mut report, &contenders, &wanted, &case).await;
        if (name, width, format) == CASES[0] {
            fresh(&mut report, &contenders, &wanted, &case).await;
        }
    }
    report.print().unwrap();
}

async fn publish(world: &World, name: &str, bytes: &[u8]) -> UploadedFile {
    let file = world.file(name);
    world.upload(&file, bytes);
    let mut post = Post::new(world);
    post.notify(Letter::about(&file, name));
    post.finish().await;
    file
}

async fn warm(report: &mut Report, contenders: &[Contender], wanted: &Wanted, case: &str) {
    let mut running = Vec::new();
    for contender in contenders {
        let mut process = contender.start().await;
        for _ in 0..WARMING {
            process.ask(contender.name, (contender.event)(wanted)).await;
        }
        running.push((contender, process, Vec::new()));
    }
    for _ in 0..REQUESTS {
        for (contender, process, answers) in &mut running {
            answers.push(process.ask(contender.name, (contender.event)(wanted)).await);
        }
    }
    let mut ours = None;
    for (contender, process, answers) in running {
        let times = Samples::of(answers.iter().map(|answer: &Answered| answer.took));
        let peak = process.end().await;
        let median = times.median();
        let ratio = *ours.get_or_insert(median) / median;
        report.row(
            format!("{case}: {}", contender.name),
            &[
                ("p50_ms", median),
                ("p95_ms", times.percentile(95)),
                ("bytes", answers[0].bytes as f64),
                ("peak_megabytes", peak / 1e6),
                ("dollars_per_million", cost(median, contender.megabytes)),
                ("ours_to_it", ratio),
            ],
        );
    }
}

/// The first request of fresh processes, their start included.
async fn fresh(report: &mut Report, contenders: &[Contender], wanted: &Wanted, case: &str) {
    let mut all: Vec<Vec<_>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..STARTS {
        for (contender, times) in contenders.iter().zip(&mut all) {
            let mut process = contender.start().await;
            process.ask(contender.name, (contender.event)(wanted)).await;
            times.push(process.started.elapsed());
            process.end().await;
        }
    }
    let mut ours = None;
    for (contender, times) in contenders.iter().zip(all) {
        let times = Samples::of(times);
        let median = times.median();
        let ratio = *ours.get_or_insert(median) / median;
        let figures = [
            ("p50_ms", median),
            ("p95_ms", times.percentile(95)),
            ("ours_to_it", ratio),
        ];
        report.row(
            format!("{case}, start included: {}", contender.name),
            &figures,
        );
    }
}

fn contenders(s3: &str) -> Vec<Contender> {
    let template = Template::load().unwrap();
    let renderer = template.resource("RenderThumbnail").unwrap();
    let megabytes = renderer.property("/MemorySize").as_f64().unwrap();
    let root = workspace();
    let limits = Limits::default();
    let mut dozo = environment(s3);
    dozo.extend(
        [
            ("RECORDS_BUCKET", "records".to_owned()),
            ("DELIVERY_BUCKET", "delivery".to_owned()),
            ("PUBLIC_HOST", "media.example.com".to_owned()),
            ("INVOKE_MODE", "RESPONSE_STREAM".to_owned()),
            ("LOG_LEVEL", "warn".to_owned()),
            ("STACK_NAME", "bench".to_owned()),
            ("MAX_IMAGE_BYTES", limits.image_bytes.to_string()),
            ("MAX_IMAGE_PIXELS", limits.image_pixels.to_string()),
            ("MAX_IMAGE_FRAMES", limits.image_frames.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let node = |name, handler: PathBuf| Contender {
        name,
        program: found("node"),
        arguments: vec![
            root.join("bench/request/runtime.mjs")
                .to_str()
                .unwrap()
                .to_owned(),
            handler.to_str().unwrap().to_owned(),
        ],
        environment: environment(s3),
        // What the solution's template gives its function.
        megabytes: 1024.0,
        event: solutions_event,
    };
    let mut all = vec![
        Contender {
            name: "dozo",
            program: root.join("dist/render-thumbnail/bootstrap"),
            arguments: Vec::new(),
            environment: dozo,
            megabytes,
            event: own_event,
        },
        node("fetch and sharp", root.join("bench/request/sharp.mjs")),
    ];
    if let Some(handler) = std::env::var_os("HANDLER").filter(|path| !path.is_empty()) {
        let handler = std::fs::canonicalize(Path::new(&handler)).unwrap();
        all.push(node("handler", handler));
    }
    all
}

fn own_event(wanted: &Wanted) -> Value {
    let Wanted {
        media,
        width,
        format,
        ..
    } = wanted;
    let path = format!("{media}/iiif/image/full/{width},/0/default.{format}");
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
        "requestContext": {"timeEpoch": 0, "http": {"method": "GET", "path": path}}, "isBase64Encoded": false,
    })
}

/// The solution's requests are JSON in base 64, as its documentation shows.
fn solutions_event(wanted: &Wanted) -> Value {
    use base64::Engine;

    let format = if wanted.format == "jpg" {
        "jpeg"
    } else {
        wanted.format
    };
    let request = json!({
        "bucket": "delivery", "key": wanted.key, "outputFormat": format, "edits": {"resize": {"width": wanted.width}},
    });
    let path = base64::engine::general_purpose::STANDARD.encode(request.to_string());
    json!({"path": format!("/{path}"), "headers": {}, "queryStringParameters": null, "requestContext": {}})
}

fn environment(s3: &str) -> BTreeMap<String, String> {
    [
        ("AWS_ENDPOINT_URL_S3", s3),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAOFNOBODY"),
        ("AWS_SECRET_ACCESS_KEY", "of nobody"),
        ("AWS_SESSION_TOKEN", "of nobody"),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/of-nobody"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "of-nobody"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        // What the solution's template sets.
        ("SOURCE_BUCKETS", "delivery"),
        ("AUTO_WEBP", "No"),
        ("CORS_ENABLED", "No"),
        ("REWRITE_MATCH_PATTERN", ""),
        ("REWRITE_SUBSTITUTION", ""),
        ("ENABLE_SIGNATURE", "No"),
        ("ENABLE_DEFAULT_FALLBACK_IMAGE", "No"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn found(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(program));
    places
        .find(|file| file.exists())
        .unwrap_or_else(|| panic!("{program} is not installed"))
}

/// Returns what a million requests cost of Lambda, in dollars.
fn cost(milliseconds: f64, megabytes: f64) -> f64 {
    let prices = std::fs::read_to_string(workspace().join("local/prices.toml")).unwrap();
    let dollars = |name: &str| -> f64 {
        let (_, rest) = prices.split_once(&format!("[{name}]")).unwrap();
        let (_, rest) = rest.split_once("dollars = ").unwrap();
        rest.lines().next().unwrap().trim().parse().unwrap()
    };
    let seconds = milliseconds / 1_000.0 * megabytes / 1024.0;
    1e6 * (seconds * dollars("lambda_gb_second") + dollars("lambda_request"))
}
