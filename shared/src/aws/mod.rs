//! The adapters to AWS, one file for each service. They decide nothing: they make calls and classify answers and
//! errors.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

pub mod cloudfront;
mod copy;
pub mod eventbridge;
pub mod mediaconvert;
mod parts;
mod platform;
pub mod s3;
mod s3_error;
pub mod secrets;
pub mod signing;
pub mod sqs;
pub mod sts;
mod web;

pub use platform::Aws;

/// The number of tries of one SDK call. A call that still fails is retried by the queue, after longer waits.
const ATTEMPTS: u32 = 4;

/// The time limit for making a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// The time limit for the first byte of an answer, after which the call is tried again.
const READ: Duration = Duration::from_secs(20);

/// Connects to AWS: region, credentials and endpoint come from the environment.
pub async fn load() -> Aws {
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .read_timeout(READ)
                .build(),
        )
        .load()
        .await;
    Aws { sdk }
}

/// Returns the region. Lambda always sets one; without one it is `us-east-1`.
#[must_use]
pub fn region(sdk: &SdkConfig) -> String {
    sdk.region()
        .map_or_else(|| "us-east-1".to_owned(), ToString::to_string)
}

/// Returns the partition of a region.
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

/// Returns a variable of the process's environment, for the configuration that the functions' `main` reads.
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
