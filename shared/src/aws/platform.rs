//! AWS, as functions are wired to it.

use std::sync::Arc;

use aws_config::SdkConfig;

use super::cloudfront::CloudFront;
use super::eventbridge::EventBus;
use super::mediaconvert::MediaConvert;
use super::s3::S3Store;
use super::secrets::{SigningSecret, TokenSecret, WebhookMaster};
use super::sqs::SqsQueue;
use super::sts::Sts;
use super::web::Internet;
use super::{environment, partition, region};
use crate::ports::Platform;
use crate::ports::buckets::Buckets;
use crate::ports::bus::Bus;
use crate::ports::cdn::Cdn;
use crate::ports::clock::{Clock, SystemClock};
use crate::ports::jobs::{JobService, JobTarget};
use crate::ports::master::MasterSource;
use crate::ports::metrics::{Emf, Metrics};
use crate::ports::parts::Parts;
use crate::ports::queue::Queue;
use crate::ports::signing::KeyRing;
use crate::ports::store::ObjectStore;
use crate::ports::tokens::{KeySource, TokenService, UploadTarget};
use crate::ports::web::Web;
use crate::vocabulary::web_address::Reach;

/// The services of one account and region.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(super) sdk: SdkConfig,
}

impl Platform for Aws {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    fn metrics(&self) -> Arc<dyn Metrics> {
        Arc::new(Emf::new(self.clock(), environment("STACK_NAME")))
    }

    fn store(&self, buckets: Buckets) -> Arc<dyn ObjectStore> {
        Arc::new(S3Store::new(&self.sdk, buckets))
    }

    fn parts(&self, buckets: Buckets) -> Arc<dyn Parts> {
        Arc::new(S3Store::new(&self.sdk, buckets))
    }

    fn queue(&self, url: &str) -> Arc<dyn Queue> {
        Arc::new(SqsQueue::new(&self.sdk, url))
    }

    fn bus(&self, name: &str) -> Arc<dyn Bus> {
        Arc::new(EventBus::new(&self.sdk, name))
    }

    fn cdn(&self, distribution: &str) -> Arc<dyn Cdn> {
        Arc::new(CloudFront::new(&self.sdk, distribution))
    }

    fn jobs(&self, target: JobTarget) -> Arc<dyn JobService> {
        Arc::new(MediaConvert::new(&self.sdk, target))
    }

    fn upload_target(&self, bucket: &str) -> UploadTarget {
        let region = region(&self.sdk);
        UploadTarget {
            bucket: bucket.to_owned(),
            partition: partition(&region).to_owned(),
            region,
            endpoint: self.sdk.endpoint_url().map(str::to_owned),
        }
    }

    fn tokens(&self, bucket: &str) -> Arc<dyn TokenService> {
        Arc::new(Sts::new(&self.sdk, bucket))
    }

    fn token_key(&self, secret: &str) -> Arc<dyn KeySource> {
        Arc::new(TokenSecret::new(&self.sdk, secret))
    }

    fn webhook_master(&self, secret: &str) -> Arc<dyn MasterSource> {
        Arc::new(WebhookMaster::new(&self.sdk, secret))
    }

    fn signing_keys(&self, secret: &str) -> Arc<dyn KeyRing> {
        Arc::new(SigningSecret::new(&self.sdk, secret))
    }

    fn web(&self, reach: Reach) -> Arc<dyn Web> {
        Arc::new(Internet::new(reach))
    }
}
