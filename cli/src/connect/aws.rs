//! S3 as the user may use it: with the user's own credentials, which the SDK fetches again when they expire.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, StalledStreamProtectionConfig};

use crate::failure::Failure;

/// Tries of one request, with the SDK's own backoff in between: S3 answers `503 Slow Down` where one prefix gets many
/// requests. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html>
const ATTEMPTS: u32 = 8;

/// The longest that one try of a request may take. A copy of 1 GiB, the largest one that is made in one request, answers
/// when it is done.
const PATIENCE: Duration = Duration::from_mins(10);

/// The user's credentials, and where S3 is.
#[derive(Debug)]
pub struct Aws {
    /// The user's credentials.
    pub credentials: SharedCredentialsProvider,
    /// The region of the platform.
    pub region: String,
    /// The address of S3, if it is not AWS's.
    pub endpoint: Option<String>,
    /// The names of the platform's buckets by purpose, such as `delivery`. They are empty if only the API's address is known.
    pub buckets: BTreeMap<String, String>,
}

impl Aws {
    /// Returns a client of S3 in a region, or in that of the platform; at an address, or at the usual one.
    #[must_use]
    pub fn s3(&self, region: Option<&str>, endpoint: Option<&str>) -> Client {
        let region = region.unwrap_or(&self.region).to_owned();
        let mut config: Builder = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(self.credentials.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(PATIENCE)
                    .build(),
            )
            // While S3 copies it sends a blank now and then, which this protection takes for a stalled connection.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(endpoint) = endpoint.or(self.endpoint.as_deref()) {
            // An S3 service outside AWS has no host name for each bucket.
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        Client::from_conf(config.build())
    }

    /// Returns the name of one of the platform's buckets: the one that was said, or the one that is known.
    ///
    /// # Errors
    /// Fails if neither is, with the option that says it.
    pub fn bucket<'a>(
        &'a self,
        purpose: &str,
        said: Option<&'a String>,
    ) -> Result<&'a str, Failure> {
        let named = said.or_else(|| self.buckets.get(purpose));
        named.map(String::as_str).ok_or_else(|| {
            Failure::Usage(format!(
                "the bucket with the platform's {purpose} objects is not known; give --stack NAME, or --{purpose}-bucket NAME"
            ))
        })
    }
}
