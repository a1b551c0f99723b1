//! Tests the bytes that the function posts in each mode.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>

use serde_json::{Value, json};

use crate::runtime_api::{Function, program};

/// This path is refused for its form alone, so no bucket is read.
const MALFORMED: &str =
    "/public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/iiif/image/full/max/45/default.jpg";

const PROBLEM: &str = r#"{"status":400,"code":"rotation_unsupported","title":"The image cannot be delivered as requested","detail":"a rotation must be 0, 90, 180 or 270, with ! before it to mirror first."}"#;

#[test]
fn a_streamed_answer_is_its_prelude_eight_zeros_and_its_bytes() {
    let posted = Function::start(&[("INVOKE_MODE", "RESPONSE_STREAM")]).answer(MALFORMED);
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
    let posted = Function::start(&[("INVOKE_MODE", "BUFFERED")]).answer(MALFORMED);
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
    let ended = program("127.0.0.1:9")
        .env("INVOKE_MODE", "SOMEHOW")
        .output()
        .unwrap();
    assert!(!ended.status.success());
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("INVOKE_MODE is"), "{said}");
}
