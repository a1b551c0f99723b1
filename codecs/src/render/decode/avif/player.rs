//! Plays an animated AVIF: every picture is whole, and refers to others only within the decoder.

use crate::Damage;
use crate::container::avif::{Avif, Samples, read};
use crate::container::heif::{Movie, Sample, Track};
use crate::decoder::Shown;
use crate::decoder::av1::{Chroma, Decoder, Options, Sequence};

use super::super::super::picture::{Layout, Profile, byte_count};
use super::layer::{Decoded, MOST_ALPHA, MOST_COLOURS};
use super::{colour, covered, profile, spread};

/// An animation that is being played.
pub(in super::super) struct Player<'a> {
    movie: Movie<'a>,
    colours: Stream<'a>,
    alpha: Option<Stream<'a>>,
    /// The sample that is shown next.
    at: usize,
    /// Red, green, blue and alpha.
    canvas: Vec<u8>,
    chroma: [Vec<u16>; 2],
    levels: Vec<u8>,
    pub(in super::super) plays: u16,
    pub(in super::super) profile: Option<Profile>,
}

impl<'a> Player<'a> {
    /// Reads the file's structure. The caller must have compared its size with its limit.
    ///
    /// # Errors
    /// [`Damage`] when the file is not an animation, or takes too much memory.
    pub(in super::super) fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        let Avif::Animation(movie) = read(bytes)? else {
            return Err(Damage::Malformed("not an animation".into()));
        };
        let (width, height) = movie.colours.size;
        let alpha = movie.alpha.as_ref();
        let colours = Stream::open(bytes, &movie.colours, MOST_COLOURS)?;
        Ok(Self {
            profile: profile(movie.colours.icc, movie.colours.nclx, &colours.sequence),
            alpha: alpha
                .map(|track| Stream::open(bytes, track, MOST_ALPHA))
                .transpose()?,
            colours,
            at: 0,
            canvas: vec![255; byte_count(width, height, Layout::Rgba)?],
            chroma: Default::default(),
            levels: Vec::new(),
            plays: movie.plays,
            movie,
        })
    }

    /// Decodes the next frame. Returns `None` after the last.
    ///
    /// # Errors
    /// [`Damage`] when the frame cannot be decoded completely.
    pub(in super::super) fn next(&mut self) -> Result<Option<Shown<'_>>, Damage> {
        let track = &self.movie.colours;
        let Some(sample) = track.samples.get(self.at) else {
            return Ok(None);
        };
        let (width, _) = track.size;
        let row_bytes = byte_count(width, 1, Layout::Rgba)?;
        let frame = self.colours.frame(sample)?;
        let decoded = Decoded::of(frame, track.nclx, false)?;
        let is_grey = decoded.frame.sequence.chroma == Chroma::None;
        self.levels.resize(byte_count(width, 1, Layout::Grey)?, 0);
        for (y, row) in (0..).zip(self.canvas.chunks_exact_mut(row_bytes)) {
            if is_grey {
                decoded.levels(y, 0, &mut self.levels);
                spread::<4>(&self.levels, row);
            } else {
                decoded.colours::<4>(y, 0, true, &mut self.chroma, row);
            }
        }
        let coverage = self.movie.alpha.as_ref().zip(self.alpha.as_mut());
        if let Some((track, stream)) = coverage {
            let sample = track.samples.get(self.at).ok_or(Damage::Truncated)?;
            let decoded = Decoded::of(stream.frame(sample)?, None, true)?;
            for (y, row) in (0..).zip(self.canvas.chunks_exact_mut(row_bytes)) {
                decoded.levels(y, 0, &mut self.levels);
                covered(&self.levels, row);
            }
            if self.movie.is_premultiplied {
                colour::divided(&mut self.canvas);
            }
        }
        self.at = self.at.saturating_add(1);
        Ok(Some(Shown {
            width,
            pixels: &self.canvas,
            milliseconds: milliseconds(sample.ticks, track.timescale),
        }))
    }
}

/// The longest time for which a frame is shown, in milliseconds: that of GIF. The times of all frames are added up where
/// they are written, in 32 bits.
const LONGEST: u64 = 655_350;

fn milliseconds(ticks: u32, timescale: u32) -> u32 {
    let thousandths = u64::from(ticks).saturating_mul(1_000);
    let rounded = thousandths.saturating_add(u64::from(timescale) / 2);
    let shown = rounded.checked_div(timescale.into()).unwrap_or(0);
    u32::try_from(shown.min(LONGEST)).unwrap_or(0)
}

/// The pictures of a track.
struct Stream<'a> {
    samples: Samples<'a>,
    decoder: Decoder,
    sequence: Sequence,
}

impl<'a> Stream<'a> {
    fn open(file: &'a [u8], track: &Track<'_>, most: u64) -> Result<Self, Damage> {
        let first = track.samples.first().ok_or(Damage::Truncated)?;
        let units = Samples::of(file, track).read(first)?;
        let sequence = Sequence::read(&units.bytes)?;
        let (width, height) = track.size;
        let pixels = u64::from(width).saturating_mul(height.into());
        // Those that are hidden are shown later.
        let frames = track.samples.len().saturating_add(units.frames);
        if sequence.bytes(pixels, frames) > most {
            return Err(Damage::Memory);
        }
        Ok(Self {
            samples: Samples::of(file, track),
            decoder: Decoder::open(Options {
                size: track.size,
                operating_point: 0,
                layer: None,
            })?,
            sequence,
        })
    }

    fn frame(&mut self, sample: &Sample) -> Result<crate::decoder::av1::Frame, Damage> {
        let units = self.samples.read(sample)?;
        self.decoder.decode(&units)
    }
}
