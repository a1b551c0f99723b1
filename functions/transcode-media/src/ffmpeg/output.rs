//! Reports the files that FFmpeg has completed: only segments that its own playlists name are complete.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use dozo::stages::transcode::Output;
use dozo::stages::transcode::engine::Written;
use dozo::vocabulary::keys::hls::{INIT, segment_name};
use dozo::vocabulary::ladder::Ladder;
use dozo::vocabulary::rendition::Rendition;

use tokio::io::AsyncReadExt;

use super::command::{PROGRESSIVE_AUDIO, PROGRESSIVE_VIDEO};
use super::{fragment, posters, stills};

/// The directory that FFmpeg writes to, and what was reported of it.
pub(super) struct Outputs {
    directory: PathBuf,
    renditions: Vec<Rendition>,
    has_video: bool,
    /// Number of reported segments for each rendition.
    reported: HashMap<Rendition, usize>,
    /// Ticks per second of each rendition.
    ticks: HashMap<Rendition, Option<u32>>,
    /// The number of the first picture of the storyboard that was not reported; `None` if there is no storyboard.
    next_still: Option<u32>,
}

impl Outputs {
    /// Makes a directory for each rendition.
    pub(super) fn prepare(directory: &Path, ladder: &Ladder) -> std::io::Result<Self> {
        let renditions: Vec<_> = ladder.renditions().collect();
        for rendition in &renditions {
            std::fs::create_dir(directory.join(rendition.to_string()))?;
        }
        std::fs::create_dir(directory.join(stills::DIRECTORY))?;
        Ok(Self {
            directory: directory.to_owned(),
            next_still: ladder.storyboard.map(|_| 0),
            renditions,
            has_video: !ladder.video.is_empty(),
            reported: HashMap::new(),
            ticks: HashMap::new(),
        })
    }

    /// Returns the files that were completed since the last call.
    pub(super) async fn completed(&mut self) -> std::io::Result<Vec<Written>> {
        let mut written = self.segments().await?;
        written.extend(self.stills(false).await?);
        Ok(written)
    }

    async fn stills(&mut self, has_ended: bool) -> std::io::Result<Vec<Written>> {
        let Some(next) = &mut self.next_still else {
            return Ok(Vec::new());
        };
        let mut written = Vec::new();
        let mut complete = stills::complete(&self.directory, has_ended).await?;
        for (number, path) in complete.split_off(next) {
            written.push(one(Output::Still(number), path, 0).await?);
            *next = number.saturating_add(1);
        }
        Ok(written)
    }

    async fn segments(&mut self) -> std::io::Result<Vec<Written>> {
        let mut written = Vec::new();
        for rendition in &self.renditions {
            let directory = self.directory.join(rendition.to_string());
            let playlist = match tokio::fs::read_to_string(directory.join("index.m3u8")).await {
                Ok(playlist) => playlist,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let reported = self.reported.entry(*rendition).or_default();
            for (index, microseconds) in
                durations(&playlist).into_iter().enumerate().skip(*reported)
            {
                if index == 0 {
                    let init = tokio::fs::read(directory.join(INIT)).await?;
                    self.ticks
                        .insert(*rendition, fragment::ticks_per_second(&init));
                    written.push(one(Output::Init(*rendition), directory.join(INIT), 0).await?);
                }
                let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
                let path = directory.join(segment_name(number));
                let ticks = self.ticks.get(rendition).copied().flatten();
                let plays = plays(&path, ticks).await?.unwrap_or(microseconds);
                written.push(one(Output::Segment(*rendition, number), path, plays).await?);
                *reported = index + 1;
            }
        }
        Ok(written)
    }

    /// Returns the remaining files after FFmpeg has ended.
    pub(super) async fn last(&mut self) -> std::io::Result<Vec<Written>> {
        let mut written = self.segments().await?;
        written.extend(self.stills(true).await?);
        let whole = if self.has_video {
            PROGRESSIVE_VIDEO
        } else {
            PROGRESSIVE_AUDIO
        };
        written.push(one(Output::Progressive, self.directory.join(whole), 0).await?);
        if self.has_video {
            let poster = posters::choose(&self.directory).await?;
            written.push(one(Output::Poster, poster, 0).await?);
        }
        Ok(written)
    }
}

async fn one(output: Output, path: PathBuf, microseconds: u64) -> std::io::Result<Written> {
    let bytes = tokio::fs::metadata(&path).await?.len();
    Ok(Written {
        output,
        path,
        bytes,
        microseconds,
    })
}

/// Returns how long a segment plays, in microseconds, according to its samples.
async fn plays(path: &Path, ticks_per_second: Option<u32>) -> std::io::Result<Option<u64>> {
    let Some(ticks_per_second) = ticks_per_second else {
        return Ok(None);
    };
    let mut begins = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(fragment::MOST_BYTES)
        .read_to_end(&mut begins)
        .await?;
    Ok(fragment::microseconds(&begins, ticks_per_second))
}

/// Returns the durations of the segments in FFmpeg's playlist, in microseconds: `#EXTINF:4.017052,`.
fn durations(playlist: &str) -> Vec<u64> {
    let lines = playlist
        .lines()
        .filter_map(|line| line.strip_prefix("#EXTINF:"));
    lines
        .map_while(|line| microseconds(line.trim_end_matches(',')))
        .collect()
}

fn microseconds(seconds: &str) -> Option<u64> {
    let (whole, rest) = seconds.split_once('.')?;
    let rest = rest.get(..6)?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(rest.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_read_from_the_playlist() {
        let playlist =
            "#EXTM3U\n#EXTINF:4.017052,\n00001.m4s\n#EXTINF:0.500000,\n00002.m4s\n#EXTINF:4.0";
        assert_eq!(durations(playlist), [4_017_052, 500_000]);
    }
}
