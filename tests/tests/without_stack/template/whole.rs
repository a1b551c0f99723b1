//! Tests rules for the template as a whole.

use std::collections::{BTreeMap, BTreeSet};

use dozo_tests::template::{Template, text};
use serde_json::json;

use crate::template::template;

/// Finds resources that depend on each other in a circle: those left after removing, again and again, all that depend
/// on nothing.
fn circle(mut left: BTreeMap<&str, BTreeSet<String>>) -> Vec<String> {
    loop {
        let made: BTreeSet<String> = left
            .iter()
            .filter(|(_, needs)| needs.is_empty())
            .map(|(id, _)| (*id).to_owned())
            .collect();
        if made.is_empty() {
            return left.into_keys().map(str::to_owned).collect();
        }
        left.retain(|id, _| !made.contains(*id));
        for needs in left.values_mut() {
            needs.retain(|id| !made.contains(id));
        }
    }
}

#[test]
fn no_resource_waits_for_itself() {
    assert_eq!(circle(template().dependencies()), Vec::<String>::new());
}

#[test]
fn a_circle_would_be_seen() {
    let text = "Resources:\n  A: {Type: T, DependsOn: B}\n  B: {Type: T, Properties: {X: !Sub 'x${C.Arn}'}}\n  \
                C: {Type: T, Properties: {X: [!GetAtt A.Arn]}}\n  D: {Type: T}\n";
    assert_eq!(
        circle(Template::parse(text.to_owned()).unwrap().dependencies()),
        ["A", "B", "C"]
    );
}

/// The deployment tags the stack, and CloudFormation hands its tags on to every resource that can have some.
#[test]
fn tags_are_the_stacks() {
    for resource in template().resources() {
        let tags = resource.property("/Tags");
        assert!(tags.is_null(), "{}: {tags}", resource.id);
    }
}

#[test]
fn nothing_is_exported_and_no_output_is_a_secret() {
    let template = template();
    let outputs = template.section("Outputs").as_object().unwrap();
    let names: Vec<&str> = outputs.keys().map(String::as_str).collect();
    let expected = [
        "ApiEndpoint",
        "ApiId",
        "BackupBucket",
        "BulkUploadsQueueUrl",
        "CloudFrontKeySecret",
        "DeliveryBucket",
        "DistributionDomainName",
        "DistributionId",
        "EventBus",
        "InvalidationsQueueUrl",
        "LastResortQueueUrl",
        "OperationsQueueUrl",
        "RecordsBucket",
        "TokenSecret",
        "TokenUser",
        "UploadBucket",
        "UploaderRole",
        "DeadLettersUrl",
        "UploadsQueueUrl",
        "WorkBucket",
    ];
    assert_eq!(
        names.iter().copied().collect::<BTreeSet<_>>(),
        expected.into()
    );
    for (name, output) in outputs {
        assert!(
            output.get("Export").is_none(),
            "{name}: an export binds other stacks to this one"
        );
    }
    // These are the secrets' ARNs, not their content.
    for secret in ["TokenSecret", "CloudFrontKeySecret"] {
        let output = outputs.get(secret).unwrap().get("Value").unwrap();
        assert_eq!(text(output), format!("${{{secret}.Id}}"));
    }
    assert!(!template.text().contains("resolve:secretsmanager"));
}

#[test]
fn no_secret_and_no_key_stands_in_the_template() {
    let template = template();
    for secret in template.of_type("AWS::SecretsManager::Secret") {
        assert!(secret.property("/SecretString").is_null(), "{}", secret.id);
        // Nobody outside needs to know this one. Changing a word of it would change every webhook's secret.
        let generated = (secret.id == "WebhookSecret")
            .then(|| json!({"PasswordLength": 64, "ExcludePunctuation": true}));
        assert_eq!(
            secret.property("/GenerateSecretString"),
            &json!(generated),
            "{}: `make deploy` puts the key in",
            secret.id
        );
    }
    assert_eq!(template.of_type("AWS::IAM::AccessKey").count(), 0);
    for (name, parameter) in template.section("Parameters").as_object().unwrap() {
        assert!(
            parameter.get("NoEcho").is_none(),
            "{name}: what must not be echoed is no parameter"
        );
        assert!(
            parameter.get("Description").is_some(),
            "{name} says nothing of itself"
        );
    }
}

#[test]
fn only_the_key_group_must_be_given() {
    let template = template();
    let parameters = template.section("Parameters").as_object().unwrap();
    let required: Vec<_> = parameters
        .iter()
        .filter(|(_, value)| value.get("Default").is_none())
        .collect();
    assert_eq!(
        required
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["KeyGroupId"]
    );
}

#[test]
fn no_rule_is_switched_off_without_a_reason() {
    let template = template();
    assert!(
        !template.text().contains("cfn-lint"),
        "cfn-lint's rules all hold"
    );
    for resource in template.resources() {
        let skips = resource
            .part("/Metadata/checkov/skip")
            .as_array()
            .into_iter()
            .flatten();
        for skip in skips {
            let reason = text(skip.get("comment").unwrap());
            assert!(
                reason.split_whitespace().count() > 4,
                "{}: {skip}",
                resource.id
            );
        }
    }
}
