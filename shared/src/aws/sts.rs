//! STS, and presigned URLs of S3. `GetFederationToken` is signed with the token user's key and never with the function's
//! role, so the role needs no rights for it: the user's own policy and the session policy decide. `AssumeRole` is signed
//! with the function's role.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::Credentials as Signer;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Builder;
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::types::Credentials as Given;
use jiff::Timestamp;

use crate::ports::tokens::{
    Credentials, Federation, FederationError, PresignedPut, TokenService, UserKey,
};
use crate::vocabulary::keys::ObjectLocation;

/// The margin for the time that passes between computing a lifetime and signing.
const MOMENT: Duration = Duration::from_secs(1);

/// STS, and S3's signatures.
#[derive(Debug, Clone)]
pub struct Sts {
    sdk: SdkConfig,
    upload_bucket: String,
}

impl Sts {
    /// Creates an adapter for uploads into this bucket.
    #[must_use]
    pub fn new(sdk: &SdkConfig, upload_bucket: &str) -> Self {
        Self {
            sdk: sdk.clone(),
            upload_bucket: upload_bucket.to_owned(),
        }
    }
}

#[async_trait]
impl TokenService for Sts {
    async fn federate(
        &self,
        key: &UserKey,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError> {
        let signer = Signer::from_keys(&key.access_key_id, &key.secret_access_key, None);
        let client = Client::from_conf(
            Builder::from(&self.sdk)
                .credentials_provider(signer)
                .build(),
        );
        let call = client
            .get_federation_token()
            .name(&wanted.name)
            .policy(&wanted.policy)
            .duration_seconds(seconds(wanted)?);
        let answer = call.send().await.map_err(|error| match error.code() {
            Some("InvalidClientTokenId") => FederationError::UnknownKey,
            Some("PackedPolicyTooLarge") => FederationError::PolicyTooLarge,
            Some(_) | None => FederationError::Unavailable(Box::new(error)),
        })?;
        issued(answer.credentials)
    }

    async fn assume(
        &self,
        role: &str,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError> {
        let call = Client::new(&self.sdk)
            .assume_role()
            .role_arn(role)
            .role_session_name(&wanted.name)
            .policy(&wanted.policy)
            .duration_seconds(seconds(wanted)?);
        let answer = call.send().await.map_err(|error| match error.code() {
            Some("PackedPolicyTooLarge") => FederationError::PolicyTooLarge,
            Some(_) | None => FederationError::Unavailable(Box::new(error)),
        })?;
        issued(answer.credentials)
    }

    async fn presign_put(
        &self,
        credentials: &Credentials,
        location: &ObjectLocation,
        bytes: Option<u64>,
        content_type: Option<&str>,
    ) -> Result<PresignedPut, FederationError> {
        let seconds = u64::try_from(credentials.expiration.as_second()).unwrap_or(0);
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let signer = Signer::new(
            &credentials.access_key_id,
            &credentials.secret_access_key,
            Some(credentials.session_token.clone()),
            Some(expires),
            "STS",
        );
        let config = super::s3::config(&self.sdk)
            .credentials_provider(signer)
            .build();
        let length = bytes.and_then(|bytes| i64::try_from(bytes).ok());
        let call = aws_sdk_s3::Client::from_conf(config)
            .put_object()
            .bucket(&self.upload_bucket)
            .key(location.key())
            .set_content_length(length)
            .set_content_type(content_type.map(str::to_owned));
        // The URL expires a second before the credentials, because time passes until it is signed. If it seemed to
        // outlive them, the log would get a warning for each file.
        let left = expires
            .duration_since(SystemTime::now())
            .unwrap_or_default();
        let lifetime = left.saturating_sub(MOMENT).max(MOMENT);
        let presigning = PresigningConfig::expires_in(lifetime)
            .map_err(|error| FederationError::Unavailable(Box::new(error)))?;
        let signed = call
            .presigned(presigning)
            .await
            .map_err(|error| FederationError::Unavailable(Box::new(error)))?;
        let headers: BTreeMap<_, _> = signed
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(PresignedPut {
            url: signed.uri().to_owned(),
            headers,
        })
    }
}

fn seconds(wanted: &Federation) -> Result<i32, FederationError> {
    i32::try_from(wanted.seconds).map_err(|error| FederationError::Unavailable(Box::new(error)))
}

fn issued(given: Option<Given>) -> Result<Credentials, FederationError> {
    let given = given.ok_or_else(|| unavailable("STS returned no credentials"))?;
    let expiration = Timestamp::from_second(given.expiration.secs());
    Ok(Credentials {
        access_key_id: given.access_key_id,
        secret_access_key: given.secret_access_key,
        session_token: given.session_token,
        expiration: expiration.map_err(|error| FederationError::Unavailable(Box::new(error)))?,
    })
}

fn unavailable(what: &'static str) -> FederationError {
    FederationError::Unavailable(what.into())
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::provider::SharedCredentialsProvider;
    use percent_encoding::percent_decode_str;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const ISSUED: &str = "<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
        <SessionToken>t</SessionToken><Expiration>2026-01-02T03:04:05Z</Expiration></Credentials>";

    /// Answers one request of STS, and returns it: its head, and its body's fields.
    async fn answered(listener: TcpListener, status: &str, body: String) -> (String, Vec<String>) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        let (head, form) = loop {
            stream.read_buf(&mut read).await.unwrap();
            let text = String::from_utf8(read.clone()).unwrap();
            let Some((head, form)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let lengths = head.lines().filter_map(|line| line.split_once(": "));
            let mut length =
                lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            if length.next().unwrap().1 == form.len().to_string() {
                break (head.to_owned(), form.to_owned());
            }
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        let fields = form.split('&').map(|field| {
            percent_decode_str(field)
                .decode_utf8()
                .unwrap()
                .into_owned()
        });
        (head, fields.collect())
    }

    /// Assumes a role at a server that answers so, and returns what was asked and what came of it.
    async fn assumed(
        status: &str,
        body: String,
    ) -> ((String, Vec<String>), Result<Credentials, FederationError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let role_key = Signer::new("ASIAFUNCTION", "secret", Some("token".into()), None, "test");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(format!("http://{}", listener.local_addr().unwrap()))
            .credentials_provider(SharedCredentialsProvider::new(role_key))
            .build();
        let sts = Sts::new(&sdk, "uploads");
        let wanted = Federation {
            name: "demo".to_owned(),
            policy: "{\"a\":1}".to_owned(),
            seconds: 3_600,
        };
        let call = sts.assume("arn:aws:iam::123456789012:role/uploader", &wanted);
        tokio::join!(answered(listener, status, body), call)
    }

    #[tokio::test]
    async fn a_role_is_assumed_by_the_function_s_own_with_the_session_policy() {
        let body = format!(
            "<AssumeRoleResponse><AssumeRoleResult>{ISSUED}</AssumeRoleResult></AssumeRoleResponse>"
        );
        let ((head, mut fields), credentials) = assumed("200 OK", body).await;
        assert!(
            head.contains("ASIAFUNCTION/") && head.contains("/eu-west-1/sts/"),
            "{head}"
        );
        fields.sort();
        assert_eq!(
            fields,
            [
                "Action=AssumeRole",
                "DurationSeconds=3600",
                "Policy={\"a\":1}",
                "RoleArn=arn:aws:iam::123456789012:role/uploader",
                "RoleSessionName=demo",
                "Version=2011-06-15",
            ]
        );
        let credentials = credentials.unwrap();
        assert_eq!(credentials.access_key_id, "ASIA1");
        assert_eq!(credentials.session_token, "t");
        assert_eq!(credentials.expiration.to_string(), "2026-01-02T03:04:05Z");
    }

    #[tokio::test]
    async fn a_policy_that_is_too_large_when_packed_is_told_from_other_refusals() {
        for (code, is_too_large) in [("PackedPolicyTooLarge", true), ("AccessDenied", false)] {
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
            );
            let (_, refused) = assumed("400 Bad Request", body).await;
            let refused = refused.unwrap_err();
            let found = matches!(refused, FederationError::PolicyTooLarge);
            assert_eq!(found, is_too_large, "{code}: {refused}");
        }
    }
}
