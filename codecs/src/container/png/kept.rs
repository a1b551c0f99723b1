//! The chunks before the image data that change how a picture is shown, each once, and of the length that it must have.
//! Whatever else there is, suggested palettes and histograms included, is dropped.

/// What was kept so far.
pub(super) struct Kept {
    /// 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.
    color: u8,
    colors_of_palette: usize,
    seen: Vec<[u8; 4]>,
}

impl Kept {
    /// By IHDR.
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

    /// Whether it is the first of its kind.
    pub(super) fn is_first(&mut self, kind: &[u8; 4]) -> bool {
        let is_first = !self.seen.contains(kind);
        if is_first {
            self.seen.push(*kind);
        }
        is_first
    }

    /// Whether a chunk before the image data is kept.
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

    /// By colour type: grey, RGB, grey and alpha, RGB and alpha. A palette has `sBIT` of RGB, and one index for `bKGD`.
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

/// Eight numbers in 1/100,000; libpng leaves those aside that are far beyond 1, which are no coordinates.
fn is_chromaticities(data: &[u8]) -> bool {
    let (numbers, rest) = data.as_chunks::<4>();
    let is_fit = |number: &[u8; 4]| u32::from_be_bytes(*number) <= 110_000;
    numbers.len() == 8 && rest.is_empty() && numbers.iter().all(is_fit)
}
