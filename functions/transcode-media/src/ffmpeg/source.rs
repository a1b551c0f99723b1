//! Names the streams of the file for FFmpeg. Tracks of unknown kinds are counted in the numbering, but cannot be
//! requested. <https://ffmpeg.org/ffmpeg.html#Stream-specifiers-1>

use dozo::vocabulary::streams::{StreamId, Streams, TextStream};

/// Names the picture stream. For a record from before stream places were recorded, that is the first that is not a
/// cover.
pub(super) fn picture(streams: &Streams) -> String {
    let id = streams.video.as_ref().and_then(|video| video.id);
    id.map_or_else(|| "0:V:0".to_owned(), specifier)
}

/// Names a sound track, by its place in the list.
pub(super) fn sound(streams: &Streams, track: u8) -> String {
    let audio = streams.audio.get(usize::from(track));
    let id = audio.and_then(|audio| audio.id);
    id.map_or_else(|| format!("0:a:{track}"), specifier)
}

/// Names a caption track.
pub(super) fn captions(text: &TextStream) -> String {
    specifier(text.id)
}

fn specifier(id: StreamId) -> String {
    match id {
        StreamId::Index(index) => format!("0:{index}"),
        StreamId::Packet(id) => format!("0:i:{id}"),
    }
}
