//! Issues upload credentials: it records a grant and gets temporary credentials that open only the grant's prefix.
//!
//! `GetFederationToken` works only with an IAM user's long-term key, never with a role. That key is stored in a
//! secret and cached for a few minutes. It is read again once if STS does not know it any more, since it may have been
//! rotated.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::tokens::{
    Credentials, Federation, FederationError, KeySource, TokenService, UploadTarget, UserKey,
};
use crate::stages::policy;
use crate::stages::usage::Usage;
use crate::vocabulary::app::{AppRecord, GrantRecord, Limits, Quotas};
use crate::vocabulary::day::Day;
use crate::vocabulary::keys::{Key, upload_prefix};
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId};

mod answer;
mod request;
#[cfg(test)]
mod tests;

pub use answer::Grant;
pub use request::TokenRequest;

use answer::{GrantedFile, Terms};
use request::{amount, declared, duration, empty_name};

/// How long the token user's key is cached, in seconds.
const KEY_SECONDS: i64 = 300;

/// The service that issues upload credentials.
pub struct Issuer {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counts grants.
    pub metrics: Arc<dyn Metrics>,
    /// STS.
    pub tokens: Arc<dyn TokenService>,
    /// The secret with the token user's key.
    pub keys: Arc<dyn KeySource>,
    /// The key that was read last, and the time of reading.
    pub cached: Mutex<Option<(UserKey, Timestamp)>>,
    /// The place that uploads go to.
    pub target: UploadTarget,
    /// The platform's limits.
    pub limits: Limits,
    /// The platform's quotas per app.
    pub quotas: Quotas,
    /// The usage of each app, which counts towards its quotas.
    pub usage: Usage,
}

impl Issuer {
    /// Records a grant, then issues its credentials. The record exists before the credentials do.
    ///
    /// # Errors
    /// A problem for the caller, or a failure on our side.
    pub async fn issue(&self, app: &AppId, request: &TokenRequest) -> Result<Grant, Refusal> {
        let seconds = duration(request)?;
        let registered = self
            .records
            .load::<AppRecord>(&Key::App(app.clone()))
            .await?;
        let registered = registered.ok_or_else(Problem::unknown_app)?.value;
        let limits = registered.limits.within(self.limits);
        let names = declared(request, limits.most_bytes(&registered.kinds))?;
        let now = self.clock.now();
        let quotas = registered.quotas.within(self.quotas);
        self.within_quotas(app, request, &quotas, now).await?;
        let upload = UploadId::new(now, self.clock.random());
        let visibility = request.visibility.unwrap_or(registered.visibility);
        let record = GrantRecord {
            visibility,
            files: names.clone(),
            expires_at: now + SignedDuration::from_secs(seconds.into()),
            created_at: now,
        };
        // `write` may report that the record exists already; that is not an error here. Nobody else has these 80 random
        // bits, so it was the SDK's own retry, after the answer to its first write was lost.
        let key = Key::Grant(app.clone(), upload.clone());
        self.records.write(&key, &record, None).await?;
        let credentials = self
            .federate(app, &upload, names.as_deref(), seconds)
            .await?;
        let files = self.files(app, &upload, request, &credentials).await?;
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

    /// Checks the quotas before anything is uploaded, so that the caller learns early. Files that are uploaded anyway
    /// are checked against the same quotas again.
    async fn within_quotas(
        &self,
        app: &AppId,
        request: &TokenRequest,
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let field = request.files.as_ref().map(|_| "files");
        let wanted = amount(request);
        if wanted.media > quotas.files_per_upload.into() {
            let detail = format!(
                "Declare at most {} files in one upload; this app may not upload more at once.",
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

    /// Gets credentials from STS, with up to two retries: with the key read again, or with the shorter policy.
    async fn federate(
        &self,
        app: &AppId,
        upload: &UploadId,
        files: Option<&[String]>,
        seconds: u32,
    ) -> Result<Credentials, Problem> {
        let UploadTarget {
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
        app: &AppId,
        upload: &UploadId,
        request: &TokenRequest,
        credentials: &Credentials,
    ) -> Result<Option<Vec<GrantedFile>>, Problem> {
        let Some(files) = &request.files else {
            return Ok(None);
        };
        let mut granted = Vec::with_capacity(files.len());
        for (location, file) in files.iter().enumerate() {
            let name = FileName::new(&file.name).ok_or_else(|| empty_name(location))?;
            let key = Key::Uploaded {
                app: app.clone(),
                upload: upload.clone(),
                name: name.clone(),
            };
            let location = key.location();
            let put = self.tokens.presign_put(
                credentials,
                &location,
                file.bytes,
                file.content_type.as_deref(),
            );
            granted.push(GrantedFile {
                name: file.name.clone(),
                key: key.to_string(),
                media: MediaId::of(upload, &name),
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
