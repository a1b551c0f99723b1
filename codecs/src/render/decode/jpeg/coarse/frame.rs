//! The frame (ITU-T T.81, B.2.2): its components, and their DC coefficients as the scans deliver them.

/// The maximum value of a coefficient's missing bits, in eighths of a grey level: the mean is then off by at most one
/// level either way.
const NEAR: i32 = 16;

/// A JFIF marker must have at least this many bytes (T.871, 10.1).
const JFIF_BYTES: usize = 14;

/// A frame of one or three components with 8 bits.
pub(super) struct Frame {
    pub(super) is_progressive: bool,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
    /// The largest sampling factors.
    pub(super) most: (u32, u32),
}

/// A component and its blocks.
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors: the number of blocks in an MCU, horizontally and vertically.
    pub(super) across: u32,
    pub(super) down: u32,
    /// The number of its quantization table.
    pub(super) table: u8,
    /// The quantization step of its DC coefficients; set by the component's first scan.
    pub(super) step: u16,
    /// The number of low bits of its coefficients that no scan has delivered yet; `None` before its first scan.
    pub(super) missing: Option<u8>,
    /// The number of blocks that belong to the picture, horizontally and vertically.
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// The number of blocks from one row to the next, rounded up to whole MCUs.
    pub(super) stride: u32,
    /// The DC coefficients, row by row; empty before the first scan.
    pub(super) dc: Vec<i16>,
    padded_rows: u32,
}

impl Component {
    /// Allocates the coefficients if that was not done yet.
    pub(super) fn allocate(&mut self) -> Option<()> {
        if self.dc.is_empty() {
            let count = u64::from(self.stride) * u64::from(self.padded_rows);
            self.dc = vec![0; usize::try_from(count).ok()?];
        }
        Some(())
    }

    /// The maximum value of this many missing bits, in eighths of a grey level.
    fn untold(&self, bits: u8) -> i32 {
        i32::from(self.step).saturating_mul((1 << bits) - 1)
    }

    /// The mean of a block, around 0: an eighth of its DC coefficient, plus half of the value of its missing bits.
    fn level(&self, coefficient: i16) -> i32 {
        let untold = self.untold(self.missing.unwrap_or(0)) / 2;
        (i32::from(coefficient) * i32::from(self.step) + untold + 4) >> 3
    }

    /// The mean of a block as a sample, with the level shift (A.3.1) undone.
    pub(super) fn mean(&self, coefficient: i16) -> u8 {
        u8::try_from((self.level(coefficient) + 128).clamp(0, 255)).unwrap_or(255)
    }
}

impl Frame {
    /// Reads the content of SOF0, SOF1 or SOF2. Returns `None` if it is unusual or malformed.
    pub(super) fn read(is_progressive: bool, content: &[u8]) -> Option<Self> {
        let ([8, h0, h1, w0, w1, count @ (1 | 3)], rest) = content.split_first_chunk::<6>()? else {
            return None;
        };
        let height = u32::from(u16::from_be_bytes([*h0, *h1]));
        let width = u32::from(u16::from_be_bytes([*w0, *w1]));
        // A height of 0 would be given after the first scan, by DNL.
        (width > 0 && height > 0 && rest.len() == usize::from(*count) * 3).then_some(())?;
        let factors = |both: u8| (u32::from(both >> 4), u32::from(both & 15));
        let specified = rest.as_chunks::<3>().0;
        let most = (
            specified
                .iter()
                .map(|[_, both, _]| factors(*both).0)
                .max()?,
            specified
                .iter()
                .map(|[_, both, _]| factors(*both).1)
                .max()?,
        );
        let mut components = Vec::new();
        for [id, both, table] in specified {
            let (across, down) = factors(*both);
            // Ratios that are not whole, such as 3 to 2, are allowed but not used in practice.
            let is_usual =
                |factor: u32, most: u32| (1..=4).contains(&factor) && most.is_multiple_of(factor);
            (is_usual(across, most.0) && is_usual(down, most.1)).then_some(())?;
            // A.1.1 and A.2.4: the component's samples, rounded up to whole blocks, and to whole MCUs.
            let blocks =
                |side: u32, factor: u32, most: u32| (side * factor).div_ceil(most).div_ceil(8);
            let padded = |side: u32, factor: u32, most: u32| side.div_ceil(8 * most) * factor;
            components.push(Component {
                id: *id,
                across,
                down,
                table: *table,
                step: 0,
                missing: None,
                columns: blocks(width, across, most.0),
                rows: blocks(height, down, most.1),
                stride: padded(width, across, most.0),
                padded_rows: padded(height, down, most.1),
                dc: Vec::new(),
            });
        }
        Some(Self {
            is_progressive,
            width,
            height,
            components,
            most,
        })
    }

    /// Tells whether the scans so far give every DC coefficient to within a grey level. (Progressive files often
    /// deliver the last bit long after the others, only halfway through the file.)
    pub(super) fn is_told(&self) -> bool {
        self.components.iter().all(|component| {
            component
                .missing
                .is_some_and(|bits| bits == 0 || component.untold(bits) <= NEAR)
        })
    }

    /// Tells whether every component has enough resolution: chroma at half the size of the view suffices, as in 4:2:0.
    pub(super) fn has_enough_chroma(&self) -> bool {
        let (most_across, most_down) = self.most;
        self.components
            .iter()
            .all(|component| 2 * component.across >= most_across && 2 * component.down >= most_down)
    }

    /// Tells whether every mean is close enough to the range of samples that it is simply clamped. Decoders differ for
    /// others.
    pub(super) fn is_in_range(&self) -> bool {
        self.components.iter().all(|component| {
            let mut means = component.dc.iter().map(|dc| component.level(*dc));
            means.all(|mean| (-512..512).contains(&mean))
        })
    }
}

/// Markers before the first scan that tell the meaning of three components.
#[derive(Default)]
pub(super) struct Colours {
    is_jfif: bool,
    /// Adobe's transform: 0 is none, 1 is YCbCr, 2 is YCCK.
    adobe: Option<u8>,
}

impl Colours {
    pub(super) fn jfif(&mut self, content: &[u8]) {
        self.is_jfif |= content.starts_with(b"JFIF\0") && content.len() >= JFIF_BYTES;
    }

    /// Reads Adobe's marker (Adobe Technical Note #5116, 18): a name, a version, two words of flags, the transform.
    pub(super) fn adobe(&mut self, content: &[u8]) {
        if content.starts_with(b"Adobe") {
            self.adobe = content.get(11).copied().or(self.adobe);
        }
    }

    /// Tells whether the components are luma alone, or certainly YCbCr (ITU-T T.871).
    pub(super) fn are_usual(&self, frame: &Frame) -> bool {
        match frame.components.as_slice() {
            [_] => true,
            [y, cb, cr] => match self.adobe {
                Some(transform) => transform == 1 || self.is_jfif && transform != 0,
                None => self.is_jfif || [y.id, cb.id, cr.id] == [1, 2, 3],
            },
            _ => false,
        }
    }
}
