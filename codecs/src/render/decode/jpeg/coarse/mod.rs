//! Decodes a JPEG at an eighth of its size, from the DC coefficients alone.
//!
//! A DC coefficient is eight times the mean of its block (ITU-T T.81, A.3.3). Together they are the picture averaged
//! over 8 × 8 pixels, which is enough for a small view. Nothing is transformed here. Of the other coefficients, only
//! the lengths are read to skip them; in a progressive file, not even those, so that its beginning is enough.
//!
//! ```text
//! segments ─▶ frame, tables ─▶ scans ─▶ planes of DC ─▶ reduced, each plane for itself ─▶ RGB
//! ```
//!
//! This path accepts only files that are common and intact. It leaves anything rare, odd or damaged to the plain path.
//! It does not notice damage in those scans of a progressive file that it skips, but they are not visible at this size.

#[cfg(any(test, fuzzing))]
pub(super) mod agreement;
mod bits;
mod frame;
mod huffman;
mod scan;
mod tables;

use super::super::super::picture::{Decoded, Layout, Picture, Profile};
use super::super::super::reduce::{Reduce, Window};
use super::super::super::view::View;
use super::super::super::{Budget, RenderError};
use super::{is_enough, profile};
use crate::container::jpeg_segments;

use frame::{Colours, Component, Frame};
use scan::Scan;
use tables::Tables;

const SOF0: u8 = 0xC0;
const SOF2: u8 = 0xC2;
const DHT: u8 = 0xC4;
const SOS: u8 = 0xDA;
const DQT: u8 = 0xDB;
const DRI: u8 = 0xDD;
const APP0: u8 = 0xE0;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;
const APP15: u8 = 0xEF;
const COM: u8 = 0xFE;

/// Returns `None` if the plain path has to decide.
///
/// # Errors
/// [`RenderError::OverBudget`] if the deadline has passed.
pub(super) fn decode(
    bytes: &[u8],
    view: &View,
    budget: &Budget,
) -> Result<Option<Decoded>, RenderError> {
    if !is_enough(view, 1) {
        return Ok(None);
    }
    match read(bytes, view) {
        Some((frame, profile)) => {
            budget.check_time()?;
            let picture = picture(&frame, view, budget)?;
            Ok(Some(Decoded { picture, profile }))
        }
        None => Ok(None),
    }
}

/// Reads the frame, with the DC coefficients of the rows that the view needs, and the colour profile.
fn read(bytes: &[u8], view: &View) -> Option<(Frame, Option<Profile>)> {
    let mut tables = Tables::default();
    let mut colours = Colours::default();
    let mut app2 = Vec::new();
    let mut frame: Option<Frame> = None;
    let mut scan: Option<Scan> = None;
    let mut is_begun = false;
    for segment in jpeg_segments(bytes) {
        if let (Some(scan), Some(frame)) = (scan.take(), &mut frame) {
            scan.decode(frame, segment.coded, view.crop.y + view.crop.height)?;
        }
        if frame.as_ref().is_some_and(Frame::is_told) {
            break;
        }
        let content = segment.content;
        match (segment.marker, &mut frame) {
            (DQT, _) => tables.quantization(content)?,
            (DHT, _) => tables.huffman(content)?,
            (DRI, _) => tables.restart(content)?,
            (SOF0..=SOF2, None) => frame = Some(Frame::read(segment.marker == SOF2, content)?),
            (SOS, Some(frame)) => {
                (frame.has_enough_chroma() && colours.are_usual(frame)).then_some(())?;
                scan = Some(Scan::read(content, frame, &tables)?);
                is_begun = true;
            }
            (APP0, _) => colours.jfif(content),
            // Like libjpeg, ignore profiles after the first scan's header.
            (APP2, _) if !is_begun => app2.push(content),
            (APP14, _) => colours.adobe(content),
            (APP0..=APP15 | COM, _) => {}
            // Other frames (lossless, arithmetic, hierarchical), DNL, misplaced markers, and EOI if a scan is missing.
            _ => return None,
        }
    }
    // The last scan's end is missing.
    scan.is_none().then_some(())?;
    let frame = frame.filter(|frame| frame.is_told() && frame.is_in_range())?;
    Some((frame, profile(app2.into_iter())))
}

/// Reduces each plane by itself, and combines them.
fn picture(frame: &Frame, view: &View, budget: &Budget) -> Result<Picture, RenderError> {
    let mut planes = Vec::new();
    for component in &frame.components {
        let scale = |factor: u32, most: u32| f64::from(factor) / f64::from(8 * most);
        let scale = (
            scale(component.across, frame.most.0),
            scale(component.down, frame.most.1),
        );
        planes.push(plane(component, scale, view, budget)?);
    }
    let (layout, pixels) = match <[Vec<u8>; 3]>::try_from(planes) {
        Ok(planes) => (Layout::Rgb, rgb(&planes)),
        Err(planes) => (Layout::Grey, planes.concat()),
    };
    Ok(Picture {
        width: view.width,
        height: view.height,
        layout,
        pixels,
    })
}

fn plane(
    component: &Component,
    scale: (f64, f64),
    view: &View,
    budget: &Budget,
) -> Result<Vec<u8>, RenderError> {
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let window = Window::of(view, scale, (component.columns, component.rows));
    let mut reduce = Reduce::new(Layout::Grey, window, view, budget);
    let rows = component.dc.chunks_exact(count(component.stride).max(1));
    let mut samples = Vec::new();
    for row in rows.skip(count(window.y)).take(count(window.height)) {
        samples.clear();
        let columns = row.iter().skip(count(window.x)).take(count(window.width));
        samples.extend(columns.map(|coefficient| component.mean(*coefficient)));
        reduce.push(&samples)?;
    }
    Ok(reduce.finish()?.pixels)
}

/// Converts YCbCr to RGB by ITU-T T.871, 7, in units of 1/65,536.
fn rgb([luma, blue, red]: &[Vec<u8>; 3]) -> Vec<u8> {
    let clamped = |value: i32| u8::try_from((value >> 16).clamp(0, 255)).unwrap_or(255);
    luma.iter()
        .zip(blue)
        .zip(red)
        .flat_map(|((luma, blue), red)| {
            let luma = (i32::from(*luma) << 16) + 32_768;
            let (blue, red) = (i32::from(*blue) - 128, i32::from(*red) - 128);
            [
                clamped(luma + 91_881 * red),
                clamped(luma - 22_554 * blue - 46_802 * red),
                clamped(luma + 116_130 * blue),
            ]
        })
        .collect()
}
