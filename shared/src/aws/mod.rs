//! The adapters to AWS, one module per service. They decide nothing: they make calls and sort the answers and errors.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

pub mod cloudfront;
mod copy;
pub mod mediaconvert;
pub mod orders;
pub mod s3;
mod s3_error;
pub mod secrets;
pub mod signing;
pub mod sqs;
pub mod sts;

/// Attempts per SDK call. A call that still fails goes back to the queue, which waits longer than any call should.
const ATTEMPTS: u32 = 4;

/// Maximum time to establish a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// Maximum time until the first byte of an answer; after that the call is tried again.
const READ: Duration = Duration::from_secs(20);

/// Loads the configuration of all clients: region, credentials and endpoint come from the environment.
pub async fn load() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .read_timeout(READ)
                .build(),
        )
        .load()
        .await
}

/// Returns the region, which Lambda always sets.
#[must_use]
pub fn region(sdk: &SdkConfig) -> String {
    sdk.region()
        .map_or_else(|| "us-east-1".to_owned(), ToString::to_string)
}

/// Returns the partition that a region belongs to.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
#[must_use]
pub fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Reads a variable of the process's environment. Each function's `main` passes this to its configuration.
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
