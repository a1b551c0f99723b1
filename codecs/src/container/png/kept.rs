//! Selects the chunks before the image data that change how a picture is shown. Each is kept once, and only with a
//! valid length. All others are dropped, including suggested palettes and histograms.

/// The chunks kept so far.
pub(super) struct Kept {
    /// The colour type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.
    color: u8,
    colors_of_palette: usize,
    seen: Vec<[u8; 4]>,
}

impl Kept {
    /// Reads the content of IHDR.
    pub(super) fn new(header: &[u8]) -> Option<Self> {
        let [_, _, _, _, _, _, _, _, _, color, _, _, _] = header else {
            return None;
        };
        Some(Self {
            color: *color,
            colors_of_palette: 0,
            seen: Vec::new(),
        })
    }

    /// Returns whether this is the first chunk of its kind.
    pub(super) fn is_first(&mut self, kind: &[u8; 4]) -> bool {
        let is_first = !self.seen.contains(kind);
        if is_first {
            self.seen.push(*kind);
        }
        is_first
    }

    /// Returns whether a chunk before the image data is kept.
    pub(super) fn takes(&mut self, kind: &[u8; 4], data: &[u8]) -> bool {
        let is_fit = match kind {
            b"PLTE" => {
                self.color == 3 && data.len().is_multiple_of(3) && (3..=768).contains(&data.len())
            }
            b"tRNS" if self.color == 3 => (1..=self.colors_of_palette).contains(&data.len()),
            b"tRNS" => Some(data.len()) == self.bytes_of([2, 6, 0, 0]),
            b"sBIT" => Some(data.len()) == self.bytes_of([1, 3, 2, 4]),
            b"bKGD" => Some(data.len()) == self.bytes_of([2, 6, 2, 6]),
            b"gAMA" => data.len() == 4,
            b"cHRM" => is_chromaticities(data),
            b"sRGB" => data.len() == 1,
            b"cICP" => data.len() == 4,
            b"mDCV" => data.len() == 24,
            b"cLLI" => data.len() == 8,
            b"pHYs" => data.len() == 9,
            _ => false,
        };
        if !is_fit || !self.is_first(kind) {
            return false;
        }
        if kind == b"PLTE" {
            self.colors_of_palette = data.len() / 3;
        }
        true
    }

    /// Returns the length for this colour type, given those for grey, RGB, grey and alpha, RGB and alpha. For a
    /// palette, `sBIT` is as for RGB, and `bKGD` is one index.
    fn bytes_of(&self, [grey, rgb, grey_alpha, rgb_alpha]: [usize; 4]) -> Option<usize> {
        let bytes = match self.color {
            0 => grey,
            2 => rgb,
            3 if rgb == 3 => 3,
            3 => 1,
            4 => grey_alpha,
            6 => rgb_alpha,
            _ => 0,
        };
        (bytes > 0).then_some(bytes)
    }
}

/// Returns whether the data are eight numbers in 1/100,000. libpng ignores values far beyond 1, which are no
/// coordinates.
fn is_chromaticities(data: &[u8]) -> bool {
    let (numbers, rest) = data.as_chunks::<4>();
    let is_fit = |number: &[u8; 4]| u32::from_be_bytes(*number) <= 110_000;
    numbers.len() == 8 && rest.is_empty() && numbers.iter().all(is_fit)
}
