//! Writes an animated AVIF anew: tracks of pictures and alpha, their times, colours and samples, and nothing else.

use super::movie::{Movie, Track};
use super::out::{be16, be32, boxed, brands, full, handler};
use super::properties::ALPHA_NAME;
use super::write::{Content, nclx_box};
use crate::container::icc;

/// No turn, no scaling (ISO/IEC 14496-12, 6.2.2).
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// Returns the file. The contents are those of the samples of the colours, and then those of the alpha's.
pub(crate) fn animation(movie: &Movie<'_>, contents: &[Content]) -> Option<Vec<u8>> {
    let (colours, alpha) = contents.split_at_checked(movie.colours.samples.len())?;
    let ftyp = brands(&[*b"avis", *b"avis", *b"msf1", *b"iso8", *b"miaf"])?;
    let length = |contents: &[Content]| contents.iter().map(Vec::len).sum::<usize>();
    // The positions have the same lengths, whatever they are.
    let moov = |at: usize| {
        let mut tracks = track(movie, &movie.colours, colours, at, 1)?;
        if let Some(of) = &movie.alpha {
            let at = at.checked_add(length(colours))?;
            tracks.extend(track(movie, of, alpha, at, 2)?);
        }
        let ticks = duration(movie, &movie.colours).to_be_bytes();
        let scale = movie.colours.timescale.to_be_bytes();
        let next = if movie.alpha.is_some() { 3 } else { 2 };
        let mvhd = full(
            *b"mvhd",
            1,
            0,
            &[
                &[0; 16],
                &scale,
                &ticks,
                &[0, 1, 0, 0, 1, 0],
                &[0; 10],
                &matrix(),
                &[0; 24],
                &be32(next)?,
            ],
        )?;
        boxed(*b"moov", &[&mvhd, &tracks])
    };
    let at = ftyp.len().checked_add(moov(0)?.len())?.checked_add(8)?;
    let mdat = boxed(*b"mdat", &[&contents.concat()])?;
    Some([ftyp, moov(at)?, mdat].concat())
}

fn matrix() -> Vec<u8> {
    MATRIX
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

/// Returns the ticks of all samples together.
fn ticks(track: &Track<'_>) -> u64 {
    track
        .samples
        .iter()
        .map(|sample| u64::from(sample.ticks))
        .sum()
}

/// Returns the ticks for which an animation is shown; all ones are "without end".
fn duration(movie: &Movie<'_>, track: &Track<'_>) -> u64 {
    match movie.plays {
        0 => u64::MAX,
        plays => ticks(track).saturating_mul(plays.into()),
    }
}

fn track(
    movie: &Movie<'_>,
    track: &Track<'_>,
    contents: &[Content],
    at: usize,
    id: u32,
) -> Option<Vec<u8>> {
    let (width, height) = track.size;
    let sides = [width.checked_mul(0x1_0000)?, height.checked_mul(0x1_0000)?];
    let sides: Vec<u8> = sides.iter().flat_map(|side| side.to_be_bytes()).collect();
    let shown = duration(movie, track).to_be_bytes();
    let is_alpha = id != 1;
    // Enabled, and a part of the movie.
    let tkhd = full(
        *b"tkhd",
        1,
        3,
        &[
            &[0; 16],
            &id.to_be_bytes(),
            &[0; 4],
            &shown,
            &[0; 16],
            &matrix(),
            &sides,
        ],
    )?;
    let tref = if is_alpha {
        boxed(*b"tref", &[&boxed(*b"auxl", &[&1_u32.to_be_bytes()])?])?
    } else if movie.is_premultiplied {
        boxed(*b"tref", &[&boxed(*b"prem", &[&2_u32.to_be_bytes()])?])?
    } else {
        Vec::new()
    };
    let once = ticks(track).to_be_bytes();
    // One edit: from the beginning, at its own speed; the flag repeats it.
    let edit = [&[0, 0, 0, 1][..], &once, &[0; 8], &[0, 1, 0, 0]].concat();
    let elst = full(*b"elst", 1, 1, &[&edit])?;
    let scale = track.timescale.to_be_bytes();
    // The language is "und".
    let mdhd = full(
        *b"mdhd",
        1,
        0,
        &[&[0; 16], &scale, &once, &[0x55, 0xC4, 0, 0]],
    )?;
    let kind = if is_alpha { *b"auxv" } else { *b"pict" };
    let url = full(*b"url ", 0, 1, &[])?;
    let dinf = boxed(*b"dinf", &[&full(*b"dref", 0, 0, &[&be32(1)?, &url])?])?;
    let vmhd = full(*b"vmhd", 0, 1, &[&[0; 8]])?;
    let minf = boxed(
        *b"minf",
        &[&vmhd, &dinf, &table(track, contents, at, is_alpha)?],
    )?;
    let mdia = boxed(*b"mdia", &[&mdhd, &handler(kind)?, &minf])?;
    boxed(
        *b"trak",
        &[&tkhd, &tref, &boxed(*b"edts", &[&elst])?, &mdia],
    )
}

fn table(track: &Track<'_>, contents: &[Content], at: usize, is_alpha: bool) -> Option<Vec<u8>> {
    let count = be32(track.samples.len())?;
    let (mut stts, mut runs) = (Vec::new(), 0_usize);
    for run in track
        .samples
        .chunk_by(|one, other| one.ticks == other.ticks)
    {
        stts.extend([be32(run.len())?, run.first()?.ticks.to_be_bytes()].concat());
        runs = runs.checked_add(1)?;
    }
    let sizes: Option<Vec<_>> = contents.iter().map(|content| be32(content.len())).collect();
    let mut numbers = Vec::new();
    for (sample, number) in track.samples.iter().zip(1_u32..) {
        numbers.extend(sample.is_sync.then_some(number));
    }
    let stss = if numbers.len() == track.samples.len() {
        Vec::new()
    } else {
        let all: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        full(*b"stss", 0, 0, &[&be32(numbers.len())?, &all])?
    };
    // One chunk of all samples.
    let stsc = [be32(1)?, be32(1)?, count, be32(1)?].concat();
    boxed(
        *b"stbl",
        &[
            &full(*b"stsd", 0, 0, &[&be32(1)?, &entry(track, is_alpha)?])?,
            &full(*b"stts", 0, 0, &[&be32(runs)?, &stts])?,
            &full(*b"stsc", 0, 0, &[&stsc])?,
            &full(*b"stsz", 0, 0, &[&[0; 4], &count, &sizes?.concat()])?,
            &full(*b"stco", 0, 0, &[&be32(1)?, &be32(at)?])?,
            &stss,
        ],
    )
}

/// Returns the description of the samples (AV1-ISOBMFF, 2.2).
fn entry(track: &Track<'_>, is_alpha: bool) -> Option<Vec<u8>> {
    let side = |side: u32| be16(usize::try_from(side).ok()?);
    let (width, height) = track.size;
    let mut parts = boxed(*b"av1C", &[track.config.get(..4)?])?;
    if let Some(nclx) = track.nclx {
        parts.extend(nclx_box(nclx)?);
    }
    if let Some(profile) = track.icc.and_then(icc::whole) {
        parts.extend(boxed(*b"colr", &[b"prof", profile])?);
    }
    if is_alpha {
        parts.extend(full(*b"auxi", 0, 0, &[ALPHA_NAME, &[0]])?);
    }
    // 72 pixels an inch, one picture a sample, no name, 24 bits.
    let (inch, name) = ([0, 72, 0, 0, 0, 72, 0, 0], [0; 32]);
    boxed(
        *b"av01",
        &[
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 16],
            &side(width)?,
            &side(height)?,
            &inch,
            &[0, 0, 0, 0, 0, 1],
            &name,
            &[0, 24, 0xFF, 0xFF],
            &parts,
        ],
    )
}
