//! The day that quotas are counted by. It begins at midnight UTC for everybody.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

/// A day in UTC. It is written as `2026-11-23` in keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// Returns the day that this moment lies in.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(Offset::UTC.to_datetime(moment).date())
    }

    /// Parses a day as written by [`fmt::Display`]; accepts no other form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let day = Self(text.parse().ok()?);
        (day.to_string() == text).then_some(day)
    }

    /// Returns the following day, or the same day if it is the last one that can be represented.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add(1.day()).unwrap_or(self.0))
    }

    /// Returns the seconds from this moment to the next midnight, 1 to 86,400.
    #[must_use]
    pub fn seconds_left(now: Timestamp) -> u32 {
        const DAY_SECONDS: i64 = 86_400;
        let passed = now.as_second().rem_euclid(DAY_SECONDS);
        u32::try_from(DAY_SECONDS.saturating_sub(passed)).unwrap_or(1)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_utc() {
        for (moment, day, left) in [
            ("2026-02-28T23:59:59.999Z", "2026-02-28", 1),
            ("2026-03-01T00:00:00Z", "2026-03-01", 86_400),
            ("2026-03-01T08:00:00+09:00", "2026-02-28", 3_600),
            ("1969-12-31T23:00:00Z", "1969-12-31", 3_600),
        ] {
            let moment: Timestamp = moment.parse().unwrap();
            let found = Day::of(moment);
            assert_eq!(
                (found.to_string().as_str(), Day::seconds_left(moment)),
                (day, left)
            );
            assert_eq!(Day::parse(day), Some(found));
        }
        let last_of_february = Day::parse("2028-02-28").unwrap();
        assert_eq!(last_of_february.next().to_string(), "2028-02-29");
        for not_a_day in [
            "2026-02-29",
            "2026-2-1",
            "20260201",
            "2026-02-01T00",
            "",
            "…",
        ] {
            assert_eq!(Day::parse(not_a_day), None, "{not_a_day}");
        }
    }
}
