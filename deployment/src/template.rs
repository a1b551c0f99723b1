//! The template as CloudFormation gets it: packaged, in S3, and with its parameters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError};
use crate::checkout::Checkout;

/// The reasons why there is no template to deploy.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// The packaged template cannot be written or read.
    #[error("cannot write or read the packaged template")]
    Packaged(#[source] std::io::Error),
    /// Parameters are given that the template does not have.
    #[error(
        "template.yaml has no parameter {}; docs/OPERATIONS.md lists those that it has, CHANGELOG.md what became of earlier ones",
        names.join(", ")
    )]
    NoParameter {
        /// Their names.
        names: Vec<String>,
    },
}

/// A template in S3 that refers to packaged functions in S3.
#[derive(Debug)]
pub(crate) struct Packaged {
    /// Its address. CloudFormation reads a template over 51,200 bytes from S3 only.
    pub(crate) url: String,
    template: Value,
}

/// Uploads the functions that `checkout` built to `bucket`, and then the template that refers to them as `key`.
///
/// # Errors
///
/// [`TemplateError`]
pub(crate) async fn package(
    aws: &AwsCli,
    checkout: &Checkout,
    bucket: &str,
    key: &str,
) -> Result<Packaged, TemplateError> {
    let packaged = tempfile::Builder::new().prefix("dozo-").tempfile();
    let packaged = packaged.map_err(TemplateError::Packaged)?.into_temp_path();
    let template = checkout.template().display().to_string();
    let output = packaged.display().to_string();
    let command = ["cloudformation", "package", "--use-json", "--template-file"];
    let to = ["--s3-bucket", bucket, "--output-template-file", &output];
    aws.text(&[&command[..], &[&template], &to].concat())
        .await?;
    let written = std::fs::read(&packaged).map_err(TemplateError::Packaged)?;
    let template =
        serde_json::from_slice(&written).map_err(|error| TemplateError::Packaged(error.into()))?;
    let put = ["s3api", "put-object", "--bucket", bucket, "--key", key];
    aws.call(&[&put[..], &["--body", &output]].concat()).await?;
    let url = aws.object_url(bucket, key);
    Ok(Packaged { url, template })
}

impl Packaged {
    /// Returns the template's parameters: those `given`, and the earlier values of the others that the stack has in `now`.
    ///
    /// A parameter that the stack has and the template no longer knows is left out, because CloudFormation would refuse
    /// it.
    ///
    /// # Errors
    ///
    /// [`TemplateError::NoParameter`]
    pub(crate) fn parameters(
        &self,
        given: &BTreeMap<String, String>,
        now: &BTreeMap<String, String>,
    ) -> Result<Vec<Value>, TemplateError> {
        let known = self.template.get("Parameters").and_then(Value::as_object);
        let known: Vec<&String> = known.into_iter().flat_map(|known| known.keys()).collect();
        let unknown = given.keys().filter(|name| !known.contains(name));
        let unknown: Vec<String> = unknown.cloned().collect();
        if !unknown.is_empty() {
            return Err(TemplateError::NoParameter { names: unknown });
        }
        let parameters = known.into_iter().filter_map(|name| match given.get(name) {
            Some(value) => Some(json!({ "ParameterKey": name, "ParameterValue": value })),
            None if now.contains_key(name) => {
                Some(json!({ "ParameterKey": name, "UsePreviousValue": true }))
            }
            // It is new, and takes its default.
            None => None,
        });
        Ok(parameters.collect())
    }

    /// Returns the values of the stack's parameters that the template no longer has, such as `Concurrency=large`.
    pub(crate) fn lost(&self, now: &BTreeMap<String, String>) -> Vec<String> {
        let known = |name: &String| self.template.pointer(&format!("/Parameters/{name}"));
        let lost = now.iter().filter(|(name, _)| known(name).is_none());
        lost.map(|(name, value)| format!("{name}={value}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> BTreeMap<String, String> {
        let pairs = text
            .split_whitespace()
            .filter_map(|one| one.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn packaged() -> Packaged {
        let parameters = json!({"LogLevel": {}, "AlarmEmail": {}, "ValidateConcurrency": {}});
        Packaged {
            url: String::new(),
            template: json!({ "Parameters": parameters }),
        }
    }

    #[test]
    fn a_parameter_is_given_or_kept_or_takes_its_default() {
        let now = values("LogLevel=info AlarmEmail=a@example.com Concurrency=large");
        let parameters = packaged().parameters(&values("LogLevel=debug"), &now);
        let expected = json!([
            {"ParameterKey": "AlarmEmail", "UsePreviousValue": true},
            {"ParameterKey": "LogLevel", "ParameterValue": "debug"},
        ]);
        // Concurrency is gone from the template: an update with it would be refused.
        assert_eq!(packaged().lost(&now), ["Concurrency=large"]);
        assert_eq!(Value::from(parameters.unwrap()), expected);
    }

    #[test]
    fn a_given_parameter_that_the_template_lacks_is_refused() {
        let refused = packaged().parameters(&values("Concurrency=large"), &BTreeMap::new());
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("no parameter Concurrency"), "{told}");
        assert!(told.contains("docs/OPERATIONS.md"), "{told}");
    }
}
