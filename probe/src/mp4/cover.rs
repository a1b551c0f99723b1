//! Counts the cover pictures in a file's metadata (`udta`, `meta`, `ilst`, `covr`): FFmpeg makes a stream of each, so
//! they shift the stream numbers, although they are not moving pictures.

use std::ops::Range;

use super::{Found, children};
use crate::reader::{Reader, Source};

/// The data types that FFmpeg takes for a cover: JPEG, PNG and BMP.
const KINDS: [u32; 3] = [13, 14, 27];

/// The number of covers. An invalid list counts as empty: FFmpeg does not refuse it either.
pub(super) async fn count<S: Source>(file: &mut Reader<'_, S>, udta: Range<u64>) -> u16 {
    let found = covers(file, udta).await;
    found.unwrap_or(0)
}

async fn covers<S: Source>(file: &mut Reader<'_, S>, udta: Range<u64>) -> Found<u16, S> {
    let mut count = 0_u16;
    let Some(meta) = child(file, udta, b"meta").await? else {
        return Ok(0);
    };
    let boxes = meta.start.saturating_add(4)..meta.end;
    let Some(list) = child(file, boxes, b"ilst").await? else {
        return Ok(0);
    };
    for item in children(file, list).await? {
        if &item.name != b"covr" {
            continue;
        }
        for data in children(file, item.body).await? {
            let head = file.some(data.body.start, 4).await?;
            let kind = head.try_into().map(u32::from_be_bytes);
            if &data.name == b"data" && kind.is_ok_and(|kind| KINDS.contains(&kind)) {
                count = count.saturating_add(1);
            }
        }
    }
    Ok(count)
}

async fn child<S: Source>(
    file: &mut Reader<'_, S>,
    parent: Range<u64>,
    name: &[u8; 4],
) -> Found<Option<Range<u64>>, S> {
    let atoms = children(file, parent).await?;
    Ok(atoms
        .into_iter()
        .find(|atom| &atom.name == name)
        .map(|atom| atom.body))
}
