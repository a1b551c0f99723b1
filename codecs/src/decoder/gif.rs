//! Plays a GIF: draws every frame over those before it, on a screen that is large enough for the first.
//!
//! The format requires frames to lie within the logical screen (GIF89a, §20), and some files violate that. As in
//! Chrome's decoder, the screen is enlarged until the first frame fits, and later frames are clipped.
//! <https://github.com/google/wuffs/blob/main/std/gif/decode_quirks.wuffs> (`QUIRK_IMAGE_BOUNDS_ARE_STRICT`)

use gif::{ColorOutput, DecodeOptions, DecodingError, DisposalMethod, MemoryLimit};

use super::Shown;
use crate::Damage;

/// The most pixels by which the frames may exceed the screen's area, all frames together. Frames may be larger than the
/// screen, and the pixels outside of it cost time, too.
const SPARE_PIXELS: u64 = 1 << 26;

/// The most bytes that the decoder may allocate for a colour profile or an application's data.
const MAX_ALLOCATION: u64 = 1 << 30;

/// The bytes per pixel of the screen.
const PIXEL: usize = 4;

/// The area of the screen that a frame covers, and how it is disposed of.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    disposal: DisposalMethod,
    transparent: Option<u8>,
    milliseconds: u32,
}

impl Place {
    fn of(frame: &gif::Frame<'_>) -> Self {
        Self {
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
            disposal: frame.dispose,
            transparent: frame.transparent,
            milliseconds: u32::from(frame.delay) * 10,
        }
    }
}

/// A GIF file that is being played.
pub(crate) struct Screen<'a> {
    decoder: gif::Decoder<&'a [u8]>,
    width: usize,
    height: usize,
    /// The pixels shown now; allocated when the first frame is drawn.
    canvas: Vec<u8>,
    /// The frame that is drawn next, if it is already known.
    next: Option<Place>,
    /// The frame drawn last, and the pixels that it replaced if they are to be restored.
    last: Option<(Place, Vec<u8>)>,
    indices: Vec<u8>,
    spare_pixels: u64,
}

/// Returns the width and height of the screen, in pixels: 0 if neither the screen nor the first frame has any.
///
/// # Errors
/// [`Damage`] when the file has no frame.
pub(crate) fn size(bytes: &[u8]) -> Result<(u32, u32), Damage> {
    let screen = Screen::open(bytes)?;
    let side = |length| u32::try_from(length).map_err(|_too_large| Damage::Memory);
    Ok((side(screen.width)?, side(screen.height)?))
}

impl<'a> Screen<'a> {
    /// Reads up to the first frame's descriptor. The caller must compare the screen with its limit before the first
    /// frame is drawn.
    ///
    /// # Errors
    /// [`Damage`] when there is no frame.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.allow_unknown_blocks(true);
        options.set_memory_limit(MemoryLimit::Bytes(
            std::num::NonZeroU64::new(MAX_ALLOCATION).unwrap_or(std::num::NonZeroU64::MIN),
        ));
        let mut decoder = options.read_info(bytes).map_err(malformed)?;
        let first = decoder.next_frame_info().map_err(malformed)?;
        let first = Place::of(first.ok_or(Damage::Truncated)?);
        let room = |screen: u16, from: usize, length: usize| {
            usize::from(screen).max(if length > 0 { from + length } else { 0 })
        };
        Ok(Self {
            width: room(decoder.width(), first.left, first.width),
            height: room(decoder.height(), first.top, first.height),
            decoder,
            canvas: Vec::new(),
            next: Some(first),
            last: None,
            indices: Vec::new(),
            spare_pixels: SPARE_PIXELS,
        })
    }

    /// Draws the next frame. Returns `None` after the last.
    ///
    /// # Errors
    /// [`Damage`] when it cannot be decoded whole.
    pub(crate) fn next(&mut self) -> Result<Option<Shown<'_>>, Damage> {
        let place = match self.next.take() {
            Some(first) => first,
            None => match self.decoder.next_frame_info().map_err(malformed)? {
                Some(frame) => Place::of(frame),
                None => return Ok(None),
            },
        };
        if self.canvas.is_empty() {
            self.canvas = vec![0; self.width * self.height * PIXEL];
        }
        self.dispose();
        self.read(&place)?;
        self.draw(&place)?;
        Ok(Some(Shown {
            width: u32::try_from(self.width).map_err(|_too_large| Damage::Memory)?,
            pixels: &self.canvas,
            milliseconds: place.milliseconds,
        }))
    }

    /// Removes the last frame as its disposal method asks. The background is transparent, as in every browser, whatever
    /// the file says.
    fn dispose(&mut self) {
        let Some((last, before)) = self.last.take() else {
            return;
        };
        match last.disposal {
            DisposalMethod::Any | DisposalMethod::Keep => {}
            DisposalMethod::Background => {
                for row in rows(&mut self.canvas, (self.width, self.height), &last) {
                    row.fill(0);
                }
            }
            DisposalMethod::Previous => {
                let mut before = before.as_slice();
                for row in rows(&mut self.canvas, (self.width, self.height), &last) {
                    if let Some((old, rest)) = before.split_at_checked(row.len()) {
                        row.copy_from_slice(old);
                        before = rest;
                    }
                }
            }
        }
    }

    /// Reads the indices of the frame's pixels. A frame without width or height has none.
    fn read(&mut self, place: &Place) -> Result<(), Damage> {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let area = place.width * place.height;
        let free = count(self.width * self.height);
        let outside = count(area).saturating_sub(free);
        self.spare_pixels = self
            .spare_pixels
            .checked_sub(outside)
            .ok_or(Damage::Memory)?;
        self.indices.clear();
        self.indices.resize(area, 0);
        if area == 0 {
            return Ok(());
        }
        let indices = &mut self.indices;
        self.decoder.read_into_buffer(indices).map_err(malformed)
    }

    /// Draws the indices read last. An index outside of the palette is transparent.
    fn draw(&mut self, place: &Place) -> Result<(), Damage> {
        let mut colours = [[0; PIXEL]; 256];
        let palette = self.decoder.palette().map_err(malformed)?;
        for (colour, [red, green, blue]) in colours.iter_mut().zip(palette.as_chunks().0) {
            *colour = [*red, *green, *blue, 255];
        }
        if let Some(index) = place.transparent
            && let Some(colour) = colours.get_mut(usize::from(index))
        {
            *colour = [0; PIXEL];
        }
        let keeps = place.disposal == DisposalMethod::Previous;
        let mut before = Vec::new();
        let canvas = rows(&mut self.canvas, (self.width, self.height), place);
        for (row, indices) in canvas.zip(self.indices.chunks_exact(place.width.max(1))) {
            if keeps {
                before.extend_from_slice(row);
            }
            for (pixel, index) in row.as_chunks_mut().0.iter_mut().zip(indices) {
                if let Some(colour @ [.., 255]) = colours.get(usize::from(*index)) {
                    *pixel = *colour;
                }
            }
        }
        self.last = Some((*place, before));
        Ok(())
    }
}

/// Returns the part of each screen row that a frame covers, starting with the frame's first row.
fn rows<'c>(
    canvas: &'c mut [u8],
    (width, height): (usize, usize),
    place: &Place,
) -> impl Iterator<Item = &'c mut [u8]> {
    let left = place.left.min(width) * PIXEL;
    let right = (place.left + place.width).min(width) * PIXEL;
    canvas
        .chunks_exact_mut((width * PIXEL).max(1))
        .take(height)
        .skip(place.top)
        .take(place.height)
        .filter_map(move |row| row.get_mut(left..right))
}

fn malformed(error: DecodingError) -> Damage {
    Damage::Malformed(Box::new(error))
}
