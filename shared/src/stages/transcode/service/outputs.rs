//! Reads the output that a job or our own engine left in WORK, and says where in delivery each file goes.
//!
//! The service chooses its file names itself; our engine's files have names of the same form. What each file is, is
//! read from the playlists beside them: only the ends of the names, the name modifiers given to the job, are ours. The
//! files that a playlist names must lie beside it.

use std::collections::BTreeMap;

use super::super::Output;
use super::super::playlist::{self, Made, Segment};
use crate::platform::error::Error;
use crate::ports::store::{Listed, ObjectStore};
use crate::vocabulary::keys::Prefix;
use crate::vocabulary::ladder::{Ladder, MAX_STILLS};
use crate::vocabulary::rendition::Rendition;

/// The start of the names of HLS files below the attempt's prefix: the destination of the output group, a folder and a
/// base name.
pub const PIECES: &str = "hls/film";

/// The same for whole files.
pub const WHOLE: &str = "whole/film";

/// The name modifier of the progressive file.
pub const PROGRESSIVE: &str = "-progressive";

/// The tag in our own engine's playlists for the highest rate of pictures, per thousand seconds. Other readers take it
/// for a comment (RFC 8216, 4.1).
pub const FRAMES: &str = "#DOZO-FRAMES-PER-1000-S:";

/// The name modifier of the poster.
pub const POSTER: &str = "-poster";

/// The name modifier of the pictures of the storyboard. A number from 0 follows, of seven digits.
pub const STILL: &str = "-still";

/// The name modifier of a rendition.
#[must_use]
pub fn modifier(of: Rendition) -> String {
    format!("-{of}")
}

/// Objects requested in one listing.
const PAGE: u16 = 1_000;

/// The largest playlist that is read, in bytes. Twelve hours in segments of four seconds are a megabyte.
const MOST_PLAYLIST_BYTES: u64 = 16 << 20;

/// The largest initialisation that is read, in bytes. The service's are about a kilobyte.
const MOST_INIT_BYTES: u64 = 1 << 20;

/// Everything that is to be delivered.
#[derive(Debug)]
pub(in crate::stages::transcode) struct Outputs {
    /// The files in the order in which they are copied, which is the same each time.
    pub(in crate::stages::transcode) files: Vec<(Output, Listed)>,
    /// The renditions, for the playlists.
    pub(in crate::stages::transcode) made: Vec<Made>,
    /// The pictures of the storyboard, by their numbers. Some may be missing, and a film made before there were storyboards
    /// has none.
    pub(in crate::stages::transcode) stills: BTreeMap<u32, Listed>,
}

/// The meaning of a rendition of the ladder that has no playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stages::transcode) enum Lacking {
    /// The source gave nothing for it, such as a track without a sample; it is left out.
    Empty,
    /// The engine should have made it.
    Fault,
}

/// Reads the output below a prefix.
///
/// # Errors
/// [`Error::Store`]; [`Error::Engine`] if a required file is missing.
pub(in crate::stages::transcode) async fn read(
    store: &dyn ObjectStore,
    prefix: &Prefix,
    ladder: &Ladder,
    lacking: Lacking,
) -> Result<Outputs, Error> {
    let found = list(store, prefix).await?;
    let mut outputs = Outputs {
        files: Vec::new(),
        made: Vec::new(),
        stills: BTreeMap::new(),
    };
    for rendition in ladder.renditions() {
        match playlist_of(&found, rendition) {
            Some(playlist) => outputs.add(store, &found, rendition, playlist).await?,
            None if lacking == Lacking::Empty => {}
            None => return Err(incomplete("a playlist")),
        }
    }
    let whole = |modifier: &str| {
        let begin = format!("{WHOLE}{modifier}.");
        named(&found, |name| name.starts_with(&begin)).cloned()
    };
    let progressive = whole(PROGRESSIVE).ok_or_else(|| incomplete("the progressive file"))?;
    outputs.files.push((Output::Progressive, progressive));
    if ladder.poster.is_some() {
        let poster = whole(POSTER).ok_or_else(|| incomplete("the poster"))?;
        outputs.files.push((Output::Poster, poster));
    }
    if ladder.storyboard.is_some() {
        outputs.stills = stills(&found);
    }
    Ok(outputs)
}

fn stills(found: &Found) -> BTreeMap<u32, Listed> {
    let begin = format!("{WHOLE}{STILL}.");
    let named = found.iter().filter_map(|(name, still)| {
        let number = name.strip_prefix(&begin)?.strip_suffix(".jpg")?;
        Some((number.parse().ok()?, still.clone()))
    });
    named.filter(|(number, _)| *number < MAX_STILLS).collect()
}

impl Outputs {
    /// Adds the files of a rendition.
    async fn add(
        &mut self,
        store: &dyn ObjectStore,
        found: &Found,
        rendition: Rendition,
        playlist: &Listed,
    ) -> Result<(), Error> {
        let text = text(store, playlist, MOST_PLAYLIST_BYTES).await?;
        let text = String::from_utf8_lossy(&text);
        let pieces = pieces(&text).ok_or_else(|| incomplete("a playlist's pieces"))?;
        let init =
            beside(found, pieces.init).ok_or_else(|| incomplete("an initialisation segment"))?;
        let codec = text_of_init(store, init).await?;
        let frames_per_1000_s = pieces.frames_per_1000_s;
        self.files.push((Output::Init(rendition), init.clone()));
        let mut segments = Vec::new();
        for (number, (microseconds, uri)) in (1_u32..).zip(pieces.segments) {
            let file = beside(found, uri).ok_or_else(|| incomplete("a segment"))?;
            segments.push(Segment {
                microseconds,
                bytes: file.bytes,
            });
            let output = Output::Segment(rendition, number);
            self.files.push((output, file.clone()));
        }
        self.made.push(Made {
            rendition,
            codec,
            segments,
            frames_per_1000_s,
        });
        Ok(())
    }
}

/// Objects below the prefix, by the rest of their keys.
type Found = BTreeMap<String, Listed>;

fn playlist_of(found: &Found, rendition: Rendition) -> Option<&Listed> {
    let end = format!("{}.m3u8", modifier(rendition));
    named(found, |name| {
        name.starts_with(PIECES) && name.ends_with(&end)
    })
}

/// Finds a file that a playlist names.
fn beside<'a>(found: &'a Found, uri: &str) -> Option<&'a Listed> {
    let folder = PIECES.split_once('/').map_or("", |(folder, _)| folder);
    found.get(&format!("{folder}/{uri}"))
}

async fn list(store: &dyn ObjectStore, prefix: &Prefix) -> Result<Found, Error> {
    let (mut found, mut after) = (BTreeMap::new(), None::<String>);
    loop {
        let listing = store.list(prefix, after.as_deref(), PAGE).await?;
        after = listing
            .objects
            .last()
            .map(|object| object.location.key().to_owned());
        for object in listing.objects {
            let name = object.location.key().strip_prefix(prefix.as_str());
            let name = name.unwrap_or_default().to_owned();
            found.insert(name, object);
        }
        if !listing.more {
            return Ok(found);
        }
    }
}

/// Finds the last name that matches. If there are two posters, the second is wanted.
fn named(found: &Found, is: impl Fn(&str) -> bool) -> Option<&Listed> {
    let mut found = found.iter().rev();
    found
        .find(|(name, _)| is(name.as_str()))
        .map(|(_, object)| object)
}

async fn text_of_init(store: &dyn ObjectStore, init: &Listed) -> Result<String, Error> {
    let begins = text(store, init, MOST_INIT_BYTES).await?;
    playlist::codec(&begins).ok_or_else(|| incomplete("a codec"))
}

async fn text(store: &dyn ObjectStore, object: &Listed, most: u64) -> Result<bytes::Bytes, Error> {
    if object.bytes > most {
        return Err(incomplete("a file of a plausible size"));
    }
    Ok(store.get(&object.location, Some(&object.etag)).await?.body)
}

fn incomplete(what: &str) -> Error {
    Error::Engine(format!("the outputs of the job lack {what}").into())
}

/// The content of a media playlist.
#[derive(Debug, PartialEq, Eq)]
struct Pieces<'a> {
    init: &'a str,
    /// Playing times in microseconds, and names.
    segments: Vec<(u64, &'a str)>,
    /// The highest rate of pictures per thousand seconds. Only our own engine measures it; the service makes all
    /// pictures equally long.
    frames_per_1000_s: Option<u32>,
}

/// Parses a media playlist of fragmented MP4 (RFC 8216, 4.3.2). Returns `None` if it is not one.
fn pieces(playlist: &str) -> Option<Pieces<'_>> {
    let (mut init, mut plays, mut segments) = (None, None, Vec::new());
    let mut frames_per_1000_s = None;
    for line in playlist.lines().map(str::trim) {
        if let Some(map) = line.strip_prefix("#EXT-X-MAP:") {
            let (_, uri) = map.split_once("URI=\"")?;
            init = Some(uri.split_once('"')?.0);
        } else if let Some(length) = line.strip_prefix("#EXTINF:") {
            plays = Some(microseconds(length.split(',').next()?)?);
        } else if let Some(frames) = line.strip_prefix(FRAMES) {
            frames_per_1000_s = frames.parse().ok();
        } else if !line.is_empty() && !line.starts_with('#') {
            segments.push((plays.take()?, line));
        }
    }
    Some(Pieces {
        init: init?,
        segments,
        frames_per_1000_s,
    })
}

/// Parses a decimal number of seconds into microseconds.
fn microseconds(seconds: &str) -> Option<u64> {
    let (whole, rest) = seconds.split_once('.').unwrap_or((seconds, ""));
    let rest: String = rest.chars().chain("000000".chars()).take(6).collect();
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(rest.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAYLIST: &str = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:1\n\
        #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"film-360pinit.cmfv\"\n#EXTINF:4.004,\nfilm-360p_000000001.cmfv\n\
        #EXTINF:2,\r\nfilm-360p_000000002.cmfv\r\n#EXT-X-ENDLIST\n";

    #[test]
    fn a_playlist_names_its_pieces_and_how_long_they_play() {
        let segments = vec![
            (4_004_000, "film-360p_000000001.cmfv"),
            (2_000_000, "film-360p_000000002.cmfv"),
        ];
        let wanted = |frames_per_1000_s| Pieces {
            init: "film-360pinit.cmfv",
            segments: segments.clone(),
            frames_per_1000_s,
        };
        assert_eq!(pieces(PLAYLIST), Some(wanted(None)));
        let measured = PLAYLIST.replacen('\n', &format!("\n{FRAMES}29970\n"), 1);
        assert_eq!(pieces(&measured), Some(wanted(Some(29_970))));
        for bad in [
            "",
            "#EXTM3U\nseg.cmfv\n",
            "#EXTM3U\n#EXT-X-MAP:URI=x\n#EXTINF:4,\na\n",
            "#EXT-X-MAP:URI=\"x\"\n#EXTINF:four,\na\n",
        ] {
            assert_eq!(pieces(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_playlist_panics(text in "(#EXTINF:|#EXT-X-MAP:URI=\"|[0-9.,\"a\n]|\\PC){0,40}") {
            let _pieces = pieces(&text);
        }

        #[test]
        fn seconds_are_read_to_the_microsecond(number in 0_u64..10_000_000_000) {
            let text = format!("{}.{:06}", number / 1_000_000, number % 1_000_000);
            prop_assert_eq!(microseconds(&text), Some(number));
        }
    }
}
