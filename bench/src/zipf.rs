//! The popularity of things: people look at a few of them often, and at many seldom.

/// Zipf's law over a number of things: the thing of rank r is asked for in proportion to 1 / r to the power of an
/// exponent. Requests to web sites follow it with exponents of about 0.6 to 1
/// (<https://doi.org/10.1109/INFCOM.1999.749260>).
#[derive(Debug, Clone)]
pub struct Zipf {
    /// The sum of the weights up to each rank.
    sums: Vec<f64>,
}

impl Zipf {
    /// Creates the law for this many things.
    #[must_use]
    pub fn new(things: u32, exponent: f64) -> Self {
        let mut sum = 0.0;
        let weights = (1..=things).map(|rank| f64::from(rank).powf(-exponent));
        let sums = weights.map(|weight| {
            sum += weight;
            sum
        });
        Self {
            sums: sums.collect(),
        }
    }

    /// Returns the rank, from 0, of the thing that is asked for. `uniform` is a random number from 0 up to 1.
    #[must_use]
    pub fn rank(&self, uniform: f64) -> usize {
        let all = self.sums.last().copied().unwrap_or(0.0);
        let rank = self.sums.partition_point(|sum| *sum <= uniform * all);
        rank.min(self.sums.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the ranks for evenly spread numbers.
    fn counts(law: &Zipf, things: usize, numbers: u32) -> Vec<u32> {
        let mut counts = vec![0; things];
        for number in 0..numbers {
            let uniform = (f64::from(number) + 0.5) / f64::from(numbers);
            if let Some(count) = counts.get_mut(law.rank(uniform)) {
                *count += 1;
            }
        }
        counts
    }

    #[test]
    fn a_thing_is_asked_for_by_its_rank() {
        // 1, 1/2 and 1/3 are 6, 3 and 2 of 11.
        assert_eq!(counts(&Zipf::new(3, 1.0), 3, 11_000), [6_000, 3_000, 2_000]);
        assert_eq!(counts(&Zipf::new(4, 0.0), 4, 400), [100; 4]);
    }

    #[test]
    fn the_ends_are_things_too() {
        let law = Zipf::new(5, 1.0);
        assert_eq!(
            [law.rank(0.0), law.rank(0.999_999), law.rank(1.0)],
            [0, 4, 4]
        );
        assert_eq!(Zipf::new(0, 1.0).rank(0.5), 0);
    }
}
