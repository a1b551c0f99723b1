//! Issues upload credentials: it records a grant and gets temporary credentials that open only the grant's prefix.
//!
//! The credentials have the permissions of the token user, or of a role where there may be no IAM users
//! ([`Uploader`]).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::tokens::{Credentials, Federation, FederationError, TokenService, UploadTarget};
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
mod uploader;

pub use answer::Grant;
pub use request::TokenRequest;
pub use uploader::{TokenUser, Uploader};

use answer::{GrantedFile, Terms};
use request::{amount, declared, duration, empty_name, said};

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
    /// The user or role whose permissions the credentials have.
    pub uploader: Uploader,
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
        let seconds = duration(request, self.uploader.longest_seconds())?;
        let registered = self
            .records
            .load::<AppRecord>(&Key::App(app.clone()))
            .await?;
        let registered = registered.ok_or_else(Problem::unknown_app)?.value;
        let limits = registered.limits.within(self.limits);
        let names = declared(request, limits.most_bytes(&registered.kinds))?;
        let now = self.clock.now();
        let declared = said(request, now)?;
        let quotas = registered.quotas.within(self.quotas);
        self.within_quotas(app, request, &quotas, now).await?;
        let upload = UploadId::new(now, self.clock.random());
        let visibility = request.visibility.unwrap_or(registered.visibility);
        let record = GrantRecord {
            visibility,
            files: names.clone(),
            declared,
            origin: None,
            expires_at: now + SignedDuration::from_secs(seconds.into()),
            created_at: now,
        };
        // `write` may report that the record exists already; that is not an error here. Nobody else has these 80 random
        // bits, so it was the SDK's own retry, after the answer to its first write was lost.
        let key = Key::Grant(app.clone(), upload.clone());
        self.records.write(&key, &record, None).await?;
        let credentials = self
            .credentials(app, &upload, names.as_deref(), seconds)
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
    async fn credentials(
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
        let mut anew = false;
        for _ in 0..2 {
            match self.ask(&wanted, anew).await? {
                Ok(credentials) => return Ok(credentials),
                Err(FederationError::UnknownKey) => anew = true,
                Err(FederationError::PolicyTooLarge) => {
                    anew = false;
                    wanted.policy = policy::whole_prefix(partition, bucket, app, upload);
                }
                Err(FederationError::Unavailable(cause)) => return Err(unavailable(&*cause)),
            }
        }
        let last = self.ask(&wanted, anew).await?;
        last.map_err(|error| unavailable(&error))
    }

    /// Asks STS. The token user's key is read anew if the caller says so.
    async fn ask(
        &self,
        wanted: &Federation,
        anew: bool,
    ) -> Result<Result<Credentials, FederationError>, Problem> {
        match &self.uploader {
            Uploader::TokenUser(user) => {
                let key = user.key(self.clock.now(), anew).await;
                let key = key.map_err(|cause| unavailable(&*cause))?;
                Ok(self.tokens.federate(&key, wanted).await)
            }
            Uploader::Role(role) => Ok(self.tokens.assume(role, wanted).await),
        }
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
