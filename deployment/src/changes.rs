//! The changes of a change set: a table for people, and the losses that they have to agree to.

use serde_json::Value;

use crate::aws_cli::list_at;

/// Types whose resources hold data, or an address that others know. Another bucket, queue, secret or log group has none of
/// the data; another API, distribution, topic, event bus or user is not the one that others call, have rules on, are
/// subscribed to or are allowed by name. The function URL is not among them: only the distribution knows it, and follows
/// in the same update.
const AT_STAKE: [&str; 9] = [
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::CloudFront::Distribution",
    "AWS::ApiGatewayV2::Api",
    "AWS::IAM::User",
    "AWS::SecretsManager::Secret",
    "AWS::SNS::Topic",
    "AWS::Events::EventBus",
    "AWS::Logs::LogGroup",
];

/// Additions that are listed one by one; of more only the number is told.
const FEW: usize = 20;

/// One change of a change set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    action: String,
    id: String,
    kind: String,
    replacement: String,
}

/// Returns the changes of an answer of `describe-change-set`.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html>
pub(crate) fn of(described: &Value) -> Vec<Change> {
    let changes = list_at(described, "/Changes").iter();
    let changes = changes.filter_map(|change| change.get("ResourceChange"));
    changes
        .map(|change| {
            let field = |name| change.get(name).and_then(Value::as_str).unwrap_or_default();
            Change {
                action: field("Action").to_owned(),
                id: field("LogicalResourceId").to_owned(),
                kind: field("ResourceType").to_owned(),
                replacement: field("Replacement").to_owned(),
            }
        })
        .collect()
}

impl Change {
    /// Returns what becomes of the resource's data or address, if anything.
    fn fate(&self) -> Option<&'static str> {
        match (self.action.as_str(), self.replacement.as_str()) {
            ("Remove", _) => Some("removed"),
            // CloudFormation knows only while it executes.
            ("Dynamic", _) | (_, "Conditional") => Some("perhaps replaced"),
            (_, "True") => Some("replaced"),
            _ => None,
        }
    }
}

/// Returns the lines of a table: action, logical id, type, and whether the resource is replaced.
pub(crate) fn table(changes: &[Change]) -> Vec<String> {
    let added = changes
        .iter()
        .filter(|change| change.action == "Add")
        .count();
    let shown = changes
        .iter()
        .filter(|change| change.action != "Add" || added <= FEW);
    let row = |change: &Change| {
        let fate = change.fate().filter(|_| change.action != "Remove");
        let row = format!(
            "{:<8} {:<32} {:<38} {}",
            change.action,
            change.id,
            change.kind,
            fate.unwrap_or_default()
        );
        row.trim_end().to_owned()
    };
    let mut lines: Vec<String> = shown.map(row).collect();
    if added > FEW {
        lines.push(format!("Add      {added} resources"));
    }
    lines
}

/// Returns those whose data or address would be lost, such as `UploadsQueue (AWS::SQS::Queue) would be replaced`.
pub(crate) fn at_stake(changes: &[Change]) -> Vec<String> {
    let lost = changes.iter().filter_map(|change| {
        let fate = change
            .fate()
            .filter(|_| AT_STAKE.contains(&change.kind.as_str()))?;
        Some(format!("{} ({}) would be {fate}", change.id, change.kind))
    });
    lost.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// Returns a change as CloudFormation describes it.
    pub(crate) fn change(action: &str, id: &str, kind: &str, replacement: &str) -> Value {
        let mut change = json!({"Action": action, "LogicalResourceId": id, "ResourceType": kind});
        if !replacement.is_empty() {
            change["Replacement"] = replacement.into();
        }
        json!({"Type": "Resource", "ResourceChange": change})
    }

    #[test]
    fn a_row_says_what_is_done_to_what() {
        let described = json!({"Changes": [
            change("Add", "New", "AWS::SQS::Queue", ""),
            change("Modify", "IssueToken", "AWS::Lambda::Function", "False"),
            change("Modify", "Call", "AWS::Lambda::Permission", "Conditional"),
            change("Remove", "Old", "AWS::IAM::Role", ""),
        ]});
        let words = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let rows: Vec<String> = table(&of(&described)).iter().map(words).collect();
        assert_eq!(
            rows,
            [
                "Add New AWS::SQS::Queue",
                "Modify IssueToken AWS::Lambda::Function",
                "Modify Call AWS::Lambda::Permission perhaps replaced",
                "Remove Old AWS::IAM::Role",
            ]
        );
    }

    #[test]
    fn many_additions_are_counted() {
        let added = (0..21).map(|n| change("Add", &format!("New{n}"), "AWS::SQS::Queue", ""));
        let described = json!({"Changes": added.collect::<Vec<_>>()});
        assert_eq!(table(&of(&described)), ["Add      21 resources"]);
    }

    #[test]
    fn only_data_and_addresses_are_at_stake() {
        let kinds = AT_STAKE.iter().chain(&["AWS::Lambda::Function"]);
        for kind in kinds {
            let lost = |action, replacement| {
                at_stake(&of(
                    &json!({"Changes": [change(action, "It", kind, replacement)]}),
                ))
            };
            assert_eq!(
                lost("Modify", "False").len() + lost("Add", "").len(),
                0,
                "{kind}"
            );
            let fates = [
                ("Remove", "", "removed"),
                ("Modify", "True", "replaced"),
                ("Modify", "Conditional", "perhaps replaced"),
                ("Dynamic", "", "perhaps replaced"),
            ];
            for (action, replacement, fate) in fates {
                let told = format!("It ({kind}) would be {fate}");
                let expected = AT_STAKE.contains(kind).then_some(told);
                assert_eq!(lost(action, replacement), Vec::from_iter(expected));
            }
        }
    }

    /// A type that is new in the template is either at stake or named here.
    #[test]
    fn every_type_of_the_template_is_judged() {
        let replaceable = [
            "AWS::ApiGatewayV2::Integration",
            "AWS::ApiGatewayV2::Route",
            "AWS::ApiGatewayV2::Stage",
            "AWS::CloudFront::CachePolicy",
            "AWS::CloudFront::Function",
            "AWS::CloudFront::OriginAccessControl",
            "AWS::CloudFront::OriginRequestPolicy",
            "AWS::CloudFront::ResponseHeadersPolicy",
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::CompositeAlarm",
            "AWS::CloudWatch::Dashboard",
            "AWS::Events::Rule",
            "AWS::IAM::Policy",
            "AWS::IAM::Role",
            "AWS::Lambda::EventSourceMapping",
            "AWS::Lambda::Permission",
            "AWS::Lambda::Url",
            "AWS::S3::BucketPolicy",
            "AWS::SNS::Subscription",
            "AWS::SNS::TopicPolicy",
            "AWS::SQS::QueuePolicy",
            "AWS::Serverless::Function",
        ];
        let types = include_str!("../../template.yaml").lines();
        for kind in types.filter_map(|line| line.trim().strip_prefix("Type: AWS::")) {
            let kind = format!("AWS::{kind}");
            let judged = AT_STAKE.contains(&kind.as_str()) ^ replaceable.contains(&kind.as_str());
            assert!(judged, "{kind}");
        }
    }
}
