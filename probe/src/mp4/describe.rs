//! Derives the description from a movie's boxes. Contradictions are resolved as FFmpeg does.

use super::Found;
use super::entry::Entry;
use super::fragments::Measured;
use super::movie::Movie;
use super::track::Track;
use crate::codec::Codec;
use crate::describe::{Shape, milliseconds, rate};
use crate::parameters::{Parameters, stored};
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, Description, Refusal, Selector, dv};

/// The number of bytes that are read of the first sample: messages come before the picture.
const FIRST_SAMPLE: u64 = 16 << 10;

/// The time in milliseconds by which a track's samples may exceed the duration in its header: in uneven recordings, the
/// last sample does.
const SLACK_MS: u64 = 10_000;

pub(super) async fn describe<S: Source>(
    file: &mut Reader<'_, S>,
    container: Container,
    movie: &Movie,
    fragments: &Measured,
) -> Found<Description, S> {
    let mut found = Tracks::default();
    let mut longest = milliseconds(movie.promised, u64::from(movie.timescale)).filter(|ms| *ms > 0);
    for track in movie
        .tracks
        .iter()
        .filter(|track| !movie.is_chapters(track))
    {
        let Some(entry) = &track.entry else { continue };
        let selector = Selector::Index(track.index);
        let measured = fragments.of(track.id);
        match entry {
            Entry::Protected => return Err(Refusal::Encrypted.into()),
            Entry::Nothing => continue,
            Entry::Picture {
                codec,
                size,
                pixel,
                coded,
            } => {
                let mut shape = shape(track, codec, *size, *pixel, coded);
                if let Some(rotation) = message(file, track, coded).await? {
                    shape.rotation = rotation;
                }
                if shape.pixel == (1, 1) && *codec == Ok("dvvideo") {
                    let frame = first(file, track, dv::FRAME).await?;
                    shape.pixel = dv::pixel(&frame, shape.stored).unwrap_or((1, 1));
                }
                shape.frames_per_1000_s = frames(track, measured);
                found.picture(selector, codec.clone(), Some(shape));
            }
            Entry::Sound {
                codec,
                channels,
                sample_rate,
            } => found.labelled_sound(
                (selector, track.label()),
                codec.clone(),
                Some(*channels),
                Some(*sample_rate),
            ),
            // Captions may end long after the picture; they do not make the film longer.
            Entry::Captions { codec } => {
                found.text(selector, codec.clone(), track.label());
                continue;
            }
        }
        longest = longest.max(played(track, movie, measured).filter(|ms| *ms > 0));
    }
    Ok(found.described(container, longest)?)
}

impl Movie {
    /// Tells whether a track holds the pictures of chapters: FFmpeg shows them as little as covers.
    fn is_chapters(&self, track: &Track) -> bool {
        self.tracks
            .iter()
            .any(|other| other.chapters.contains(&track.id) && other.id != track.id)
    }
}

/// The shape of a picture. The coded size overrides the description. For the pixel shape, FFmpeg takes the first of: a
/// stretching matrix, the description, the track's size, the codec.
fn shape(
    track: &Track,
    codec: &Codec,
    described: (u32, u32),
    pixel: Option<(u32, u32)>,
    coded: &Parameters,
) -> Shape {
    let shown = track.display.size;
    let by_size =
        (shown.0 > 0 && shown.1 > 0 && described.0 > 0 && described.1 > 0 && shown != described)
            .then(|| crate::describe::shape(described, shown));
    let coded_pixel = coded.picture.and_then(|picture| picture.pixel);
    let is_told = |(x, y): &(u32, u32)| *x > 0 && *y > 0;
    let pixel = track
        .display
        .stretched
        .or(pixel.filter(is_told))
        .or(by_size)
        .or(coded_pixel.filter(is_told));
    Shape {
        stored: stored(described, coded.picture, codec),
        pixel: pixel.unwrap_or((1, 1)),
        rotation: track.display.rotation,
        frames_per_1000_s: None,
    }
}

/// The rotation given by a message in the first sample. It is only used if the track's header gives none.
async fn message<S: Source>(
    file: &mut Reader<'_, S>,
    track: &Track,
    coded: &Parameters,
) -> Found<Option<u16>, S> {
    let Some(units) = coded.units.filter(|_| !track.display.is_turned) else {
        return Ok(None);
    };
    let sample = first(file, track, FIRST_SAMPLE).await?;
    Ok(units.orientation(&sample))
}

/// Reads the beginning of the first sample, if the tables tell where it is.
async fn first<S: Source>(file: &mut Reader<'_, S>, track: &Track, most: u64) -> Found<Vec<u8>, S> {
    let place = track.samples.first.filter(|_| track.samples.count > 0);
    let Some(at) = place else {
        return Ok(Vec::new());
    };
    let bytes = u64::from(track.samples.first_bytes).min(most);
    file.some(at, bytes).await
}

fn frames(track: &Track, measured: Option<(u64, u64)>) -> Option<u32> {
    let own = track.samples.lasts.unwrap_or(track.duration);
    let (units, count) = measured.unwrap_or((own, track.samples.count));
    rate(count, units, u64::from(track.timescale))
}

/// The duration of a track in milliseconds: that of its samples, limited by its edit list. The edit list is ignored if
/// the samples last absurdly longer than the header says.
fn played(track: &Track, movie: &Movie, measured: Option<(u64, u64)>) -> Option<u64> {
    let timescale = u64::from(track.timescale);
    let noted = milliseconds(track.duration, timescale);
    let counted = match measured {
        Some((units, _)) => milliseconds(units, timescale),
        None => track
            .samples
            .lasts
            .and_then(|units| milliseconds(units, timescale)),
    };
    let own = counted.or(noted)?;
    let is_absurd = noted.is_some_and(|noted| {
        noted > 0 && measured.is_none() && own > noted.saturating_mul(2).saturating_add(SLACK_MS)
    });
    let Some(edits) = track.edits.filter(|_| !is_absurd) else {
        return Some(own);
    };
    let in_movie = |units| milliseconds(units, u64::from(movie.timescale));
    let (all, empty) = (in_movie(edits.all)?, in_movie(edits.empty)?);
    let most = own.saturating_mul(edits.shown).saturating_add(empty);
    Some(if own > 0 { all.min(most) } else { all })
}
