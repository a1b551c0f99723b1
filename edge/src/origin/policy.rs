//! Decides whether a resource policy allows CloudFront one action on behalf of one distribution.
//!
//! It understands as much of IAM's policy language as such policies need, and refuses the rest: a statement with an
//! element that is not understood never allows and always denies.

use serde_json::Value;

use super::super::pattern;

const CLOUDFRONT: &str = "cloudfront.amazonaws.com";

/// A resource policy; the default has no statement and allows nothing.
#[derive(Debug, Default)]
pub(crate) struct Policy(Vec<Value>);

impl Policy {
    /// Reads the JSON document.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let mut document: Value = serde_json::from_slice(text)?;
        Ok(match document.get_mut("Statement").map(Value::take) {
            Some(Value::Array(statements)) => Self(statements),
            Some(statement) => Self(vec![statement]),
            None => Self::default(),
        })
    }

    /// Tells whether `action` on the resource with this ARN is allowed and not denied.
    pub(crate) fn allows(&self, action: &str, resource: &str, distribution_arn: &str) -> bool {
        let applying = |effect: &str, if_unclear: bool| {
            self.0
                .iter()
                .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some(effect))
                .any(|statement| {
                    applies(statement, action, resource, distribution_arn).unwrap_or(if_unclear)
                })
        };
        applying("Allow", false) && !applying("Deny", true)
    }
}

/// Tells whether a statement applies to this request; `None` if that is not understood. An element that certainly
/// does not match decides it, even if another one is not understood.
fn applies(
    statement: &Value,
    action: &str,
    resource: &str,
    distribution_arn: &str,
) -> Option<bool> {
    let parts = [
        listed(statement, "Action", |listed| {
            pattern::matches(&listed.to_ascii_lowercase(), &action.to_ascii_lowercase())
        }),
        listed(statement, "Resource", |listed| {
            pattern::matches(listed, resource)
        }),
        is_cloudfront(statement),
        conditions_hold(statement, distribution_arn),
    ];
    match parts.contains(&Some(false)) {
        true => Some(false),
        false => parts
            .into_iter()
            .collect::<Option<Vec<bool>>>()
            .map(|_all_true| true),
    }
}

fn listed(statement: &Value, element: &str, found: impl Fn(&str) -> bool) -> Option<bool> {
    // `NotAction` and the like are not understood.
    Some(strings(statement.get(element)?)?.into_iter().any(found))
}

fn is_cloudfront(statement: &Value) -> Option<bool> {
    match statement.get("Principal")? {
        Value::String(anyone) => Some(anyone == "*"),
        principals @ (Value::Object(_) | Value::Array(_)) => {
            let anyone = principals
                .get("AWS")
                .and_then(strings)
                .is_some_and(|aws| aws.contains(&"*"));
            let service = principals
                .get("Service")
                .and_then(strings)
                .is_some_and(|service| service.contains(&CLOUDFRONT));
            Some(anyone || service)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn conditions_hold(statement: &Value, distribution_arn: &str) -> Option<bool> {
    let Some(condition) = statement.get("Condition") else {
        return Some(true);
    };
    let mut all = Vec::new();
    for (operator, tests) in condition.as_object()? {
        for (key, wanted) in tests.as_object()? {
            all.push(condition_holds(
                operator,
                key,
                &strings(wanted)?,
                distribution_arn,
            ));
        }
    }
    match all.contains(&Some(false)) {
        true => Some(false),
        false => all
            .into_iter()
            .collect::<Option<Vec<bool>>>()
            .map(|_all_true| true),
    }
}

fn condition_holds(
    operator: &str,
    key: &str,
    wanted: &[&str],
    distribution_arn: &str,
) -> Option<bool> {
    let value = match key.to_ascii_lowercase().as_str() {
        "aws:sourcearn" => distribution_arn,
        "aws:sourceaccount" => distribution_arn.split(':').nth(4)?,
        "aws:securetransport" | "aws:principalisawsservice" => "true",
        "aws:principalservicename" => CLOUDFRONT,
        // The values of a function URL that accepts signed requests only and is invoked through its URL.
        "lambda:functionurlauthtype" => "AWS_IAM",
        "lambda:invokedviafunctionurl" => "true",
        _ => return None,
    };
    let any = |test: fn(&str, &str) -> bool| wanted.iter().any(|wanted| test(wanted, value));
    match operator.strip_suffix("IfExists").unwrap_or(operator) {
        "StringEquals" => Some(any(|wanted, value| wanted == value)),
        "StringNotEquals" => Some(!any(|wanted, value| wanted == value)),
        "StringLike" | "ArnLike" | "ArnEquals" => Some(any(pattern::matches)),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => Some(!any(pattern::matches)),
        "Bool" => Some(any(|wanted, value| wanted.eq_ignore_ascii_case(value))),
        _ => None,
    }
}

/// Returns a string, a boolean or a list of strings as a list.
fn strings(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(one) => Some(vec![one]),
        Value::Bool(true) => Some(vec!["true"]),
        Value::Bool(false) => Some(vec!["false"]),
        Value::Array(many) => many.iter().map(Value::as_str).collect(),
        Value::Null | Value::Number(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:cloudfront::000000000000:distribution/E1";

    fn policy(statements: Value) -> Policy {
        Policy::parse(
            json!({ "Version": "2012-10-17", "Statement": statements })
                .to_string()
                .as_bytes(),
        )
        .unwrap()
    }

    fn allow() -> Value {
        json!({
            "Effect": "Allow", "Principal": { "Service": CLOUDFRONT }, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*", "Condition": { "StringEquals": { "AWS:SourceArn": ARN } },
        })
    }

    fn with(element: &str, value: Value) -> Value {
        let mut statement = allow();
        statement
            .as_object_mut()
            .unwrap()
            .insert(element.to_owned(), value);
        statement
    }

    fn deny(element: &str, value: Value) -> Value {
        json!([allow(), { "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", element: value }])
    }

    #[test]
    fn closed_unless_understood() {
        for (case, statements, expected) in [
            ("the usual", allow(), true),
            ("as a list", json!([allow()]), true),
            ("no statement", json!([]), false),
            (
                "another distribution",
                with(
                    "Condition",
                    json!({ "StringEquals": { "AWS:SourceArn": format!("{ARN}2") } }),
                ),
                false,
            ),
            (
                "any of the account",
                with(
                    "Condition",
                    json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudfront::000000000000:distribution/*" } }),
                ),
                true,
            ),
            (
                "another service",
                with("Principal", json!({ "Service": "lambda.amazonaws.com" })),
                false,
            ),
            (
                "another prefix",
                with("Resource", json!(["arn:aws:s3:::b/private/*"])),
                false,
            ),
            (
                "another action",
                with("Action", json!(["s3:PutObject", "s3:ListBucket"])),
                false,
            ),
            ("wildcard action", with("Action", json!("S3:Get*")), true),
            (
                "unknown operator",
                with(
                    "Condition",
                    json!({ "DateLessThan": { "aws:SourceArn": ARN } }),
                ),
                false,
            ),
            (
                "unknown key",
                with("Condition", json!({ "StringEquals": { "s3:prefix": "" } })),
                false,
            ),
            (
                "denied without TLS",
                deny(
                    "Condition",
                    json!({ "Bool": { "aws:SecureTransport": "false" } }),
                ),
                true,
            ),
            (
                "denied with an unknown condition",
                deny("Condition", json!({ "Null": { "s3:x": "true" } })),
                false,
            ),
            (
                "denied to others",
                deny("Principal", json!({ "AWS": "arn:aws:iam::1:root" })),
                true,
            ),
            (
                "denied elsewhere under an unknown condition",
                json!([allow(), {
                    "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*",
                    "Condition": { "Null": { "s3:x": "true" } },
                }]),
                true,
            ),
            (
                "denied by exclusion is not understood",
                json!([allow(), {
                    "Effect": "Deny", "NotPrincipal": { "AWS": "x" }, "Action": "s3:*", "Resource": "*",
                }]),
                false,
            ),
        ] {
            let allowed = policy(statements).allows("s3:GetObject", "arn:aws:s3:::b/public/x", ARN);
            assert_eq!(allowed, expected, "{case}");
        }
    }

    /// The two permissions of a function URL, as `AddPermission` writes them.
    #[test]
    fn a_function_url_is_open_by_both_of_its_permissions() {
        const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let permission = |action: &str, operator: &str, key: &str, value: &str| {
            json!({
                "Effect": "Allow", "Principal": { "Service": CLOUDFRONT }, "Action": action, "Resource": FUNCTION,
                "Condition": { "ArnLike": { "AWS:SourceArn": ARN }, operator: { key: value } },
            })
        };
        let url = "lambda:InvokeFunctionUrl";
        let invoke = "lambda:InvokeFunction";
        let by_auth = |auth| permission(url, "StringEquals", "lambda:FunctionUrlAuthType", auth);
        let via_url = |is| permission(invoke, "Bool", "lambda:InvokedViaFunctionUrl", is);
        for (case, statements, expected) in [
            (
                "both",
                json!([by_auth("AWS_IAM"), via_url("true")]),
                [true, true],
            ),
            ("one", json!([by_auth("AWS_IAM")]), [true, false]),
            (
                "for unsigned requests",
                json!([by_auth("NONE"), via_url("true")]),
                [false, true],
            ),
            (
                "not through a URL",
                json!([by_auth("AWS_IAM"), via_url("false")]),
                [true, false],
            ),
        ] {
            let policy = policy(statements);
            let allowed = [url, invoke].map(|action| policy.allows(action, FUNCTION, ARN));
            assert_eq!(allowed, expected, "{case}");
        }
        let both = policy(json!([by_auth("AWS_IAM"), via_url("true")]));
        assert!(
            !both.allows(url, FUNCTION, &format!("{ARN}2")),
            "another distribution"
        );
    }
}
