//! Encodes GIF, with a new palette of 256 colours for each frame.

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::super::RenderError;
use super::super::picture::Picture;
use super::{failed, to_rgba};

/// NeuQuant's speed, 1 to 30; 10 samples every tenth pixel.
const QUANTIZER_SPEED: i32 = 10;

pub(super) fn encode(picture: Picture) -> Result<Vec<u8>, RenderError> {
    let mut animation = Animation::new(picture.width, picture.height, None)?;
    animation.push(picture, 0)?;
    animation.finish()
}

/// An animation of frames that all have one size.
pub(in super::super) struct Animation {
    encoder: Encoder<Vec<u8>>,
}

impl Animation {
    /// Starts a file that is shown `loops` times, 0 for ever, or a still picture for `None`.
    pub(super) fn new(width: u32, height: u32, loops: Option<u16>) -> Result<Self, RenderError> {
        let (width, height) = sides(width, height)?;
        let mut encoder = Encoder::new(Vec::new(), width, height, &[]).map_err(failed)?;
        match loops {
            None | Some(1) => {}
            Some(0) => encoder.set_repeat(Repeat::Infinite).map_err(failed)?,
            // The extension does not count the first time.
            Some(count) => encoder
                .set_repeat(Repeat::Finite(count - 1))
                .map_err(failed)?,
        }
        Ok(Self { encoder })
    }

    pub(super) fn push(&mut self, picture: Picture, milliseconds: u32) -> Result<(), RenderError> {
        let (width, height) = sides(picture.width, picture.height)?;
        let mut pixels = to_rgba(picture);
        make_hard(&mut pixels);
        let mut frame = Frame::from_rgba_speed(width, height, &mut pixels, QUANTIZER_SPEED);
        frame.delay = u16::try_from(milliseconds.div_ceil(10)).unwrap_or(u16::MAX);
        // Every frame is complete, and everything that it does not cover is transparent.
        frame.dispose = DisposalMethod::Background;
        self.encoder.write_frame(&frame).map_err(failed)
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, RenderError> {
        self.encoder.into_inner().map_err(failed)
    }
}

/// Makes each pixel opaque or transparent, whichever is nearer: GIF has nothing between, and the encoder would make all
/// opaque that is not wholly transparent.
fn make_hard(pixels: &mut [u8]) {
    let (pixels, _) = pixels.as_chunks_mut::<4>();
    for pixel in pixels {
        let [.., alpha] = pixel;
        if *alpha < 128 {
            *pixel = [0; 4];
        } else {
            *alpha = 255;
        }
    }
}

fn sides(width: u32, height: u32) -> Result<(u16, u16), RenderError> {
    match (u16::try_from(width), u16::try_from(height)) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        (Ok(_) | Err(_), _) => Err(RenderError::Recipe(
            "a GIF has at most 65,535 pixels per side",
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::render::picture::Layout;

    use super::*;

    /// A GIF has no half transparent pixels; a soft edge or a shadow must not become solid.
    #[test]
    fn the_fainter_half_of_a_soft_edge_is_transparent() {
        let pixels = (0..=255_u8).flat_map(|alpha| [alpha, 40, 60, alpha]);
        let picture = Picture {
            width: 256,
            height: 1,
            layout: Layout::Rgba,
            pixels: pixels.collect(),
        };
        let file = encode(picture).unwrap();
        let shown = image::load_from_memory(&file).unwrap().to_rgba8();
        for (x, _, pixel) in shown.enumerate_pixels() {
            assert_eq!(pixel.0[3], if x < 128 { 0 } else { 255 }, "{x}");
        }
    }
}
