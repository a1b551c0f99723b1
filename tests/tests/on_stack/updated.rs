//! Tests that a stack of an earlier template is updated in place: it is deployed, gets media, and today's template is
//! deployed over it.
//!
//! The media are copies of those of a stack of today, because the earlier template's functions are not kept.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::Path;

use dozo_tests::own_stack::{OwnStack, Ports, Signal, deployment_program};
use dozo_tests::pictures::picture;
use dozo_tests::stack::{DEMO, Keys, Program, Stack};
use dozo_tests::template::workspace;
use image::ImageFormat;
use serde_json::Value;
use tempfile::TempDir;

const NAME: &str = "earlier";

/// Makes a checkout that differs from this one in its template only.
fn earlier_checkout() -> TempDir {
    let checkout = TempDir::with_prefix("dozo-earlier-").unwrap();
    for entry in std::fs::read_dir(workspace()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "template.yaml" {
            symlink(entry.path(), checkout.path().join(entry.file_name())).unwrap();
        }
    }
    let template = workspace().join("tests/upgrade/template.yaml");
    symlink(template, checkout.path().join("template.yaml")).unwrap();
    checkout
}

/// Deploys a checkout as `make deploy` does. What is perhaps replaced is agreed to, because the emulator says so of a bucket
/// whose name is written in another way; the test sees whether it was.
async fn deploy(stack: &Stack, checkout: &Path) {
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    let run = Program::new(deployment_program())
        .directory(checkout)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .envs(Keys::root().environment())
        .args([
            "deploy",
            "--stack",
            NAME,
            "--arch",
            architecture,
            "--replace",
        ])
        .args(["--region", &stack.file.region])
        .args(["--endpoint-url", &stack.file.aws_endpoint])
        .args(["--", "Place=laptop", "Transcoder=ffmpeg"]);
    let _said = run.run().await.succeeded();
}

async fn cloudformation(stack: &Stack, command: &str) -> Value {
    let run = Program::aws_cli()
        .envs(Keys::root().environment())
        .args(["cloudformation", command, "--stack-name", NAME])
        .args(["--region", &stack.file.region, "--output", "json"])
        .args(["--endpoint-url", &stack.file.aws_endpoint]);
    serde_json::from_str(&run.run().await.succeeded()).unwrap()
}

/// Returns each resource's logical id, type and physical id.
async fn resources(stack: &Stack) -> BTreeSet<[String; 3]> {
    let listed = cloudformation(stack, "list-stack-resources").await;
    let listed = listed["StackResourceSummaries"].as_array().unwrap();
    let text = |resource: &Value, field: &str| resource[field].as_str().unwrap().to_owned();
    let fields = ["LogicalResourceId", "ResourceType", "PhysicalResourceId"];
    listed
        .iter()
        .map(|resource| fields.map(|field| text(resource, field)))
        .collect()
}

async fn output(stack: &Stack, name: &str) -> String {
    let described = cloudformation(stack, "describe-stacks").await;
    let outputs = described["Stacks"][0]["Outputs"].as_array().unwrap();
    let named = outputs.iter().find(|output| output["OutputKey"] == name);
    named.unwrap()["OutputValue"].as_str().unwrap().to_owned()
}

/// Copies all objects of a bucket into that of the other stack.
async fn copy(stack: &Stack, role: &str, to: &str) -> usize {
    let keys = stack.all_keys(role, "").await;
    let client = stack.s3(&Keys::root());
    for key in &keys {
        let copied = client
            .copy_object()
            .copy_source(format!("{}/{key}", stack.bucket(role)))
            .bucket(to)
            .key(key);
        copied.send().await.unwrap();
    }
    keys.len()
}

fn bucket(resources: &BTreeSet<[String; 3]>, id: &str) -> String {
    let found = resources.iter().find(|resource| resource[0] == id);
    found.unwrap()[2].clone()
}

#[tokio::test]
async fn a_stack_of_an_earlier_template_keeps_its_media_and_addresses() {
    let mut own = OwnStack::new("updated");
    let stack = own.start(Ports::default()).await;
    let grant = stack.grant().await;
    let body = picture(ImageFormat::Jpeg, 60, 40, 9).unwrap();
    stack.put(&grant, "kept.jpg", body).await;
    let media = grant.media("kept.jpg");
    let shown = stack.until_state(DEMO, &media, "ready").await;

    deploy(&stack, earlier_checkout().path()).await;
    let before = resources(&stack).await;
    let address = output(&stack, "DistributionDomainName").await;
    let records = bucket(&before, "RecordsBucket");
    let delivery = bucket(&before, "DeliveryBucket");
    assert!(copy(&stack, "records", &records).await >= 2);
    let delivered = copy(&stack, "delivery", &delivery).await;
    assert!(delivered >= 1);

    deploy(&stack, &workspace()).await;
    let after = resources(&stack).await;
    let lost: Vec<_> = before.difference(&after).collect();
    assert!(lost.is_empty(), "gone or made anew: {lost:?}");
    assert_eq!(output(&stack, "DistributionDomainName").await, address);
    let kept = stack.s3(&Keys::root()).list_objects_v2().bucket(&delivery);
    let kept = kept.send().await.unwrap().contents.unwrap_or_default();
    assert_eq!(kept.len(), delivered);

    let api = output(&stack, "ApiId").await;
    let path = format!("/_aws/execute-api/{api}/apps/{DEMO}/media/{media}");
    let signed = stack.service(&Keys::root(), "execute-api");
    let answer = signed.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for field in ["state", "history", "format", "width", "height"] {
        assert_eq!(answer.json()[field], shown[field], "{field}");
    }
    own.stop(Signal::TERM).await;
}
