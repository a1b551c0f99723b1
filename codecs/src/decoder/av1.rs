//! Decodes AV1 with rav1d, which is dav1d in Rust: its parsers are safe code, its pixel loops are dav1d's assembler.
//!
//! A decoder here works on the caller's thread, gives the last layer of a picture with its film grain applied, and
//! refuses frames that are larger than the container said. What it may need of memory is known from the sequence header
//! before it decodes.

#![allow(unsafe_code, reason = "rav1d's interface is that of a C library")]

use std::ptr::NonNull;

use re_rav1d::include::dav1d::data::Dav1dData;
use re_rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dLogger, Dav1dSettings};
use re_rav1d::include::dav1d::headers::{
    DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422,
    DAV1D_PIXEL_LAYOUT_I444, Dav1dSequenceHeader,
};
use re_rav1d::include::dav1d::picture::Dav1dPicture;
use re_rav1d::src::lib::{
    dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings, dav1d_get_picture,
    dav1d_open, dav1d_parse_sequence_header, dav1d_picture_unref, dav1d_send_data,
};

use crate::Damage;
use crate::container::Units;

/// The most frames that a decoder keeps: eight to refer to (AV1, 7.20), the one it decodes, and one with grain.
const MAX_KEPT: usize = 10;

/// How often chroma is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chroma {
    /// Not at all: 4:0:0.
    None,
    /// For 2 × 2 pixels: 4:2:0.
    Quarter,
    /// For two pixels beside each other: 4:2:2.
    Half,
    /// For each pixel: 4:4:4.
    Whole,
}

/// The sequence header: it precedes all pictures, and holds for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) chroma: Chroma,
    pub(crate) bits: u8,
    /// Code points of ITU-T H.273: primaries, transfer, matrix.
    pub(crate) codes: [u16; 3],
    pub(crate) is_full_range: bool,
    has_grain: bool,
}

impl Sequence {
    /// Reads the header in a coded picture.
    ///
    /// # Errors
    /// [`Damage`] when there is none.
    pub(crate) fn read(picture: &[u8]) -> Result<Self, Damage> {
        let mut header = std::mem::MaybeUninit::<Dav1dSequenceHeader>::zeroed();
        // SAFETY: rav1d reads the given bytes, and writes the header if it succeeds. All fields are numbers.
        let header = unsafe {
            let status = dav1d_parse_sequence_header(
                NonNull::new(header.as_mut_ptr()),
                NonNull::new(picture.as_ptr().cast_mut()),
                picture.len(),
            );
            checked(status.0)?;
            header.assume_init()
        };
        Self::of(&header)
    }

    #[cfg(test)]
    pub(crate) fn for_tests(
        bits: u8,
        chroma: Chroma,
        codes: [u16; 3],
        is_full_range: bool,
    ) -> Self {
        Self {
            chroma,
            bits,
            codes,
            is_full_range,
            has_grain: false,
        }
    }

    fn of(header: &Dav1dSequenceHeader) -> Result<Self, Damage> {
        let chroma = match header.layout {
            DAV1D_PIXEL_LAYOUT_I400 => Chroma::None,
            DAV1D_PIXEL_LAYOUT_I420 => Chroma::Quarter,
            DAV1D_PIXEL_LAYOUT_I422 => Chroma::Half,
            DAV1D_PIXEL_LAYOUT_I444 => Chroma::Whole,
            _ => return Err(Damage::Malformed("rav1d: an unknown layout".into())),
        };
        let code = |number| u16::try_from(number).unwrap_or(2);
        Ok(Self {
            chroma,
            bits: 8 + 2 * header.hbd.min(2),
            codes: [code(header.pri), code(header.trc), code(header.mtrx)],
            is_full_range: header.color_range != 0,
            has_grain: header.film_grain_present != 0,
        })
    }

    /// Returns the most bytes that decoding takes for this many frames of so many pixels.
    pub(crate) fn bytes(&self, pixels: u64, frames: usize) -> u64 {
        // In halves of a sample; a decoder's own tables take about one more a pixel.
        let halves: u64 = match self.chroma {
            Chroma::None => 2,
            Chroma::Quarter => 3,
            Chroma::Half => 4,
            Chroma::Whole => 6,
        };
        let sample = if self.bits > 8 { 2 } else { 1 };
        let frames = frames.saturating_add(usize::from(self.has_grain));
        let frames = u64::try_from(frames.min(MAX_KEPT)).unwrap_or(u64::MAX);
        let each = pixels.saturating_mul(halves * sample + 2) / 2;
        each.saturating_mul(frames)
    }
}

/// How a decoder is to be opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Pixels across and down of each picture.
    pub(crate) size: (u32, u32),
    pub(crate) operating_point: u8,
    /// The spatial layer that is shown; without one, the last.
    pub(crate) layer: Option<u16>,
}

/// A decoder for pictures that may refer to earlier ones.
pub(crate) struct Decoder {
    context: Option<Dav1dContext>,
    options: Options,
}

impl Decoder {
    /// Opens a decoder.
    ///
    /// # Errors
    /// [`Damage`] when the options are out of rav1d's range.
    pub(crate) fn open(options: Options) -> Result<Self, Damage> {
        let (width, height) = options.size;
        let mut settings = std::mem::MaybeUninit::<Dav1dSettings>::uninit();
        let place = NonNull::new(settings.as_mut_ptr()).ok_or(Damage::Memory)?;
        let mut context = None;
        // SAFETY: rav1d fills in all settings, of which numbers are changed, and writes the context.
        let status = unsafe {
            dav1d_default_settings(place);
            let mut settings = settings.assume_init();
            settings.n_threads = 1;
            settings.max_frame_delay = 1;
            settings.apply_grain = 1;
            settings.logger = Dav1dLogger::new(None, None);
            settings.operating_point = options.operating_point.min(31).into();
            settings.all_layers = i32::from(options.layer.is_some());
            // Zero is no limit.
            settings.frame_size_limit = width.saturating_mul(height).max(1);
            dav1d_open(
                NonNull::new(&raw mut context),
                NonNull::new(&raw mut settings),
            )
        };
        checked(status.0)?;
        Ok(Self { context, options })
    }

    /// Decodes the next picture.
    ///
    /// # Errors
    /// [`Damage`] when it cannot be decoded completely, or has another size than the container said.
    pub(crate) fn decode(&mut self, units: &Units) -> Result<Frame, Damage> {
        let mut data = data(&units.bytes)?;
        let mut shown = None;
        loop {
            // SAFETY: the context is open, and rav1d takes from the data what it has read.
            let status = unsafe { dav1d_send_data(self.context, NonNull::new(&raw mut data.0)) };
            let is_full = status.0 == -libc::EAGAIN;
            if !is_full {
                checked(status.0)?;
            }
            let mut is_any = false;
            while let Some(frame) = self.next()? {
                is_any = true;
                let is_wanted = self
                    .options
                    .layer
                    .is_none_or(|layer| frame.layer() == layer);
                if is_wanted && shown.is_none() {
                    shown = Some(frame);
                }
            }
            if data.0.sz == 0 {
                break;
            }
            if is_full && !is_any {
                return Err(Damage::Malformed("rav1d: no way on".into()));
            }
        }
        let frame = shown.ok_or(Damage::Truncated)?;
        if frame.size() != self.options.size {
            return Err(Damage::Malformed("a picture of another size".into()));
        }
        Ok(frame)
    }

    fn next(&mut self) -> Result<Option<Frame>, Damage> {
        let mut picture = std::mem::MaybeUninit::<Dav1dPicture>::zeroed();
        // SAFETY: the context is open; a picture may be zero, and rav1d writes one, empty or not.
        let (status, picture) = unsafe {
            let status = dav1d_get_picture(self.context, NonNull::new(picture.as_mut_ptr()));
            (status, picture.assume_init())
        };
        if status.0 == -libc::EAGAIN {
            return Ok(None);
        }
        checked(status.0)?;
        Frame::of(picture).map(Some)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: opened once, closed once; pictures keep what they need.
        unsafe { dav1d_close(NonNull::new(&raw mut self.context)) }
    }
}

/// Bytes that rav1d has not read yet.
struct Data(Dav1dData);

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: made by `dav1d_data_create`, or emptied by rav1d, and let go once.
        unsafe { dav1d_data_unref(NonNull::new(&raw mut self.0)) }
    }
}

fn data(bytes: &[u8]) -> Result<Data, Damage> {
    let mut data = std::mem::MaybeUninit::<Dav1dData>::zeroed();
    // SAFETY: the struct may be zero, and rav1d makes a buffer of the wanted length, which is filled before it is used.
    unsafe {
        let buffer = dav1d_data_create(NonNull::new(data.as_mut_ptr()), bytes.len());
        if buffer.is_null() {
            return Err(Damage::Memory);
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, bytes.len());
        Ok(Data(data.assume_init()))
    }
}

/// A decoded picture.
pub(crate) struct Frame {
    picture: Dav1dPicture,
    pub(crate) sequence: Sequence,
}

/// The samples of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Samples<'a> {
    /// Samples of 8 bits.
    Narrow(&'a [u8]),
    /// Samples of 10 or 12 bits.
    Wide(&'a [u16]),
}

impl Frame {
    fn of(picture: Dav1dPicture) -> Result<Self, Damage> {
        // SAFETY: a picture that is not empty has its sequence header, for as long as it lives.
        let sequence = picture
            .seq_hdr
            .map(|header| Sequence::of(unsafe { header.as_ref() }));
        let missing = || {
            Err(Damage::Malformed(
                "rav1d: a picture without a header".into(),
            ))
        };
        let sequence = sequence.unwrap_or_else(missing);
        let mut frame = Self {
            picture,
            sequence: Sequence {
                chroma: Chroma::None,
                bits: 8,
                codes: [2; 3],
                is_full_range: true,
                has_grain: false,
            },
        };
        frame.sequence = sequence?;
        if i32::from(frame.sequence.bits) != frame.picture.p.bpc {
            return Err(Damage::Malformed("rav1d: other bits than said".into()));
        }
        Ok(frame)
    }

    /// Returns the pixels across and down.
    pub(crate) fn size(&self) -> (u32, u32) {
        let side = |length: i32| u32::try_from(length).unwrap_or(0);
        (side(self.picture.p.w), side(self.picture.p.h))
    }

    /// Returns the spatial layer.
    fn layer(&self) -> u16 {
        // SAFETY: a picture that is not empty has its frame header, for as long as it lives.
        let header = self
            .picture
            .frame_hdr
            .map(|header| unsafe { header.as_ref() });
        header.map_or(0, |header| u16::from(header.spatial_id))
    }

    /// Returns the pixels across and down of a plane: 0 is luma, 1 and 2 are chroma.
    pub(crate) fn plane_size(&self, plane: usize) -> (u32, u32) {
        let (width, height) = self.size();
        match (plane, self.sequence.chroma) {
            (0, _) | (_, Chroma::Whole) => (width, height),
            (_, Chroma::Quarter) => (width.div_ceil(2), height.div_ceil(2)),
            (_, Chroma::Half) => (width.div_ceil(2), height),
            (_, Chroma::None) => (0, 0),
        }
    }

    /// Returns a row of a plane, or nothing if there is none.
    pub(crate) fn row(&self, plane: usize, y: u32) -> Samples<'_> {
        let (width, height) = self.plane_size(plane);
        let is_wide = self.sequence.bits > 8;
        let stride = self.picture.stride.get(plane.min(1)).copied().unwrap_or(0);
        let start = self.picture.data.get(plane).copied().flatten();
        let row = isize::try_from(y).ok().and_then(|y| y.checked_mul(stride));
        let columns = usize::try_from(width).unwrap_or(0);
        let (Some(start), Some(row), true) = (start, row, y < height) else {
            return Samples::Narrow(&[]);
        };
        // SAFETY: each plane has rows of at least its width, `stride` bytes apart, of samples of 16 bits if they have
        // more than 8; the row is one of the plane's. The picture keeps them while it is borrowed.
        unsafe {
            let row = start.as_ptr().cast::<u8>().offset(row);
            if is_wide {
                Samples::Wide(std::slice::from_raw_parts(row.cast::<u16>(), columns))
            } else {
                Samples::Narrow(std::slice::from_raw_parts(row, columns))
            }
        }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: a picture of rav1d's, let go once.
        unsafe { dav1d_picture_unref(NonNull::new(&raw mut self.picture)) }
    }
}

fn checked(status: i32) -> Result<(), Damage> {
    match status {
        0 => Ok(()),
        status if status == -libc::ENOMEM => Err(Damage::Memory),
        status => Err(Damage::Malformed(format!("rav1d: error {status}").into())),
    }
}
