//! HLS playlists (RFC 8216) written from the files that were made: sizes, durations and codecs are measured, not
//! planned.
//!
//! All addresses in them are relative, so they stay valid when the media is moved.

use crate::stages::captions::playlist::{language_attributes, names};
use crate::vocabulary::keys::hls::{INIT, segment_name};
use crate::vocabulary::ladder::{AudioRung, Ladder};
use crate::vocabulary::rendition::Rendition;
use crate::vocabulary::streams::AudioStream;

/// Version 6 is enough for fragmented MP4 (`EXT-X-MAP` without I-frames), but players expect 7.
const VERSION: u8 = 7;

/// The group of all sound tracks beside a picture.
const GROUP: &str = "sound";

/// A piece of a rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Its playing time in microseconds.
    pub microseconds: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A rendition with what was measured on its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The rendition.
    pub rendition: Rendition,
    /// Its codec in the notation of RFC 6381: `avc1.64001f`.
    pub codec: String,
    /// Its segments, in order.
    pub segments: Vec<Segment>,
    /// The highest rate of pictures, per thousand seconds, if it was measured.
    pub frames_per_1000_s: Option<u32>,
}

impl Made {
    /// Returns the playing time in microseconds.
    #[must_use]
    pub fn microseconds(&self) -> u64 {
        self.segments
            .iter()
            .map(|segment| segment.microseconds)
            .sum()
    }

    /// Writes the media playlist.
    #[must_use]
    pub fn playlist(&self) -> String {
        let longest = self
            .segments
            .iter()
            .map(|segment| rounded_seconds(segment.microseconds));
        let target = longest.max().unwrap_or(1).max(1);
        let mut text = format!(
            "#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n\
             #EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"{INIT}\"\n"
        );
        for (number, segment) in (1_u32..).zip(&self.segments) {
            let (seconds, rest) = (
                segment.microseconds / 1_000_000,
                segment.microseconds % 1_000_000,
            );
            let name = segment_name(number);
            text.push_str(&format!("#EXTINF:{seconds}.{rest:06},\n{name}\n"));
        }
        text.push_str("#EXT-X-ENDLIST\n");
        text
    }

    /// Returns the peak and the average bits a second. The peak is taken only from segments of at least half the target
    /// duration, as shorter spans give no meaningful rate. If a short and heavy last segment brings the average above
    /// the peak, the peak is the average.
    fn rates(&self) -> (u64, u64) {
        let longest = self
            .segments
            .iter()
            .map(|segment| segment.microseconds)
            .max()
            .unwrap_or(0);
        let rate = |bytes: u64, microseconds: u64| {
            let bits = u128::from(bytes) * 8 * 1_000_000;
            u64::try_from(bits.div_ceil(u128::from(microseconds.max(1)))).unwrap_or(u64::MAX)
        };
        let long = self
            .segments
            .iter()
            .filter(|segment| segment.microseconds * 2 >= longest);
        let peak = long
            .map(|segment| rate(segment.bytes, segment.microseconds))
            .max();
        let bytes = self.segments.iter().map(|segment| segment.bytes).sum();
        let average = rate(bytes, self.microseconds());
        (peak.unwrap_or(1).max(average), average)
    }
}

fn rounded_seconds(microseconds: u64) -> u64 {
    (microseconds + 500_000) / 1_000_000
}

/// How far a measured rate may exceed the true one, in hundredths, because containers round the times of pictures.
const ROUNDED: u32 = 2;

/// Returns the highest rate of pictures per thousand seconds: the measured one, unless it differs from the source's own
/// only by rounding.
fn most_frames(measured: Option<u32>, source: Option<u32>) -> Option<u32> {
    match (measured, source) {
        (Some(measured), Some(source)) if measured.abs_diff(source) <= source / 100 * ROUNDED => {
            Some(source)
        }
        (measured, source) => measured.or(source),
    }
}

/// Writes the master playlist of all renditions, for a source with these sound tracks and this average rate of pictures.
#[must_use]
pub fn master(
    ladder: &Ladder,
    made: &[Made],
    sources: &[AudioStream],
    frames_per_1000_s: Option<u32>,
) -> String {
    let of = |rendition| made.iter().find(|made| made.rendition == rendition);
    let mut text = format!("#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let sound: Vec<_> = ladder
        .audio
        .iter()
        .filter_map(|rung| Some((rung, of(rung.rendition)?)))
        .collect();
    if ladder.video.is_empty() {
        for (rung, made) in &sound {
            stream(&mut text, made.rates(), &made.codec, "", rung.rendition);
        }
        return text;
    }
    let rungs: Vec<_> = sound.iter().map(|(rung, _)| *rung).collect();
    text.push_str(&tracks(&rungs, sources));
    // A player plays one track at a time, so the heaviest one counts.
    let heaviest = sound
        .iter()
        .map(|(_, made)| made.rates())
        .max()
        .unwrap_or((0, 0));
    for rung in &ladder.video {
        let Some(made) = of(rung.rendition) else {
            continue;
        };
        let mut codecs = made.codec.clone();
        let mut rest = format!(",RESOLUTION={}x{}", rung.size.width, rung.size.height);
        if let Some(rate) = most_frames(made.frames_per_1000_s, frames_per_1000_s) {
            rest.push_str(&format!(",FRAME-RATE={}.{:03}", rate / 1_000, rate % 1_000));
        }
        if let Some((_, sound)) = sound.first() {
            codecs.push_str(&format!(",{}", sound.codec));
            rest.push_str(&format!(",AUDIO=\"{GROUP}\""));
        }
        let (peak, average) = made.rates();
        let rates = (peak + heaviest.0, average + heaviest.1);
        stream(&mut text, rates, &codecs, &rest, rung.rendition);
    }
    text
}

/// Writes the sound tracks beside a picture, with what the source's container says of them.
fn tracks(rungs: &[&AudioRung], sources: &[AudioStream]) -> String {
    let source = |rung: &AudioRung| sources.get(usize::from(rung.track));
    let language = |rung: &AudioRung| source(rung).and_then(|source| source.language);
    let labels = rungs.iter().map(|rung| {
        let name = source(rung).and_then(|source| source.name.as_deref());
        (name, language(rung))
    });
    let mut text = String::new();
    let mut before = Vec::new();
    for (rung, name) in rungs.iter().zip(names(labels)) {
        let is_default = if rung.track == 0 { "YES" } else { "NO" };
        let is_first = !before.contains(&language(rung));
        before.push(language(rung));
        let (language, channels) = (language_attributes(language(rung), is_first), rung.channels);
        text.push_str(&format!(
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{GROUP}\",NAME=\"{name}\",DEFAULT={is_default},{language},\
             CHANNELS=\"{channels}\",URI=\"{}/index.m3u8\"\n",
            rung.rendition
        ));
    }
    text
}

fn stream(
    text: &mut String,
    (peak, average): (u64, u64),
    codecs: &str,
    rest: &str,
    rendition: Rendition,
) {
    text.push_str(&format!(
        "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codecs}\"{rest}\n\
         {rendition}/index.m3u8\n"
    ));
}

/// Reads a rendition's codec from its initialisation: profile, constraints and level from `avcC` (ISO/IEC 14496-15,
/// 5.3.3.1), or AAC-LC.
#[must_use]
pub fn codec(init: &[u8]) -> Option<String> {
    let after = |name: &[u8]| {
        let at = init.windows(4).position(|window| window == name)?;
        init.get(at + 4..)
    };
    if let Some([_, profile, constraints, level, ..]) = after(b"avcC") {
        return Some(format!("avc1.{profile:02x}{constraints:02x}{level:02x}"));
    }
    after(b"mp4a").map(|_| "mp4a.40.2".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::ladder::{Size, VideoRung};
    use crate::vocabulary::language::Language;

    fn made(rendition: Rendition, codec: &str) -> Made {
        let segment = |microseconds, bytes| Segment {
            microseconds,
            bytes,
        };
        Made {
            rendition,
            codec: codec.to_owned(),
            segments: vec![
                segment(4_000_000, 500_000),
                segment(4_000_000, 300_000),
                segment(500_000, 100_000),
            ],
            frames_per_1000_s: None,
        }
    }

    #[test]
    fn a_playlist_lists_what_was_made() {
        let playlist = made(Rendition::Picture(360), "avc1.64001e").playlist();
        assert_eq!(
            playlist,
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n\
             #EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:4.000000,\n00001.m4s\n\
             #EXTINF:4.000000,\n00002.m4s\n#EXTINF:0.500000,\n00003.m4s\n#EXT-X-ENDLIST\n"
        );
    }

    #[test]
    fn no_average_is_above_the_highest() {
        let segment = |microseconds, bytes| Segment {
            microseconds,
            bytes,
        };
        let heavy_end = Made {
            segments: vec![segment(4_000_000, 50_000), segment(100_000, 10_000)],
            ..made(Rendition::Picture(360), "avc1.64001e")
        };
        let (peak, average) = heavy_end.rates();
        assert_eq!((peak, average), (117_074, 117_074));
    }

    #[test]
    fn a_master_names_every_rendition_with_what_it_costs() {
        let rung = AudioRung {
            rendition: Rendition::Track(1),
            track: 0,
            kilobits: 128,
            channels: 2,
        };
        let ladder = Ladder {
            video: vec![VideoRung {
                rendition: Rendition::Picture(360),
                size: Size {
                    width: 640,
                    height: 360,
                },
                kilobits: 850,
                quality: 25,
            }],
            audio: vec![rung],
            poster: None,
            storyboard: None,
        };
        let all = [
            made(Rendition::Picture(360), "avc1.64001e"),
            made(Rendition::Track(1), "mp4a.40.2"),
        ];
        assert_eq!(
            master(&ladder, &all, &[], Some(29_970)),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"1\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",\
             URI=\"track-1/index.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=1694118,CODECS=\"avc1.64001e,mp4a.40.2\",\
             RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO=\"sound\"\n360p/index.m3u8\n"
        );
        let sound = Ladder {
            video: Vec::new(),
            audio: vec![AudioRung {
                rendition: Rendition::Sound(96),
                ..rung
            }],
            poster: None,
            storyboard: None,
        };
        assert_eq!(
            master(
                &sound,
                &[made(Rendition::Sound(96), "mp4a.40.2")],
                &[],
                None
            ),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-STREAM-INF:BANDWIDTH=1000000,AVERAGE-BANDWIDTH=847059,CODECS=\"mp4a.40.2\"\n96k/index.m3u8\n"
        );
    }

    #[test]
    fn sound_tracks_keep_their_languages_and_names() {
        let rung = |track| AudioRung {
            rendition: Rendition::Track(track + 1),
            track,
            kilobits: 128,
            channels: 2,
        };
        let source = |language: &str, name: Option<&str>| AudioStream {
            id: None,
            number: None,
            codec: "aac".to_owned(),
            channels: Some(2),
            sample_rate: None,
            language: Language::parse(language),
            name: name.map(str::to_owned),
        };
        let sources = [
            source("deu", None),
            source("en", Some("Director's \"cut\"\u{22}")),
            source("de", None),
            source("", None),
        ];
        let rungs = [rung(0), rung(1), rung(2), rung(3)];
        let written = tracks(&rungs.each_ref(), &sources);
        let expected = [
            "NAME=\"Deutsch\",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE=\"de\",CHANNELS",
            "NAME=\"Director's ”cut””\",DEFAULT=NO,AUTOSELECT=YES,LANGUAGE=\"en\",CHANNELS",
            "NAME=\"Deutsch (2)\",DEFAULT=NO,AUTOSELECT=NO,LANGUAGE=\"de\",CHANNELS",
            "NAME=\"4\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS",
        ];
        assert_eq!(written.lines().count(), expected.len());
        for (line, expected) in written.lines().zip(expected) {
            assert!(line.contains(expected), "{line}");
        }
    }

    #[test]
    fn the_rate_of_pictures_is_the_most_that_was_measured() {
        assert_eq!(most_frames(None, Some(25_000)), Some(25_000));
        assert_eq!(most_frames(Some(50_000), Some(20_000)), Some(50_000));
        assert_eq!(most_frames(Some(30_100), Some(29_970)), Some(29_970));
        assert_eq!(most_frames(Some(24_000), None), Some(24_000));
        assert_eq!(most_frames(Some(60_000), Some(240_000)), Some(60_000));
    }

    #[test]
    fn the_codec_is_read_from_what_was_made() {
        assert_eq!(
            codec(b"....avcC\x01\x64\x00\x1e..").as_deref(),
            Some("avc1.64001e")
        );
        assert_eq!(codec(b"....mp4a....").as_deref(), Some("mp4a.40.2"));
        assert_eq!(codec(b"......"), None);
    }
}
