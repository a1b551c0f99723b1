//! Times of cues.

use std::fmt;

/// The hours that a time may have at most.
const MAX_HOURS: u64 = 99;

/// A time in milliseconds from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(u64);

impl Time {
    /// Returns the time after so many milliseconds.
    pub(crate) fn of_ms(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Parses `00:01.5`, `00:00:01.500` or `00:00:01,500`, where the fraction may be missing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = match text.split_once(['.', ',']) {
            Some((whole, fraction)) => (whole, thousandths(fraction)?),
            None => (text, 0),
        };
        let mut parts = whole.rsplit(':');
        let seconds = number(parts.next()?, 2).filter(|seconds| *seconds < 60)?;
        let minutes = number(parts.next()?, 2).filter(|minutes| *minutes < 60)?;
        let hours = match parts.next() {
            Some(hours) => number(hours, 4).filter(|hours| *hours <= MAX_HOURS)?,
            None => 0,
        };
        let is_over = parts.next().is_none();
        is_over.then_some(Self(
            ((hours * 60 + minutes) * 60 + seconds) * 1_000 + fraction,
        ))
    }
}

fn thousandths(fraction: &str) -> Option<u64> {
    let scale = match fraction.len() {
        1 => 100,
        2 => 10,
        3 => 1,
        _ => return None,
    };
    Some(number(fraction, 3)? * scale)
}

/// Parses a number of one digit to `most` digits.
fn number(text: &str, most: usize) -> Option<u64> {
    let is_number = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, thousandths) = (self.0 / 1_000, self.0 % 1_000);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        write!(
            f,
            "{hours:02}:{minutes:02}:{:02}.{thousandths:03}",
            seconds % 60
        )
    }
}
