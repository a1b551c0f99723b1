//! Finds the last time stamp of a recording that does not note its duration.

use super::{CLUSTER, number, split};
use crate::Stop;
use crate::cut::Cut;
use crate::reader::{Reader, Source};

/// The number of bytes at the end that are read: some seconds of a browser's recording. If the last cluster is longer,
/// the duration stays unknown.
const TAIL: u64 = 2 << 20;

const TIMESTAMP: u64 = 0xE7;
const SIMPLE_BLOCK: u64 = 0xA3;
const BLOCK_GROUP: u64 = 0xA0;
const BLOCK: u64 = 0xA1;

/// The last time stamp in ticks of the segment.
pub(super) async fn last_timestamp<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Option<u64>, Stop<S::Error>> {
    let (_, tail) = file.tail(TAIL).await?;
    let id = u32::try_from(CLUSTER).unwrap_or(0).to_be_bytes();
    let starts = tail
        .windows(4)
        .enumerate()
        .rev()
        .filter(|(_, window)| *window == id);
    // The bytes of the id also occur by chance: the last occurrence that parses as a cluster is used.
    Ok(starts
        .take(16)
        .filter_map(|(at, _)| tail.get(at..))
        .find_map(cluster))
}

fn cluster(bytes: &[u8]) -> Option<u64> {
    let mut cut = Cut(bytes);
    split(&mut cut)?;
    let mut base = None;
    let mut last = 0;
    for _ in 0..100_000 {
        let Some((id, content)) = split(&mut cut) else {
            break;
        };
        let length = content.and_then(|bytes| usize::try_from(bytes).ok())?;
        let body = cut.0.get(..length.min(cut.0.len()))?;
        match id {
            TIMESTAMP => base = Some(number(body)),
            SIMPLE_BLOCK => last = last.max(relative(body)?),
            BLOCK_GROUP => {
                let mut group = Cut(body);
                let (id, _) = split(&mut group)?;
                if id == BLOCK {
                    last = last.max(relative(group.0)?);
                }
            }
            // The next element at the top level, such as a cluster or cues.
            id if id > 0x0FFF_FFFF => break,
            _ => {}
        }
        if cut.skip(length).is_none() {
            break;
        }
    }
    Some(base?.saturating_add(u64::from(last)))
}

/// The time of a block relative to its cluster. It follows the track number, which has one byte in almost all files.
fn relative(block: &[u8]) -> Option<u16> {
    let mut cut = Cut(block);
    let first = cut.u8()?;
    cut.skip(usize::try_from(first.leading_zeros()).ok()?)?;
    cut.be16().filter(|time| *time < 0x8000)
}
