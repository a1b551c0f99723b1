//! FFmpeg's arguments: one process decodes the source once and encodes every rung of the ladder.
//!
//! The untrusted file is served at a single URL. Its demuxer is forced, so that a file cannot act as a playlist; only
//! the protocols `http` over `tcp` are allowed, so that nothing a file refers to can be opened.

use dozo::vocabulary::keys::hls::INIT;
use dozo::vocabulary::ladder::{AudioRung, Ladder, VideoRung};
use dozo::vocabulary::rendition::Rendition;
use dozo::vocabulary::streams::Streams;

use super::graph::Graph;
use super::posters;
use super::seen::Seen;
use super::source;
use super::stills;

/// Length of a segment in seconds: short enough to start soon, long enough to compress well.
const SEGMENT_SECONDS: u32 = 4;

/// Sound and picture are fetched separately and synchronised by their timestamps alone. So every fragment carries its
/// own time, instead of counting from the first one in its rendition. FFmpeg's muxer then writes one edit, which
/// removes the delay of pictures that are stored in another order than they are shown in, as CMAF requires (ISO/IEC
/// 23000-19, 7.5.13).
const SEGMENT_OPTIONS: &str = "movflags=+frag_discont";

/// The time, in seconds, at which all segments begin. Pictures are decoded before they are shown, and sound has a
/// lead-in: starting from zero, their first timestamps would be negative, which fragments cannot express, so the
/// muxer would shift each rendition by a different amount. The value is large because the pictures of a slide show
/// may be seconds apart. Players begin at the first segment.
const SEGMENTS_BEGIN_AT: u32 = 60;

/// The first picture is shown from the beginning, whatever its own time, until the second: a player takes the first
/// segments of sound and picture for simultaneous, and drops the part that one has before the other.
///
/// Each picture lasts until the next: at a variable frame rate, the planned duration differs from that, and the next
/// segment would begin too early by the difference.
const TIMES_OF_PICTURES: &str = "setts=pts=PTS-if(eq(N\\,0)\\,max(PTS\\,0)\\,0):\
    dts=DTS-if(eq(N\\,0)\\,max(PTS\\,0)\\,0):\
    duration=if(eq(NEXT_DTS\\,NOPTS)\\,DURATION\\,NEXT_DTS-DTS)+if(eq(N\\,0)\\,max(PTS\\,0)\\,0)";

/// Name of the progressive video file in the process's directory.
pub(super) const PROGRESSIVE_VIDEO: &str = "video.mp4";
/// Name of the progressive file for sound without a picture.
pub(super) const PROGRESSIVE_AUDIO: &str = "audio.m4a";

/// The source, and the ladder to make of it.
pub(super) struct Command<'a> {
    pub(super) demuxer: &'a str,
    pub(super) input: &'a str,
    pub(super) streams: &'a Streams,
    pub(super) ladder: &'a Ladder,
    pub(super) seen: &'a Seen,
}

impl Command<'_> {
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut all = words(
            "-hide_banner -nostdin -nostats -loglevel error -progress pipe:1 -stats_period 0.5 -y",
        );
        all.extend(words("-protocol_whitelist http,tcp"));
        let graph = Graph {
            streams: self.streams,
            ladder: self.ladder,
            seen: self.seen,
        };
        if graph.turns_by_itself() {
            all.push("-noautorotate".to_owned());
        }
        all.extend(words(&format!("-f {} -i {}", self.demuxer, self.input)));
        // Omit the source's metadata and chapters.
        let bare = words("-map_metadata -1 -map_chapters -1 -sn -dn");
        if self.ladder.video.is_empty() {
            self.sound_alone(&mut all, &bare);
        } else {
            for filters in graph.filters() {
                all.extend(["-filter_complex".to_owned(), filters]);
            }
            self.pictures(&mut all, &bare);
        }
        all
    }

    fn pictures(&self, all: &mut Vec<String>, bare: &[String]) {
        let progressive = self.ladder.progressive().map(|rung| rung.rendition);
        for (index, rung) in self.ladder.video.iter().enumerate() {
            all.extend(["-map".to_owned(), format!("[v{index}]")]);
            let is_progressive = Some(rung.rendition) == progressive;
            if is_progressive {
                all.extend(
                    self.ladder
                        .audio
                        .iter()
                        .flat_map(|audio| self.sound_source(audio.track)),
                );
            }
            all.extend_from_slice(bare);
            all.extend(encode_picture(rung));
            if is_progressive {
                for (output, audio) in self.ladder.audio.iter().enumerate() {
                    all.extend(encode_sound(audio, output, self.sample_rate(audio.track)));
                }
                all.extend(self.tee(rung.rendition));
            } else {
                all.extend(segments(rung.rendition));
            }
        }
        all.extend(words(&format!(
            "-map [poster] -fps_mode passthrough -q:v 3 -f image2 -start_number 0 {}",
            posters::PATTERN
        )));
        if self.ladder.storyboard.is_some() {
            all.extend(words(&format!(
                "-map [stills] -fps_mode passthrough -q:v 2 -f image2 -frame_pts 1 {}/%d.jpg",
                stills::DIRECTORY
            )));
        }
    }

    /// Encodes once and writes to three outputs: segments of the picture, segments of each sound track, and the
    /// progressive file.
    fn tee(&self, picture: Rendition) -> [String; 5] {
        let mut outputs = vec![tee_segments(picture, "v:0")];
        for (output, audio) in self.ladder.audio.iter().enumerate() {
            outputs.push(tee_segments(audio.rendition, &format!("a:{output}")));
        }
        let select = if self.ladder.audio.is_empty() {
            "v:0"
        } else {
            "v:0,a:0"
        };
        outputs.push(format!(
            "[select=\\'{select}\\':f=mp4:movflags=+faststart]{PROGRESSIVE_VIDEO}"
        ));
        teed(outputs)
    }

    fn sound_alone(&self, all: &mut Vec<String>, bare: &[String]) {
        for (index, rung) in self.ladder.audio.iter().enumerate() {
            all.extend(self.sound_source(rung.track));
            all.extend(["-vn".to_owned()]);
            all.extend_from_slice(bare);
            all.extend(encode_sound(rung, 0, self.sample_rate(rung.track)));
            if index == 0 {
                let progressive = format!("[f=mp4:movflags=+faststart]{PROGRESSIVE_AUDIO}");
                all.extend(teed(vec![tee_segments(rung.rendition, "a:0"), progressive]));
            } else {
                all.extend(segments(rung.rendition));
            }
        }
    }

    fn sound_source(&self, track: u8) -> [String; 2] {
        ["-map".to_owned(), source::sound(self.streams, track)]
    }

    /// Returns 44.1 kHz, the rate of most music, if the source has it, and otherwise 48 kHz, which everything plays.
    fn sample_rate(&self, track: u8) -> u32 {
        let source = self.streams.audio.get(usize::from(track));
        match source.and_then(|audio| audio.sample_rate) {
            Some(44_100) => 44_100,
            Some(_) | None => 48_000,
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Key frames have the same times in all rungs, whatever the frame rate, so that players can switch between rungs.
fn encode_picture(rung: &VideoRung) -> Vec<String> {
    let (quality, most, buffer) = (rung.quality, rung.kilobits, rung.kilobits * 2);
    let mut all = words(&format!(
        "-fps_mode vfr -c:v libx264 -preset veryfast -profile:v high -crf {quality} -maxrate {most}k -bufsize {buffer}k \
         -force_key_frames expr:gte(t,n_forced*{SEGMENT_SECONDS}) -sc_threshold 0"
    ));
    all.extend(["-bsf:v", TIMES_OF_PICTURES].map(str::to_owned));
    all
}

/// Gaps are filled with silence, so that sound and picture stay in sync although they are fetched separately.
fn encode_sound(rung: &AudioRung, output: usize, sample_rate: u32) -> Vec<String> {
    let (kilobits, channels) = (rung.kilobits, rung.channels);
    words(&format!(
        "-c:a:{output} aac -b:a:{output} {kilobits}k -ac:a:{output} {channels} -ar:a:{output} {sample_rate} \
         -filter:a:{output} aresample=async=1:first_pts=0"
    ))
}

/// Returns the options for a rendition's segments: a segment is complete once the playlist names it.
fn options(rendition: Rendition) -> [(&'static str, String); 9] {
    [
        ("hls_time", SEGMENT_SECONDS.to_string()),
        ("hls_playlist_type", "event".to_owned()),
        ("hls_segment_type", "fmp4".to_owned()),
        ("hls_flags", "independent_segments+temp_file".to_owned()),
        ("start_number", "1".to_owned()),
        ("hls_segment_filename", format!("{rendition}/%05d.m4s")),
        ("hls_fmp4_init_filename", INIT.to_owned()),
        ("hls_segment_options", SEGMENT_OPTIONS.to_owned()),
        ("output_ts_offset", SEGMENTS_BEGIN_AT.to_string()),
    ]
}

fn segments(rendition: Rendition) -> Vec<String> {
    let mut all = words("-f hls");
    for (name, value) in options(rendition) {
        all.extend([format!("-{name}"), value]);
    }
    all.push(format!("{rendition}/index.m3u8"));
    all
}

fn tee_segments(rendition: Rendition, select: &str) -> String {
    let options: String = options(rendition)
        .iter()
        .map(|(name, value)| format!(":{name}=\\'{value}\\'"))
        .collect();
    format!("[select=\\'{select}\\':f=hls{options}]{rendition}/index.m3u8")
}

fn teed(outputs: Vec<String>) -> [String; 5] {
    [
        "-flags".to_owned(),
        "+global_header".to_owned(),
        "-f".to_owned(),
        "tee".to_owned(),
        outputs.join("|"),
    ]
}

#[cfg(test)]
mod tests {
    use dozo::vocabulary::streams::{AudioStream, StreamId, VideoStream};

    use super::*;

    fn arguments(video: Option<StreamId>, audio: &[Option<StreamId>]) -> String {
        let audio = audio.iter().map(|id| AudioStream {
            id: *id,
            number: None,
            codec: "aac".to_owned(),
            channels: Some(2),
            sample_rate: Some(48_000),
            language: None,
            name: None,
        });
        let streams = Streams {
            duration_ms: Some(2_000),
            video: Some(VideoStream {
                id: video,
                codec: "h264".to_owned(),
                width: 320,
                height: 180,
                rotation: 0,
                frames_per_1000_s: Some(25_000),
            }),
            audio: audio.collect(),
            texts: Vec::new(),
            left_out: Vec::new(),
        };
        let command = Command {
            demuxer: "mov",
            input: "in",
            streams: &streams,
            ladder: &Ladder::of(&streams),
            seen: &Seen::default(),
        };
        command.arguments().join(" ")
    }

    #[test]
    fn what_takes_few_pictures_has_a_graph_of_its_own() {
        let found = arguments(None, &[]);
        let graphs: Vec<_> = found.split("-filter_complex ").skip(1).collect();
        let [renditions, poster, stills] = graphs.as_slice() else {
            unreachable!("{found}");
        };
        assert!(!renditions.contains("select=") && !renditions.contains("fps=1/"));
        assert!(poster.contains("select=") && poster.contains("[poster]"));
        assert!(stills.starts_with("[0:V:0]fps=1/2:") && stills.contains("[stills]"));
    }

    #[test]
    fn streams_are_asked_for_by_their_place_in_the_file() {
        let found = arguments(
            Some(StreamId::Index(3)),
            &[Some(StreamId::Index(0)), Some(StreamId::Index(7))],
        );
        assert!(
            found.contains("[0:3]") && found.contains("-map 0:0 -map 0:7"),
            "{found}"
        );
        let found = arguments(
            Some(StreamId::Packet(0x1011)),
            &[Some(StreamId::Packet(0x1100))],
        );
        assert!(
            found.contains("[0:i:4113]") && found.contains("-map 0:i:4352"),
            "{found}"
        );
        // Records from before stream places were recorded.
        let found = arguments(None, &[None, None]);
        assert!(
            found.contains("[0:V:0]") && found.contains("-map 0:a:0 -map 0:a:1"),
            "{found}"
        );
    }
}
