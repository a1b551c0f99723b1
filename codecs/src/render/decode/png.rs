//! Decodes PNG row by row. An interlaced file has no complete rows before its end, so it is decoded whole.

mod colours;

use png::{BitDepth, ColorType};

use crate::Damage;
use crate::decoder::png::{malformed, open};

use super::super::picture::{Decoded, Layout, byte_count};
use super::super::reduce::{Reduce, Window};
use super::super::reduced::Watch;
use super::super::view::View;
use super::super::{Budget, RenderError};
use super::{columns, reduce_whole};

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    let mut reader = open(bytes)?;
    let info = reader.info();
    let (width, height, is_interlaced) = (info.width, info.height, info.interlaced);
    let profile = colours::profile(info);
    let (color, depth) = reader.output_color_type();
    let samples = Samples { color, depth };
    let layout = samples.layout();
    let window = Window::full_size(view);

    if is_interlaced {
        let size = reader.output_buffer_size().ok_or(Damage::Memory)?;
        let mut whole = vec![0; size];
        reader.next_frame(&mut whole).map_err(malformed)?;
        let pixels = samples.whole(whole);
        if pixels.len() != byte_count(width, height, layout)? {
            return Err(Damage::Truncated.into());
        }
        let picture = reduce_whole(layout, &pixels, width, window, view, budget)?;
        return Ok(Decoded { picture, profile });
    }
    let mut reduce = Reduce::new(layout, window, view, budget);
    let mut converted = Vec::new();
    for y in 0..window.y + window.height {
        let row = reader
            .next_row()
            .map_err(malformed)?
            .ok_or(Damage::Truncated)?;
        if y >= window.y {
            let pixels = samples.row(row.data(), &mut converted);
            reduce.push(columns(pixels, layout, window)?)?;
        }
    }
    let picture = reduce.finish()?;
    Ok(Decoded { picture, profile })
}

/// Decodes the rows of all images: the picture and the frames of an animation. The frames are never rendered, but they
/// are delivered.
pub(super) fn verify(bytes: &[u8], watch: &mut Watch) -> Result<(), Damage> {
    let mut reader = open(bytes)?;
    let info = reader.info();
    let (width, height) = info.size();
    let is_whole = |frame: &png::FrameControl| (frame.width, frame.height) == (width, height);
    // The picture may be the first frame, and then has the same size (PNG, third edition, 11.3.3).
    let is_frame = match &info.frame_control {
        Some(frame) if !is_whole(frame) => return Err(Damage::Truncated),
        frame => frame.is_some(),
    };
    let frames = info.animation_control().map_or(0, |all| all.num_frames);
    let (profile, is_interlaced) = (colours::profile(info), info.interlaced);
    let (color, depth) = reader.output_color_type();
    let samples = Samples { color, depth };
    if is_interlaced {
        watch.begin_interlaced(samples.layout(), (width, height), || profile);
    } else {
        watch.begin(samples.layout(), (width, height), || profile);
    }
    let mut converted = Vec::new();
    while let Some(row) = reader.next_row().map_err(malformed)? {
        if watch.wants_rows() {
            watch.row(samples.row(row.data(), &mut converted));
        }
    }
    for _ in u32::from(is_frame)..frames {
        reader.next_frame_info().map_err(malformed)?;
        while reader.next_row().map_err(malformed)?.is_some() {}
    }
    reader.finish().map_err(malformed)
}

/// The format of a decoded row; the decoder expands palettes and samples of less than 8 bits.
#[derive(Clone, Copy)]
struct Samples {
    color: ColorType,
    depth: BitDepth,
}

impl Samples {
    fn layout(self) -> Layout {
        match self.color {
            ColorType::Grayscale => Layout::Grey,
            ColorType::Rgb | ColorType::Indexed => Layout::Rgb,
            ColorType::GrayscaleAlpha | ColorType::Rgba => Layout::Rgba,
        }
    }

    fn is_as_it_is(self) -> bool {
        self.depth != BitDepth::Sixteen && self.color != ColorType::GrayscaleAlpha
    }

    fn row<'a>(self, data: &'a [u8], converted: &'a mut Vec<u8>) -> &'a [u8] {
        if self.is_as_it_is() {
            return data;
        }
        converted.clear();
        self.convert(data, converted);
        converted
    }

    fn whole(self, data: Vec<u8>) -> Vec<u8> {
        if self.is_as_it_is() {
            return data;
        }
        let mut converted = Vec::new();
        self.convert(&data, &mut converted);
        converted
    }

    fn convert(self, data: &[u8], out: &mut Vec<u8>) {
        let wide = self.depth == BitDepth::Sixteen;
        match (wide, self.color == ColorType::GrayscaleAlpha) {
            (true, true) => {
                let (pixels, _) = data.as_chunks::<4>();
                out.extend(pixels.iter().flat_map(|[g0, g1, a0, a1]| {
                    let (grey, alpha) = (narrow([*g0, *g1]), narrow([*a0, *a1]));
                    [grey, grey, grey, alpha]
                }));
            }
            (true, false) => {
                out.extend(data.as_chunks::<2>().0.iter().map(|sample| narrow(*sample)))
            }
            (false, _) => {
                let (pixels, _) = data.as_chunks::<2>();
                out.extend(
                    pixels
                        .iter()
                        .flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]),
                );
            }
        }
    }
}

/// Reduces a sample from 16 bits to 8, to the nearest value (PNG, third edition, 12.5).
fn narrow(sample: [u8; 2]) -> u8 {
    let value = u32::from(u16::from_be_bytes(sample));
    u8::try_from((value * 255 + 32_895) >> 16).unwrap_or(255)
}
