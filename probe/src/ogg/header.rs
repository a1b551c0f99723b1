//! Reads first pages, which identify each stream. The specifications of Vorbis I, 4.2.2; RFC 7845, 5.1; RFC 9639, 10.1;
//! Speex, and Theora, 6.2; and the headers of older OGM files.

use super::{Page, Stream};
use crate::Selector;
use crate::codec::{Codec, picture, sound};
use crate::cut::Cut;
use crate::describe::{Shape, rate};
use crate::tracks::Tracks;

/// The ticks per second in OGM: units of 100 ns.
const OGM_TICKS: u64 = 10_000_000;

/// Records the stream that a page begins, and returns how its time is counted if it can be played.
pub(super) fn identify(page: &Page<'_>, selector: Selector, found: &mut Tracks) -> Option<Stream> {
    let rest = |bytes: usize| Cut(page.body.get(bytes..).unwrap_or_default());
    let starts = |name: &[u8]| page.body.starts_with(name);
    let mut undecoded = |name: &str| found.sound(selector, Err(name.to_owned()), None, None);
    if starts(b"\x01vorbis") {
        vorbis(page.serial, rest(7), selector, found)
    } else if starts(b"OpusHead") {
        opus(page.serial, rest(8), selector, found)
    } else if starts(b"\x7FFLAC") {
        flac(page.serial, rest(5), selector, found)
    } else if starts(b"Speex   ") {
        speex(page.serial, rest(8), selector, found)
    } else if starts(b"\x80theora") {
        theora(page.serial, rest(7), selector, found)
    } else if starts(b"OVP80\x01") {
        vp8(page.serial, rest(6), selector, found)
    } else if starts(b"\x01video") {
        ogm_picture(page.serial, rest(9), selector, found)
    } else if starts(b"\x01audio") {
        ogm_sound(page.serial, rest(9), selector, found)
    } else if starts(b"CELT    ") {
        undecoded("CELT");
        None
    } else if starts(b"PCM     ") {
        undecoded("OggPCM");
        None
    } else if starts(b"BBCD") || starts(b"KW-DIRAC") {
        found.picture(selector, Err("Dirac in Ogg".to_owned()), None);
        None
    } else if starts(b"\x80daala") {
        found.picture(selector, Err("Daala".to_owned()), None);
        None
    } else {
        None
    }
}

impl Stream {
    fn of_samples(serial: u32, rate: u32) -> Self {
        Self {
            serial,
            ticks_a_second: u64::from(rate),
            skipped: 0,
            shift: 0,
            counts_since: false,
            scale: 1,
        }
    }
}

fn vorbis(serial: u32, mut cut: Cut<'_>, selector: Selector, found: &mut Tracks) -> Option<Stream> {
    cut.skip(4)?;
    let (channels, rate) = (u16::from(cut.u8()?), cut.le32()?);
    found.sound(selector, Ok("vorbis"), Some(channels), Some(rate));
    Some(Stream::of_samples(serial, rate))
}

fn opus(serial: u32, mut cut: Cut<'_>, selector: Selector, found: &mut Tracks) -> Option<Stream> {
    cut.skip(1)?;
    let (channels, skipped) = (u16::from(cut.u8()?), cut.le16()?);
    found.sound(selector, Ok("opus"), Some(channels), Some(48_000));
    Some(Stream {
        skipped: u64::from(skipped),
        ..Stream::of_samples(serial, 48_000)
    })
}

fn flac(serial: u32, mut cut: Cut<'_>, selector: Selector, found: &mut Tracks) -> Option<Stream> {
    cut.skip(4 + 4 + 4 + 10)?;
    let packed = cut.be32()?;
    let channels = u16::try_from((packed >> 9 & 7) + 1).ok()?;
    let rate = packed >> 12;
    found.sound(selector, Ok("flac"), Some(channels), Some(rate));
    Some(Stream::of_samples(serial, rate))
}

fn speex(serial: u32, mut cut: Cut<'_>, selector: Selector, found: &mut Tracks) -> Option<Stream> {
    cut.skip(28)?;
    let rate = cut.le32()?;
    cut.skip(8)?;
    let channels = u16::try_from(cut.le32()?).ok()?;
    found.sound(selector, Ok("speex"), Some(channels), Some(rate));
    Some(Stream::of_samples(serial, rate))
}

fn three(cut: &mut Cut<'_>) -> Option<u32> {
    cut.array::<3>()
        .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
}

fn theora(serial: u32, mut cut: Cut<'_>, selector: Selector, found: &mut Tracks) -> Option<Stream> {
    cut.skip(3 + 4)?;
    let stored = (three(&mut cut)?, three(&mut cut)?);
    cut.skip(2)?;
    let (frames, seconds) = (cut.be32()?, cut.be32()?);
    let pixel = (three(&mut cut)?, three(&mut cut)?);
    cut.skip(4)?;
    let shift = u32::from(cut.be16()? >> 5 & 31);
    let codec = Ok("theora");
    moving(selector, codec, stored, pixel, (frames, seconds), found);
    Some(Stream {
        serial,
        ticks_a_second: u64::from(frames),
        skipped: 0,
        shift,
        counts_since: true,
        scale: u64::from(seconds),
    })
}

/// Reads a header as in <https://wiki.xiph.org/OggVP8>, as FFmpeg writes and reads it.
fn vp8(serial: u32, mut cut: Cut<'_>, selector: Selector, found: &mut Tracks) -> Option<Stream> {
    cut.skip(2)?;
    let stored = (u32::from(cut.be16()?), u32::from(cut.be16()?));
    let pixel = (three(&mut cut)?, three(&mut cut)?);
    let (frames, seconds) = (cut.be32()?, cut.be32()?);
    moving(selector, Ok("vp8"), stored, pixel, (frames, seconds), found);
    Some(Stream {
        serial,
        ticks_a_second: u64::from(frames),
        skipped: 0,
        shift: 32,
        counts_since: false,
        scale: u64::from(seconds),
    })
}

fn ogm_picture(
    serial: u32,
    mut cut: Cut<'_>,
    selector: Selector,
    found: &mut Tracks,
) -> Option<Stream> {
    let code = cut.array()?;
    cut.skip(4)?;
    let (unit, _) = (cut.le64()?, cut.le64()?);
    cut.skip(12)?;
    let stored = (cut.le32()?, cut.le32()?);
    let frames_per_1000_s = rate(1, unit, OGM_TICKS);
    let shape = Shape {
        stored,
        pixel: (1, 1),
        rotation: 0,
        frames_per_1000_s,
    };
    found.picture(selector, picture::named(code), Some(shape));
    Some(Stream {
        serial,
        ticks_a_second: OGM_TICKS,
        skipped: 0,
        shift: 0,
        counts_since: false,
        scale: unit,
    })
}

fn ogm_sound(
    serial: u32,
    mut cut: Cut<'_>,
    selector: Selector,
    found: &mut Tracks,
) -> Option<Stream> {
    let digits = cut.array::<4>()?;
    cut.skip(4)?;
    let (unit, samples) = (cut.le64()?, cut.le64()?);
    cut.skip(12)?;
    let channels = cut.le16()?;
    let number = std::str::from_utf8(&digits)
        .ok()
        .and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let per_second = samples.checked_mul(OGM_TICKS)?.checked_div(unit)?;
    let per_second = u32::try_from(per_second).ok()?;
    let codec = sound::numbered(number.unwrap_or(0));
    found.sound(selector, codec, Some(channels), Some(per_second));
    Some(Stream::of_samples(serial, per_second))
}

fn moving(
    selector: Selector,
    codec: Codec,
    stored: (u32, u32),
    pixel: (u32, u32),
    (frames, seconds): (u32, u32),
    found: &mut Tracks,
) {
    let shape = Shape {
        stored,
        pixel,
        rotation: 0,
        frames_per_1000_s: rate(1, u64::from(seconds), u64::from(frames)),
    };
    found.picture(selector, codec, Some(shape));
}
