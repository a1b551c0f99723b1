//! Chooses a video's poster: the picture at one tenth of it, or a later one if that picture is of a single colour.

use std::path::{Path, PathBuf};

/// The pattern of the pictures that FFmpeg writes: number 0 is the video's first picture, number 1 the preferred one.
pub(super) const PATTERN: &str = "poster-%d.jpg";

/// The file to which FFmpeg writes the pictures' entropies, in their order.
pub(super) const TOLD: &str = "posters.txt";

/// The key of a picture's entropy: the bits per pixel that its brightness needs, from 0 to 8.
pub(super) const KEY: &str = "lavfi.entropy.entropy.normal.Y";

/// A picture with fewer bits is of a single colour, with noise. A line of text on black has fewer, too.
const LEAST_BITS: f32 = 1.6;

/// Chooses the best picture; the video's first is taken only if there is no other.
pub(super) async fn choose(directory: &Path) -> std::io::Result<PathBuf> {
    let told = tokio::fs::read_to_string(directory.join(TOLD)).await?;
    Ok(directory.join(PATTERN.replace("%d", &best(&told).to_string())))
}

fn best(told: &str) -> usize {
    let bits: Vec<f32> = told
        .lines()
        .filter_map(|line| line.strip_prefix(KEY)?.strip_prefix('=')?.parse().ok())
        .collect();
    let rich = bits.iter().skip(1).position(|bits| *bits >= LEAST_BITS);
    rich.map_or(usize::from(bits.len() > 1), |position| position + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rich_picture_is_taken_after_the_first_of_all() {
        let told = |bits: &[f32]| {
            let lines = bits
                .iter()
                .enumerate()
                .map(|(at, bits)| format!("frame:{at} pts:0 pts_time:0\n{KEY}={bits}\n"));
            best(&lines.collect::<String>())
        };
        assert_eq!(told(&[7.0, 7.0, 7.0]), 1);
        assert_eq!(told(&[7.0, 0.5, 0.0, 6.0, 7.0]), 3);
        assert_eq!(told(&[7.0, 0.5, 0.0]), 1);
        assert_eq!(told(&[0.0]), 0);
        assert_eq!(told(&[]), 0);
    }
}
