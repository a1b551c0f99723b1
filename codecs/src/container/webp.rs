//! RIFF chunks, each padded to an even length. RFC 9649, §2.3 to §2.7.

use super::Walk;

/// The flags of `VP8X` that announce EXIF and XMP chunks (§2.7.1.1).
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;

/// Every `ANMF` is a frame.
pub(super) fn count_frames(walk: &mut Walk<'_>) -> Option<u32> {
    let mut body = open(walk)?;
    let mut frames = 0_u32;
    while !body.rest.is_empty() {
        let (kind, _) = next(&mut body)?;
        frames = frames.saturating_add(u32::from(kind == b"ANMF"));
    }
    Some(frames.max(1))
}

/// The colour profile, of a file that has one (§2.7.1.4).
pub(super) fn profile<'a>(walk: &mut Walk<'a>) -> Option<&'a [u8]> {
    let mut body = open(walk)?;
    loop {
        let (kind, data) = next(&mut body)?;
        if kind == b"ICCP" {
            return Some(data);
        }
    }
}

pub(super) fn strip(walk: &mut Walk<'_>, exif: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut body = open(walk)?;
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut extended = false;
    while !body.rest.is_empty() {
        let (kind, data) = next(&mut body)?;
        match kind {
            b"VP8X" => {
                let (flags, rest) = data.split_first()?;
                let announced = if exif.is_some() { EXIF_FLAG } else { 0 };
                let flags = (flags & !(EXIF_FLAG | XMP_FLAG)) | announced;
                write(&mut out, kind, &[&[flags], rest].concat())?;
                extended = true;
            }
            b"ICCP" | b"ANIM" | b"ANMF" | b"ALPH" | b"VP8 " | b"VP8L" => {
                write(&mut out, kind, data)?
            }
            _ => {}
        }
    }
    // Only the extended format has a place for it; a file of the simple one had no orientation either.
    if let Some(tiff) = exif.filter(|_| extended) {
        write(&mut out, b"EXIF", tiff)?;
    }
    let size = u32::try_from(out.len().checked_sub(8)?).ok()?;
    out.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    Some(out)
}

/// What the file says is its content, which must all be there; what follows is not the image.
fn open<'a>(walk: &mut Walk<'a>) -> Option<Walk<'a>> {
    walk.take(4)?;
    let size = usize::try_from(walk.le32()?).ok()?;
    let mut body = Walk {
        rest: walk.take(size)?,
    };
    body.take(4)?;
    Some(body)
}

fn next<'a>(body: &mut Walk<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let kind = body.take(4)?;
    let length = usize::try_from(body.le32()?).ok()?;
    let data = body.take(length)?;
    if length % 2 == 1 && !body.rest.is_empty() {
        body.take(1)?;
    }
    Some((kind, data))
}

fn write(out: &mut Vec<u8>, kind: &[u8], data: &[u8]) -> Option<()> {
    out.extend_from_slice(kind);
    out.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    Some(())
}
