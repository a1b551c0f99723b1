//! Issues upload credentials: a grant, and temporary credentials that open its prefix only.
//!
//! `GetFederationToken` works with an IAM user's long-term key only, never with a role. That key lies in a secret,
//! is kept in memory for a few minutes, and is read again once when STS does not know it any more (it was
//! rotated).

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::access::{Action, Call};
use crate::app::{AppRecord, GrantRecord, Limits};
use crate::clock::Clock;
use crate::error::Error;
use crate::keys::{Key, Place, upload_prefix};
use crate::metrics::{Metric, Metrics};
use crate::names::{App, FileName, MAX_FILE_NAME_BYTES, Media, Upload, Visibility};
use crate::policy;
use crate::problem::{Problem, Refusal};
use crate::records::{Records, Written};

/// The shortest that STS issues, in seconds.
const MIN_SECONDS: u32 = 900;

/// The longest that is issued: a working day; STS would go to 36 hours.
const MAX_SECONDS: u32 = 43_200;

/// What is issued when nothing is said.
const DEFAULT_SECONDS: u32 = 3_600;

/// Files that can be declared with one grant.
const MAX_FILES: usize = 1_000;

/// How long the token user's key is believed, in seconds.
const KEY_SECONDS: i64 = 300;

/// The body of `POST /apps/{app}/uploads`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    visibility: Option<Visibility>,
    duration_seconds: Option<u32>,
    files: Option<Vec<WishedFile>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WishedFile {
    name: String,
    bytes: Option<u64>,
    content_type: Option<String>,
}

/// The answer: a superset of what the AWS CLI's `credential_process` (upper-case names), the SDKs' container
/// provider (`Token`) and Uppy's `getTemporarySecurityCredentials` (`credentials`, `bucket`, `region`) read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    version: u8,
    #[serde(flatten)]
    credentials: Credentials,
    token: String,
    #[serde(rename = "credentials")]
    nested: Credentials,
    #[serde(flatten)]
    terms: Terms,
}

#[derive(Debug, Serialize)]
struct Terms {
    app: App,
    upload: Upload,
    visibility: Visibility,
    bucket: String,
    region: String,
    key_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    limits: Limits,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<GrantedFile>>,
}

#[derive(Debug, Serialize)]
struct GrantedFile {
    name: String,
    key: String,
    media: Media,
    put: PresignedPut,
}

/// A `PUT` that needs no credentials of its own.
#[derive(Debug, Clone, Serialize)]
pub struct PresignedPut {
    /// Where.
    pub url: String,
    /// Headers that must be sent with exactly these values, beside those every client sends.
    pub headers: std::collections::BTreeMap<String, String>,
}

/// Temporary credentials, as STS gives them.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    /// Public half.
    pub access_key_id: String,
    /// Secret half.
    pub secret_access_key: String,
    /// Goes with every request.
    pub session_token: String,
    /// When they end.
    pub expiration: Timestamp,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The token user's long-term key, as it lies in its secret.
#[derive(Clone, Deserialize)]
pub struct UserKey {
    /// Public half.
    pub access_key_id: String,
    /// Secret half.
    pub secret_access_key: String,
}

/// What is asked of STS.
#[derive(Debug, Clone)]
pub struct Federation {
    /// The federated user's name: the app's.
    pub name: String,
    /// The session policy.
    pub policy: String,
    /// How long.
    pub seconds: u32,
}

/// What STS may answer instead.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// `InvalidClientTokenId`: the user's key was rotated.
    #[error("the token user's key is not known")]
    UnknownKey,
    /// `PackedPolicyTooLarge`.
    #[error("the session policy is too large when packed")]
    PolicyTooLarge,
    /// Anything else.
    #[error("STS did not do it")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// [`TokenService::federate`]. Made with the token user's key, so it needs nothing of the function's role.
pub const FEDERATE: Call = Call {
    name: "sts:federate",
    actions: &[],
};

/// The port to STS and S3's signatures.
#[async_trait]
pub trait TokenService: Send + Sync {
    /// `GetFederationToken`.
    ///
    /// # Errors
    /// [`FederationError`]
    async fn federate(
        &self,
        key: &UserKey,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError>;

    /// A presigned `PutObject` of exactly so many bytes and that type, where given. No call is made.
    ///
    /// # Errors
    /// The source, when it cannot be signed.
    async fn presign_put(
        &self,
        credentials: &Credentials,
        place: &Place,
        bytes: Option<u64>,
        content_type: Option<&str>,
    ) -> Result<PresignedPut, FederationError>;
}

/// [`KeySource::read`].
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
pub const READ_KEY: Call = Call {
    name: "secretsmanager:read",
    actions: &[Action::OnResource("secretsmanager:GetSecretValue")],
};

/// The port to the secret that holds the token user's key.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Reads it.
    ///
    /// # Errors
    /// The source, when it cannot be read or is not a key (yet).
    async fn read(&self) -> Result<UserKey, Box<dyn std::error::Error + Send + Sync>>;
}

/// Where uploads go.
#[derive(Debug, Clone)]
pub struct Target {
    /// The UPLOAD bucket's name.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// Its partition, such as `aws`.
    pub partition: String,
    /// S3's address, when it is not AWS's.
    pub endpoint: Option<String>,
}

/// Issues credentials.
pub struct Issuer {
    /// The database.
    pub records: Records,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<dyn Metrics>,
    /// STS.
    pub tokens: Arc<dyn TokenService>,
    /// The token user's key.
    pub keys: Arc<dyn KeySource>,
    /// The key as it was read last, and when.
    pub cached: Mutex<Option<(UserKey, Timestamp)>>,
    /// Where uploads go.
    pub target: Target,
    /// The platform's limits.
    pub limits: Limits,
}

impl Issuer {
    /// Grants an upload and issues its credentials. The grant is on record before the credentials exist.
    ///
    /// # Errors
    /// A problem for the caller, or a failure of ours.
    pub async fn issue(&self, app: &App, wish: &Wish) -> Result<Grant, Refusal> {
        let seconds = duration(wish)?;
        let registered = self
            .records
            .load::<AppRecord>(&Key::App(app.clone()))
            .await?;
        let registered = registered.ok_or_else(Problem::unknown_app)?.value;
        let limits = registered.limits.within(self.limits);
        let names = declared(wish, &limits)?;
        let now = self.clock.now();
        let upload = Upload::new(now, self.clock.random());
        let visibility = wish.visibility.unwrap_or(registered.visibility);
        let record = GrantRecord {
            visibility,
            files: names.clone(),
            expires_at: now + SignedDuration::from_secs(seconds.into()),
            created_at: now,
        };
        if self
            .records
            .write(&Key::Grant(app.clone(), upload.clone()), &record, None)
            .await?
            == Written::Lost
        {
            // A retry inside the SDK met its own write, or 80 random bits came twice; a new id settles both.
            return Err(Error::Contended { attempts: 1 }.into());
        }
        let credentials = self
            .federate(app, &upload, names.as_deref(), seconds)
            .await?;
        let files = self.files(app, &upload, wish, &credentials).await?;
        self.metrics.count(Metric::GrantIssued);
        Ok(Grant {
            version: 1,
            token: credentials.session_token.clone(),
            nested: credentials.clone(),
            credentials,
            terms: Terms {
                key_prefix: upload_prefix(app, &upload),
                app: app.clone(),
                upload,
                visibility,
                bucket: self.target.bucket.clone(),
                region: self.target.region.clone(),
                endpoint: self.target.endpoint.clone(),
                limits,
                files,
            },
        })
    }

    /// Tries again once with a key read anew, and once with the shorter policy.
    async fn federate(
        &self,
        app: &App,
        upload: &Upload,
        files: Option<&[String]>,
        seconds: u32,
    ) -> Result<Credentials, Problem> {
        let Target {
            bucket, partition, ..
        } = &self.target;
        let exact = policy::session_policy(partition, bucket, app, upload, files);
        let mut wanted = Federation {
            name: app.to_string(),
            policy: exact,
            seconds,
        };
        let mut key = self.key(false).await?;
        for _ in 0..2 {
            match self.tokens.federate(&key, &wanted).await {
                Ok(credentials) => return Ok(credentials),
                Err(FederationError::UnknownKey) => key = self.key(true).await?,
                Err(FederationError::PolicyTooLarge) => {
                    wanted.policy = policy::whole_prefix(partition, bucket, app, upload);
                }
                Err(FederationError::Unavailable(cause)) => return Err(unavailable(&*cause)),
            }
        }
        self.tokens
            .federate(&key, &wanted)
            .await
            .map_err(|error| unavailable(&error))
    }

    async fn key(&self, anew: bool) -> Result<UserKey, Problem> {
        let mut cached = self.cached.lock().await;
        let now = self.clock.now();
        if let Some((key, read_at)) = cached.as_ref()
            && !anew
            && now.as_second().saturating_sub(read_at.as_second()) < KEY_SECONDS
        {
            return Ok(key.clone());
        }
        let key = self
            .keys
            .read()
            .await
            .map_err(|cause| unavailable(&*cause))?;
        *cached = Some((key.clone(), now));
        Ok(key)
    }

    async fn files(
        &self,
        app: &App,
        upload: &Upload,
        wish: &Wish,
        credentials: &Credentials,
    ) -> Result<Option<Vec<GrantedFile>>, Problem> {
        let Some(files) = &wish.files else {
            return Ok(None);
        };
        let mut granted = Vec::with_capacity(files.len());
        for (place, file) in files.iter().enumerate() {
            let name = FileName::new(&file.name).ok_or_else(|| empty_name(place))?;
            let key = Key::Uploaded {
                app: app.clone(),
                upload: upload.clone(),
                name: name.clone(),
            };
            let place = key.place();
            let put = self.tokens.presign_put(
                credentials,
                &place,
                file.bytes,
                file.content_type.as_deref(),
            );
            granted.push(GrantedFile {
                name: file.name.clone(),
                key: key.to_string(),
                media: Media::of(upload, &name),
                put: put.await.map_err(|error| unavailable(&error))?,
            });
        }
        Ok(Some(granted))
    }
}

fn unavailable(cause: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(cause = %crate::error::causes(cause), "credentials could not be issued");
    Problem::unavailable()
}

fn duration(wish: &Wish) -> Result<u32, Problem> {
    let seconds = wish.duration_seconds.unwrap_or(DEFAULT_SECONDS);
    if (MIN_SECONDS..=MAX_SECONDS).contains(&seconds) {
        return Ok(seconds);
    }
    Err(Problem::invalid(
        "duration_seconds",
        format!("Give {MIN_SECONDS} to {MAX_SECONDS} seconds."),
    ))
}

/// The declared file names, each checked.
fn declared(wish: &Wish, limits: &Limits) -> Result<Option<Vec<String>>, Problem> {
    let Some(files) = &wish.files else {
        return Ok(None);
    };
    if files.is_empty() || files.len() > MAX_FILES {
        return Err(Problem::invalid(
            "files",
            format!("Declare 1 to {MAX_FILES} files, or leave the field out."),
        ));
    }
    let mut names = Vec::with_capacity(files.len());
    for (place, file) in files.iter().enumerate() {
        let field = |name: &str| format!("files[{place}].{name}");
        let name = FileName::new(&file.name).ok_or_else(|| empty_name(place))?;
        if name.is_too_long() {
            return Err(Problem::invalid(
                &field("name"),
                format!("Give a name of at most {MAX_FILE_NAME_BYTES} bytes."),
            ));
        }
        if file
            .bytes
            .is_some_and(|bytes| bytes == 0 || bytes > limits.image_bytes)
        {
            let detail = format!(
                "The app accepts files of 1 to {} bytes.",
                limits.image_bytes
            );
            return Err(Problem::invalid(&field("bytes"), detail));
        }
        if file
            .content_type
            .as_ref()
            .is_some_and(|value| !is_content_type(value))
        {
            return Err(Problem::invalid(
                &field("content_type"),
                "Give a media type such as image/jpeg.",
            ));
        }
        names.push(file.name.clone());
    }
    Ok(Some(names))
}

fn empty_name(place: usize) -> Problem {
    Problem::invalid(
        &format!("files[{place}].name"),
        "Give a name that is not empty.",
    )
}

/// A header value without surprises; what the file really is, is found out when it is validated.
fn is_content_type(value: &str) -> bool {
    value.len() <= 128
        && value.contains('/')
        && value.bytes().all(|byte| matches!(byte, b'!'..=b'~' | b' '))
}
