//! Configuration: defaults, then the environment, then validation. All faults are reported together, and stop the
//! function when it starts.
//!
//! Tests pass a look-up of their own. The process's environment is read in one place, for the functions' `main`.

use std::ops::RangeInclusive;

use crate::platform::batch::{Backoff, InboxConfig};
use crate::ports::buckets::{Buckets, COPY_PART_BYTES};
use crate::vocabulary::app::{GRANT_SECONDS, Limits, Quotas};
use crate::vocabulary::keys::Bucket;
use crate::vocabulary::operation::Grace;
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::web_address::Reach;

/// The faults of a configuration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the configuration is invalid:{faults}")]
pub struct ConfigError {
    faults: String,
}

/// Returns a host as a URL without a final slash. A host alone gets the scheme https; a given scheme is kept, for local
/// runs.
#[must_use]
pub fn base_url(host: &str) -> String {
    let host = host.trim_end_matches('/');
    if host.contains("://") {
        host.to_owned()
    } else {
        format!("https://{host}")
    }
}

/// A reader of values that collects all faults.
pub struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: String,
}

impl<'a> Reader<'a> {
    /// Creates a reader that takes values from this look-up.
    #[must_use]
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            lookup,
            faults: String::new(),
        }
    }

    /// Reads a required text.
    pub fn text(&mut self, name: &str) -> String {
        let value = self.value(name);
        if value.is_none() {
            self.fault(name, "is missing");
        }
        value.unwrap_or_default()
    }

    /// Reads an optional text.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.value(name)
    }

    /// Reads a whole number within a range, or returns the default if there is none.
    pub fn number(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let Some(text) = self.value(name) else {
            return default;
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => number,
            Ok(_) | Err(_) => {
                self.fault(
                    name,
                    &format!(
                        "is {text:?}, but must be a number from {} to {}",
                        range.start(),
                        range.end()
                    ),
                );
                default
            }
        }
    }

    /// Reads a required text that is the name of one of the two choices.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T); 2]) -> T {
        let [(first, default), (second, other)] = *choices;
        let text = self.text(name);
        if text == second {
            return other;
        }
        if text != first {
            self.fault(
                name,
                &format!("is {text:?}, but must be {first} or {second}"),
            );
        }
        default
    }

    /// Reads the platform's limits: `MAX_IMAGE_BYTES`, `MAX_IMAGE_PIXELS`, `MAX_IMAGE_FRAMES`, `MAX_PDF_BYTES`,
    /// `MAX_PDF_PAGES`, `MAX_AV_BYTES`, `MAX_AV_SECONDS`.
    ///
    /// The upper bounds of images follow from the functions' memory, because an image is read whole. A PDF is read in
    /// pieces; beyond its upper bounds it would have to be copied in parts, or would have more pages than there are
    /// page numbers.
    pub fn limits(&mut self) -> Limits {
        let standard = Limits::default();
        let frames = self.number("MAX_IMAGE_FRAMES", standard.image_frames.into(), 1..=10_000);
        let most = u64::from(PageNumber::LAST);
        let pages = self.number("MAX_PDF_PAGES", standard.pdf_pages.into(), 1..=most);
        Limits {
            image_bytes: self.number(
                "MAX_IMAGE_BYTES",
                standard.image_bytes,
                1..=400 * 1024 * 1024,
            ),
            image_pixels: self.number("MAX_IMAGE_PIXELS", standard.image_pixels, 1..=400_000_000),
            image_frames: u32::try_from(frames).unwrap_or(standard.image_frames),
            pdf_bytes: self.number("MAX_PDF_BYTES", standard.pdf_bytes, 1..=5 << 30),
            pdf_pages: u16::try_from(pages).unwrap_or(standard.pdf_pages),
            av_bytes: self.number("MAX_AV_BYTES", standard.av_bytes, 1..=5 << 40),
            av_seconds: self.number("MAX_AV_SECONDS", standard.av_seconds, 1..=12 * 60 * 60),
        }
    }

    /// Reads the platform's quotas for each app: `MAX_FILES_PER_UPLOAD`, `MAX_MEDIA_PER_DAY`, `MAX_BYTES_PER_DAY`.
    ///
    /// The upper bounds are far beyond what one deployment does in a day; the counting has none.
    pub fn quotas(&mut self) -> Quotas {
        let standard = Quotas::default();
        let mut count = |name: &str, standard: u32, most: u64| {
            let number = self.number(name, standard.into(), 1..=most);
            u32::try_from(number).unwrap_or(standard)
        };
        Quotas {
            files_per_upload: count("MAX_FILES_PER_UPLOAD", standard.files_per_upload, 100_000),
            media_per_day: count("MAX_MEDIA_PER_DAY", standard.media_per_day, 100_000_000),
            bytes_per_day: self.number("MAX_BYTES_PER_DAY", standard.bytes_per_day, 1..=1 << 50),
        }
    }

    /// Reads `MAX_GRANT_SECONDS`, the longest grant of a private media: at most seven days. Media to be seen for longer
    /// are made public, or requested again.
    pub fn grant_seconds(&mut self) -> u32 {
        let seconds = self.number("MAX_GRANT_SECONDS", GRANT_SECONDS.into(), 1..=604_800);
        u32::try_from(seconds).unwrap_or(GRANT_SECONDS)
    }

    /// Reads the names of these buckets: `UPLOAD_BUCKET`, `DELIVERY_BUCKET`, `BACKUP_BUCKET`, `RECORDS_BUCKET`,
    /// `WORK_BUCKET`.
    pub fn buckets(&mut self, buckets: &[Bucket]) -> Buckets {
        buckets.iter().fold(Buckets::default(), |known, bucket| {
            let name = match bucket {
                Bucket::Upload => "UPLOAD_BUCKET",
                Bucket::Delivery => "DELIVERY_BUCKET",
                Bucket::Backup => "BACKUP_BUCKET",
                Bucket::Records => "RECORDS_BUCKET",
                Bucket::Work => "WORK_BUCKET",
            };
            known.with(*bucket, &self.text(name))
        })
    }

    /// Reads the names of these buckets, and `COPY_PART_BYTES`: larger objects are copied in parts of this size. S3's
    /// smallest part is 5 MiB, its largest 5 GiB.
    pub fn buckets_to_copy(&mut self, buckets: &[Bucket]) -> Buckets {
        let part = self.number("COPY_PART_BYTES", COPY_PART_BYTES, (5 << 20)..=(5 << 30));
        self.buckets(buckets).copying_in_parts_of(part)
    }

    /// Reads the URL of the queue that the function receives messages from, from the variable with this name, and
    /// `RETRY_SECONDS`, the wait of a message after its first failure.
    pub fn inbox(&mut self, queue_url: &str) -> InboxConfig {
        InboxConfig {
            queue_url: self.text(queue_url),
            backoff: self.backoff(),
        }
    }

    fn backoff(&mut self) -> Backoff {
        let seconds = self.number("RETRY_SECONDS", 30, 1..=900);
        Backoff {
            first_seconds: u32::try_from(seconds).unwrap_or(30),
        }
    }

    /// Reads `RENDER_GRACE_SECONDS`, the time after which no render can be at work any more that began before a change.
    pub fn render_grace_seconds(&mut self) -> u32 {
        let seconds = self.number("RENDER_GRACE_SECONDS", 60, 1..=900);
        u32::try_from(seconds).unwrap_or(60)
    }

    /// Reads `RENDER_GRACE_SECONDS` and `STAGE_GRACE_SECONDS`, the times for which somebody may still be at work after
    /// a record was changed.
    pub fn grace(&mut self) -> Grace {
        let render_seconds = self.render_grace_seconds();
        Grace {
            render_seconds,
            stage_seconds: self.stage_grace(),
        }
    }

    /// Reads `STAGE_GRACE_SECONDS` alone.
    pub fn stage_grace(&mut self) -> u32 {
        let stage = self.number("STAGE_GRACE_SECONDS", 660, 1..=1_800);
        u32::try_from(stage).unwrap_or(660)
    }

    /// Reads `PLACE`, which decides what servers may be called.
    pub fn reach(&mut self) -> Reach {
        self.choice(
            "PLACE",
            &[("aws", Reach::Public), ("laptop", Reach::Laptop)],
        )
    }

    /// Returns `value` if no fault was found.
    ///
    /// # Errors
    /// [`ConfigError`] with all faults.
    pub fn finish<T>(self, value: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(ConfigError {
                faults: self.faults,
            })
        }
    }

    /// Looks up a value. An empty variable counts as absent, because CloudFormation cannot leave a variable out.
    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn fault(&mut self, name: &str, what: &str) {
        self.faults.push_str(&format!(" {name} {what};"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_reported_together() {
        let lookup = |name: &str| match name {
            "MAX_IMAGE_BYTES" => Some("many".to_owned()),
            "MAX_IMAGE_FRAMES" => Some("0".to_owned()),
            "MAX_MEDIA_PER_DAY" => Some("-1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let mut reader = Reader::new(&lookup);
        reader.text("BUCKET");
        reader.text("EMPTY");
        reader.limits();
        reader.quotas();
        let faults = reader.finish(()).map_err(|error| error.to_string());
        for name in [
            "BUCKET",
            "EMPTY",
            "MAX_IMAGE_BYTES",
            "MAX_IMAGE_FRAMES",
            "MAX_MEDIA_PER_DAY",
        ] {
            assert!(
                faults.as_ref().is_err_and(|text| text.contains(name)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_day_may_have_a_hundred_million_media() {
        for (number, is_read) in [("100000000", true), ("100000001", false)] {
            let lookup = |name: &str| (name == "MAX_MEDIA_PER_DAY").then(|| number.to_owned());
            let mut reader = Reader::new(&lookup);
            let read = reader.quotas().media_per_day.to_string() == number;
            assert_eq!((read, reader.finish(()).is_ok()), (is_read, is_read));
        }
    }

    #[test]
    fn defaults_stand_when_nothing_is_said() {
        let mut reader = Reader::new(&|_| None);
        assert_eq!(reader.limits(), Limits::default());
        assert_eq!(reader.quotas(), Quotas::default());
        assert_eq!(reader.finish(()), Ok(()));
    }
}
