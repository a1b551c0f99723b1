//! Measures what a picture shows in a few numbers.

use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};

/// A decoded picture, upright.
pub(crate) struct Picture(pub(crate) RgbImage);

impl Picture {
    /// Decodes with the `image` crate and applies the orientation in the metadata; transparent pixels become black.
    pub(crate) fn decode(what: &str, bytes: &[u8]) -> Self {
        let reader = ImageReader::new(std::io::Cursor::new(bytes));
        let reader = reader.with_guessed_format().unwrap();
        let mut decoder = reader
            .into_decoder()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let orientation = decoder.orientation().unwrap();
        let decoded = DynamicImage::from_decoder(decoder);
        let mut decoded = decoded.unwrap_or_else(|error| panic!("{what}: {error}"));
        decoded.apply_orientation(orientation);
        Self(decoded.to_rgb8())
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// Returns the pixels of a part, given in hundredths of the sides: left, top, right, bottom.
    fn part(&self, [left, top, right, bottom]: [u32; 4]) -> impl Iterator<Item = [u8; 3]> + '_ {
        let (width, height) = self.size();
        let across = (width * left / 100)..(width * right / 100);
        let down = (height * top / 100)..(height * bottom / 100);
        down.flat_map(move |y| across.clone().map(move |x| self.0.get_pixel(x, y).0))
    }

    /// Returns the mean of a part's red, green and blue.
    pub(crate) fn mean(&self, part: [u32; 4]) -> [f64; 3] {
        let mut sums = [0_u64; 3];
        let mut count = 0_u32;
        for pixel in self.part(part) {
            count += 1;
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(value);
            }
        }
        let mean = |sum: u64| f64::from(u32::try_from(sum).unwrap()) / f64::from(count.max(1));
        sums.map(mean)
    }

    /// Returns the share of a part's pixels for which `is_so` holds.
    pub(crate) fn share(&self, part: [u32; 4], is_so: impl Fn([u8; 3]) -> bool) -> f64 {
        let (mut so, mut all) = (0_u32, 0_u32);
        for pixel in self.part(part) {
            all += 1;
            so += u32::from(is_so(pixel));
        }
        f64::from(so) / f64::from(all.max(1))
    }

    /// Counts the runs of neighbouring columns that contain something dark, which are letters.
    pub(crate) fn dark_runs(&self, [left, top, right, bottom]: [u32; 4]) -> usize {
        let (width, height) = self.size();
        let down = (height * top / 100)..(height * bottom / 100);
        let is_dark = |x: u32| down.clone().any(|y| self.0.get_pixel(x, y).0 < [128; 3]);
        let mut before = false;
        let mut runs = 0;
        for x in (width * left / 100)..(width * right / 100) {
            let dark = is_dark(x);
            runs += usize::from(dark && !before);
            before = dark;
        }
        runs
    }
}

/// Asserts that a mean colour is close to another.
pub(crate) fn assert_close(what: &str, found: [f64; 3], wanted: [f64; 3], distance: f64) {
    let far = found
        .iter()
        .zip(wanted)
        .any(|(found, wanted)| (found - wanted).abs() > distance);
    assert!(!far, "{what}: {found:?}, not {wanted:?}");
}
