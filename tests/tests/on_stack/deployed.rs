//! Tests what a deployment says of itself to whoever looks into the account, and that the next one shows what it changes
//! and loses nothing that nobody agreed to lose.

use std::os::unix::fs::symlink;
use std::path::Path;

use dozo_tests::own_stack::{OwnStack, Ports, Signal, deployment_program};
use dozo_tests::stack::{Keys, Program, Ran, Stack};
use dozo_tests::template::workspace;

async fn ask_cloudformation(stack: &Stack, action: &str) -> String {
    let name = &stack.file.stack;
    let cloudformation = stack.service(&Keys::root(), "cloudformation");
    let path = format!("/?Action={action}&Version=2010-05-15&StackName={name}");
    let reply = cloudformation.get(&path).await;
    reply.text().split_whitespace().collect()
}

#[tokio::test]
async fn the_stack_is_tagged_with_its_name() {
    let stack = Stack::running();
    let described = ask_cloudformation(&stack, "DescribeStacks").await;
    let name = &stack.file.stack;
    let tag = format!("<Key>dozo:stack</Key><Value>{name}</Value>");
    assert!(described.contains(&tag), "{described}");
}

/// Deploys the checkout again as `make deploy` does, with nobody at a terminal.
async fn deploy_again(stack: &Stack, checkout: &Path, parameters: &[&str]) -> Ran {
    let arch = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    Program::new(deployment_program())
        .directory(checkout)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .envs(Keys::root().environment())
        .args(["deploy", "--stack", &stack.file.stack])
        .args(["--region", &stack.file.region, "--arch", arch])
        .args(["--endpoint-url", &stack.file.aws_endpoint, "--"])
        .args(parameters)
        .run()
        .await
}

fn parameter(name: &str, value: &str) -> String {
    format!("<ParameterKey>{name}</ParameterKey><ParameterValue>{value}</ParameterValue>")
}

#[tokio::test]
async fn another_deployment_shows_what_it_changes_and_keeps_what_holds_data() {
    let mut own = OwnStack::new("rollout");
    let stack = own.start(Ports::default()).await;
    let checkout = workspace();

    let same = deploy_again(&stack, &checkout, &[]).await;
    assert!(same.stderr.contains("nothing changes"), "{}", same.stderr);
    let _outputs = same.succeeded();

    let changed = deploy_again(&stack, &checkout, &["ValidateConcurrency=3"]).await;
    let row = "  Modify   ValidateUploadMessages";
    assert!(changed.stderr.contains(row), "{}", changed.stderr);
    let _outputs = changed.succeeded();
    let described = ask_cloudformation(&stack, "DescribeStacks").await;
    for parameter in [
        parameter("ValidateConcurrency", "3"),
        // Given at the first deployment, and kept.
        parameter("RetrySeconds", "1"),
    ] {
        assert!(described.contains(&parameter), "{parameter}: {described}");
    }

    let renamed = with_another_queue(&checkout);
    let refused = deploy_again(&stack, renamed.path(), &[]).await;
    assert_ne!(refused.code, 0, "{}", refused.stdout);
    for part in [
        "SlowPdfsQueue (AWS::SQS::Queue) would be replaced",
        "deploy with REPLACE=yes",
    ] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    let left = ask_cloudformation(&stack, "ListChangeSets").await;
    assert!(!left.contains("<ExecutionStatus>AVAILABLE"), "{left}");
    let resources = ask_cloudformation(&stack, "ListStackResources").await;
    assert!(resources.contains("-slow-pdfs</"), "{resources}");
    assert!(!resources.contains("-slower-pdfs</"), "{resources}");
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
}

/// Returns a checkout whose template gives a queue another name, so that it is replaced.
fn with_another_queue(checkout: &Path) -> tempfile::TempDir {
    let other = tempfile::TempDir::with_prefix("dozo-").unwrap();
    for shared in ["dist", ".local"] {
        symlink(checkout.join(shared), other.path().join(shared)).unwrap();
    }
    let template = std::fs::read_to_string(checkout.join("template.yaml")).unwrap();
    let mut renamed = template.clone();
    for (name, other) in [
        ("Name: slow-pdfs\n", "Name: slower-pdfs\n"),
        (
            "${AWS::StackName}-slow-pdfs",
            "${AWS::StackName}-slower-pdfs",
        ),
    ] {
        assert!(renamed.contains(name), "{name}");
        renamed = renamed.replace(name, other);
    }
    std::fs::write(other.path().join("template.yaml"), renamed).unwrap();
    other
}
