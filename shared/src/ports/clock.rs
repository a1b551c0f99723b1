//! The port to time and random numbers, both of which tests control.

use jiff::Timestamp;

/// A source of time and random numbers.
pub trait Clock: Send + Sync {
    /// Returns the current time in UTC, to the millisecond. More digits would only be noise in records and answers.
    fn now(&self) -> Timestamp;

    /// Returns 128 random bits that are safe for ids that must not be guessed.
    fn random(&self) -> u128;
}

/// The system's clock and the operating system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    fn random(&self) -> u128 {
        rand::random()
    }
}
