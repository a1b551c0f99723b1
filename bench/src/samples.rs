//! Measured times and their statistics.

use std::time::Duration;

/// Measured durations of one operation, in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    sorted: Vec<f64>,
}

impl Samples {
    /// Creates samples from milliseconds, in any order.
    #[must_use]
    pub fn of_milliseconds(all: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = all.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }

    /// Creates samples from durations, in any order.
    #[must_use]
    pub fn of(all: impl IntoIterator<Item = Duration>) -> Self {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        Self::of_milliseconds(all.into_iter().map(milliseconds))
    }

    /// The smallest sample such that at least this percentage of all is not above it (nearest rank); NaN if there are
    /// none.
    #[must_use]
    pub fn percentile(&self, per_cent: usize) -> f64 {
        let rank = (self.sorted.len() * per_cent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
    }

    /// The sample such that half of all are not above it.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    /// The number of samples.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sorted.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_samples() {
        let samples = Samples::of_milliseconds((1..=20).rev().map(f64::from));
        for (per_cent, expected) in [(0, 1.0), (50, 10.0), (95, 19.0), (96, 20.0), (100, 20.0)] {
            assert_eq!(
                samples.percentile(per_cent).to_bits(),
                f64::to_bits(expected),
                "{per_cent}"
            );
        }
        assert!(Samples::default().median().is_nan());
    }

    #[test]
    fn a_duration_is_in_milliseconds() {
        let samples = Samples::of([Duration::from_micros(1_500)]);
        assert_eq!(
            (samples.median().to_bits(), samples.count()),
            (1.5_f64.to_bits(), 1)
        );
    }
}
