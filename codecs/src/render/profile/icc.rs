//! Reads ICC profiles (ICC.1:2022). Only the parts that convert the picture's values to sRGB are passed to a library.
//!
//! Profiles are untrusted. A library reads tags that are not needed here, some as often as the table of tags names
//! them, and fails at a broken one. So the few relevant tags are copied once each into a new profile: reading is
//! limited by the profile's size, and a broken tag affects nothing else. Curves and matrices go to moxcms, tables to
//! LittleCMS (see `table`). The choice among them is that of LittleCMS, and so of libvips, for relative colorimetric
//! rendering: `A2B1`, else `A2B0`, else curves and a matrix.

use std::panic::{AssertUnwindSafe, catch_unwind};

use moxcms::{ColorProfile, Layout as Channels, TransformOptions};

use super::super::picture::{CodePoints, Layout};
use super::levels::srgb_level;
use super::step::{self, Step};
use super::table::{self, Table};
use super::{Samples, coded};

/// The maximum size of a profile in bytes. The largest in use, for printers, have about four million; moxcms refuses
/// more than ten.
const MAX_BYTES: usize = 10_000_000;

/// The maximum number of tags in a profile, as in LittleCMS (`MAX_TABLE_TAG`). Usual are 10 to 20.
const MAX_TAGS: usize = 100;

const HEADER_BYTES: usize = 128;
const TAG_BYTES: usize = 12;

/// The tags with the curves and the matrix of a screen or a camera.
const MATRIX: [&[u8; 4]; 6] = [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"];

/// Version 4.3: the copied tags have the same meaning in every version.
const VERSION: [u8; 4] = [4, 0x30, 0, 0];

/// The steps for a profile; `None` if it cannot be understood, or is for other kinds of samples.
pub(super) fn steps(bytes: &[u8], samples: Samples, layout: Layout) -> Option<Vec<Step>> {
    // No panic of either library is known, but a profile must never fail a rendering.
    catch_unwind(AssertUnwindSafe(|| {
        let icc = Icc::read(bytes, samples)?;
        if samples == Samples::Grey {
            return icc.of_grey(layout);
        }
        let by_table = |name| step::of_table(Table::new(&icc.with_table(name)?, layout)?, layout);
        by_table(b"A2B1")
            .or_else(|| by_table(b"A2B0"))
            .or_else(|| coded::steps_of_light(icc.code_points()?, layout))
            .or_else(|| step::of_profile(&icc.with(&MATRIX)?, samples, layout))
    }))
    .ok()
    .flatten()
}

/// A profile whose header is suitable.
struct Icc<'a> {
    bytes: &'a [u8],
    /// The table of tags.
    tags: &'a [[u8; TAG_BYTES]],
    samples: Samples,
}

impl<'a> Icc<'a> {
    fn read(bytes: &'a [u8], samples: Samples) -> Option<Self> {
        let space = match samples {
            Samples::Grey => b"GRAY",
            Samples::Rgb => b"RGB ",
            Samples::Cmyk => b"CMYK",
        };
        let class = bytes.get(12..16)?;
        let fits = bytes.len() <= MAX_BYTES
            && [b"scnr", b"mntr", b"prtr", b"spac"]
                .iter()
                .any(|known| class == *known)
            && bytes.get(16..20)? == space
            && matches!(bytes.get(20..24)?, b"XYZ " | b"Lab ")
            && bytes.get(36..40)? == b"acsp";
        let (count, table) = bytes.get(HEADER_BYTES..)?.split_first_chunk::<4>()?;
        let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
        (fits && count <= MAX_TAGS).then_some(())?;
        let (tags, _) = table.get(..count * TAG_BYTES)?.as_chunks::<TAG_BYTES>();
        Some(Self {
            bytes,
            tags,
            samples,
        })
    }

    /// The content of the first tag with this name.
    fn tag(&self, name: &[u8; 4]) -> Option<&'a [u8]> {
        let entry = self.tags.iter().find(|entry| entry.starts_with(name))?;
        let number = |at| {
            let bytes = entry.get(at..)?.first_chunk::<4>()?;
            usize::try_from(u32::from_be_bytes(*bytes)).ok()
        };
        let start = number(4)?;
        self.bytes.get(start..start.checked_add(number(8)?)?)
    }

    /// A new profile with these curves and colorants. They are for XYZ, whatever the tables are for.
    fn with(&self, names: &[&[u8; 4]]) -> Option<ColorProfile> {
        let tags = names
            .iter()
            .map(|name| Some((*name, self.tag(name)?)))
            .collect::<Option<Vec<_>>>()?;
        ColorProfile::new_from_slice(&self.rewritten(&tags, b"XYZ ")?).ok()
    }

    /// A new profile with one table and no other tag.
    fn with_table(&self, name: &[u8; 4]) -> Option<Vec<u8>> {
        let content = self.tag(name)?;
        table::is_whole(content, self.samples).then_some(())?;
        self.rewritten(&[(name, content)], self.bytes.get(20..24)?)
    }

    fn rewritten(&self, tags: &[(&[u8; 4], &[u8])], connection: &[u8]) -> Option<Vec<u8>> {
        let header: [(usize, &[u8]); 6] = [
            (8, &VERSION),
            (12, self.bytes.get(12..16)?),
            (16, self.bytes.get(16..20)?),
            (20, connection),
            (36, b"acsp"),
            // D50 (ICC.1:2022, 7.2.16).
            (68, &[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]),
        ];
        let mut out = vec![0; HEADER_BYTES];
        for (at, value) in header {
            out.get_mut(at..at + value.len())?.copy_from_slice(value);
        }
        out.extend(u32::try_from(tags.len()).ok()?.to_be_bytes());
        let mut start = HEADER_BYTES + 4 + tags.len() * TAG_BYTES;
        for (name, content) in tags {
            out.extend(*name);
            out.extend(u32::try_from(start).ok()?.to_be_bytes());
            out.extend(u32::try_from(content.len()).ok()?.to_be_bytes());
            start += content.len().next_multiple_of(4);
        }
        for (_, content) in tags {
            out.extend(*content);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        let size = u32::try_from(out.len()).ok()?.to_be_bytes();
        out.get_mut(..4)?.copy_from_slice(&size);
        Some(out)
    }

    /// The code points of an HDR profile (ICC.1:2022, 9.2.17).
    fn code_points(&self) -> Option<CodePoints> {
        match *self.tag(b"cicp")? {
            [
                b'c',
                b'i',
                b'c',
                b'p',
                _,
                _,
                _,
                _,
                primaries,
                transfer,
                _,
                range,
                ..,
            ] => Some(CodePoints {
                primaries,
                transfer,
                is_full_range: range != 0,
            }),
            _ => None,
        }
    }

    /// The steps for a grey profile: a curve from values to light, or to lightness if the connection space is Lab.
    fn of_grey(&self, layout: Layout) -> Option<Vec<Step>> {
        let curve = self.with(&[b"kTRC"])?;
        if self.bytes.get(20..24)? == b"XYZ " {
            return step::of_profile(&curve, Samples::Grey, layout);
        }
        let identity = ColorProfile::new_gray_with_gamma(1.0);
        let transform = curve
            .create_transform_16bit(
                Channels::Gray,
                &identity,
                Channels::Gray,
                TransformOptions::default(),
            )
            .ok()?;
        let levels: Vec<u16> = (0..=u8::MAX).map(|level| u16::from(level) * 257).collect();
        let mut lightness = vec![0_u16; levels.len()];
        transform.transform(&levels, &mut lightness).ok()?;
        let step = step::of_levels(|level| {
            let lightness = lightness
                .get(usize::from(level))
                .copied()
                .unwrap_or_default();
            srgb_level(light_of(f64::from(lightness) / 65_535.0))
        });
        Some(step.into_iter().collect())
    }
}

/// Converts lightness to light, both from 0 to 1 (CIE 15: the inverse of L*).
fn light_of(lightness: f64) -> f64 {
    let f = (lightness * 100.0 + 16.0) / 116.0;
    if f > 6.0 / 29.0 {
        f.powi(3)
    } else {
        (f - 4.0 / 29.0) * 3.0 * (6.0_f64 / 29.0).powi(2)
    }
}
