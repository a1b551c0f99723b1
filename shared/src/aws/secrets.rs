//! Secrets Manager. The IAM actions of the call are declared beside the ports, in [`crate::ports::tokens`],
//! [`crate::ports::signing`] and [`crate::ports::master`].

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;

use super::signing::PrivateKey;
use crate::ports::master::{Master, MasterError, MasterSource};
use crate::ports::signing::{KeyRing, SigningError, SigningKey};
use crate::ports::tokens::{KeySource, UserKey};

/// The secret that holds the token user's key.
#[derive(Debug, Clone)]
pub struct TokenSecret {
    client: Client,
    id: String,
}

impl TokenSecret {
    /// Refers to the secret with this name or ARN.
    #[must_use]
    pub fn new(sdk: &SdkConfig, id: &str) -> Self {
        Self {
            client: Client::new(sdk),
            id: id.to_owned(),
        }
    }
}

#[async_trait]
impl KeySource for TokenSecret {
    async fn read(&self) -> Result<UserKey, Box<dyn std::error::Error + Send + Sync>> {
        let secret = self
            .client
            .get_secret_value()
            .secret_id(&self.id)
            .send()
            .await?;
        Ok(serde_json::from_str(
            secret.secret_string().unwrap_or_default(),
        )?)
    }
}

/// The secret that the secrets of webhooks are derived from.
#[derive(Debug, Clone)]
pub struct WebhookMaster {
    client: Client,
    id: String,
}

impl WebhookMaster {
    /// Refers to the secret with this name or ARN.
    #[must_use]
    pub fn new(sdk: &SdkConfig, id: &str) -> Self {
        Self {
            client: Client::new(sdk),
            id: id.to_owned(),
        }
    }
}

#[async_trait]
impl MasterSource for WebhookMaster {
    async fn read(&self) -> Result<Master, MasterError> {
        let call = self.client.get_secret_value().secret_id(&self.id);
        let secret = call
            .send()
            .await
            .map_err(|error| MasterError(Box::new(error)))?;
        Master::new(secret.secret_string().unwrap_or_default())
    }
}

/// The secret that holds CloudFront's signing key.
#[derive(Debug, Clone)]
pub struct SigningSecret {
    client: Client,
    id: String,
}

impl SigningSecret {
    /// Refers to the secret with this name or ARN.
    #[must_use]
    pub fn new(sdk: &SdkConfig, id: &str) -> Self {
        Self {
            client: Client::new(sdk),
            id: id.to_owned(),
        }
    }
}

#[async_trait]
impl KeyRing for SigningSecret {
    async fn read(&self) -> Result<Arc<dyn SigningKey>, SigningError> {
        let call = self.client.get_secret_value().secret_id(&self.id);
        let secret = call
            .send()
            .await
            .map_err(|error| SigningError(Box::new(error)))?;
        let text = secret.secret_string().unwrap_or_default();
        Ok(Arc::new(PrivateKey::from_secret(text)?))
    }
}
