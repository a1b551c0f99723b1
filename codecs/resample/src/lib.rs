//! Resamples pixels of one byte a channel, by `fast_image_resize`.
//!
//! A crate of its own, because the library's filters are generic: whoever calls one compiles it, for each kind of pixel,
//! which takes longer than all of `codecs`. Only the kinds that occur are named here, too.

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x3, U8x4};
use fast_image_resize::{MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

pub use fast_image_resize::FilterType as Filter;

/// A filter, and the memory that it uses again.
#[derive(Debug)]
pub struct Resampler {
    resizer: Resizer,
    options: ResizeOptions,
}

/// The pixels do not fill their picture, the crop is not in it, or no picture has so many channels.
#[derive(Debug, thiserror::Error)]
#[error("these pixels cannot be resampled: {0}")]
pub struct Misfit(String);

impl Resampler {
    /// Returns a resampler with this filter. It does not weight colours by their alpha.
    #[must_use]
    pub fn new(filter: Filter) -> Self {
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
        Self {
            resizer: Resizer::new(),
            options: options.use_alpha(false),
        }
    }

    /// Resamples a picture of `from` (width, height) pixels with 1, 3 or 4 `channels` to the size `to`.
    ///
    /// `crop` is the part that is taken, in pixels of the picture: left, top, width, height. `pixels` do not change. They are
    /// borrowed mutably as the library's intermediate pictures are, because a second type would double the code to compile.
    ///
    /// # Errors
    ///
    /// [`Misfit`].
    pub fn resample(
        &mut self,
        pixels: &mut [u8],
        channels: usize,
        from: (u32, u32),
        to: (u32, u32),
        crop: [f64; 4],
    ) -> Result<Vec<u8>, Misfit> {
        match channels {
            1 => self.resample_as::<U8>(pixels, from, to, crop),
            3 => self.resample_as::<U8x3>(pixels, from, to, crop),
            4 => self.resample_as::<U8x4>(pixels, from, to, crop),
            _ => Err(Misfit(format!("{channels} channels"))),
        }
    }

    fn resample_as<P: PixelTrait>(
        &mut self,
        pixels: &mut [u8],
        from: (u32, u32),
        to: (u32, u32),
        [left, top, width, height]: [f64; 4],
    ) -> Result<Vec<u8>, Misfit> {
        let source = TypedImage::<P>::from_buffer(from.0, from.1, pixels).map_err(misfit)?;
        let side = |pixels: u32| usize::try_from(pixels).map_err(misfit);
        let mut resampled = vec![0; side(to.0)? * side(to.1)? * size_of::<P>()];
        let mut target =
            TypedImage::<P>::from_buffer(to.0, to.1, &mut resampled).map_err(misfit)?;
        let options = self.options.crop(left, top, width, height);
        self.resizer
            .resize_typed(&source, &mut target, &options)
            .map_err(misfit)?;
        Ok(resampled)
    }
}

/// Multiplies the colours of RGBA pixels by their alpha.
///
/// # Errors
///
/// [`Misfit`].
pub fn multiply_by_alpha(pixels: &mut [u8], size: (u32, u32)) -> Result<(), Misfit> {
    let mut image = rgba(pixels, size)?;
    MulDiv::new()
        .multiply_alpha_inplace_typed(&mut image)
        .map_err(misfit)
}

/// Divides the colours of RGBA pixels by their alpha.
///
/// # Errors
///
/// [`Misfit`].
pub fn divide_by_alpha(pixels: &mut [u8], size: (u32, u32)) -> Result<(), Misfit> {
    let mut image = rgba(pixels, size)?;
    MulDiv::new()
        .divide_alpha_inplace_typed(&mut image)
        .map_err(misfit)
}

fn rgba(pixels: &mut [u8], (width, height): (u32, u32)) -> Result<TypedImage<'_, U8x4>, Misfit> {
    TypedImage::from_buffer(width, height, pixels).map_err(misfit)
}

fn misfit(error: impl std::fmt::Display) -> Misfit {
    Misfit(error.to_string())
}
