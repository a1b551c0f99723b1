//! CloudFront. The IAM actions of each call are declared beside the port, in [`crate::ports::cdn`].

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};

use crate::ports::cdn::{Cdn, CdnError};

/// A CloudFront distribution.
#[derive(Debug, Clone)]
pub struct CloudFront {
    client: Client,
    distribution: String,
}

impl CloudFront {
    /// Refers to the distribution with this id.
    #[must_use]
    pub fn new(sdk: &SdkConfig, distribution: &str) -> Self {
        Self {
            client: Client::new(sdk),
            distribution: distribution.to_owned(),
        }
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> CdnError {
    CdnError(Box::new(error))
}

#[async_trait]
impl Cdn for CloudFront {
    async fn invalidate(&self, reference: &str, items: &[String]) -> Result<String, CdnError> {
        let paths = Paths::builder()
            .quantity(i32::try_from(items.len()).map_err(failed)?)
            .set_items(Some(items.to_vec()))
            .build()
            .map_err(failed)?;
        let batch = InvalidationBatch::builder()
            .caller_reference(reference)
            .paths(paths)
            .build()
            .map_err(failed)?;
        let call = self.client.create_invalidation();
        let call = call
            .distribution_id(&self.distribution)
            .invalidation_batch(batch);
        let created = call.send().await.map_err(failed)?.invalidation;
        created
            .map(|invalidation| invalidation.id)
            .ok_or_else(|| CdnError("the answer has no id".into()))
    }

    async fn is_complete(&self, id: &str) -> Result<bool, CdnError> {
        let call = self.client.get_invalidation();
        let call = call.distribution_id(&self.distribution).id(id);
        let found = call.send().await.map_err(failed)?.invalidation;
        Ok(found.is_some_and(|invalidation| invalidation.status == "Completed"))
    }
}
