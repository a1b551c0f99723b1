//! Tests that each role in the template allows what its function declares.

use std::collections::BTreeSet;

use dozo::vocabulary::access::{Access, Action, Resource};
use dozo::vocabulary::keys::Bucket;
use dozo_tests::template::{Function, Template};
use serde_json::{Value, json};

use crate::roles::DECLARED;

/// The ARN prefix of MediaConvert's resources in the stack's account and region: jobs, whose ids it chooses, and a
/// queue for them.
const MEDIACONVERT: &str = "arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:";

type Rights = BTreeSet<(String, String)>;

/// Shortens a resource: `${RecordsBucket.Arn}/apps/*` → `RecordsBucket/apps/*`; a distribution's ARN → its logical id;
/// MediaConvert's jobs and queue → `jobs` and `queue`.
fn plain(resource: &str) -> String {
    match resource.strip_prefix(MEDIACONVERT) {
        Some("jobs/*") => return "jobs".to_owned(),
        Some("queues/Default") => return "queue".to_owned(),
        Some(_) | None => {}
    }
    let resource = resource
        .split_once(":distribution/")
        .map_or(resource, |(_, id)| id);
    let (reference, rest) = resource
        .strip_prefix("${")
        .and_then(|inner| inner.split_once('}'))
        .unwrap_or((resource, ""));
    let id = reference.split('.').next().unwrap_or(reference);
    format!("{id}{rest}")
}

fn allowed(template: &Template, function: &Function) -> Rights {
    let role = template.resource(&function.role).unwrap();
    let mut rights = Rights::new();
    let policies = template.of_type("AWS::IAM::Policy");
    let own =
        policies.filter(|policy| policy.property("/Roles") == &json!([{ "Ref": function.role }]));
    for statement in own.chain([role]).flat_map(|own| own.statements()) {
        assert_eq!(statement.effect, "Allow", "{}", function.role);
        // A role may be passed only to the service that it is for.
        let expected = if statement.actions == ["iam:PassRole"] {
            json!({"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}})
        } else {
            Value::Null
        };
        assert_eq!(statement.condition, expected, "{}", function.role);
        for action in &statement.actions {
            let each = statement.resources.iter().map(|on| plain(on));
            rights.extend(each.map(|on| (action.clone(), on)));
        }
    }
    rights
}

fn needed(function: &Function, declared: &[Access]) -> Rights {
    let log = |action: &str| (action.to_owned(), function.log_group.clone());
    let mut rights = Rights::from([log("logs:CreateLogStream"), log("logs:PutLogEvents")]);
    for access in declared {
        let objects = |bucket: Bucket, pattern: &str| {
            let id = format!("{bucket:?}Bucket");
            (id.clone(), format!("{id}/{pattern}"))
        };
        let on = match access.on {
            Resource::Objects(bucket, pattern) => vec![objects(bucket, pattern)],
            Resource::Published(bucket) => {
                vec![objects(bucket, "public/*"), objects(bucket, "private/*")]
            }
            Resource::Queue(id)
            | Resource::Secret(id)
            | Resource::Distribution(id)
            | Resource::Bus(id)
            | Resource::Role(id) => vec![(id.to_owned(), id.to_owned())],
            Resource::JobQueue => vec![("queue".to_owned(), "queue".to_owned())],
            Resource::Jobs => vec![("jobs".to_owned(), "jobs".to_owned())],
        };
        for (owner, resource) in on {
            rights.extend(access.call.actions.iter().map(|action| match action {
                Action::OnBucket(name) => ((*name).to_owned(), owner.clone()),
                Action::OnResource(name) => ((*name).to_owned(), resource.clone()),
            }));
        }
    }
    rights
}

#[test]
fn each_role_allows_what_its_function_declares_and_nothing_more() {
    let template = Template::load().unwrap();
    let mut seen = BTreeSet::new();
    for function in template.functions() {
        let (directory, declared) = DECLARED
            .into_iter()
            .find(|(directory, _)| *directory == function.directory)
            .unwrap();
        let (allowed, needed) = (allowed(&template, &function), needed(&function, declared));
        let (spare, missing) = (&allowed - &needed, &needed - &allowed);
        assert!(
            spare.is_empty() && missing.is_empty(),
            "{directory}: allowed without need {spare:?}; needed and not allowed {missing:?}"
        );
        seen.insert(directory);
    }
    assert_eq!(seen, DECLARED.map(|(directory, _)| directory).into());
}
