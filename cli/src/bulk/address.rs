//! A place in S3, as people write it: `s3://bucket/prefix`.

use std::fmt;
use std::str::FromStr;

/// The longest key of S3, in bytes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const MOST_KEY_BYTES: usize = 1_024;

/// A bucket, and a prefix of the keys in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Address {
    /// The bucket's name.
    pub bucket: String,
    /// The prefix of the keys: empty, or a text that ends with a slash.
    pub prefix: String,
}

impl FromStr for S3Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text
            .strip_prefix("s3://")
            .ok_or("is no place in S3; write it like s3://bucket/prefix")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(bucket) {
            return Err(
                "has no bucket's name; write it like s3://bucket/prefix, with 3 to 63 of a-z, 0-9, dot and hyphen"
                    .to_owned(),
            );
        }
        if prefix.len() >= MOST_KEY_BYTES {
            return Err(format!(
                "is longer than any key; a key of S3 has at most {MOST_KEY_BYTES} bytes"
            ));
        }
        let slash = if prefix.is_empty() || prefix.ends_with('/') {
            ""
        } else {
            "/"
        };
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: format!("{prefix}{slash}"),
        })
    }
}

impl fmt::Display for S3Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_folder() {
        for (text, wanted) in [
            ("s3://bucket", Some("s3://bucket/")),
            ("s3://bucket/", Some("s3://bucket/")),
            ("s3://bucket/a", Some("s3://bucket/a/")),
            ("s3://bucket/a/b/", Some("s3://bucket/a/b/")),
            ("s3://my.old-bucket1/猫", Some("s3://my.old-bucket1/猫/")),
            ("s3://", None),
            ("s3:///a", None),
            ("s3://Bucket/a", None),
            ("s3://b/a", None),
            ("bucket/a", None),
            ("https://bucket.s3.amazonaws.com/a", None),
        ] {
            let read: Option<S3Address> = text.parse().ok();
            let shown = read.map(|address| address.to_string());
            assert_eq!(shown.as_deref(), wanted, "{text}");
        }
        let long = format!("s3://bucket/{}", "x".repeat(MOST_KEY_BYTES));
        assert!(long.parse::<S3Address>().is_err());
    }
}
