//! The arguments of `import`.

use std::path::PathBuf;

use clap::Args;

use super::Described;
use crate::bulk::address::S3Address;
use crate::span;

/// Printed below `dozo import --help`.
pub(super) const AFTER: &str = "\
The name of a file is its key below the prefix. S3 copies; no byte passes through this machine.
The credentials call the API and S3. They need s3:ListBucket and s3:GetObject for the source, and
for the platform's upload bucket s3:ListBucket, s3:PutObject and s3:AbortMultipartUpload below the
name of the app.
What was done is noted in the state file. The same command goes on from there, whenever and however
it ended before.";

/// The arguments of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The objects to bring in
    #[arg(value_name = "s3://BUCKET/PREFIX")]
    pub source: S3Address,
    /// The region of that bucket, if it is not the platform's
    #[arg(long, value_name = "REGION")]
    pub source_region: Option<String>,
    /// The properties that are declared for all objects.
    #[command(flatten)]
    pub described: Described,
    /// Only list what would be brought in
    #[arg(long)]
    pub dry_run: bool,
    /// The state file [default: dozo-import-APP-BUCKET-PREFIX.jsonl in this directory]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Try again what the API refused at an earlier run, such as a file that was too large then
    #[arg(long)]
    pub retry_refused: bool,
    /// Write the table to this file, too: FILE.json or FILE.csv
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Objects that are copied at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub at_once: u16,
    /// How long to wait for the verdicts after the last copy
    #[arg(long, value_name = "SPAN", default_value = "10m", value_parser = span::seconds)]
    pub wait: u64,
}
