//! Holds that a picture that was read can be relied upon, whoever wrote the file. Fuzzing checks it.

use super::{Canvas, Picture, brands, read};

/// Reads a file, and panics if what was read of it may not be relied upon.
pub fn holds(file: &[u8]) {
    let _brands = brands(file);
    let Ok(picture) = read(file) else {
        return;
    };
    let Picture {
        colours,
        alpha,
        shown,
        ..
    } = &picture;
    let area = shown.area;
    let ends = |start: u32, length: u32| start.checked_add(length).filter(|_| length > 0);
    assert!(ends(area.x, area.width).is_some_and(|end| end <= colours.width));
    assert!(ends(area.y, area.height).is_some_and(|end| end <= colours.height));
    assert!((1..=8).contains(&shown.orientation));
    for canvas in alpha.iter().chain([colours]) {
        lies_within(canvas, file);
        assert!(canvas.width <= colours.width && canvas.height <= colours.height);
        assert!(canvas.pixels() <= picture.pixels());
    }
}

fn lies_within(canvas: &Canvas<'_>, file: &[u8]) {
    let columns = usize::try_from(canvas.columns).unwrap_or(usize::MAX);
    assert!(canvas.tiles.len() <= 1_024 && canvas.tiles.len().is_multiple_of(columns));
    let rows = u64::try_from(canvas.tiles.len() / columns).unwrap_or(u64::MAX);
    assert!(u64::from(canvas.tile.0) * u64::from(canvas.columns) >= canvas.width.into());
    assert!(u64::from(canvas.tile.1) * rows >= canvas.height.into());
    for tile in &canvas.tiles {
        let pieces = tile.ranges.iter().map(|range| file.get(range.clone()));
        let bytes: usize = pieces
            .map(|piece| piece.map_or(usize::MAX, <[u8]>::len))
            .sum();
        assert!((1..=file.len()).contains(&bytes));
    }
}
