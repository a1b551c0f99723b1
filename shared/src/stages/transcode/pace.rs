//! Measures the highest rate at which pictures follow each other in the files that were made. `FRAME-RATE` in a
//! playlist is the highest rate, not the average (RFC 8216, 4.3.4.2), and only the result shows it.

use std::collections::VecDeque;
use std::path::Path;

use dozo_probe::durations;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

/// The time window of the measurement, in milliseconds. It spans several pictures because most containers round their
/// times.
const WINDOW_MS: u64 = 500;

/// The longest fragment header that is read, in bytes; a header has a few bytes for each picture.
const MAX_HEADER: u64 = 1 << 20;

/// The most boxes of a segment that are looked at.
const MAX_BOXES: usize = 256;

/// The pace of one rendition so far.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Ticks a second.
    timescale: u64,
    /// The length of a picture in ticks, unless its fragment says otherwise.
    default: u32,
    /// The lengths of the latest pictures, which together fill the window.
    latest: VecDeque<u64>,
    latest_ticks: u64,
    /// The highest rate within a window so far, in pictures per thousand seconds.
    most: u64,
    pictures: u64,
    ticks: u64,
}

impl Pace {
    /// Starts the count for a rendition with this initialisation.
    pub(super) fn of(init: &[u8]) -> Self {
        let (timescale, default) = durations::of_header(init).unwrap_or_default();
        Self {
            timescale: u64::from(timescale),
            default,
            ..Self::default()
        }
    }

    /// Counts the pictures of a segment; counts none if the file cannot be read as a segment.
    pub(super) async fn add(&mut self, path: &Path) -> std::io::Result<()> {
        let mut file = File::open(path).await?;
        for _ in 0..MAX_BOXES {
            let mut head = [0; 8];
            if file.read_exact(&mut head).await.is_err() {
                break;
            }
            let [a, b, c, d, name @ ..] = head;
            let size = u64::from(u32::from_be_bytes([a, b, c, d]));
            let Some(rest) = size.checked_sub(8) else {
                break;
            };
            if &name == b"moof" && rest <= MAX_HEADER {
                let mut body = Vec::new();
                (&mut file).take(rest).read_to_end(&mut body).await?;
                for ticks in durations::of_fragment(&body, self.default) {
                    self.count(u64::from(ticks));
                }
            } else {
                let rest = i64::try_from(rest).unwrap_or(i64::MAX);
                file.seek(SeekFrom::Current(rest)).await?;
            }
        }
        Ok(())
    }

    fn count(&mut self, ticks: u64) {
        self.pictures += 1;
        self.ticks += ticks;
        self.latest.push_back(ticks);
        self.latest_ticks += ticks;
        let window = self.timescale * WINDOW_MS / 1_000;
        while let Some(first) = self.latest.front().copied()
            && self.latest_ticks - first >= window
            && self.latest.len() > 1
        {
            self.latest.pop_front();
            self.latest_ticks -= first;
        }
        if self.latest_ticks >= window {
            let count = u64::try_from(self.latest.len()).unwrap_or(0);
            self.most = self.most.max(self.rate(count, self.latest_ticks));
        }
    }

    fn rate(&self, pictures: u64, ticks: u64) -> u64 {
        let milli = u128::from(pictures) * u128::from(self.timescale) * 1_000;
        let rate = milli.checked_div(u128::from(ticks)).unwrap_or(0);
        u64::try_from(rate).unwrap_or(0)
    }

    /// Returns the highest rate in pictures per thousand seconds, or `None` if no pictures were counted.
    pub(super) fn frames_per_1000_s(&self) -> Option<u32> {
        let average = self.rate(self.pictures, self.ticks);
        let most = if self.most > 0 { self.most } else { average };
        u32::try_from(most).ok().filter(|most| *most > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(timescale: u64, ticks: impl IntoIterator<Item = u64>) -> Option<u32> {
        let mut pace = Pace {
            timescale,
            ..Pace::default()
        };
        ticks.into_iter().for_each(|ticks| pace.count(ticks));
        pace.frames_per_1000_s()
    }

    #[test]
    fn an_even_rate_is_what_it_is() {
        assert_eq!(pace(30_000, [1_001; 300]), Some(29_970));
        assert_eq!(pace(12_800, [512; 100]), Some(25_000));
        assert_eq!(
            pace(12_800, [512; 3]),
            Some(25_000),
            "shorter than the window"
        );
        assert_eq!(pace(1, [1; 5]), Some(1_000));
        assert_eq!(pace(1_000, []), None);
        assert_eq!(pace(0, [0; 5]), None);
    }

    #[test]
    fn of_an_uneven_rate_the_most_counts() {
        let slow_then_fast = [100; 50].into_iter().chain([20; 100]).chain([100; 50]);
        assert_eq!(pace(1_000, slow_then_fast), Some(50_000));
        // A single early picture does not count as the highest rate.
        let early = [40; 50].into_iter().chain([1]).chain([40; 50]);
        assert!(pace(1_000, early).unwrap() < 28_000);
    }
}
