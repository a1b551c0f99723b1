//! The arguments of `export`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::bulk::address::S3Address;

/// Printed below `dozo export --help`.
pub(super) const AFTER: &str = "\
Of each media there is MEDIA/record.json, which is what the API answers, and the original under its
file's ending, such as MEDIA/original.jpg. Where no original is delivered, as of films, it is the
file in one piece that is.
The credentials call the API and S3. They need s3:ListBucket for the platform's records bucket below
media/APP/, s3:ListBucket and s3:GetObject for its delivery bucket (with --suspended also for its
backup bucket) below public/APP/ and private/APP/, and for a target in S3 s3:GetObject,
s3:PutObject and s3:AbortMultipartUpload.
What is there already is not written again.";

/// The arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The folder or the place in S3 to write to
    #[arg(value_name = "FOLDER or s3://BUCKET/PREFIX")]
    pub shelf: Shelf,
    /// The region of that bucket, if it is not the platform's
    #[arg(long, value_name = "REGION")]
    pub target_region: Option<String>,
    /// Write the originals of suspended media, too; without it only their records are written
    #[arg(long)]
    pub suspended: bool,
    /// Only list what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Write the table to this file, too: FILE.json or FILE.csv
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Media that are written at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub at_once: u16,
    /// The platform's bucket of records, if the stack is not said [default: as the stack says]
    #[arg(long, value_name = "NAME")]
    pub records_bucket: Option<String>,
    /// The platform's bucket of what is delivered, if the stack is not said [default: as the stack says]
    #[arg(long, value_name = "NAME")]
    pub delivery_bucket: Option<String>,
    /// The platform's bucket of what is suspended, if the stack is not said [default: as the stack says]
    #[arg(long, value_name = "NAME")]
    pub backup_bucket: Option<String>,
}

/// The destination of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shelf {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A place in S3.
    S3(S3Address),
}

impl FromStr for Shelf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("s3://") {
            text.parse().map(Self::S3)
        } else if text.is_empty() {
            Err("is empty; give a folder, or s3://bucket/prefix".to_owned())
        } else {
            Ok(Self::Folder(PathBuf::from(text)))
        }
    }
}
