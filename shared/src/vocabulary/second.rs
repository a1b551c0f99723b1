//! A second as it is written in keys that sort by time.

use std::fmt;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, civil};

/// The form in keys. Texts of this form sort as the moments do.
const FORM: &str = "%Y-%m-%dT%H%M%SZ";

/// A whole second in UTC, written as `2026-11-29T054321Z` in keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Second(Timestamp);

impl Second {
    /// Returns the last second that begins at this moment or before.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(Timestamp::from_second(moment.as_millisecond().div_euclid(1_000)).unwrap_or(moment))
    }

    /// Returns the first second that begins at this moment or later.
    #[must_use]
    pub fn not_before(moment: Timestamp) -> Self {
        let floor = Self::of(moment);
        let next = floor.0.checked_add(SignedDuration::from_secs(1));
        if floor.0 < moment {
            Self(next.unwrap_or(moment))
        } else {
            floor
        }
    }

    /// Parses a second as written by [`fmt::Display`]; accepts no other form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let read = civil::DateTime::strptime(FORM, text).ok()?;
        let second = Self(Offset::UTC.to_timestamp(read).ok()?);
        (second.to_string() == text).then_some(second)
    }
}

impl fmt::Display for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Offset::UTC.to_datetime(self.0).strftime(FORM))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_sorts_as_text_and_is_read_strictly() {
        for (moment, of, not_before) in [
            (
                "2026-11-29T05:43:21Z",
                "2026-11-29T054321Z",
                "2026-11-29T054321Z",
            ),
            (
                "2026-12-31T23:59:59.001Z",
                "2026-12-31T235959Z",
                "2027-01-01T000000Z",
            ),
        ] {
            let moment: Timestamp = moment.parse().unwrap();
            assert_eq!(Second::of(moment).to_string(), of);
            assert_eq!(Second::not_before(moment).to_string(), not_before);
            assert_eq!(Second::parse(of), Some(Second::of(moment)));
        }
        for other in [
            "2026-11-29T05:43:21Z",
            "2026-11-29T054321",
            "2026-13-01T000000Z",
            "",
            "…",
        ] {
            assert_eq!(Second::parse(other), None, "{other}");
        }
    }
}
