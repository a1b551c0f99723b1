//! Reads `moov`: properties of the movie, and the tracks in FFmpeg's order.

use std::ops::Range;

use super::headers::{extent, times};
use super::matrix::{self, Matrix};
use super::track::{self, Track};
use super::{Found, children, cover, whole};
use crate::DAMAGED;
use crate::reader::{Reader, Source};

/// The maximum number of tracks; each costs some blocks. A camera has a dozen, most of them data.
const MAX_TRACKS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Movie {
    pub(super) timescale: u32,
    /// The duration with all fragments, as the header promises.
    pub(super) promised: u64,
    pub(super) is_fragmented: bool,
    pub(super) tracks: Vec<Track>,
    matrix: Matrix,
}

/// Reads the movie. FFmpeg makes a stream of every track, whatever it holds, and of every cover, which shifts the
/// tracks after it.
pub(super) async fn read<S: Source>(file: &mut Reader<'_, S>, moov: Range<u64>) -> Found<Movie, S> {
    let mut movie = Movie::default();
    let mut index = 0_u16;
    for atom in children(file, moov).await? {
        match &atom.name {
            b"mvhd" => {
                let body = whole(file, &atom).await?;
                movie.timescale = times(&body).ok_or(DAMAGED)?.0;
                movie.matrix = matrix::of_movie(&body).unwrap_or_default();
            }
            b"mvex" => {
                movie.is_fragmented = true;
                for atom in children(file, atom.body).await? {
                    if &atom.name == b"mehd" {
                        let body = whole(file, &atom).await?;
                        movie.promised = extent(&body).unwrap_or(0);
                    }
                }
            }
            b"trak" if movie.tracks.len() < MAX_TRACKS => {
                let track = track::read(file, atom.body, index, &movie.matrix).await?;
                movie.tracks.push(track);
                index = index.saturating_add(1);
            }
            b"udta" => index = index.saturating_add(cover::count(file, atom.body).await),
            // QuickTime compressed headers in the 1990s.
            b"cmov" => return Err(DAMAGED.into()),
            _ => {}
        }
    }
    Ok(movie)
}
