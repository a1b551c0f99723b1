//! AWS SDK clients for the stack.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

use super::signed::credentials;
use super::{Grant, Keys, Stack};

impl Stack {
    /// Configures any client of the SDK. Retries are off: a refusal must come at the first attempt.
    #[must_use]
    pub fn sdk(&self, keys: &Keys) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.file.region.clone()))
            .endpoint_url(&self.file.aws_endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials(keys)))
            .retry_config(RetryConfig::disabled())
            .build()
    }

    /// An S3 client.
    #[must_use]
    pub fn s3(&self, keys: &Keys) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk(keys)).force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// An SQS client.
    #[must_use]
    pub fn sqs(&self, keys: &Keys) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.sdk(keys))
    }

    /// Puts a file with an upload's credentials.
    pub async fn put(&self, grant: &Grant, name: &str, body: impl Into<Bytes>) {
        self.s3(&grant.keys)
            .put_object()
            .bucket(&grant.bucket)
            .key(grant.key(name))
            .body(ByteStream::from(body.into()))
            .send()
            .await
            .unwrap_or_else(|error| panic!("put {name:?}: {error:?}"));
    }

    /// Returns an object's bytes, read as the account's root, or `None` if there is no object.
    pub async fn object(&self, bucket: &str, key: &str) -> Option<Bytes> {
        let got = self
            .s3(&Keys::root())
            .get_object()
            .bucket(self.bucket(bucket))
            .key(key);
        match got.send().await {
            Ok(object) => Some(object.body.collect().await.unwrap().into_bytes()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => None,
            Err(error) => panic!("get {bucket}/{key}: {error:?}"),
        }
    }

    /// Returns the keys under a prefix (at most 1,000), listed as the account's root.
    pub async fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let listed = self
            .s3(&Keys::root())
            .list_objects_v2()
            .bucket(self.bucket(bucket))
            .prefix(prefix)
            .send()
            .await
            .unwrap();
        let objects = listed.contents.unwrap_or_default();
        objects
            .into_iter()
            .filter_map(|object| object.key)
            .collect()
    }

    /// Returns the keys like [`Self::keys`], for a prefix of any size.
    pub async fn all_keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let client = self.s3(&Keys::root());
        let mut pages = client
            .list_objects_v2()
            .bucket(self.bucket(bucket))
            .prefix(prefix)
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let objects = page.unwrap().contents.unwrap_or_default();
            keys.extend(objects.into_iter().filter_map(|object| object.key));
        }
        keys
    }
}
