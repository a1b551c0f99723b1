//! Rotations in an account that refuses what must never happen: to store a key that does not work yet, and to take away the one
//! that is stored.

use serde_json::{Value, json};

use super::*;
use crate::memory_aws::MemoryAws;
use crate::secrets::fill;

const WITH_USER: [(&str, &str); 4] = [
    ("TokenUser", "dozo-TokenUser"),
    ("TokenSecret", "token"),
    ("CloudFrontKeySecret", "signing"),
    ("DistributionId", "D"),
];

const WITH_ROLE: [(&str, &str); 3] = [
    ("UploaderRole", "dozo-UploaderRole"),
    ("CloudFrontKeySecret", "signing"),
    ("DistributionId", "D"),
];

/// An account with a stack that has no keys yet.
fn stack(outputs: &[(&str, &str)]) -> MemoryAws {
    let aws = MemoryAws::default();
    put_stack(&aws, outputs);
    aws
}

fn put_stack(aws: &MemoryAws, outputs: &[(&str, &str)]) {
    let outputs = outputs
        .iter()
        .map(|(key, value)| json!({"OutputKey": key, "OutputValue": value}));
    let stack = json!({"StackStatus": "UPDATE_COMPLETE", "Outputs": outputs.collect::<Vec<_>>()});
    aws.with(|account| account.stack = Some(stack));
}

/// A stack with its first keys.
async fn deployed() -> MemoryAws {
    let aws = stack(&WITH_USER);
    filled(&aws).await.unwrap();
    aws.die_after(None);
    aws
}

/// Does with the keys what `make deploy` does.
async fn filled(aws: &MemoryAws) -> Result<(), crate::deploy::DeployError> {
    let cli = aws.cli();
    let deployed = DeployedStack::read(&cli, "dozo").await?.unwrap();
    let group = key_group::find(&cli, "dozo-eu-west-1").await?.unwrap();
    fill(&cli, &deployed, &group, None).await
}

async fn rotated(aws: &MemoryAws) -> Result<(), KeysError> {
    rotate(&aws.cli(), "dozo", DEFAULT_WAIT, Progress::silent()).await
}

/// The ids of the two keys that are in the secrets.
fn stored(aws: &MemoryAws) -> (String, String) {
    let part = |secret: &str, field: &str| -> String {
        let text = aws.with(|account| account.secrets[secret].clone());
        let value: Value = serde_json::from_str(&text).unwrap();
        value[field].as_str().unwrap().to_owned()
    };
    (
        part("token", "access_key_id"),
        part("signing", "public_key_id"),
    )
}

fn access_keys(aws: &MemoryAws) -> Vec<String> {
    aws.with(|account| account.access_keys.keys().cloned().collect())
}

fn trusted(aws: &MemoryAws) -> Vec<String> {
    aws.with(|account| account.group.clone())
}

fn assert_nothing_broke(aws: &MemoryAws, when: &str) {
    let broken = aws.with(|account| account.broken.clone());
    assert!(broken.is_empty(), "{when}: {broken:?}");
}

/// Only the keys in the secrets are left, and nothing happened that must not.
fn assert_only_stored_keys(aws: &MemoryAws) {
    let (token, signing) = stored(aws);
    assert_eq!(access_keys(aws), [token]);
    assert_eq!(trusted(aws), [signing.as_str()]);
    let public_keys: Vec<_> = aws.with(|account| account.public_keys.keys().cloned().collect());
    assert_eq!(public_keys, [signing]);
    assert_nothing_broke(aws, "at the end");
}

fn asked_of_sts(aws: &MemoryAws) -> usize {
    aws.requests("sts get-caller-identity").len()
}

#[tokio::test(start_paused = true)]
async fn a_key_is_stored_when_it_works_and_the_old_one_goes_last() {
    let aws = deployed().await;
    let before = stored(&aws);
    rotated(&aws).await.unwrap();
    let after = stored(&aws);
    assert!(before.0 != after.0 && before.1 != after.1);
    assert_only_stored_keys(&aws);
    assert_eq!(asked_of_sts(&aws), 3);
    let mut changes = aws.calls();
    let looks = [" list-", " get-", " describe-"];
    changes.retain(|call| !looks.iter().any(|look| call.contains(look)));
    assert_eq!(
        changes,
        [
            "iam create-access-key",
            "secretsmanager put-secret-value",
            "cloudfront create-public-key",
            "cloudfront update-key-group",
            "cloudfront wait distribution-deployed",
            "secretsmanager put-secret-value",
            "iam delete-access-key",
            "cloudfront update-key-group",
            "cloudfront delete-public-key",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_iam_knows_here_and_there_is_not_stored_yet() {
    let aws = deployed().await;
    aws.with(|account| account.sts_knows = vec![false, true, true, false, false, true]);
    let start = tokio::time::Instant::now();
    rotated(&aws).await.unwrap();
    let waited = start.elapsed().saturating_sub(DEFAULT_WAIT);
    assert_eq!(waited.as_secs(), 1 + 2 + 4);
    assert_eq!(asked_of_sts(&aws), 6 + 2);
    assert_only_stored_keys(&aws);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_iam_never_knows_is_given_up() {
    let aws = deployed().await;
    let before = stored(&aws);
    aws.with(|account| account.sts_knows = vec![false; 40]);
    let refused = rotated(&aws).await.unwrap_err().to_string();
    assert!(refused.contains("InvalidClientTokenId"), "{refused}");
    assert_eq!(asked_of_sts(&aws), 20);
    assert_eq!(stored(&aws), before);
    assert_only_stored_keys(&aws);
}

#[tokio::test(start_paused = true)]
async fn while_functions_may_use_the_old_keys_they_are_there() {
    let aws = deployed().await;
    let (token, signing) = stored(&aws);
    let cli = aws.cli();
    let deployed = DeployedStack::read(&cli, "dozo").await.unwrap().unwrap();
    let publish = async || {
        let group = key_group::find(&cli, "dozo-eu-west-1").await.unwrap();
        let rotation = Rotation {
            aws: &cli,
            deployed: &deployed,
            group: &group.unwrap(),
            token_key: TokenKey::of(&deployed).unwrap(),
        };
        rotation.publish().await.unwrap()
    };
    let published = publish().await;
    assert!(access_keys(&aws).contains(&token) && trusted(&aws).contains(&signing));
    assert!(published.notes().is_empty());
    // Who interrupts it here and asks again gets no third key, and the old ones stay for as long again.
    let keys = (access_keys(&aws), trusted(&aws));
    let again = publish().await;
    assert_eq!((access_keys(&aws), trusted(&aws)), keys);
    assert_eq!(again.notes().len(), 2, "{:?}", again.notes());
    rotated(&aws).await.unwrap();
    assert_only_stored_keys(&aws);
}

#[tokio::test(start_paused = true)]
async fn a_rotation_that_dies_anywhere_is_ended_by_the_next() {
    let begin = deployed().await;
    let whole = begin.copy();
    rotated(&whole).await.unwrap();
    let all = whole.calls().len();
    assert!(all > 20, "{all}");
    for calls in 1..=all {
        let when = format!("after call {calls}");
        let aws = begin.copy();
        let before = stored(&aws);
        aws.die_after(Some(calls));
        assert!(rotated(&aws).await.is_err(), "{when}");
        // Whatever is stored works.
        let now = stored(&aws);
        assert_nothing_broke(&aws, &when);
        assert!(access_keys(&aws).contains(&now.0), "{when}");
        assert!(trusted(&aws).contains(&now.1), "{when}");
        let is_half_done = now.1 != before.1 && trusted(&aws).contains(&before.1);
        aws.die_after(None);
        let ended = rotated(&aws).await;
        assert!(ended.is_ok(), "{when}: {ended:?}");
        assert_only_stored_keys(&aws);
        let after = stored(&aws);
        assert!(after.0 != before.0 && after.1 != before.1, "{when}");
        if is_half_done {
            assert_eq!(after.1, now.1, "{when}: it was begun, and is ended");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_may_be_stored_although_nobody_answers() {
    for call in [
        "iam create-access-key",
        "sts get-caller-identity",
        "secretsmanager put-secret-value",
        "cloudfront update-key-group",
    ] {
        let aws = deployed().await;
        aws.with(|account| account.loses = Some(call));
        assert!(rotated(&aws).await.is_err(), "{call}");
        let (token, signing) = stored(&aws);
        assert!(access_keys(&aws).contains(&token), "{call}");
        assert!(trusted(&aws).contains(&signing), "{call}");
        rotated(&aws).await.unwrap();
        assert_only_stored_keys(&aws);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotation_may_die_again_and_again() {
    let aws = deployed().await;
    // At first, this is just before the new keys are stored: an access key, and a public key that the group trusts.
    for calls in [8, 17].repeat(8) {
        aws.die_after(Some(calls));
        assert!(rotated(&aws).await.is_err());
    }
    aws.die_after(None);
    rotated(&aws).await.unwrap();
    assert_only_stored_keys(&aws);
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_that_dies_anywhere_is_ended_by_the_next() {
    let whole = stack(&WITH_USER);
    filled(&whole).await.unwrap();
    let all = whole.calls().len();
    for calls in 1..=all {
        let when = format!("after call {calls}");
        let aws = stack(&WITH_USER);
        aws.die_after(Some(calls));
        assert!(filled(&aws).await.is_err(), "{when}");
        aws.die_after(None);
        let ended = filled(&aws).await;
        assert!(ended.is_ok(), "{when}: {ended:?}");
        assert_nothing_broke(&aws, &when);
        rotated(&aws).await.unwrap();
        assert_only_stored_keys(&aws);
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_has_no_key_to_make_or_to_rotate() {
    let aws = stack(&WITH_ROLE);
    filled(&aws).await.unwrap();
    let first = trusted(&aws);
    rotated(&aws).await.unwrap();
    let calls = aws.calls();
    assert!(
        calls.iter().all(|call| !call.starts_with("iam ")),
        "{calls:?}"
    );
    assert_ne!(trusted(&aws), first, "the signing key is rotated as ever");
    let nothing = Published {
        token: None,
        signing: None,
    };
    assert!(nothing.notes().concat().contains("no key to rotate"));
}

/// IAM deletes no user that has a key, so CloudFormation leaves it behind.
#[tokio::test(start_paused = true)]
async fn the_user_that_a_role_replaced_is_removed_with_its_key() {
    let aws = deployed().await;
    put_stack(&aws, &WITH_ROLE);
    let event = |status: &str, user: &str| json!({"LogicalResourceId": "TokenUser", "ResourceStatus": status, "PhysicalResourceId": user});
    aws.with(|account| {
        account.secrets.remove("token");
        account.events = vec![
            event("DELETE_FAILED", "left"),
            event("DELETE_FAILED", "left"),
            event("DELETE_COMPLETE", "gone"),
        ];
    });
    filled(&aws).await.unwrap();
    assert!(access_keys(&aws).is_empty());
    let deleted = aws.requests("iam delete-user");
    let names: Vec<_> = deleted
        .iter()
        .map(|request| &request["--user-name"])
        .collect();
    assert_eq!(names, ["left"]);
    assert_eq!(aws.requests("iam delete-user-policy").len(), 2);
}

#[tokio::test]
async fn credentials_are_revoked_at_the_user_or_at_the_role() {
    for (outputs, call, field, name) in [
        (
            &WITH_USER[..],
            "iam put-user-policy",
            "UserName",
            "dozo-TokenUser",
        ),
        (
            &WITH_ROLE[..],
            "iam put-role-policy",
            "RoleName",
            "dozo-UploaderRole",
        ),
    ] {
        let aws = stack(outputs);
        let before = crate::revoke::revoke(&aws.cli(), "dozo").await.unwrap();
        let [put] = &aws.requests(call)[..] else {
            unreachable!("{:?}", aws.calls())
        };
        assert_eq!(put[field], name);
        let policy = put["PolicyDocument"].as_str().unwrap();
        assert!(policy.contains("aws:TokenIssueTime") && policy.contains(&before));
    }
}
