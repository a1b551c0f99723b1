//! Tests key rotation by `make keys`: what the old key signed stops working, and what the new key signs works.
//!
//! It runs on a stack of its own, because other tests' grants must not end with it.

use dozo_tests::own_stack::{OwnStack, Ports, Signal, deployment_program, send};
use dozo_tests::stack::{Keys, PATIENCE, Program, Stack, until};
use dozo_tests::template::workspace;
use serde_json::json;

use crate::grants::{Private, ask, assert_refused};

fn key_id(url: &str) -> String {
    let (_, rest) = url.split_once("Key-Pair-Id=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

/// Rotates the key as `make keys` does, without waiting for caches.
async fn rotate(stack: &Stack) {
    let run = Program::new(deployment_program())
        .directory(workspace())
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .envs(Keys::root().environment())
        .args(["keys", "--stack", &stack.file.stack])
        .args(["--region", &stack.file.region])
        .args(["--endpoint-url", &stack.file.aws_endpoint])
        .args(["--wait-seconds", "0"]);
    let _said = run.run().await.succeeded();
}

#[tokio::test]
async fn a_revoked_key_opens_nothing() {
    let mut own = OwnStack::new("rotated");
    let stack = own.start(Ports::default()).await;
    let private = Private::new(&stack, 31).await;
    let request = json!({"expires_in": 3600});
    let old = private.signed(&stack, request.clone()).await;
    private.assert_opened_by(&stack, &old).await;
    rotate(&stack).await;
    let refused = until("the old key is revoked", PATIENCE, || async {
        let reply = stack.fetch(&old).await;
        (reply.status != 200).then_some(reply)
    });
    assert_refused("signed with the old key", &refused.await, "InvalidKey");

    // A process keeps its key for five minutes; a new process reads it again.
    for worker in own.workers(&stack.file.functions["grant-access"]) {
        send(worker, Signal::KILL);
    }
    let new = until("grants are signed with the new key", PATIENCE, || async {
        let request = json!({"expires_in": 3600, "as": "url"});
        let reply = ask(&stack, &private.media, &request).await;
        let url = (reply.status == 201).then(|| reply.json()["url"].as_str().map(str::to_owned));
        url.flatten().filter(|url| key_id(url) != key_id(&old))
    });
    private.assert_opened_by(&stack, &new.await).await;
    let still = stack.fetch(&old).await;
    assert_refused("signed with the old key", &still, "InvalidKey");
    own.stop(Signal::TERM).await;
}
