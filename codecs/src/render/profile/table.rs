//! Applies look-up tables of ICC profiles with LittleCMS.
//!
//! moxcms is faster for curves and matrices, which nearly all profiles have. In tables, however, it interpolates over
//! the whole cube, while LittleCMS (used by libvips and most programs) interpolates over tetrahedra; with a table of
//! few points, colours differ by up to 60 levels. It also misreads the Lab encoding of some tables. LittleCMS is
//! written in C, so a table is passed to it alone and only after its size was compared with the available bytes
//! ([`is_whole`]): its allocations are a few times the size of the profile.

use lcms2::{Flags, Intent, PixelFormat, Profile, Transform};

use super::super::picture::{Layout, Picture};
use super::Samples;

/// A conversion with a table.
pub(super) enum Table {
    Rgb(Transform<[u8; 3], [u8; 3]>),
    /// Coverage is copied unchanged.
    Rgba(Transform<[u8; 4], [u8; 4]>),
    Cmyk(Transform<[u8; 4], [u8; 3]>),
}

impl Table {
    /// Prepares the conversion for a profile with one table and pictures of this layout. `None` if LittleCMS cannot
    /// read it.
    pub(super) fn new(profile: &[u8], layout: Layout) -> Option<Self> {
        let source = Profile::new_icc(profile).ok()?;
        let (srgb, intent) = (Profile::new_srgb(), Intent::RelativeColorimetric);
        let (rgb, rgba, cmyk) = (PixelFormat::RGB_8, PixelFormat::RGBA_8, PixelFormat::CMYK_8);
        match layout {
            Layout::Rgb => {
                let transform = Transform::new(&source, rgb, &srgb, rgb, intent);
                transform.ok().map(Self::Rgb)
            }
            Layout::Rgba => {
                let flags = Flags::COPY_ALPHA;
                let transform = Transform::new_flags(&source, rgba, &srgb, rgba, intent, flags);
                transform.ok().map(Self::Rgba)
            }
            Layout::Cmyk => {
                let transform = Transform::new(&source, cmyk, &srgb, rgb, intent);
                transform.ok().map(Self::Cmyk)
            }
            Layout::Grey => None,
        }
    }

    /// Converts a picture, which must have the layout that the table was made for.
    pub(super) fn apply(&self, mut picture: Picture) -> Picture {
        match self {
            Self::Rgb(transform) => {
                transform.transform_in_place(picture.pixels.as_chunks_mut::<3>().0);
            }
            Self::Rgba(transform) => {
                transform.transform_in_place(picture.pixels.as_chunks_mut::<4>().0);
            }
            Self::Cmyk(transform) => {
                let (inks, _) = picture.pixels.as_chunks::<4>();
                let mut shown = vec![[0; 3]; inks.len()];
                transform.transform_pixels(inks, &mut shown);
                picture.pixels = shown.into_flattened();
                picture.layout = Layout::Rgb;
            }
        }
        picture
    }
}

/// Tells whether a table is for such samples and contains all of its points (ICC.1:2022, 10.10 to 10.12).
pub(super) fn is_whole(table: &[u8], samples: Samples) -> bool {
    let inputs = match samples {
        Samples::Grey => 1,
        Samples::Rgb => 3,
        Samples::Cmyk => 4,
    };
    grid(table, inputs).is_some_and(|(grid, bytes)| {
        let points = grid.iter().try_fold(3 * bytes, |points: usize, side| {
            // A single point is no table.
            points.checked_mul(usize::from(*side)).filter(|_| *side > 1)
        });
        points.is_some_and(|points| points <= table.len())
    })
}

/// The number of points along each side of a table's grid, and the bytes per number. A table of the newest type may
/// have no grid.
fn grid(table: &[u8], inputs: u8) -> Option<(Vec<u8>, usize)> {
    let (kind, [from, to, side, _]) = (table.first_chunk::<4>()?, table.get(8..12)?) else {
        return None;
    };
    ((*from, *to) == (inputs, 3)).then_some(())?;
    let inputs = usize::from(inputs);
    match kind {
        b"mft1" => Some((vec![*side; inputs], 1)),
        b"mft2" => Some((vec![*side; inputs], 2)),
        b"mAB " => {
            let start = u32::from_be_bytes(*table.get(24..)?.first_chunk()?);
            if start == 0 {
                return (inputs == 3).then_some((Vec::new(), 1));
            }
            let points = table.get(usize::try_from(start).ok()?..)?;
            let bytes @ 1..=2 = *points.get(16)? else {
                return None;
            };
            Some((points.get(..inputs)?.to_vec(), bytes.into()))
        }
        _ => None,
    }
}
