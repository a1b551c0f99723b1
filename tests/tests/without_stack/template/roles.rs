//! Tests the permissions of functions and of the token user. (Another test compares each role with the calls of its
//! function.)

use std::collections::{BTreeMap, BTreeSet};

use dozo_tests::template::{Resource, Statement, referenced};
use serde_json::json;

use crate::template::template;

/// Returns the bucket of a resource: `${RecordsBucket.Arn}/apps/*` → `RecordsBucket`.
fn bucket_of(resource: &str) -> Option<&str> {
    let (id, _) = resource.strip_prefix("${")?.split_once(".Arn}")?;
    id.ends_with("Bucket").then_some(id)
}

fn readable(statements: &[Statement]) -> BTreeSet<&str> {
    let reading = statements.iter().filter(|statement| {
        statement
            .actions
            .iter()
            .any(|action| action == "s3:GetObject")
    });
    reading
        .flat_map(|statement| &statement.resources)
        .filter_map(|resource| bucket_of(resource))
        .collect()
}

#[test]
fn no_role_reaches_further_than_its_prefixes() {
    let template = template();
    let roles = template.of_type("AWS::IAM::Role");
    for role in roles.chain(template.of_type("AWS::IAM::Policy")) {
        for statement in role.statements() {
            assert_eq!(statement.effect, "Allow", "{}", role.id);
            for action in &statement.actions {
                assert!(!action.contains('*'), "{}: {action}", role.id);
            }
            for resource in &statement.resources {
                // Each of these services lets a policy name one bucket, queue, secret or log group; MediaConvert
                // chooses its jobs' ids itself.
                let named = resource.starts_with("${")
                    || resource.ends_with(":mediaconvert:${AWS::Region}:${AWS::AccountId}:jobs/*")
                    || resource.ends_with(":queues/Default")
                    || resource.ends_with(":distribution/${Distribution}");
                assert!(named, "{}: {resource}", role.id);
                let whole_bucket =
                    bucket_of(resource).is_some_and(|id| resource == &format!("${{{id}.Arn}}/*"));
                assert!(
                    !whole_bucket
                        || resource.starts_with("${UploadBucket")
                        || resource.starts_with("${WorkBucket"),
                    "{}: {resource}",
                    role.id
                );
            }
        }
    }
}

/// S3 answers 403, not 404, for a missing object if the caller may not list the bucket, and does so with any prefix
/// condition; a missing record would then look like a failure. The local stack always answers 404.
#[test]
fn who_reads_a_bucket_can_tell_that_an_object_is_missing() {
    let template = template();
    let mut seen = 0;
    for role in template.of_type("AWS::IAM::Role") {
        let statements = role.statements();
        for bucket in readable(&statements) {
            let arn = format!("${{{bucket}.Arn}}");
            let lists = statements.iter().any(|statement| {
                statement.actions == ["s3:ListBucket"]
                    && statement.resources == [arn.clone()]
                    && statement.condition.is_null()
            });
            assert!(lists, "{} reads {bucket}", role.id);
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn a_function_writes_its_own_log_and_no_other() {
    let template = template();
    for function in template.functions() {
        let role = template.resource(&function.role).unwrap().statements();
        let logs: Vec<_> = role
            .iter()
            .filter(|statement| statement.actions.join(" ").contains("logs:"))
            .collect();
        let expected = Statement {
            sid: String::new(),
            effect: "Allow".to_owned(),
            principal: String::new(),
            actions: vec![
                "logs:CreateLogStream".to_owned(),
                "logs:PutLogEvents".to_owned(),
            ],
            resources: vec![format!("${{{}.Arn}}", function.log_group)],
            condition: serde_json::Value::Null,
        };
        assert_eq!(logs, [&expected], "{}", function.id);
    }
}

#[test]
fn a_consumer_may_take_and_put_back_its_own_messages_only() {
    let template = template();
    let mut queues = BTreeMap::<String, Vec<String>>::new();
    for source in template.of_type("AWS::Lambda::EventSourceMapping") {
        let function = referenced(source.property("/FunctionName"));
        let queue = dozo_tests::template::text(source.property("/EventSourceArn"));
        queues.entry(function).or_default().push(queue);
    }
    for (function, mut queues) in queues {
        queues.sort();
        let role = template
            .resource(&format!("{function}Role"))
            .map(Resource::statements)
            .unwrap();
        let sqs: Vec<_> = role
            .iter()
            .filter(|statement| {
                let actions = statement.actions.join(" ");
                actions.contains("sqs:") && actions != "sqs:SendMessage"
            })
            .collect();
        let [statement] = sqs.as_slice() else {
            unreachable!("{function}: {sqs:?}")
        };
        let actions: BTreeSet<&str> = statement.actions.iter().map(String::as_str).collect();
        let expected = [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
        ];
        assert_eq!(actions, expected.into(), "{function}");
        assert_eq!(statement.resources, queues, "{function}");
    }
}

/// Federated credentials are the intersection of the session policy and this.
#[test]
fn the_token_user_opens_uploads_and_nothing_else() {
    let template = template();
    let user = template.resource("TokenUser").unwrap();
    let statements = user.statements();
    let [federate, put] = statements.as_slice() else {
        unreachable!("{statements:?}")
    };
    assert_eq!(federate.actions, ["sts:GetFederationToken"]);
    let on_aws = "arn:${AWS::Partition}:sts::${AWS::AccountId}:federated-user/*";
    assert_eq!(
        federate.resources,
        ["*", on_aws],
        "the first is for a laptop: the local stack knows no other"
    );
    let federate_on = user.property("/Policies/0/PolicyDocument/Statement/0/Resource/Fn::If/0");
    assert_eq!(federate_on, "OnLaptop");
    assert_eq!(
        put.actions,
        [
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts"
        ]
    );
    assert_eq!(put.resources, ["${UploadBucket.Arn}/*"]);
    for other in ["/ManagedPolicyArns", "/Groups", "/LoginProfile"] {
        assert!(user.property(other).is_null(), "{other}");
    }
    assert_eq!(
        template
            .section("Parameters")
            .pointer("/Place/Default")
            .unwrap(),
        "aws"
    );
}

/// A role has the same permissions where there is no token user, and only issue-token may assume it.
#[test]
fn the_uploader_s_role_opens_what_the_token_user_does() {
    let template = template();
    let user = template.resource("TokenUser").unwrap().statements();
    let role = template.resource("UploaderRole").unwrap();
    assert_eq!(role.statements(), user[1..], "all but to issue tokens");
    assert_eq!(
        role.property("/AssumeRolePolicyDocument/Statement"),
        &json!([{
            "Effect": "Allow",
            "Principal": { "AWS": { "Fn::GetAtt": ["IssueTokenRole", "Arn"] } },
            "Action": "sts:AssumeRole",
        }])
    );
    for other in ["/ManagedPolicyArns", "/MaxSessionDuration", "/RoleName"] {
        assert!(role.property(other).is_null(), "{other}");
    }
    let policies: Vec<_> = template.of_type("AWS::IAM::Policy").collect();
    let [assume] = policies.as_slice() else {
        unreachable!("{policies:?}")
    };
    assert_eq!(referenced(assume.property("/Roles/0")), "IssueTokenRole");
    assert_eq!(assume.property("/Roles/1"), &serde_json::Value::Null);
    let [statement] = &assume.statements()[..] else {
        unreachable!("{assume:?}")
    };
    assert_eq!(statement.actions, ["sts:AssumeRole"]);
    assert_eq!(statement.resources, ["${UploaderRole.Arn}"]);
}

/// A stack has either the user, its secret and the right to read that, or the role and the right to assume it.
#[test]
fn upload_credentials_have_one_source() {
    let template = template();
    let parameter = template
        .section("Parameters")
        .get("UploadCredentials")
        .unwrap();
    assert_eq!(parameter.get("Default"), Some(&json!("federation-token")));
    let conditions = template.section("Conditions");
    for (condition, value, resources, outputs) in [
        (
            "WithTokenUser",
            "federation-token",
            &["TokenUser", "TokenSecret"][..],
            &["TokenUser", "TokenSecret"][..],
        ),
        (
            "WithUploaderRole",
            "assume-role",
            &["IssueTokenPolicy", "UploaderRole"],
            &["UploaderRole"],
        ),
    ] {
        let expected = json!({ "Fn::Equals": [{ "Ref": "UploadCredentials" }, value] });
        assert_eq!(conditions.get(condition), Some(&expected));
        let mut found: Vec<_> = template
            .resources()
            .filter(|resource| resource.part("/Condition") == condition)
            .map(|resource| resource.id)
            .collect();
        found.sort_unstable();
        let mut expected = resources.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
        for output in outputs {
            let output = template.section("Outputs").get(output).unwrap();
            assert_eq!(output.get("Condition"), Some(&json!(condition)));
        }
    }
    let policy = template.resource("IssueTokenRole").unwrap();
    let statements = policy.property("/Policies/0/PolicyDocument/Statement");
    let depend: Vec<_> = statements
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|statement| statement.get("Fn::If"))
        .collect();
    let read = json!([
        "WithTokenUser",
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": { "Fn::GetAtt": ["TokenSecret", "Id"] },
        },
        { "Ref": "AWS::NoValue" },
    ]);
    assert_eq!(depend, [&read]);
}
