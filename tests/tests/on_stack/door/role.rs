//! Tests upload credentials that are those of a role (`UploadCredentials=assume-role`), on a stack of its own that is switched
//! to them.

use bytes::Bytes;
use dozo_tests::own_stack::{OwnStack, Ports, Signal, deployment_program};
use dozo_tests::stack::{Grant, Keys, PATIENCE, Program, Reply, Stack, until};
use dozo_tests::template::workspace;
use reqwest::Method;
use serde_json::json;

use crate::door::{assert_denied, photo};

/// Runs the program that deploys to AWS on the local stack.
async fn deployment(stack: &Stack, action: &str, arguments: &[&str]) {
    let run = Program::new(deployment_program())
        .directory(workspace())
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .envs(Keys::root().environment())
        .args([action, "--stack", &stack.file.stack])
        .args(["--region", &stack.file.region])
        .args(["--endpoint-url", &stack.file.aws_endpoint])
        .args(arguments);
    let _said = run.run().await.succeeded();
}

async fn put(stack: &Stack, grant: &Grant, key: &str) -> Reply {
    let path = format!("/{}/{key}", grant.bucket);
    let s3 = stack.service(&grant.keys, "s3");
    s3.send_bytes(Method::PUT, &path, &[], Bytes::from(photo(71)))
        .await
}

/// Returns the answer of an operation of IAM.
async fn iam(stack: &Stack, operation: &str) -> String {
    let iam = stack.service(&Keys::root(), "iam");
    let reply = iam
        .send_form(&format!("Action={operation}&Version=2010-05-08"))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.text()
}

#[tokio::test]
async fn a_role_opens_what_the_user_did_until_it_is_revoked() {
    let mut own = OwnStack::new("role");
    let stack = own.start(Ports::default()).await;
    let by_user = stack.grant().await;
    assert!(iam(&stack, "ListUsers").await.contains("TokenUser"));

    let arch = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    let switch = ["--arch", arch, "UploadCredentials=assume-role"];
    deployment(&stack, "deploy", &switch).await;
    assert!(!iam(&stack, "ListUsers").await.contains("TokenUser"));
    let gone = put(&stack, &by_user, &by_user.key("a.png")).await;
    assert_eq!(gone.status, 403, "{}", gone.text());

    let too_long = json!({"duration_seconds": 3_601});
    let refused = stack.try_grant("demo", &too_long).await.unwrap_err();
    assert!(
        refused.text().contains("Give 900 to 3600 seconds."),
        "{}",
        refused.text()
    );
    let request = json!({"duration_seconds": 3_600, "files": [{"name": "a.png"}]});
    let (grant, other) = (stack.grant_for("demo", &request).await, stack.grant().await);
    // The role may put anything into the bucket, and the session policy only this.
    for key in [grant.key("b.png"), other.key("a.png"), "a.png".to_owned()] {
        assert_denied(&key, &put(&stack, &grant, &key).await);
    }
    for bucket in ["delivery", "records"] {
        let path = format!("/{}/x", stack.bucket(bucket));
        let s3 = stack.service(&grant.keys, "s3");
        let reply = s3.send_bytes(Method::PUT, &path, &[], Bytes::new()).await;
        assert_denied(bucket, &reply);
    }
    let taken = put(&stack, &grant, &grant.key("a.png")).await;
    assert_eq!(taken.status, 200, "{}", taken.text());
    let media = grant.files().swap_remove(0).media;
    let _ready = stack.until_state("demo", &media, "ready").await;

    // There is no key of an IAM user to rotate, and the signing key is rotated as ever.
    deployment(&stack, "keys", &["--wait-seconds", "0"]).await;
    deployment(&stack, "revoke", &[]).await;
    // Times of issue are in seconds, so a revocation in the same one as the grant leaves it valid.
    until("the credentials are revoked", PATIENCE, || async {
        deployment(&stack, "revoke", &[]).await;
        let reply = put(&stack, &other, &other.key("a.png")).await;
        (reply.status == 403).then_some(())
    })
    .await;
    until("new credentials work", PATIENCE, || async {
        let new = stack.grant().await;
        let reply = put(&stack, &new, &new.key("a.png")).await;
        (reply.status == 200).then_some(())
    })
    .await;
    own.stop(Signal::TERM).await;
}
