//! Reads the headers of a BMP: its size, the format of its pixels, its palette, and where the pixels are.

use super::super::numbers::{Order, index};
use super::super::{ConvertError, malformed};
use crate::Damage;

/// The bytes of the file header, before the header that describes the picture.
const FILE_HEADER: usize = 14;

/// The sizes of headers: OS/2's first, Windows 3, and OS/2's second.
const CORE: u32 = 12;
const INFO: u32 = 40;
const OS2: u32 = 64;

/// The sizes from which a header holds masks for colours, and for alpha (BITMAPV2INFOHEADER, BITMAPV3INFOHEADER).
const WITH_MASKS: u32 = 52;
const WITH_ALPHA_MASK: u32 = 56;

/// The description of a BMP.
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whether the first row in the file is the top one.
    pub(super) is_top_down: bool,
    pub(super) coding: Coding,
    /// The place of the pixels in the file.
    pub(super) pixels_at: usize,
}

/// The format of the pixels.
pub(super) enum Coding {
    /// Indices of 1, 2, 4 or 8 bits.
    Indexed { bits: u8, palette: Vec<[u8; 3]> },
    /// Runs of indices of 4 or 8 bits.
    Runs { bits: u8, palette: Vec<[u8; 3]> },
    /// Blue, green and red, a byte each.
    Bgr,
    /// Numbers of 16 or 32 bits, whose parts the masks choose: red, green, blue, alpha.
    Masked { bits: u8, masks: [u32; 4] },
}

impl Header {
    pub(super) fn read(file: &[u8]) -> Result<Self, ConvertError> {
        let fields = Fields::read(file).ok_or(Damage::Truncated)?;
        let width = u32::try_from(fields.width).unwrap_or(0);
        if width == 0 || fields.height == 0 {
            return Err(malformed("a BMP without width or height"));
        }
        let coding = fields.coding(file)?;
        Ok(Self {
            width,
            height: fields.height.unsigned_abs(),
            is_top_down: fields.height < 0,
            coding,
            pixels_at: fields.pixels_at(),
        })
    }

    /// Returns the number of bits of a pixel.
    pub(super) fn bits(&self) -> u8 {
        match self.coding {
            Coding::Indexed { bits, .. }
            | Coding::Runs { bits, .. }
            | Coding::Masked { bits, .. } => bits,
            Coding::Bgr => 24,
        }
    }
}

/// The fields as they stand in the file.
struct Fields {
    header_bytes: u32,
    width: i32,
    height: i32,
    bits: u16,
    compression: u32,
    colours: u32,
    offset: u32,
}

impl Fields {
    /// <https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapv5header>
    fn read(file: &[u8]) -> Option<Self> {
        let number = |at| Order::Little.u32(file, FILE_HEADER + at);
        let short = |at| Order::Little.u16(file, FILE_HEADER + at);
        let header_bytes = number(0)?;
        let offset = Order::Little.u32(file, 10)?;
        if header_bytes == CORE {
            return Some(Self {
                header_bytes,
                width: short(4)?.into(),
                height: short(6)?.into(),
                bits: short(10)?,
                compression: 0,
                colours: 0,
                offset,
            });
        }
        // The fields that a short header leaves out are zero.
        let optional = |at: u32| {
            if at + 4 <= header_bytes {
                number(index(at))
            } else {
                Some(0)
            }
        };
        Some(Self {
            header_bytes,
            width: number(4)?.cast_signed(),
            height: number(8)?.cast_signed(),
            bits: short(14)?,
            compression: optional(16)?,
            colours: optional(32)?,
            offset,
        })
    }

    fn coding(&self, file: &[u8]) -> Result<Coding, ConvertError> {
        let is_os2 = self.header_bytes == OS2;
        Ok(match (self.compression, self.bits) {
            (0, 1 | 2 | 4 | 8) => Coding::Indexed {
                bits: self.index_bits(),
                palette: self.palette(file),
            },
            (1, 8) | (2, 4) if self.height > 0 => Coding::Runs {
                bits: self.index_bits(),
                palette: self.palette(file),
            },
            (0, 16) => Coding::Masked {
                bits: 16,
                masks: [0x7C00, 0x03E0, 0x001F, 0],
            },
            (0, 24) => Coding::Bgr,
            (0, 32) => Coding::Masked {
                bits: 32,
                masks: [0xFF_0000, 0xFF00, 0xFF, 0],
            },
            (3 | 6, 16 | 32) if !is_os2 => Coding::Masked {
                bits: if self.bits == 16 { 16 } else { 32 },
                masks: self.masks(file).ok_or(Damage::Truncated)?,
            },
            (4, _) if !is_os2 => return Err(ConvertError::Unsupported("a BMP with a JPEG in it")),
            (5, _) => return Err(ConvertError::Unsupported("a BMP with a PNG in it")),
            (3 | 4, _) if is_os2 => {
                return Err(ConvertError::Unsupported(
                    "a BMP in a coding that only OS/2 has",
                ));
            }
            _ => return Err(malformed("a BMP of an unknown coding")),
        })
    }

    fn index_bits(&self) -> u8 {
        u8::try_from(self.bits).unwrap_or(8)
    }

    /// Returns the masks: within a long header, or behind a short one.
    fn masks(&self, file: &[u8]) -> Option<[u32; 4]> {
        let at = FILE_HEADER + index(INFO);
        let mask = |number: usize| Order::Little.u32(file, at + 4 * number);
        let has_alpha = self.header_bytes >= WITH_ALPHA_MASK || self.compression == 6;
        Some([
            mask(0)?,
            mask(1)?,
            mask(2)?,
            if has_alpha { mask(3)? } else { 0 },
        ])
    }

    fn palette_at(&self) -> usize {
        let masks = match self.compression {
            3 if self.header_bytes < WITH_MASKS => 12,
            6 if self.header_bytes < WITH_MASKS => 16,
            _ => 0,
        };
        FILE_HEADER
            .saturating_add(index(self.header_bytes))
            .saturating_add(masks)
    }

    fn entry_bytes(&self) -> usize {
        if self.header_bytes == CORE { 3 } else { 4 }
    }

    fn palette_length(&self) -> usize {
        if self.bits > 8 {
            return 0;
        }
        let most = 1_usize << self.bits;
        match index(self.colours) {
            0 => most,
            colours => colours.min(most),
        }
    }

    /// Returns the colours as red, green and blue. Those beyond the end of the file, or that the pixels overlap, are left
    /// out.
    fn palette(&self, file: &[u8]) -> Vec<[u8; 3]> {
        let at = self.palette_at();
        let end = match index(self.offset) {
            offset if offset > at => offset,
            _ => file.len(),
        };
        let bytes = file.get(at..end.min(file.len())).unwrap_or_default();
        bytes
            .chunks_exact(self.entry_bytes())
            .take(self.palette_length())
            .filter_map(|entry| match entry {
                [blue, green, red, ..] => Some([*red, *green, *blue]),
                _ => None,
            })
            .collect()
    }

    /// Returns the place of the pixels. A place within the headers means that they follow the palette.
    fn pixels_at(&self) -> usize {
        let offset = index(self.offset);
        if offset >= self.palette_at() {
            return offset;
        }
        self.palette_at()
            .saturating_add(self.palette_length() * self.entry_bytes())
    }
}
