//! The two local users of the API: `app` and `admin`.
//!
//! They are IAM users of the local stack only; on AWS, a team gives its own roles the same two policies. IAM returns
//! a key's secret only once, so both keys are kept in the stack's state; a key that the emulator no longer knows
//! (because its state was lost) is replaced.

use std::path::Path;

use serde_json::{Value, json};

use crate::demo_app::DEMO_APP;
use crate::private_file::{read_if_valid, write_private};
use deployment::aws_cli::{AwsCli, AwsCliError, absent_as_none, list_at, string_at};
use stack_file::{AccessKey, Credentials};

/// The description of the API, which both may read.
const DESCRIPTION: &str = "*/GET/openapi.json";

/// The reasons why the users cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// IAM refused.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// The users' keys cannot be stored.
    #[error("cannot write {}", path.display())]
    Store {
        /// The file.
        path: std::path::PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

/// The API that the users may call.
#[derive(Debug, Clone, Copy)]
pub struct ApiScope<'a> {
    /// Stack name, with which the users' names begin.
    pub stack: &'a str,
    /// Account id.
    pub account: &'a str,
    /// API id.
    pub api: &'a str,
}

/// Makes sure that both users exist, with their policy and a key that works; keys are kept in `store`.
///
/// # Errors
///
/// [`UsersError`]
pub async fn ensure(
    aws: &AwsCli,
    scope: ApiScope<'_>,
    store: &Path,
) -> Result<Credentials, UsersError> {
    let known: Option<Credentials> = read_if_valid(store);
    let (known_app, known_admin) = known.map(|known| (known.app, known.admin)).unzip();
    // List the methods: a star instead would match `POST/admin` as well.
    let demo = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        .map(|method| format!("*/{method}/apps/{DEMO_APP}/*"));
    let app_paths: Vec<_> = demo
        .iter()
        .map(String::as_str)
        .chain([DESCRIPTION])
        .collect();
    let (app, admin) = tokio::try_join!(
        ensure_user(aws, scope, "app", &app_paths, known_app),
        ensure_user(
            aws,
            scope,
            "admin",
            &["*/*/admin/*", "*/*/apps/*", DESCRIPTION],
            known_admin
        ),
    )?;
    let credentials = Credentials { app, admin };
    write_private(store, &credentials).map_err(|source| UsersError::Store {
        path: store.to_owned(),
        source,
    })?;
    Ok(credentials)
}

async fn ensure_user(
    aws: &AwsCli,
    scope: ApiScope<'_>,
    role: &str,
    paths: &[&str],
    known: Option<AccessKey>,
) -> Result<AccessKey, AwsCliError> {
    let user = format!("{}-{role}", scope.stack);
    let policy = policy(aws.region(), scope, paths).to_string();
    let request = json!({ "UserName": user, "PolicyName": "invoke-api", "PolicyDocument": policy });
    let put_policy = ["iam", "put-user-policy"];
    if absent_as_none(aws.call_with(&put_policy, &request).await)?.is_none() {
        aws.call(&["iam", "create-user", "--user-name", &user])
            .await?;
        aws.call_with(&put_policy, &request).await?;
    }
    let listed = aws
        .call(&["iam", "list-access-keys", "--user-name", &user])
        .await?;

    let keys: Vec<&str> = list_at(&listed, "/AccessKeyMetadata")
        .iter()
        .filter_map(key_id)
        .collect();
    match known.filter(|known| keys.contains(&known.access_key_id.as_str())) {
        Some(known) => Ok(known),
        None => replace_keys(aws, &user, &keys).await,
    }
}

async fn replace_keys(aws: &AwsCli, user: &str, lost: &[&str]) -> Result<AccessKey, AwsCliError> {
    for id in lost {
        aws.call(&[
            "iam",
            "delete-access-key",
            "--user-name",
            user,
            "--access-key-id",
            id,
        ])
        .await?;
    }
    let created = aws
        .call(&["iam", "create-access-key", "--user-name", user])
        .await?;
    let field = |name: &str| {
        string_at(
            &created,
            &format!("/AccessKey/{name}"),
            "aws iam create-access-key",
        )
    };
    Ok(AccessKey {
        access_key_id: field("AccessKeyId")?,
        secret_access_key: field("SecretAccessKey")?,
    })
}

fn key_id(key: &Value) -> Option<&str> {
    key.get("AccessKeyId").and_then(Value::as_str)
}

/// Returns the user's policy. Its resources are `{api}/{stage}/{method}/{path}`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>).
fn policy(region: &str, scope: ApiScope<'_>, paths: &[&str]) -> Value {
    let resource = |path: &&str| {
        format!(
            "arn:aws:execute-api:{region}:{}:{}/{path}",
            scope.account, scope.api
        )
    };
    let resources: Vec<String> = paths.iter().map(resource).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resources }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_reaches_its_own_paths_only() {
        let scope = ApiScope {
            stack: "dozo-local",
            account: "000000000000",
            api: "abc",
        };
        let policy = policy("us-east-1", scope, &["*/GET/apps/demo/*"]);
        let resources = policy.pointer("/Statement/0/Resource");
        assert_eq!(
            resources,
            Some(&json!([
                "arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/apps/demo/*"
            ]))
        );
    }
}
