//! Configuration: defaults, then the environment, then validation. All faults are reported together and stop
//! the function when it starts.
//!
//! Tests hand in a look-up; the process's environment is read in one place, by the functions' `main`.

use std::ops::RangeInclusive;

use crate::platform::batch::Backoff;
use crate::vocabulary::app::{GRANT_SECONDS, Limits, Quotas};
use crate::vocabulary::operation::Grace;
use crate::vocabulary::page::PageNumber;

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the configuration is not usable:{faults}")]
pub struct ConfigError {
    faults: String,
}

/// A host as a URL without a slash at its end. A host alone is reached by https; a scheme is kept, for local runs.
#[must_use]
pub fn base_url(host: &str) -> String {
    let host = host.trim_end_matches('/');
    if host.contains("://") {
        host.to_owned()
    } else {
        format!("https://{host}")
    }
}

/// Reads values and collects faults.
pub struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: String,
}

impl<'a> Reader<'a> {
    /// Reads from this look-up.
    #[must_use]
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            lookup,
            faults: String::new(),
        }
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str) -> String {
        let value = self.value(name);
        if value.is_none() {
            self.fault(name, "is missing");
        }
        value.unwrap_or_default()
    }

    /// A text that need not be there.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.value(name)
    }

    /// A whole number within a range.
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
                        "is {text:?}, not a number from {} to {}",
                        range.start(),
                        range.end()
                    ),
                );
                default
            }
        }
    }

    /// One of these, by its name.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T); 2]) -> T {
        let [(first, default), (second, other)] = *choices;
        let text = self.text(name);
        if text == second {
            return other;
        }
        if text != first {
            self.fault(name, &format!("is {text:?}, not {first} or {second}"));
        }
        default
    }

    /// The platform's limits: `MAX_IMAGE_BYTES`, `MAX_IMAGE_PIXELS`, `MAX_IMAGE_FRAMES`, `MAX_PDF_BYTES`, `MAX_PDF_PAGES`,
    /// `MAX_AV_BYTES`, `MAX_AV_SECONDS`.
    ///
    /// The upper bounds of images are what the functions' memory is made for: an image is read whole. A PDF is read in
    /// pieces; what lies beyond its bounds is copied in parts, and has more pages than keys.
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

    /// The platform's quotas for each app: `MAX_FILES_PER_UPLOAD`, `MAX_MEDIA_PER_DAY`, `MAX_BYTES_PER_DAY`.
    ///
    /// The upper bounds are what counting is made for: a thousand media are one call of a listing.
    pub fn quotas(&mut self) -> Quotas {
        let standard = Quotas::default();
        let mut count = |name: &str, standard: u32| {
            let number = self.number(name, standard.into(), 1..=100_000);
            u32::try_from(number).unwrap_or(standard)
        };
        Quotas {
            files_per_upload: count("MAX_FILES_PER_UPLOAD", standard.files_per_upload),
            media_per_day: count("MAX_MEDIA_PER_DAY", standard.media_per_day),
            bytes_per_day: self.number("MAX_BYTES_PER_DAY", standard.bytes_per_day, 1..=1 << 50),
        }
    }

    /// `MAX_GRANT_SECONDS`: the longest grant of a private media. Seven days at most: what is to be seen for longer is
    /// public, or asked for again.
    pub fn grant_seconds(&mut self) -> u32 {
        let seconds = self.number("MAX_GRANT_SECONDS", GRANT_SECONDS.into(), 1..=604_800);
        u32::try_from(seconds).unwrap_or(GRANT_SECONDS)
    }

    /// `RETRY_SECONDS`: how long a message waits after its first failure.
    pub fn backoff(&mut self) -> Backoff {
        let seconds = self.number("RETRY_SECONDS", 30, 1..=900);
        Backoff {
            first_seconds: u32::try_from(seconds).unwrap_or(30),
        }
    }

    /// `RENDER_GRACE_SECONDS` and `STAGE_GRACE_SECONDS`: how long somebody may be at work after a record was changed.
    pub fn grace(&mut self) -> Grace {
        let render = self.number("RENDER_GRACE_SECONDS", 60, 1..=900);
        let stage = self.number("STAGE_GRACE_SECONDS", 660, 1..=1_800);
        Grace {
            render_seconds: u32::try_from(render).unwrap_or(60),
            stage_seconds: u32::try_from(stage).unwrap_or(660),
        }
    }

    /// `COPY_PART_BYTES`: objects above this size are copied in parts of it. S3's smallest part is 5 MiB, its
    /// largest 5 GiB.
    pub fn copy_part_bytes(&mut self) -> u64 {
        self.number("COPY_PART_BYTES", 256 << 20, (5 << 20)..=(5 << 30))
    }

    /// The value read, if no fault was found on the way.
    ///
    /// # Errors
    /// All the faults.
    pub fn finish<T>(self, value: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(ConfigError {
                faults: self.faults,
            })
        }
    }

    /// An empty variable counts as none: CloudFormation cannot leave one out.
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
    fn defaults_stand_when_nothing_is_said() {
        let mut reader = Reader::new(&|_| None);
        assert_eq!(reader.limits(), Limits::default());
        assert_eq!(reader.quotas(), Quotas::default());
        assert_eq!(reader.finish(()), Ok(()));
    }
}
