//! What was made, as it goes into playlists.

use std::collections::BTreeMap;

use super::Output;
use super::engine::Written;
use super::ladder::Ladder;
use super::pace::Pace;
use super::playlist::{Made, Segment, codec};
use super::rendition::Rendition;
use crate::error::Error;

/// All renditions so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    codecs: BTreeMap<Rendition, String>,
    segments: BTreeMap<Rendition, Vec<Segment>>,
    paces: BTreeMap<Rendition, Pace>,
}

impl Tally {
    /// Notes a file that was put, and removes it: there is less room on a function's disk than a film needs.
    pub(super) async fn add(&mut self, written: &Written) -> Result<(), Error> {
        match written.output {
            Output::Init(rendition) => {
                let init = tokio::fs::read(&written.path).await.map_err(engine)?;
                let found =
                    codec(&init).ok_or_else(|| engine(std::io::Error::other("no codec")))?;
                self.codecs.insert(rendition, found);
                if matches!(rendition, Rendition::Picture(_)) {
                    self.paces.insert(rendition, Pace::of(&init));
                }
            }
            Output::Segment(rendition, _) => {
                if let Some(pace) = self.paces.get_mut(&rendition) {
                    pace.add(&written.path).await.map_err(engine)?;
                }
                self.segments.entry(rendition).or_default().push(Segment {
                    microseconds: written.microseconds,
                    bytes: written.bytes,
                })
            }
            Output::Progressive | Output::Poster => {}
        }
        tokio::fs::remove_file(&written.path).await.map_err(engine)
    }

    /// In the order of the ladder; a rendition of which nothing came is left out.
    pub(super) fn made(&self, ladder: &Ladder) -> Vec<Made> {
        let one = |rendition| {
            Some(Made {
                rendition,
                codec: self.codecs.get(&rendition)?.clone(),
                segments: self.segments.get(&rendition)?.clone(),
                frames_per_1000_s: self.paces.get(&rendition).and_then(Pace::frames_per_1000_s),
            })
        };
        ladder.renditions().filter_map(one).collect()
    }
}

fn engine(error: std::io::Error) -> Error {
    Error::Engine(Box::new(error))
}
