//! Decodes AVIF with rav1d, a row of tiles at a time, and converts its rows to red, green and blue.
//!
//! Smoothing chroma is left out where the picture is made so much smaller that nobody sees it. 10 and 12 bits become 8,
//! as those of PNG do, and light of high dynamic range is mapped afterwards. Animations are played by `player`.

mod colour;
mod layer;
mod player;

use crate::Damage;
use crate::container::avif::{self, Avif};
use crate::container::heif::{Canvas, Nclx, Picture};
use crate::decoder::av1::{Chroma, Sequence};

use super::super::picture::{CodePoints, Decoded, Layout, Profile, Says, byte_count};
use super::super::reduce::{Reduce, Window};
use super::super::reduced::Watch;
use super::super::view::View;
use super::super::{Budget, Rect, RenderError};
use layer::Layer;

pub(super) use player::Player;

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    still(bytes, &picture(bytes)?, view, budget)
}

/// Returns whether a file is an animation, which `player` plays.
pub(super) fn is_animation(bytes: &[u8]) -> Result<bool, Damage> {
    Ok(matches!(avif::read(bytes)?, Avif::Animation(_)))
}

fn picture(bytes: &[u8]) -> Result<Picture<'_>, Damage> {
    match avif::read(bytes)? {
        Avif::Animation(_) => Err(Damage::Malformed("not a still picture".into())),
        Avif::Still(picture) => Ok(picture),
    }
}

/// Decodes all tiles. The watch sees the part that is shown.
pub(super) fn verify(bytes: &[u8], watch: &mut Watch) -> Result<(), RenderError> {
    let picture = picture(bytes)?;
    let (width, height) = (picture.colours.width, picture.colours.height);
    let is_of_size = |alpha: &Canvas| (alpha.width, alpha.height) == (width, height);
    if !picture.alpha.as_ref().is_none_or(is_of_size) {
        return Err(Damage::Malformed("an alpha channel of another size".into()).into());
    }
    let mut rows = Rows::new(bytes, &picture, (0, width), false);
    let sequence = rows.colours.sequence()?;
    let layout = rows.layout(&sequence);
    let area = picture.shown.area;
    watch.begin(layout, (area.width, area.height), || {
        profile(picture.icc, picture.nclx, &sequence)
    });
    let bytes_of = |columns: u32| byte_count(columns, 1, layout);
    let (start, length) = (bytes_of(area.x)?, bytes_of(area.width)?);
    let mut row = vec![0; bytes_of(width)?];
    for y in 0..height {
        if y < area.y || !watch.wants_rows() {
            rows.load(y)?;
            continue;
        }
        rows.read(y, layout, &mut row)?;
        let shown = row.get(start..start.saturating_add(length));
        watch.row(shown.ok_or(Damage::Truncated)?);
    }
    Ok(())
}

fn still(
    bytes: &[u8],
    picture: &Picture<'_>,
    view: &View,
    budget: &Budget,
) -> Result<Decoded, RenderError> {
    let area = picture.shown.area;
    let view = View {
        crop: Rect {
            x: view.crop.x.saturating_add(area.x),
            y: view.crop.y.saturating_add(area.y),
            ..view.crop
        },
        ..*view
    };
    let window = Window::full_size(&view);
    let columns = (window.x, window.x.saturating_add(window.width));
    // Half the size or less: a pixel is the mean of four, which share their chroma.
    let is_smooth = view.width.saturating_mul(2) > view.crop.width;
    let mut rows = Rows::new(bytes, picture, columns, is_smooth);
    let sequence = rows.colours.sequence()?;
    let layout = rows.layout(&sequence);
    let mut reduce = Reduce::new(layout, window, &view, budget);
    let mut row = vec![0; byte_count(window.width, 1, layout)?];
    for y in window.y..window.y.saturating_add(window.height) {
        rows.read(y, layout, &mut row)?;
        reduce.push(&row)?;
    }
    Ok(Decoded {
        picture: reduce.finish()?,
        profile: profile(picture.icc, picture.nclx, &sequence),
    })
}

/// The rows of a picture, with alpha if it has some.
struct Rows<'a> {
    colours: Layer<'a>,
    alpha: Option<Layer<'a>>,
    is_premultiplied: bool,
    is_smooth: bool,
    /// The columns that are wanted: the first, and the one behind the last.
    columns: (u32, u32),
    chroma: [Vec<u16>; 2],
    coverage: Vec<u8>,
}

impl<'a> Rows<'a> {
    fn new(
        bytes: &'a [u8],
        picture: &'a Picture<'a>,
        columns: (u32, u32),
        is_smooth: bool,
    ) -> Self {
        let alpha = picture.alpha.as_ref();
        Self {
            colours: Layer::new(bytes, &picture.colours, picture.nclx, false, columns),
            alpha: alpha.map(|alpha| Layer::new(bytes, alpha, None, true, columns)),
            is_premultiplied: picture.is_premultiplied,
            is_smooth,
            columns,
            chroma: Default::default(),
            coverage: Vec::new(),
        }
    }

    fn layout(&self, sequence: &Sequence) -> Layout {
        match (&self.alpha, sequence.chroma == Chroma::None) {
            (Some(_), _) => Layout::Rgba,
            (None, true) => Layout::Grey,
            (None, false) => Layout::Rgb,
        }
    }

    /// Decodes the tiles of a row, and nothing else.
    fn load(&mut self, y: u32) -> Result<(), Damage> {
        self.colours.load(y)?;
        if let Some(alpha) = &mut self.alpha {
            alpha.load(y)?;
        }
        Ok(())
    }

    /// Writes the wanted columns of a row.
    fn read(&mut self, y: u32, layout: Layout, out: &mut [u8]) -> Result<(), Damage> {
        let inner = self.colours.load(y)?;
        let (is_smooth, channels) = (self.is_smooth, layout.channels());
        for (at, tile) in self.colours.tiles() {
            let Some((from, part)) = part(at, self.columns, channels, out) else {
                continue;
            };
            match (layout, tile.frame.sequence.chroma) {
                (Layout::Grey, _) => tile.levels(inner, from, part),
                (Layout::Rgba, Chroma::None) => {
                    self.coverage.resize(part.len() / 4, 0);
                    tile.levels(inner, from, &mut self.coverage);
                    spread::<4>(&self.coverage, part);
                }
                (Layout::Rgba, _) => {
                    tile.colours::<4>(inner, from, is_smooth, &mut self.chroma, part);
                }
                (Layout::Rgb | Layout::Cmyk, Chroma::None) => {
                    self.coverage.resize(part.len() / 3, 0);
                    tile.levels(inner, from, &mut self.coverage);
                    spread::<3>(&self.coverage, part);
                }
                (Layout::Rgb | Layout::Cmyk, _) => {
                    tile.colours::<3>(inner, from, is_smooth, &mut self.chroma, part);
                }
            }
        }
        self.cover(y, out)
    }

    fn cover(&mut self, y: u32, out: &mut [u8]) -> Result<(), Damage> {
        let Some(alpha) = &mut self.alpha else {
            return Ok(());
        };
        let inner = alpha.load(y)?;
        self.coverage.resize(out.len() / 4, 0);
        for (at, tile) in alpha.tiles() {
            if let Some((from, part)) = part(at, self.columns, 1, &mut self.coverage) {
                tile.levels(inner, from, part);
            }
        }
        covered(&self.coverage, out);
        if self.is_premultiplied {
            colour::divided(out);
        }
        Ok(())
    }
}

/// Returns the columns that a tile gives to a row of pixels: the first one within the tile, and where they are written.
fn part(
    at: std::ops::Range<u32>,
    (first, end): (u32, u32),
    channels: usize,
    out: &mut [u8],
) -> Option<(u32, &mut [u8])> {
    let (from, to) = (at.start.max(first), at.end.min(end));
    (from < to).then_some(())?;
    let byte = |column: u32| {
        let column = usize::try_from(column.checked_sub(first)?).ok()?;
        column.checked_mul(channels)
    };
    let part = out.get_mut(byte(from)?..byte(to)?)?;
    Some((from.checked_sub(at.start)?, part))
}

/// Writes levels of grey as colours.
fn spread<const CHANNELS: usize>(levels: &[u8], out: &mut [u8]) {
    let (pixels, _) = out.as_chunks_mut::<CHANNELS>();
    for (pixel, level) in pixels.iter_mut().zip(levels) {
        for value in pixel.iter_mut().take(3) {
            *value = *level;
        }
    }
}

/// Writes alpha into pixels.
fn covered(coverage: &[u8], out: &mut [u8]) {
    let (pixels, _) = out.as_chunks_mut::<4>();
    for ([_, _, _, alpha], level) in pixels.iter_mut().zip(coverage) {
        *alpha = *level;
    }
}

/// Returns what is said about the meaning of colours: a profile goes before code points.
fn profile(icc: Option<&[u8]>, nclx: Option<Nclx>, sequence: &Sequence) -> Option<Profile> {
    let [primaries, transfer, _] = sequence.codes;
    let (primaries, transfer) = nclx.map_or((primaries, transfer), |nclx| {
        (nclx.primaries, nclx.transfer)
    });
    let code = |number: u16| u8::try_from(number).unwrap_or(2);
    // Pictures of the curves of video (BT.709, BT.601, BT.2020) are made for screens, and shown as sRGB is.
    let transfer = match transfer {
        1 | 6 | 14 | 15 | 2 => 13,
        other => code(other),
    };
    let primaries = match (primaries, transfer) {
        (2, 16 | 18) => 9,
        (2, _) => 1,
        (other, _) => code(other),
    };
    let says = Says::Code(CodePoints {
        primaries,
        transfer,
        is_full_range: true,
    });
    let is_srgb = icc.is_none() && (primaries, transfer) == (1, 13);
    (!is_srgb).then(|| Profile {
        says: icc
            .map(|icc| Says::Icc(icc.to_vec()))
            .into_iter()
            .chain([says])
            .collect(),
        of_grey: sequence.chroma == Chroma::None,
    })
}
