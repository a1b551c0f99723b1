//! Finds the colour that most of a picture has.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a table with an entry for each value of nine bits"
)]

use super::thumbhash::pixels_of;
use crate::render::picture::Picture;

/// The bits of each channel by which colours are counted as one.
const BITS: u32 = 3;

/// The least alpha of a pixel that counts.
const VISIBLE: u8 = 128;

/// The pixels of similar colours: how many, and the sums of their channels.
#[derive(Clone, Copy, Default)]
struct Similar {
    count: u32,
    sums: [u32; 3],
}

/// Returns the mean of the pixels of the most frequent colour, where colours are alike whose upper three bits are: red,
/// green and blue. Nothing but transparent pixels is white.
pub(super) fn most_frequent(picture: &Picture) -> [u8; 3] {
    let mut table = [Similar::default(); 1 << (3 * BITS)];
    for [red, green, blue, alpha] in pixels_of(picture) {
        if alpha < VISIBLE {
            continue;
        }
        let upper = |value: u8| usize::from(value >> (8 - BITS));
        let place = (upper(red) << (2 * BITS)) | (upper(green) << BITS) | upper(blue);
        let similar = &mut table[place];
        similar.count += 1;
        for (sum, value) in similar.sums.iter_mut().zip([red, green, blue]) {
            *sum += u32::from(value);
        }
    }
    // Of equals the last, which is the lightest.
    let most = table.into_iter().max_by_key(|similar| similar.count);
    most.filter(|similar| similar.count > 0)
        .map_or([255; 3], |similar| {
            similar
                .sums
                .map(|sum| ((sum + similar.count / 2) / similar.count) as u8)
        })
}
