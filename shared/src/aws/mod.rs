//! The adapters to AWS, one file a service. No decision is made here: calls go out, answers and errors
//! are told apart.

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

/// Tries of one SDK call. What still fails goes back to the queue, which waits longer than any call should.
const ATTEMPTS: u32 = 4;

/// A connection that is not made in this time will not be.
const CONNECT: Duration = Duration::from_secs(3);

/// The first byte of an answer comes within this time, or the call is tried again.
const READ: Duration = Duration::from_secs(20);

/// The configuration that every client is built from: region, credentials and endpoint from the environment.
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

/// The region, which Lambda always sets.
#[must_use]
pub fn region(sdk: &SdkConfig) -> String {
    sdk.region()
        .map_or_else(|| "us-east-1".to_owned(), ToString::to_string)
}

/// The partition that a region lies in.
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

/// A variable of the process's environment. The functions' `main` hands it to their configuration.
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
