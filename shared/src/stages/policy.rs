//! The session policy of upload credentials, which allows uploads under one prefix and nothing else.
//!
//! The permissions of the credentials are the intersection of this policy and the token user's own, so even a
//! fault here allows no more than putting objects into the UPLOAD bucket.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>

use serde_json::json;

use crate::vocabulary::keys::upload_prefix;
use crate::vocabulary::names::{AppId, UploadId};

/// The longest plain-text session policy that STS takes, in characters.
const MAX_POLICY_CHARS: usize = 2048;

/// The allowed actions: putting objects, whole or in parts, and nothing else. S3 checks `s3:PutObject` for the steps of
/// a multipart upload as well.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>
const ACTIONS: [&str; 3] = [
    "s3:PutObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
];

/// Makes the policy for one upload: over the exact keys of `files` if that fits into the limit of STS, else over the
/// upload's whole prefix. (The declared files are compared with the record when a file is validated.)
#[must_use]
pub fn session_policy(
    partition: &str,
    bucket: &str,
    app: &AppId,
    upload: &UploadId,
    files: Option<&[String]>,
) -> String {
    let prefix = format!(
        "arn:{partition}:s3:::{bucket}/{}",
        upload_prefix(app, upload)
    );
    let exact =
        files.filter(|files| !files.is_empty() && files.iter().all(|name| is_literal(name)));
    if let Some(files) = exact {
        let keys: Vec<_> = files.iter().map(|name| format!("{prefix}{name}")).collect();
        let policy = policy(&json!(keys));
        if policy.len() <= MAX_POLICY_CHARS {
            return policy;
        }
    }
    whole_prefix(partition, bucket, app, upload)
}

/// Makes the policy over the upload's whole prefix, which always fits. It is the fallback for STS's limit on the packed
/// size, which cannot be computed beforehand.
#[must_use]
pub fn whole_prefix(partition: &str, bucket: &str, app: &AppId, upload: &UploadId) -> String {
    policy(&json!([format!(
        "arn:{partition}:s3:::{bucket}/{}*",
        upload_prefix(app, upload)
    )]))
}

fn policy(resources: &serde_json::Value) -> String {
    let statement = json!([{"Effect": "Allow", "Action": ACTIONS, "Resource": resources}]);
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

/// Whether IAM takes the name literally: `*` and `?` are wildcards, `$` begins a variable, and STS refuses policies
/// with characters beyond U+00FF.
fn is_literal(name: &str) -> bool {
    name.bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'*' | b'?' | b'$'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const PREFIX: &str = "arn:aws:s3:::bucket/demo/01jd8f5w2v9k3m4n5p6q7r8s9t/";

    fn resources(files: Option<&[String]>) -> Vec<String> {
        let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
        let text = session_policy(
            "aws",
            "bucket",
            &AppId::parse("demo").unwrap(),
            &upload,
            files,
        );
        assert!(text.len() <= MAX_POLICY_CHARS && text.is_ascii());
        let policy: Value = serde_json::from_str(&text).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1);
        assert_eq!(statements[0]["Action"], json!(ACTIONS));
        statements[0]["Resource"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_policy_names_the_files_while_it_can() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(resources(None), [format!("{PREFIX}*")]);
        assert_eq!(resources(Some(&[])), [format!("{PREFIX}*")]);
        assert_eq!(
            resources(Some(&names(&["a b.jpg", "c\"d"]))),
            [format!("{PREFIX}a b.jpg"), format!("{PREFIX}c\"d")]
        );
        for not_literal in ["*", "a?", "${aws:username}", "猫.jpg", "a\n"] {
            assert_eq!(
                resources(Some(&names(&["a.jpg", not_literal]))),
                [format!("{PREFIX}*")],
                "{not_literal}"
            );
        }
        let many: Vec<_> = (0..100).map(|n| format!("{n:030}.jpg")).collect();
        assert_eq!(resources(Some(&many)), [format!("{PREFIX}*")]);
    }

    proptest! {
        /// Even if every wildcard is read as "anything", a resource reaches nothing outside the prefix.
        #[test]
        fn nothing_outside_the_prefix_is_reached(files in proptest::collection::vec("\\PC{1,50}|[ -~]{1,50}", 0..9)) {
            for resource in resources(Some(&files)) {
                let literal = resource.split(['*', '?', '$']).next().unwrap();
                prop_assert!(literal.starts_with(PREFIX), "{}", resource);
            }
        }
    }
}
