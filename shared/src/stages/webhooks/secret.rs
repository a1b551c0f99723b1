//! The secrets of webhooks, and signatures with them.
//!
//! A secret is derived: HMAC-SHA-256 with the master secret over the app, the webhook, the id of its registration and a
//! version. So no secret is stored, and a new version is a new secret. The id is random: a webhook that is removed and
//! registered anew does not get the secrets of the one before.

use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use tokio::sync::OnceCell;

use crate::platform::error::Error;
use crate::ports::master::{Master, MasterSource};
use crate::vocabulary::names::AppId;
use crate::vocabulary::webhook::{Hook, HookName};

/// Separates what is derived here from anything else that might be derived from the same master secret one day.
const PURPOSE: &str = "dozo webhook 1";

/// Derives secrets from the master secret, which is read once in a process.
pub struct Secrets {
    source: Arc<dyn MasterSource>,
    master: OnceCell<Master>,
}

impl Secrets {
    /// Takes the master secret from this source.
    #[must_use]
    pub fn new(source: Arc<dyn MasterSource>) -> Self {
        Self {
            source,
            master: OnceCell::new(),
        }
    }

    /// Returns the current secret of a webhook as its receiver gets it: `whsec_` and base 64.
    ///
    /// # Errors
    /// [`Error::Master`]
    pub async fn shown(&self, app: &AppId, name: &HookName, hook: &Hook) -> Result<String, Error> {
        let secret = derive(self.master().await?, (app, name), hook, hook.version);
        Ok(format!("whsec_{}", BASE64.encode(secret)))
    }

    /// Returns the header `webhook-signature` of a message that is sent now: a signature by each secret that is valid,
    /// the current one first.
    ///
    /// # Errors
    /// [`Error::Master`]
    pub async fn sign(
        &self,
        about: (&AppId, &HookName),
        hook: &Hook,
        (id, now, body): (&str, Timestamp, &[u8]),
    ) -> Result<String, Error> {
        let master = self.master().await?;
        let mut header = String::new();
        for version in hook.versions(now) {
            let secret = derive(master, about, hook, version);
            let head = format!("{id}.{}.", now.as_second());
            let signature = BASE64.encode(hmac(&secret, &[head.as_bytes(), body]));
            let space = if header.is_empty() { "" } else { " " };
            // Writing to a text does not fail.
            let _written = write!(header, "{space}v1,{signature}");
        }
        Ok(header)
    }

    async fn master(&self) -> Result<&Master, Error> {
        let read = self.master.get_or_try_init(|| self.source.read());
        Ok(read.await?)
    }
}

/// Derives one version of a webhook's secret: 32 bytes. No part contains a line feed.
fn derive(
    master: &Master,
    (app, name): (&AppId, &HookName),
    hook: &Hook,
    version: u32,
) -> [u8; 32] {
    let text = format!("{PURPOSE}\n{app}\n{name}\n{}\n{version}", hook.id);
    hmac(master.bytes(), &[text.as_bytes()])
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&[0; 64].into()));
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
