//! Time and chance, so that tests can hold both still.

use jiff::Timestamp;

/// Where time and random numbers come from.
pub trait Clock: Send + Sync {
    /// Now, in UTC, to the millisecond: more digits would only be noise in records and answers.
    fn now(&self) -> Timestamp;

    /// 128 random bits, fit for ids that must not be guessed.
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
