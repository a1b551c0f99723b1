//! Tests the five buckets: they are closed, encrypted, owned and kept; and what an uploader may choose.

use dozo_tests::template::{Resource, Statement, list};
use serde_json::{Value, json};

use crate::template::{assert_denies_plain_http, global_name, template};

const ROLES: [(&str, &str); 5] = [
    ("UploadBucket", "upload"),
    ("DeliveryBucket", "delivery"),
    ("BackupBucket", "backup"),
    ("RecordsBucket", "records"),
    ("WorkBucket", "work"),
];

fn policy(template: &dozo_tests::template::Template, bucket: &str) -> Vec<Statement> {
    template
        .resource(&format!("{bucket}Policy"))
        .unwrap()
        .statements()
}

fn rule<'a>(bucket: Resource<'a>, id: &str) -> &'a Value {
    let rules = bucket
        .property("/LifecycleConfiguration/Rules")
        .as_array()
        .unwrap();
    let found = rules
        .iter()
        .find(|rule| rule.get("Id") == Some(&json!(id)))
        .unwrap();
    assert_eq!(found.get("Status"), Some(&json!("Enabled")));
    found
}

#[test]
fn there_are_these_five_and_no_other() {
    let template = template();
    let mut ids: Vec<_> = template
        .of_type("AWS::S3::Bucket")
        .map(|bucket| bucket.id)
        .collect();
    let mut expected = ROLES.map(|(id, _)| id);
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);
}

#[test]
fn every_bucket_is_hardened() {
    let template = template();
    for (id, role) in ROLES {
        let bucket = template.resource(id).unwrap();
        let name = format!("${{AWS::StackName}}-{role}-${{AWS::AccountId}}");
        assert_eq!(
            bucket.property("/BucketName"),
            &global_name(&name),
            "a new deploy finds the old media by name"
        );
        for setting in [
            "BlockPublicAcls",
            "BlockPublicPolicy",
            "IgnorePublicAcls",
            "RestrictPublicBuckets",
        ] {
            let value = bucket.property(&format!("/PublicAccessBlockConfiguration/{setting}"));
            assert_eq!(value, &json!(true), "{id} {setting}");
        }
        let owner = bucket.property("/OwnershipControls/Rules/0/ObjectOwnership");
        assert_eq!(owner, "BucketOwnerEnforced", "{id}");
        let encryption = bucket.property("/BucketEncryption/ServerSideEncryptionConfiguration/0");
        assert_eq!(
            encryption.pointer("/ServerSideEncryptionByDefault/SSEAlgorithm"),
            Some(&json!("AES256"))
        );
        assert_eq!(
            encryption.pointer("/BlockedEncryptionTypes/EncryptionType"),
            Some(&json!(["SSE-C"]))
        );
        for policy in ["/DeletionPolicy", "/UpdateReplacePolicy"] {
            assert_eq!(bucket.part(policy), "Retain", "{id} {policy}");
        }
        let arn = format!("${{{id}.Arn}}");
        assert_denies_plain_http(
            &policy(&template, id),
            "s3:*",
            &[arn.clone(), format!("{arn}/*")],
        );
        assert_eq!(
            template
                .resource(&format!("{id}Policy"))
                .unwrap()
                .property("/Bucket"),
            &json!({ "Ref": id })
        );
    }
}

/// An unfinished multipart upload costs money and nobody sees it.
#[test]
fn every_bucket_forgets_unfinished_uploads() {
    let template = template();
    for (id, _) in ROLES {
        let bucket = template.resource(id).unwrap();
        let rules = bucket
            .property("/LifecycleConfiguration/Rules")
            .as_array()
            .unwrap();
        let days = rules.iter().find_map(|rule| {
            rule.pointer("/AbortIncompleteMultipartUpload/DaysAfterInitiation")?
                .as_u64()
        });
        assert!(
            days.is_some_and(|days| (1..=7).contains(&days)),
            "{id}: {days:?}"
        );
    }
}

#[test]
fn what_lives_for_how_long() {
    let template = template();
    let bucket = |id| template.resource(id).unwrap();
    let days = rule(bucket("UploadBucket"), "uploads")
        .get("ExpirationInDays")
        .unwrap();
    assert_eq!(days, &json!({ "Ref": "UploadRetentionDays" }));
    // A dead letter lives 14 days, and the file that it is about must still be there.
    let parameter = template
        .section("Parameters")
        .get("UploadRetentionDays")
        .unwrap();
    assert!(parameter.get("MinValue").unwrap().as_u64().unwrap() > 14);
    assert_eq!(
        rule(bucket("WorkBucket"), "intermediate-results").get("ExpirationInDays"),
        Some(&json!(7))
    );
    for id in ["BackupBucket", "RecordsBucket"] {
        assert_eq!(
            bucket(id).property("/VersioningConfiguration/Status"),
            "Enabled",
            "{id}"
        );
        let old = rule(bucket(id), "noncurrent-versions");
        assert_eq!(
            old.pointer("/NoncurrentVersionExpiration/NoncurrentDays"),
            Some(&json!(30)),
            "{id}"
        );
        assert!(
            old.get("ExpirationInDays").is_none(),
            "{id}: a current version never expires"
        );
    }
    // The marks of daily quotas expire, when apps may not ask for their day any more, and what was told of media.
    let rules = bucket("RecordsBucket").property("/LifecycleConfiguration/Rules");
    let expiring: Vec<_> = rules
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|rule| Some((rule.get("Prefix"), rule.get("ExpirationInDays")?)))
        .collect();
    let expected = [("usage/", 402), ("events/", 14), ("deliveries/", 14)];
    let expected = expected.map(|(prefix, days)| (json!(prefix), json!(days)));
    let expected = expected
        .each_ref()
        .map(|(prefix, days)| (Some(prefix), days));
    assert_eq!(expiring, expected);
    for id in ["UploadBucket", "DeliveryBucket", "WorkBucket"] {
        assert!(
            bucket(id).property("/VersioningConfiguration").is_null(),
            "{id}: gone must be gone"
        );
    }
    let delivery = bucket("DeliveryBucket");
    assert!(
        !delivery
            .property("/LifecycleConfiguration")
            .to_string()
            .contains("ExpirationInDays")
    );
}

#[test]
fn a_browser_may_upload_in_parts() {
    let template = template();
    let bucket = template.resource("UploadBucket").unwrap();
    let rule = bucket.property("/CorsConfiguration/CorsRules/0");
    let methods = list(rule.get("AllowedMethods").unwrap());
    for method in ["PUT", "POST", "GET", "HEAD", "DELETE"] {
        assert!(methods.iter().any(|allowed| allowed == method), "{method}");
    }
    assert!(
        list(rule.get("ExposedHeaders").unwrap()).contains(&"ETag".to_owned()),
        "a part is named by its ETag"
    );
    assert_eq!(
        rule.get("AllowedOrigins"),
        Some(&json!({ "Ref": "UploadCorsOrigins" }))
    );
}

/// The local stack ignores these conditions (except the encryption header's), so they are tested as text.
#[test]
fn an_uploader_cannot_choose_how_an_object_is_stored() {
    let template = template();
    let statements = policy(&template, "UploadBucket");
    let given = |key: &str| json!({ format!("s3:{key}"): "false" });
    let cases = [
        (
            "DenyOtherStorageClasses",
            json!({ "StringNotEquals": { "s3:x-amz-storage-class": "STANDARD" }, "Null": given("x-amz-storage-class") }),
        ),
        (
            "DenyForeignEncryption",
            json!({
                "StringNotEquals": { "s3:x-amz-server-side-encryption": "AES256" },
                "Null": given("x-amz-server-side-encryption"),
            }),
        ),
        (
            "DenyKmsKeys",
            json!({ "Null": given("x-amz-server-side-encryption-aws-kms-key-id") }),
        ),
        (
            "DenyCustomerKeys",
            json!({ "Null": given("x-amz-server-side-encryption-customer-algorithm") }),
        ),
    ];
    for (sid, condition) in cases {
        let deny = statements
            .iter()
            .find(|statement| statement.sid == sid)
            .unwrap();
        assert_eq!(
            (deny.effect.as_str(), deny.principal.as_str()),
            ("Deny", "*"),
            "{sid}"
        );
        assert_eq!(
            deny.actions,
            ["s3:PutObject"],
            "{sid}: parts and multipart uploads are PutObject too"
        );
        assert_eq!(deny.resources, ["${UploadBucket.Arn}/*"], "{sid}");
        assert_eq!(deny.condition, condition, "{sid}");
    }
    // In a Deny, …IfExists is true for a request without the header, so it would refuse every ordinary client.
    assert!(
        statements
            .iter()
            .all(|statement| !statement.condition.to_string().contains("IfExists"))
    );
    assert!(
        statements
            .iter()
            .all(|statement| statement.effect == "Deny"),
        "nobody is let in by this policy"
    );
}

#[test]
fn only_the_distribution_reads_delivery_and_it_can_miss() {
    let template = template();
    let allowed: Vec<_> = policy(&template, "DeliveryBucket")
        .into_iter()
        .filter(|statement| statement.effect == "Allow")
        .collect();
    let source = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}";
    for statement in &allowed {
        assert_eq!(statement.principal, "cloudfront.amazonaws.com");
        assert_eq!(
            statement.condition,
            json!({ "StringEquals": { "aws:SourceArn": { "Fn::Sub": source } } })
        );
    }
    let granted: Vec<_> = allowed
        .iter()
        .map(|statement| (statement.actions.join(" "), statement.resources.join(" ")))
        .collect();
    let read = "${DeliveryBucket.Arn}/public/* ${DeliveryBucket.Arn}/private/*".to_owned();
    // Without ListBucket on the bucket itself, S3 answers 403 for objects that do not exist.
    let miss = "${DeliveryBucket.Arn}".to_owned();
    assert_eq!(
        granted,
        [
            ("s3:GetObject".to_owned(), read),
            ("s3:ListBucket".to_owned(), miss)
        ]
    );
}

#[test]
fn no_other_bucket_lets_anybody_in() {
    let template = template();
    for id in ["BackupBucket", "RecordsBucket", "WorkBucket"] {
        assert!(
            policy(&template, id)
                .iter()
                .all(|statement| statement.effect == "Deny"),
            "{id}"
        );
    }
}
