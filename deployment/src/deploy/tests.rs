use serde_json::{Value, json};

use super::*;
use crate::fake_aws::FakeAws;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// Returns a deployment from an empty checkout with only a template.
fn wanted(checkout: &tempfile::TempDir, parameters: &[(&str, &str)]) -> Deployment {
    std::fs::create_dir_all(checkout.path().join("dist")).unwrap();
    std::fs::write(checkout.path().join("template.yaml"), "Resources: {}\n").unwrap();
    Deployment {
        checkout: Checkout::at(checkout.path()),
        stack: "dozo".to_owned(),
        architecture: Architecture::Arm64,
        parameters: values(parameters),
        watch_minutes: 5,
        approval: Approval::Missing,
    }
}

/// Returns an AWS with a stack that was deployed with the parameter `Concurrency`, which the template no longer has.
fn deployed() -> FakeAws {
    let described = json!({"Stacks": [{
        "StackStatus": "UPDATE_COMPLETE",
        "Parameters": [
            {"ParameterKey": "Concurrency", "ParameterValue": "large"},
            {"ParameterKey": "LogLevel", "ParameterValue": "debug"},
        ],
        "Outputs": [
            {"OutputKey": "TokenUser", "OutputValue": "user"},
            {"OutputKey": "TokenSecret", "OutputValue": "secret"},
        ],
    }]});
    let template = json!({"Parameters": {
        "KeyGroupId": {}, "Architecture": {}, "LogLevel": {}, "ValidateConcurrency": {}, "RenderConcurrency": {},
    }});
    let group = json!({"KeyGroup": {"Id": "G", "KeyGroupConfig": {"Name": "dozo-eu-west-1", "Items": ["K"]}}});
    let settings = json!({"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10});
    let change_set = json!({"Status": "CREATE_COMPLETE", "Changes": []});
    let keys = json!({"AccessKeyMetadata": [{"AccessKeyId": "A", "Status": "Active"}]});
    let answers: [(&str, Value); 9] = [
        ("cloudformation.describe-stacks", described),
        ("packaged", template),
        (
            "cloudfront.list-key-groups",
            json!({"KeyGroupList": {"Items": [group]}}),
        ),
        (
            "lambda.get-account-settings",
            json!({"AccountLimit": settings}),
        ),
        (
            "sts.get-caller-identity",
            json!({"Account": "123456789012"}),
        ),
        ("cloudformation.create-change-set", json!({"Id": "arn:1"})),
        ("cloudformation.describe-change-set", change_set),
        ("iam.list-access-keys", keys),
        (
            "secretsmanager.get-secret-value",
            json!({"SecretString": r#"{"access_key_id": "A"}"#}),
        ),
    ];
    let fake = FakeAws::new();
    let lay =
        |fake: FakeAws, (call, answer): (&str, Value)| fake.answers(call, &answer.to_string());
    answers.into_iter().fold(fake, lay)
}

#[test]
fn a_given_parameter_wins_over_our_own() {
    let checkout = tempfile::tempdir().unwrap();
    let mine = [("Architecture", "x86_64"), ("LogLevel", "debug")];
    let expected = [
        ("Architecture", "x86_64"),
        ("KeyGroupId", "K"),
        ("LogLevel", "debug"),
        ("Names", "region"),
    ];
    let prepared = Prepared {
        bucket: String::new(),
        group: KeyGroup {
            id: "K".to_owned(),
            name: String::new(),
            keys: Vec::new(),
        },
        fresh: None,
        way: Way {
            adopted: 0,
            names: Form::Region,
        },
        names: Some(Form::Region),
    };
    let given = given(&wanted(&checkout, &mine), &prepared);
    assert_eq!(given, values(&expected));
}

#[test]
fn who_gives_no_address_for_alarms_is_warned() {
    let (empty, address) = (
        values(&[("AlarmEmail", "")]),
        values(&[("AlarmEmail", "a@b.example")]),
    );
    let nothing = BTreeMap::new();
    for (given, now, is_warned) in [
        (&nothing, &nothing, true),
        (&nothing, &empty, true),
        (&empty, &address, true),
        (&nothing, &address, false),
        (&address, &empty, false),
        (&values(&[("Place", "laptop")]), &nothing, false),
    ] {
        let warning = nobody_is_told(given, now);
        assert_eq!(warning.is_some(), is_warned, "{given:?} {now:?}");
    }
}

#[tokio::test]
async fn a_stored_parameter_that_the_template_lost_does_not_hold_an_update_up() {
    let (fake, checkout) = (deployed(), tempfile::tempdir().unwrap());
    let wanted = wanted(&checkout, &[("ValidateConcurrency", "100")]);
    deploy(&fake.cli(), &wanted, Progress::to_stderr())
        .await
        .unwrap();
    let request = fake.request("cloudformation create-change-set");
    let expected = json!([
        {"ParameterKey": "Architecture", "ParameterValue": "arm64"},
        {"ParameterKey": "KeyGroupId", "ParameterValue": "G"},
        {"ParameterKey": "LogLevel", "UsePreviousValue": true},
        {"ParameterKey": "ValidateConcurrency", "ParameterValue": "100"},
    ]);
    assert_eq!(request.get("Parameters"), Some(&expected));
    let name = request
        .get("ChangeSetName")
        .and_then(Value::as_str)
        .unwrap();
    let at = format!(
        "https://s3.eu-west-1.amazonaws.com/dozo-artifacts-123456789012-eu-west-1/{name}.template"
    );
    assert_eq!(request.get("TemplateURL"), Some(&json!(at)));
    let first = name.as_bytes().first().copied().unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    assert!(
        first.is_ascii_alphabetic() && name.bytes().all(allowed),
        "{name}"
    );
    let calls = fake.calls();
    let put = format!("--key {name}.template");
    assert!(
        calls
            .iter()
            .any(|call| call.starts_with("s3api put-object") && call.contains(&put))
    );
}

#[tokio::test]
async fn what_the_account_cannot_reserve_is_refused_before_anything_is_done() {
    let (fake, checkout) = (deployed(), tempfile::tempdir().unwrap());
    let wanted = wanted(&checkout, &[("RenderConcurrency", "5")]);
    let refused = deploy(&fake.cli(), &wanted, Progress::to_stderr()).await;
    assert!(
        matches!(refused, Err(DeployError::Reserved(_))),
        "{refused:?}"
    );
    let only = [
        "cloudformation describe-stacks",
        "lambda get-account-settings",
    ];
    assert_eq!(fake.names(), only);
}

#[tokio::test]
async fn an_account_whose_settings_are_secret_is_deployed_to() {
    let denied = deployed().refuses("lambda.get-account-settings", "AccessDeniedException", "no");
    let checkout = tempfile::tempdir().unwrap();
    let wanted = wanted(&checkout, &[("RenderConcurrency", "5")]);
    deploy(&denied.cli(), &wanted, Progress::to_stderr())
        .await
        .unwrap();
    let executed = "cloudformation execute-change-set".to_owned();
    assert!(denied.names().contains(&executed));
}
