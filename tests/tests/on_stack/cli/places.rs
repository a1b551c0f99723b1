//! Tests how `dozo` finds the API, and which credentials it uses.

use dozo_tests::stack::{Keys, Program, Stack};

use crate::cli::dozo;

#[tokio::test]
async fn by_an_address_with_credentials_of_the_environment() {
    let stack = Stack::running();
    let ran = dozo()
        .env("AWS_REGION", &stack.file.region)
        .envs(stack.admin_keys().environment())
        .args(["apps", "--api", &stack.file.api])
        .run()
        .await
        .succeeded();
    assert!(ran.lines().any(|line| line == "demo"), "{ran}");
}

/// Runs `dozo apps` with the API that a stack's CloudFormation outputs name.
fn by_stack(stack: &Stack, name: &str) -> Program {
    dozo()
        .env("AWS_REGION", &stack.file.region)
        .env("AWS_ENDPOINT_URL", &stack.file.aws_endpoint)
        .envs(Keys::root().environment())
        .args(["apps", "--stack", name])
}

/// The emulator's API address is a name under `localhost`, which not every machine can resolve.
#[tokio::test]
async fn by_a_stack() {
    let stack = Stack::running();
    let ran = by_stack(&stack, &stack.file.stack).run().await;
    let reached = ran.code == 0 && ran.stdout.lines().any(|line| line == "demo");
    let found = ran.code == 3 && ran.stderr.contains(".execute-api.localhost:");
    assert!(reached || found, "{ran:#?}");
}

#[tokio::test]
async fn by_a_stack_that_is_not_there() {
    let stack = Stack::running();
    let ran = by_stack(&stack, "no-such-stack").run().await;
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert!(ran.stderr.contains("the stack no-such-stack"), "{ran:#?}");
}

#[tokio::test]
async fn without_credentials_or_a_place_it_says_what_is_missing() {
    let stack = Stack::running();
    let nowhere = dozo().args(["apps"]).run().await;
    assert_eq!(nowhere.code, 2, "{nowhere:#?}");
    assert!(nowhere.stderr.contains("--local"), "{nowhere:#?}");
    let nobody = dozo().args(["apps", "--region", "us-east-1", "--api", &stack.file.api]);
    let nobody = nobody.run().await;
    assert_eq!(nobody.code, 2, "{nobody:#?}");
    assert!(nobody.stderr.contains("no AWS credentials"), "{nobody:#?}");
}
