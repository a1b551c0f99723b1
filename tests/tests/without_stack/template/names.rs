//! Tests the names that are global, among regions or among accounts: with `Names=account` they are what they were before there
//! was a choice, and with `Names=region` stacks of one name in two regions share none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::template::{global_name, template};

/// For each type whose names are global: the property with the name, and the most characters of it.
///
/// - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
/// - <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html>
/// - <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateFunction.html>
/// - <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>
/// - <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
const GLOBAL: [(&str, &str, usize); 6] = [
    ("AWS::S3::Bucket", "/BucketName", 63),
    (
        "AWS::CloudFront::OriginAccessControl",
        "/OriginAccessControlConfig/Name",
        64,
    ),
    (
        "AWS::CloudFront::CachePolicy",
        "/CachePolicyConfig/Name",
        128,
    ),
    (
        "AWS::CloudFront::ResponseHeadersPolicy",
        "/ResponseHeadersPolicyConfig/Name",
        128,
    ),
    ("AWS::CloudFront::Function", "/Name", 64),
    ("AWS::CloudWatch::Dashboard", "/DashboardName", 255),
];

/// The names of a stack whose names do not end with a region.
const BEFORE: [(&str, &str); 14] = [
    ("BackupBucket", "${AWS::StackName}-backup-${AWS::AccountId}"),
    ("Dashboard", "${AWS::StackName}"),
    (
        "DeliveryBucket",
        "${AWS::StackName}-delivery-${AWS::AccountId}",
    ),
    ("DeliveryCachePolicy", "${AWS::StackName}-delivery"),
    ("OriginAccessControl", "${AWS::StackName}-delivery"),
    ("PrivateHeaders", "${AWS::StackName}-private"),
    ("PublicHeaders", "${AWS::StackName}-public"),
    ("DownloadHeaders", "${AWS::StackName}-download"),
    (
        "RecordsBucket",
        "${AWS::StackName}-records-${AWS::AccountId}",
    ),
    ("ThumbnailAccessControl", "${AWS::StackName}-thumbnails"),
    ("ThumbnailCachePolicy", "${AWS::StackName}-thumbnails"),
    ("UploadBucket", "${AWS::StackName}-upload-${AWS::AccountId}"),
    ("ViewerRequest", "${AWS::StackName}-viewer-request"),
    ("WorkBucket", "${AWS::StackName}-work-${AWS::AccountId}"),
];

/// Returns the name of each resource that has a global one, with `${In}` for the region.
fn names() -> BTreeMap<String, Value> {
    let template = template();
    let mut names = BTreeMap::new();
    for (kind, property, _) in GLOBAL {
        for resource in template.of_type(kind) {
            names.insert(resource.id.to_owned(), resource.property(property).clone());
        }
    }
    names
}

/// The end of a name is empty, as before, or the region.
#[test]
fn every_global_name_is_what_it_was_or_has_the_region() {
    let expected = BEFORE.map(|(id, before)| (id.to_owned(), global_name(before)));
    assert_eq!(names(), expected.into());
    let template = template();
    let parameter = template.section("Parameters").get("Names").unwrap();
    assert_eq!(parameter.get("Default"), Some(&json!("account")));
    assert_eq!(
        parameter.get("AllowedValues"),
        Some(&json!(["account", "region"]))
    );
    let condition = template.section("Conditions").get("RegionInNames");
    assert_eq!(
        condition,
        Some(&json!({ "Fn::Equals": [{ "Ref": "Names" }, "region"] }))
    );
}

/// A name of one's own in IAM would be taken in all regions; CloudFormation makes up others.
#[test]
fn iam_s_names_are_made_up() {
    let template = template();
    for (kind, property) in [
        ("AWS::IAM::User", "/UserName"),
        ("AWS::IAM::Role", "/RoleName"),
        ("AWS::IAM::ManagedPolicy", "/ManagedPolicyName"),
    ] {
        for resource in template.of_type(kind) {
            assert!(resource.property(property).is_null(), "{}", resource.id);
        }
    }
    let others = [
        "OriginRequestPolicy",
        "KeyGroup",
        "PublicKey",
        "KeyValueStore",
        "ContinuousDeploymentPolicy",
    ];
    for other in others {
        let kind = format!("AWS::CloudFront::{other}");
        assert_eq!(
            template.of_type(&kind).count(),
            0,
            "{kind} has a global name, too"
        );
    }
}

/// Nothing else depends on the form, but the permissions of two queues that name a bucket before it exists.
#[test]
fn nothing_but_names_depends_on_their_form() {
    fn count(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().map(count).sum(),
            Value::Object(fields) => fields.values().map(count).sum(),
            Value::String(text) => usize::from(text == "RegionInNames"),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
    }
    let template = template();
    let uses = count(template.section("Resources")) + count(template.section("Outputs"));
    assert_eq!(uses, BEFORE.len() + 2);
    let text = template.text();
    assert_eq!(text.matches("!Ref Names").count(), 1);
}

/// `make deploy` gives a stack's name as much room as the bucket of packaged functions leaves:
/// `{stack}-artifacts-{account}-{region}`.
#[test]
fn the_longest_stack_s_name_fits_everywhere() {
    let account = "123456789012";
    for region in [
        "eu-west-1",
        "ap-northeast-1",
        "us-gov-west-1",
        "cn-northwest-1",
    ] {
        let rest = format!("-artifacts-{account}-{region}").len();
        let stack = "s".repeat(63 - rest);
        for (kind, property, most) in GLOBAL {
            for resource in template().of_type(kind) {
                let name = resource.property(property).pointer("/Fn::Sub/0").unwrap();
                let name = name
                    .as_str()
                    .unwrap()
                    .replace("${AWS::StackName}", &stack)
                    .replace("${AWS::AccountId}", account)
                    .replace("${In}", &format!("-{region}"));
                assert!(name.len() <= most && !name.contains('$'), "{name}");
            }
        }
        for function in template().functions() {
            let name = format!("{stack}-{}", function.directory);
            assert!(name.len() <= 64, "{name}");
        }
    }
}
