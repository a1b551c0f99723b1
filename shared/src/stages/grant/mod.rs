//! Grants viewers access to private media, as CloudFront signed URLs or signed cookies.
//!
//! ```text
//! request ─▶ record: ready and private? ─▶ policy over the whole media ─▶ key from the secret ─▶ signature
//! ```
//!
//! A grant opens everything of one media, `…/{app}/{media}/*`, and nothing of another. It is not stored and cannot be
//! revoked individually: it ends when it expires, when the key that signed it is removed, or when the media is
//! suspended. Signatures use SHA-256 only, never SHA-1, which is CloudFront's default.

use std::sync::Arc;

use crate::platform::error::causes;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::signing::SigningError;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;

mod address;
mod answer;
mod keys;
mod policy;
pub mod refusal;
mod request;
mod signed;
#[cfg(test)]
mod tests;

pub use address::{AddressRange, NoAddressRange};
pub use answer::Answer;
pub use keys::Keys;
pub use policy::Policy;
pub use request::{Form, GrantRequest};
pub use signed::Signed;

use answer::Granted;

/// The service that grants access to private media.
pub struct Granter {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counts grants.
    pub metrics: Arc<dyn Metrics>,
    /// The keys that sign grants.
    pub keys: Keys,
    /// The base URL that viewers fetch from, without a slash at the end.
    pub public_base_url: String,
    /// The maximum duration of a grant on this platform, in seconds.
    pub limit_seconds: u32,
}

impl Granter {
    /// Grants access to a private media.
    ///
    /// # Errors
    /// A problem for the caller, or a failure on our side.
    pub async fn grant(
        &self,
        app: &AppId,
        media: &MediaId,
        request: &GrantRequest,
    ) -> Result<Answer, Refusal> {
        let key = Key::App(app.clone());
        let registered = self.records.load::<AppRecord>(&key).await?;
        let registered = registered.ok_or_else(Problem::unknown_app)?.value;
        let limit = registered.grant_seconds.min(self.limit_seconds);
        let terms = request.terms(self.clock.now(), limit)?;
        let key = Key::Media(app.clone(), media.clone());
        let record = self.records.load::<MediaRecord>(&key).await?;
        let record = record.ok_or_else(Problem::unknown_media)?.value;
        if let Some(problem) = refusal::refusal(&record) {
            return Err(problem.into());
        }
        let prefix = Prefix::delivered(Bucket::Delivery, record.visibility, app, media);
        let resource = format!("{}/{}*", self.public_base_url, prefix.as_str());
        let policy = Policy::until(&resource, terms.until)
            .from(terms.from)
            .viewers(terms.viewers);
        let signed = self.sign(&policy).await.map_err(|error| {
            tracing::error!(cause = %causes(&error), "a grant could not be signed");
            Problem::unavailable()
        })?;
        self.metrics.count(Metric::AccessGranted);
        let granted = Granted {
            app: app.clone(),
            media: media.clone(),
            resource,
            path: format!("/{}", prefix.as_str()),
            original: record
                .whole()
                .map(|key| format!("{}/{key}", self.public_base_url)),
            terms,
            signed,
        };
        Ok(granted.answer(request.form))
    }

    async fn sign(&self, policy: &Policy) -> Result<Signed, SigningError> {
        let key = self.keys.current().await?;
        Signed::new(policy, &*key)
    }
}
