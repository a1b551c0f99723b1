//! Reads the first block of a track: it may hold a message about the picture's rotation.

use super::{number, split};
use crate::Stop;
use crate::cut::Cut;
use crate::reader::{Reader, Source};

/// The number of bytes of the first cluster that are read.
const LOOKED_AT: u64 = 64 << 10;

const SIMPLE_BLOCK: u64 = 0xA3;
const BLOCK_GROUP: u64 = 0xA0;
const BLOCK: u64 = 0xA1;

/// The beginning of the track's first block in a cluster, without the block's head.
pub(super) async fn block<S: Source>(
    file: &mut Reader<'_, S>,
    cluster: u64,
    track: u64,
) -> Result<Option<Vec<u8>>, Stop<S::Error>> {
    let content = file.some(cluster, LOOKED_AT).await?;
    Ok(find(&content, track).map(<[u8]>::to_vec))
}

fn find(content: &[u8], track: u64) -> Option<&[u8]> {
    let mut cut = Cut(content);
    for _ in 0..1_024 {
        let (id, length) = split(&mut cut)?;
        let length = usize::try_from(length?).ok()?;
        let body = cut.0.get(..length.min(cut.0.len()))?;
        let block = match id {
            SIMPLE_BLOCK => Some(body),
            BLOCK_GROUP => {
                let mut group = Cut(body);
                let (first, _) = split(&mut group)?;
                (first == BLOCK).then_some(group.0)
            }
            _ => None,
        };
        if let Some(found) = block.and_then(|block| of_track(block, track)) {
            return Some(found);
        }
        cut.skip(length)?;
    }
    None
}

/// The block's data after the track number, time and flags, if the block belongs to this track.
fn of_track(block: &[u8], track: u64) -> Option<&[u8]> {
    let mut cut = Cut(block);
    let first = *block.first()?;
    let bytes = usize::try_from(first.leading_zeros()).ok()? + 1;
    let marked = number(cut.take(bytes)?);
    let bits = u32::try_from(bytes).ok()?.checked_mul(7)?;
    cut.skip(3)?;
    (bits < 64 && marked & ((1 << bits) - 1) == track).then_some(cut.0)
}
