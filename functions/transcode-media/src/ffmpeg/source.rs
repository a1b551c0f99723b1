//! Which streams of the file are meant, as FFmpeg is asked for them: tracks of unknown kinds are counted, and are none that can
//! be asked for. <https://ffmpeg.org/ffmpeg.html#Stream-specifiers-1>

use dozo::vocabulary::streams::{Place, Streams};

/// The picture. A record from before places were noted means the first that is no cover.
pub(super) fn picture(streams: &Streams) -> String {
    let place = streams.video.as_ref().and_then(|video| video.place);
    place.map_or_else(|| "0:V:0".to_owned(), specifier)
}

/// A track of sound, by its place in the list.
pub(super) fn sound(streams: &Streams, track: u8) -> String {
    let audio = streams.audio.get(usize::from(track));
    let place = audio.and_then(|audio| audio.place);
    place.map_or_else(|| format!("0:a:{track}"), specifier)
}

fn specifier(place: Place) -> String {
    match place {
        Place::Index(index) => format!("0:{index}"),
        Place::Packet(id) => format!("0:i:{id}"),
    }
}
