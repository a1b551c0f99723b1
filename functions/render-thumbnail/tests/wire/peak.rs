//! Measures the peak memory of the function's process for a thumbnail of a large photo, its clients included. A
//! server that answers like S3 holds the three objects that it reads.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::http::Request;
use crate::runtime_api::Function;

const MEDIA: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc";
const WIDTH: u16 = 6_000;
const HEIGHT: u16 = 4_000;
const ETAG: &str = "\"0123456789abcdef\"";

/// The largest peak allowed, in bytes (2^20 per MB).
const MOST: u64 = 64 << 20;

/// A photo of 24 megapixels with some detail in every block.
fn photo() -> Vec<u8> {
    let row = |y: u32| {
        (0..u32::from(WIDTH) * 3).map(move |x| (x * 7 + y * 13 + ((x * y) >> 9)).to_le_bytes()[0])
    };
    let pixels: Vec<u8> = (0..u32::from(HEIGHT)).flat_map(row).collect();
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, 75);
    let colour = jpeg_encoder::ColorType::Rgb;
    encoder.encode(&pixels, WIDTH, HEIGHT, colour).unwrap();
    file
}

fn records(bytes: usize) -> (Value, Value) {
    let now = "2026-01-01T00:00:00Z";
    let app = json!({
        "app": "demo", "kinds": ["image"], "visibility": "public",
        "limits": { "image_bytes": 1 << 27, "image_pixels": 100_000_000, "image_frames": 300 },
        "created_at": now, "updated_at": now,
    });
    let media = json!({
        "app": "demo", "media": MEDIA, "file_name": "photo.jpg", "state": "ready", "state_since": now, "generation": 1,
        "visibility": "public", "source": ETAG, "created_at": now, "updated_at": now, "history": [], "write_id": "1",
        "content": { "format": "jpeg", "bytes": bytes, "sha256": "0", "width": WIDTH, "height": HEIGHT, "frames": 1 },
    });
    (app, media)
}

/// Serves these objects by path while the test runs.
fn serve(objects: BTreeMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let objects = Arc::new(objects);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let objects = Arc::clone(&objects);
            std::thread::spawn(move || converse(stream, &objects));
        }
    });
    address
}

fn converse(stream: TcpStream, objects: &BTreeMap<String, Vec<u8>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = Request::read(&mut stream) {
        let path = request.line.split([' ', '?']).nth(1).unwrap_or_default();
        let (status, body) = match objects.get(path) {
            Some(body) => ("200 OK", body.as_slice()),
            None => (
                "404 Not Found",
                &b"<Error><Code>NoSuchKey</Code></Error>"[..],
            ),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\netag: {ETAG}\r\nx-amz-meta-source: {}\r\ncontent-length: {}\r\n\r\n",
            ETAG.trim_matches('"'),
            body.len()
        );
        // The client may have hung up because it has what it needs.
        let _written = stream
            .get_mut()
            .write_all(&[head.as_bytes(), body].concat());
    }
}

/// Returns the peak memory of a running process, as Linux reports it.
fn peak_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.unwrap().trim().strip_suffix(" kB").unwrap();
    kibibytes.parse::<u64>().unwrap() * 1024
}

#[test]
#[cfg(target_os = "linux")]
fn a_thumbnail_of_24_megapixels_takes_less_than_64_mb() {
    let photo = photo();
    let (app, media) = records(photo.len());
    let megabytes = photo.len() >> 20;
    let store = serve(BTreeMap::from([
        ("/records/apps/demo.json".to_owned(), app.to_string().into()),
        (
            format!("/records/media/demo/{MEDIA}.json"),
            media.to_string().into(),
        ),
        (format!("/delivery/public/demo/{MEDIA}/original.jpg"), photo),
    ]));
    for format in ["jpg", "webp", "avif"] {
        let function = Function::start(&[
            ("INVOKE_MODE", "RESPONSE_STREAM"),
            ("AWS_ENDPOINT_URL", &store),
        ]);
        let posted = function.answer(&format!(
            "/public/demo/{MEDIA}/iiif/image/full/320,/0/default.{format}"
        ));
        let end = posted
            .body
            .windows(8)
            .position(|window| window == [0; 8])
            .unwrap();
        let prelude: Value = serde_json::from_slice(&posted.body[..end]).unwrap();
        assert_eq!(prelude["statusCode"], 200, "{prelude}");
        let peak = peak_bytes(function.process_id());
        eprintln!("{format}, of {megabytes} MB: {} MB", peak >> 20);
        assert!(peak < MOST, "{format}: {peak} bytes");
    }
}
