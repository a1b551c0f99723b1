//! Grants viewers access to private media: signed URLs and signed cookies of CloudFront.
//!
//! ```text
//! wish ─▶ record: ready and private? ─▶ policy over the whole media ─▶ key from the secret ─▶ signature
//! ```
//!
//! A grant opens everything of one media, `…/{app}/{media}/*`, and nothing of another. It is not stored and cannot be
//! revoked one by one: it ends at its own time, with the key that signed it, or with the media's suspension. Policies
//! are signed with SHA-256 only; CloudFront's other hash, SHA-1, is for older signers.

use std::sync::Arc;

use crate::platform::error::causes;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::names::{App, Media};
use crate::vocabulary::record::MediaRecord;

mod address;
mod answer;
mod policy;
mod ports;
mod refusal;
mod signed;
#[cfg(test)]
mod tests;
mod wish;

pub use address::{AddressRange, NoAddressRange};
pub use answer::Answer;
pub use policy::Policy;
pub use ports::{KeyRing, Keys, READ_KEY, SigningError, SigningKey};
pub use signed::Signed;
pub use wish::{Form, Wish};

use answer::Granted;

/// Grants access.
pub struct Granter {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// The signing keys.
    pub keys: Keys,
    /// The base address that viewers fetch from, without a trailing slash.
    pub public_base_url: String,
    /// The longest grant on this platform, in seconds.
    pub limit_seconds: u32,
}

impl Granter {
    /// Grants access to a private media.
    ///
    /// # Errors
    /// A problem for the caller, or a failure of ours.
    pub async fn grant(&self, app: &App, media: &Media, wish: &Wish) -> Result<Answer, Refusal> {
        let key = Key::App(app.clone());
        let registered = self.records.load::<AppRecord>(&key).await?;
        let registered = registered.ok_or_else(Problem::unknown_app)?.value;
        let limit = registered.grant_seconds.min(self.limit_seconds);
        let terms = wish.terms(self.clock.now(), limit)?;
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
        Ok(granted.answer(wish.form))
    }

    async fn sign(&self, policy: &Policy) -> Result<Signed, SigningError> {
        let key = self.keys.current().await?;
        Signed::new(policy, &*key)
    }
}
