//! Puts the output of our own engine into WORK, playlists last, under names that are read in the same way as a
//! service's.
//!
//! Each attempt has a prefix of its own, so two runs are never mixed. Nothing refers to the objects of an attempt that
//! did not finish, or whose media was refused or withdrawn; WORK's lifecycle removes them.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use super::Output;
use super::engine::Written;
use super::pace::Pace;
use super::service::outputs::{FRAMES, PIECES, POSTER, PROGRESSIVE, STILL, WHOLE, modifier};
use crate::platform::error::Error;
use crate::ports::store::{Condition, Headers, ObjectStore, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{ObjectLocation, Prefix};
use crate::vocabulary::rendition::Rendition;

/// The output of one attempt.
pub(super) struct Making<'a> {
    store: &'a dyn ObjectStore,
    prefix: Prefix,
    /// Playing times of the segments that were put, in microseconds.
    segments: BTreeMap<Rendition, Vec<u64>>,
    /// The pace of pictures in each rendition.
    paces: BTreeMap<Rendition, Pace>,
}

impl<'a> Making<'a> {
    /// Starts an attempt under this prefix, which must be empty.
    pub(super) fn under(store: &'a dyn ObjectStore, prefix: Prefix) -> Self {
        Self {
            store,
            prefix,
            segments: BTreeMap::new(),
            paces: BTreeMap::new(),
        }
    }

    /// Puts a file and then removes it from disk: a function's disk has less room than a film needs.
    pub(super) async fn put(&mut self, written: &Written) -> Result<(), Error> {
        let measured = self.measure(written).await;
        measured.map_err(|error| Error::Engine(Box::new(error)))?;
        let location = self.prefix.made(&name(written.output));
        self.put_file(&location, &written.path).await?;
        if let Output::Segment(rendition, _) = written.output {
            let segments = self.segments.entry(rendition).or_default();
            segments.push(written.microseconds);
        }
        let removed = tokio::fs::remove_file(&written.path).await;
        removed.map_err(|error| Error::Engine(Box::new(error)))
    }

    async fn measure(&mut self, written: &Written) -> std::io::Result<()> {
        match written.output {
            Output::Init(rendition @ Rendition::Picture(_)) => {
                let pace = Pace::of(&tokio::fs::read(&written.path).await?);
                self.paces.insert(rendition, pace);
            }
            Output::Segment(rendition, _) => {
                if let Some(pace) = self.paces.get_mut(&rendition) {
                    pace.add(&written.path).await?;
                }
            }
            Output::Init(Rendition::Track(_) | Rendition::Sound(_))
            | Output::Progressive
            | Output::Poster
            | Output::Still(_) => {}
        }
        Ok(())
    }

    /// Puts the playlists that name the segments.
    pub(super) async fn finish(&self) -> Result<(), Error> {
        for (rendition, segments) in &self.segments {
            let location = self.prefix.made(&playlist_name(*rendition));
            let frames = self.paces.get(rendition).and_then(Pace::frames_per_1000_s);
            let text = Bytes::from(playlist(*rendition, segments, frames));
            let headers = Headers::default();
            let put = self
                .store
                .put(&location, text, &headers, Condition::Absent)
                .await;
            settled(put)?;
        }
        Ok(())
    }

    async fn put_file(&self, location: &ObjectLocation, path: &Path) -> Result<(), Error> {
        let headers = Headers::default();
        let put = self
            .store
            .put_file(location, path, &headers, Condition::Absent)
            .await;
        settled(put)
    }
}

/// Accepts a put whose object exists already: nobody else writes under this prefix, so it is this very file, and the
/// answer to its put was lost.
fn settled(put: Result<ETag, StoreError>) -> Result<(), Error> {
    match put {
        Ok(_) | Err(StoreError::Changed) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns a file's name below the prefix.
fn name(output: Output) -> String {
    match output {
        Output::Init(rendition) => format!("{PIECES}{}-init.mp4", modifier(rendition)),
        Output::Segment(rendition, number) => {
            format!("{PIECES}{}-{number:05}.m4s", modifier(rendition))
        }
        Output::Progressive => format!("{WHOLE}{PROGRESSIVE}.mp4"),
        Output::Poster => format!("{WHOLE}{POSTER}.jpg"),
        Output::Still(number) => format!("{WHOLE}{STILL}.{number:07}.jpg"),
    }
}

fn playlist_name(rendition: Rendition) -> String {
    format!("{PIECES}{}.m3u8", modifier(rendition))
}

/// Writes a playlist that names a rendition's files, which lie beside it. The highest rate of pictures, per thousand
/// seconds, stands in a comment.
fn playlist(rendition: Rendition, segments: &[u64], frames_per_1000_s: Option<u32>) -> String {
    let beside = |output| {
        let name = name(output);
        let file = name.rsplit('/').next().map(str::to_owned);
        file.unwrap_or_default()
    };
    let init = beside(Output::Init(rendition));
    let mut text = "#EXTM3U\n".to_owned();
    if let Some(frames) = frames_per_1000_s {
        text.push_str(&format!("{FRAMES}{frames}\n"));
    }
    text.push_str(&format!("#EXT-X-MAP:URI=\"{init}\"\n"));
    for (number, microseconds) in (1_u32..).zip(segments) {
        let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
        let segment = beside(Output::Segment(rendition, number));
        text.push_str(&format!("#EXTINF:{seconds}.{rest:06},\n{segment}\n"));
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}
