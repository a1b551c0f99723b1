//! The reasons why a deployment stops.

use std::path::PathBuf;

use crate::artifacts::BinaryError;
use crate::aws_cli::AwsCliError;
use crate::concurrency::TooMuchReserved;
use crate::key_group::KeyGroupError;
use crate::names::BadStackName;
use crate::rollout::RolloutError;
use crate::signing_key::SigningKeyError;
use crate::stack_outputs::MissingOutput;
use crate::template::TemplateError;

/// The reasons why a deployment stops.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// The key group cannot be made.
    #[error(transparent)]
    KeyGroup(#[from] KeyGroupError),
    /// The signing key cannot be made.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// The binaries are missing or built for another architecture.
    #[error(transparent)]
    Binary(#[from] BinaryError),
    /// More is to be reserved than the account has.
    #[error(transparent)]
    Reserved(#[from] TooMuchReserved),
    /// There is no template to deploy.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The stack was not changed, or not as asked for.
    #[error(transparent)]
    Rollout(#[from] RolloutError),
    /// The template cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The template.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The stack is in a state in which CloudFormation refuses updates.
    #[error("stack {stack} is {status}: {way_out}")]
    Stuck {
        /// Stack name.
        stack: String,
        /// Its status.
        status: String,
        /// The way out, with the command.
        way_out: String,
    },
    /// The stack's name does not fit.
    #[error(transparent)]
    StackName(#[from] BadStackName),
    /// Other names than those that the stack has were asked for.
    #[error(
        "stack {stack} has Names={names}, and other names would replace its buckets by empty ones: leave Names out"
    )]
    NamesStay {
        /// Stack name.
        stack: String,
        /// The value of the parameter that it was created with.
        names: &'static str,
    },
    /// The account has a bucket of that name in another region, where another stack may use it.
    #[error(
        "bucket {bucket} exists already, in {region}, and a bucket's name is taken in all regions: {way_out}"
    )]
    BucketElsewhere {
        /// The bucket.
        bucket: String,
        /// Its region.
        region: String,
        /// The way out.
        way_out: String,
    },
    /// Earlier stacks of this name left buckets of both forms behind.
    #[error(
        "earlier stacks left buckets behind, {0} and {1} among them: say which are to be used, by PARAMS=\"Names=account\" for the \
         first or PARAMS=\"Names=region\" for the second"
    )]
    TwoPasts(String, String),
    /// The stack was deleted right after its deployment.
    #[error("stack {0} does not exist although it was just deployed")]
    Gone(String),
    /// The template is not Dozo's: an output is missing.
    #[error(transparent)]
    Output(#[from] MissingOutput),
}
