//! The function as Lambda runs it, in front of a Runtime API of our own: what it posts in each mode, byte for byte.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panic"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// A request as it came over the wire.
struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let line = line(stream)?;
        let mut headers = Vec::new();
        loop {
            let header = line_or_end(stream);
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self {
            line,
            headers,
            body: Vec::new(),
        };
        request.body = if request.header("transfer-encoding") == "chunked" {
            chunks(stream)
        } else {
            let length = request.header("content-length").parse().unwrap_or(0);
            exactly(stream, length)
        };
        Some(request)
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).unwrap();
    (read > 0).then(|| line.trim_end().to_owned())
}

fn line_or_end(stream: &mut BufReader<TcpStream>) -> String {
    line(stream).unwrap_or_default()
}

fn exactly(stream: &mut BufReader<TcpStream>, length: usize) -> Vec<u8> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    body
}

fn chunks(stream: &mut BufReader<TcpStream>) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&line_or_end(stream), 16).unwrap();
        body.extend(exactly(stream, length));
        assert_eq!(line_or_end(stream), "", "a chunk ends with its line");
        if length == 0 {
            return body;
        }
    }
}

struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// The function in this mode, with its Runtime API at this address.
fn function(address: &str, mode: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_render-thumbnail"));
    command.env_clear().envs([
        ("AWS_LAMBDA_RUNTIME_API", address),
        ("AWS_LAMBDA_FUNCTION_NAME", "render-thumbnail"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "none"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
        ("RECORDS_BUCKET", "records"),
        ("DELIVERY_BUCKET", "delivery"),
        ("PUBLIC_HOST", "cdn.example"),
        ("INVOKE_MODE", mode),
    ]);
    command
}

/// Starts the function in this mode, hands it one request and gives what it posts.
fn answer(mode: &str, path: &str) -> Request {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let child = function(&address, mode)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let _function = Function(child);
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
        "requestContext": { "timeEpoch": 0, "http": { "method": "GET", "path": path } }, "isBase64Encoded": false,
    })
    .to_string();
    let deadline = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis()
        + 55_000;
    for stream in listener.incoming() {
        let mut stream = BufReader::new(stream.unwrap());
        while let Some(request) = Request::read(&mut stream) {
            if !request
                .line
                .starts_with("GET /2018-06-01/runtime/invocation/next ")
            {
                return request;
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: {deadline}\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:0:function:f\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{event}",
                event.len()
            );
            stream.get_mut().write_all(head.as_bytes()).unwrap();
        }
    }
    unreachable!("a listener goes on listening")
}

/// Refused by its form alone, so no bucket is asked.
const MALFORMED: &str =
    "/public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/iiif/image/full/max/45/default.jpg";

const PROBLEM: &str = r#"{"status":400,"code":"rotation_unsupported","title":"The image cannot be given so","detail":"a rotation is 0, 90, 180 or 270, with ! before it to mirror first."}"#;

#[test]
fn a_streamed_answer_is_its_prelude_eight_zeros_and_its_bytes() {
    let posted = answer("RESPONSE_STREAM", MALFORMED);
    assert_eq!(
        posted.line,
        "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1"
    );
    assert_eq!(
        posted.header("lambda-runtime-function-response-mode"),
        "streaming"
    );
    assert_eq!(
        posted.header("content-type"),
        "application/vnd.awslambda.http-integration-response"
    );
    let end = posted
        .body
        .windows(8)
        .position(|window| window == [0; 8])
        .unwrap();
    let prelude: Value = serde_json::from_slice(&posted.body[..end]).unwrap();
    assert_eq!(
        prelude,
        json!({
            "statusCode": 400,
            "headers": { "cache-control": "public, max-age=10", "content-type": "application/problem+json" },
            "cookies": [],
        })
    );
    assert_eq!(String::from_utf8_lossy(&posted.body[end + 8..]), PROBLEM);
}

#[test]
fn a_buffered_answer_is_json_with_its_bytes_in_base_64() {
    use base64::Engine;
    let posted = answer("BUFFERED", MALFORMED);
    assert_eq!(
        posted.line,
        "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1"
    );
    assert_eq!(posted.header("lambda-runtime-function-response-mode"), "");
    let answer: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(
        (&answer["statusCode"], &answer["isBase64Encoded"]),
        (&json!(400), &json!(true))
    );
    let body = base64::engine::general_purpose::STANDARD.decode(answer["body"].as_str().unwrap());
    assert_eq!(String::from_utf8(body.unwrap()).unwrap(), PROBLEM);
}

#[test]
fn a_mode_that_is_none_stops_it_at_its_start() {
    let ended = function("127.0.0.1:9", "SOMEHOW").output().unwrap();
    assert!(!ended.status.success());
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("INVOKE_MODE is"), "{said}");
}
