//! Tests boto3, with the grant's answer as each of its credential providers reads it.

use dozo_tests::pictures::uncompressed_png;
use dozo_tests::stack::{Program, Stack};
use image::ImageFormat;

use crate::clients::profile::Profile;
use crate::clients::{assert_delivered, photo};

/// `upload_file` uploads 8 MB and more in parts.
const WITH_A_PROFILE: &str = "
import sys, boto3
s3 = boto3.client('s3')
for path, key in zip(sys.argv[2::2], sys.argv[3::2]):
    s3.upload_file(path, sys.argv[1], key)
";

/// Serves the answer at a URL, as in a container.
const AS_IN_A_CONTAINER: &str = "
import os, sys, threading, http.server, boto3
answer = sys.stdin.buffer.read()
class Agent(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_):
        pass
agent = http.server.HTTPServer(('127.0.0.1', 0), Agent)
threading.Thread(target=agent.serve_forever, daemon=True).start()
os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = 'http://127.0.0.1:%d/' % agent.server_port
bucket, key, path = sys.argv[1:]
session = boto3.Session()
assert session.get_credentials().method == 'container-role', session.get_credentials().method
session.client('s3').put_object(Bucket=bucket, Key=key, Body=open(path, 'rb'))
";

#[tokio::test]
async fn with_a_profile_whole_and_in_parts() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let profile = Profile::new(&stack, &grant);
    let small = photo(ImageFormat::Png, 11);
    let large = uncompressed_png(1_800).unwrap();
    assert!(large.len() > 8 * 1024 * 1024);
    let run = profile
        .choose(Program::python())
        .args(["-c", WITH_A_PROFILE, &grant.bucket])
        .arg(profile.file("small.png", &small))
        .arg(grant.key("小さい.png"))
        .arg(profile.file("large.png", &large))
        .arg(grant.key("large.png"));
    let _said = run.run().await.succeeded();
    assert_delivered(&stack, &grant, "小さい.png", &small).await;
    assert_delivered(&stack, &grant, "large.png", &large).await;
}

#[tokio::test]
async fn as_in_a_container() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("photo.webp");
    let bytes = photo(ImageFormat::WebP, 12);
    std::fs::write(&path, &bytes).unwrap();
    let run = Program::python()
        .env("AWS_ENDPOINT_URL", &stack.file.aws_endpoint)
        .env("AWS_DEFAULT_REGION", &stack.file.region)
        .args(["-c", AS_IN_A_CONTAINER, &grant.bucket])
        .arg(grant.key("photo.webp"))
        .arg(path)
        .input(grant.text.as_bytes());
    let _said = run.run().await.succeeded();
    assert_delivered(&stack, &grant, "photo.webp", &bytes).await;
}
