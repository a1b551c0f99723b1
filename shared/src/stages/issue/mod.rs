//! Issues upload credentials: a grant, and temporary credentials that are limited to its prefix.
//!
//! `GetFederationToken` works only with an IAM user's long-term key, never with a role. That key is stored in a secret,
//! is cached in memory for a few minutes, and is read again once if STS does not know it any more (because it was
//! rotated).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::stages::policy;
use crate::stages::usage::Usage;
use crate::vocabulary::app::{AppRecord, GrantRecord, Limits, Quotas};
use crate::vocabulary::day::Day;
use crate::vocabulary::keys::{Key, upload_prefix};
use crate::vocabulary::names::{App, FileName, Media, Upload};

mod answer;
mod ports;
#[cfg(test)]
mod tests;
mod wish;

pub use answer::Grant;
pub use ports::{
    Credentials, FEDERATE, Federation, FederationError, KeySource, PresignedPut, READ_KEY,
    TokenService, UserKey,
};
pub use wish::Wish;

use answer::{GrantedFile, Terms};
use wish::{amount, declared, duration, empty_name};

/// How long the token user's key is used before it is read again, in seconds.
const KEY_SECONDS: i64 = 300;

/// The target of uploads.
#[derive(Debug, Clone)]
pub struct Target {
    /// The UPLOAD bucket's name.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// Its partition, such as `aws`.
    pub partition: String,
    /// The address of S3, if it is not AWS's.
    pub endpoint: Option<String>,
}

impl Target {
    /// Returns the address to which a browser puts objects, without a trailing slash. Outside AWS the bucket is in the
    /// path, because its name in front of such a host need not resolve.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
    fn bucket_address(&self) -> String {
        let Self { bucket, region, .. } = self;
        if let Some(endpoint) = &self.endpoint {
            return format!("{}/{bucket}", endpoint.trim_end_matches('/'));
        }
        let suffix = match self.partition.as_str() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        };
        format!("https://{bucket}.s3.{region}.{suffix}")
    }
}

/// Issues credentials.
pub struct Issuer {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// STS.
    pub tokens: Arc<dyn TokenService>,
    /// The token user's key.
    pub keys: Arc<dyn KeySource>,
    /// The key that was read last, and the time when it was read.
    pub cached: Mutex<Option<(UserKey, Timestamp)>>,
    /// The target of uploads.
    pub target: Target,
    /// The platform's limits.
    pub limits: Limits,
    /// The platform's quotas for each app.
    pub quotas: Quotas,
    /// Counts what apps have brought in.
    pub usage: Usage,
}

impl Issuer {
    /// Grants an upload and issues its credentials. The grant is stored before the credentials exist.
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
        let names = declared(wish, limits.most_bytes(&registered.kinds))?;
        let now = self.clock.now();
        let quotas = registered.quotas.within(self.quotas);
        self.within_quotas(app, wish, &quotas, now).await?;
        let upload = Upload::new(now, self.clock.random());
        let visibility = wish.visibility.unwrap_or(registered.visibility);
        let record = GrantRecord {
            visibility,
            files: names.clone(),
            expires_at: now + SignedDuration::from_secs(seconds.into()),
            created_at: now,
        };
        // A lost race is no failure: nobody else has these 80 random bits, so a retry inside the SDK met its own
        // earlier write, whose answer was lost.
        let key = Key::Grant(app.clone(), upload.clone());
        self.records.write(&key, &record, None).await?;
        let credentials = self
            .federate(app, &upload, names.as_deref(), seconds)
            .await?;
        let files = self.files(app, &upload, wish, &credentials).await?;
        self.metrics.count(Metric::GrantIssued);
        Ok(Grant {
            version: 1,
            token: credentials.session_token.clone(),
            nested: credentials.clone().into(),
            credentials,
            terms: Terms {
                key_prefix: upload_prefix(app, &upload),
                app: app.clone(),
                upload,
                visibility,
                bucket: self.target.bucket.clone(),
                region: self.target.region.clone(),
                endpoint: self.target.endpoint.clone(),
                bucket_address: self.target.bucket_address(),
                limits,
                files,
            },
        })
    }

    /// Checks the quotas before a caller uploads in vain. Files that are uploaded all the same are judged by the same
    /// quotas.
    async fn within_quotas(
        &self,
        app: &App,
        wish: &Wish,
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let field = wish.files.as_ref().map(|_| "files");
        let wanted = amount(wish);
        if wanted.media > quotas.files_per_upload.into() {
            let detail = format!(
                "Declare at most {} files with one upload; this app may bring no more.",
                quotas.files_per_upload
            );
            return Err(Problem::quota_exceeded(detail, field, None).into());
        }
        match self.usage.exceeded(app, quotas, wanted, now).await? {
            None => Ok(()),
            Some(quota) => {
                let seconds = quota.is_daily().then(|| Day::seconds_left(now));
                Err(Problem::quota_exceeded(quota.sentence(), field, seconds).into())
            }
        }
    }

    /// Calls STS; tries again once with a key read anew, and once with the shorter policy.
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
    tracing::error!(cause = %crate::platform::error::causes(cause), "credentials could not be issued");
    Problem::unavailable()
}
