//! AWS Elemental MediaConvert as an engine. One process starts a job ([`start`]), which runs for minutes or hours on
//! AWS's machines; another process ends it ([`finish`]) when an event, or a look, says that it is done.
//!
//! MediaConvert cannot read a given version of an object, and cannot look at a record; everything here depends on both.
//! So it reads a copy of the upload in WORK that no uploader can reach, and writes only to WORK, under its attempt's
//! prefix. We copy its output into delivery, with the same looks at the record as for anything else.
//!
//! An event is only a hint. The next step is derived from the record, from the claim in WORK that names the job, and
//! from the job itself. Events can also be lost, so a message to ourselves looks at the job every quarter of an hour
//! until it has ended.
//!
//! | record, claim                       | job                | what is done                                  |
//! |-------------------------------------|--------------------|-----------------------------------------------|
//! | of another generation, or state     | any                | it is cancelled; WORK's lifecycle removes the rest |
//! | names another job                   | any                | it is cancelled                               |
//! | of the job's, names it or none      | at work            | its progress is noted, and it is looked at again |
//! | of the job's, names it or none      | complete           | its outputs are copied, the record is `ready` |
//! | of the job's, names it or none      | failed, cancelled  | the file is refused, or the media has failed  |

use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::streams::Streams;

pub mod fault;
pub mod finish;
pub mod outputs;
mod publish;
pub mod start;

/// The shortest side of a picture that the service makes, in pixels.
/// <https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html>
const LEAST_SIDE: u32 = 32;

/// Video codecs that the service decodes, by FFmpeg's names. It decodes others in some containers; those are left to
/// FFmpeg as well. <https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers-input.html>
const PICTURES: &[&str] = &[
    "av1",
    "dnxhd",
    "dvvideo",
    "h263",
    "h264",
    "hevc",
    "jpeg2000",
    "mjpeg",
    "mpeg1video",
    "mpeg2video",
    "mpeg4",
    "prores",
    "rawvideo",
    "vc1",
    "vp8",
    "vp9",
];

/// The same for sound. It decodes all of PCM, which has too many names to list here; `decodes` matches them by prefix.
const SOUNDS: &[&str] = &[
    "aac", "ac3", "amr_nb", "amr_wb", "eac3", "flac", "mp2", "mp3", "opus", "pcm", "vorbis",
    "wmapro", "wmav1", "wmav2",
];

/// Returns whether the service can decode a source and make its whole ladder. It makes no segments of sound alone, and
/// no pictures that are long and narrow. FFmpeg makes those here, as sound takes it little time.
/// <https://docs.aws.amazon.com/mediaconvert/latest/ug/audio-only-output.html>
#[must_use]
pub fn takes(ladder: &Ladder, source: &Streams) -> bool {
    let pictures = ladder.video.iter().map(|rung| rung.size);
    let storyboard = ladder.storyboard.map(|storyboard| storyboard.size);
    let mut sizes = pictures.chain(ladder.poster).chain(storyboard);
    let is_made =
        !ladder.video.is_empty() && sizes.all(|size| size.width.min(size.height) >= LEAST_SIDE);
    is_made && decodes(source)
}

fn decodes(source: &Streams) -> bool {
    let is_pcm = |codec: &str| {
        codec.starts_with("pcm_s") || codec.starts_with("pcm_u") || codec.starts_with("pcm_f")
    };
    let mut pictures = source.video.iter().map(|video| video.codec.as_str());
    let mut sounds = source.audio.iter().map(|audio| audio.codec.as_str());
    pictures.all(|codec| PICTURES.contains(&codec))
        && sounds.all(|codec| SOUNDS.contains(&codec) || is_pcm(codec))
}
