//! Compares how many functions an account runs at once with how many the stack's stages may want.

use serde_json::Value;

use crate::aws_cli::AwsCli;

/// The quota "Concurrent executions" of Lambda:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const QUOTA_CODE: &str = "L-B99A9384";

/// The executions that should be left for the API and for rendering images. Lambda wants as many to stay unreserved.
const FOR_VIEWERS: u64 = 100;

/// Returns a note if the account may throttle this deployed stack, or if its quota cannot be read.
pub async fn note(aws: &AwsCli, stack: &str, template: &str) -> Option<String> {
    let command = ["cloudformation", "describe-stacks", "--stack-name", stack];
    let described = aws.call(&command).await.ok()?;
    let size = parameter(&described, "Concurrency")?;
    let stages = stages_at_once(template, size)?;
    let settings = aws.call(&["lambda", "get-account-settings"]).await;
    let Ok(settings) = settings else {
        return Some(
            "the account's quota of concurrent functions could not be read (lambda:GetAccountSettings)"
                .to_owned(),
        );
    };
    let quota = settings
        .pointer("/AccountLimit/ConcurrentExecutions")
        .and_then(Value::as_u64)?;
    about(quota, stages, size, aws.region())
}

fn parameter<'a>(described: &'a Value, name: &str) -> Option<&'a str> {
    let parameters = described.pointer("/Stacks/0/Parameters")?.as_array()?;
    let is_it =
        |parameter: &&Value| parameter.get("ParameterKey").and_then(Value::as_str) == Some(name);
    parameters
        .iter()
        .find(is_it)?
        .get("ParameterValue")?
        .as_str()
}

fn about(quota: u64, stages: u64, size: &str, region: &str) -> Option<String> {
    if quota >= stages + FOR_VIEWERS {
        return None;
    }
    Some(format!(
        "the account runs {quota} functions at once; with Concurrency={size} the stages alone may want {stages}, besides \
         the API and the rendering of images. What is throttled is late and not lost, but viewers of new thumbnails get 429. \
         Ask for more: aws service-quotas request-service-quota-increase --region {region} --service-code lambda \
         --quota-code {QUOTA_CODE} --desired-value 1000"
    ))
}

/// Adds up a line of the template's mapping `MaximumConcurrency`, such as `small: {ValidateUpload: 2, SplitPdf: 2}`.
fn stages_at_once(template: &str, size: &str) -> Option<u64> {
    let begin = format!("    {size}: {{ValidateUpload: ");
    let line = template.lines().find(|line| line.starts_with(&begin))?;
    let (_, numbers) = line.split_once('{')?;
    let numbers = numbers.trim_end().strip_suffix('}')?.split(',');
    numbers
        .map(|entry| entry.split_once(": ")?.1.trim().parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_stages_may_want_stands_in_the_template() {
        let template = include_str!("../../template.yaml");
        assert_eq!(stages_at_once(template, "small"), Some(16));
        assert_eq!(stages_at_once(template, "large"), Some(230));
        assert_eq!(stages_at_once(template, "huge"), None);
    }

    #[test]
    fn a_parameter_is_found_by_its_name() {
        let described = serde_json::json!({"Stacks": [{"Parameters": [
            {"ParameterKey": "LogLevel", "ParameterValue": "info"},
            {"ParameterKey": "Concurrency", "ParameterValue": "large"},
        ]}]});
        assert_eq!(parameter(&described, "Concurrency"), Some("large"));
        assert_eq!(parameter(&described, "Nothing"), None);
    }

    #[test]
    fn a_new_account_is_told_what_to_ask_for() {
        assert_eq!(about(1_000, 230, "large", "eu-west-1"), None);
        let note = about(10, 16, "small", "eu-west-1").unwrap_or_default();
        for part in [
            "runs 10 functions",
            "may want 16",
            "--region eu-west-1",
            "--quota-code L-B99A9384",
        ] {
            assert!(note.contains(part), "{part}: {note}");
        }
    }
}
