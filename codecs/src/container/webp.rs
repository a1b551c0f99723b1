//! RIFF chunks, each padded to an even length. RFC 9649, §2.3 to §2.7.

use super::Walk;

/// The flags of `VP8X` that announce EXIF and XMP chunks (§2.7.1.1).
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;

/// The flag of `VP8X` that announces transparency.
const ALPHA_FLAG: u8 = 0x10;

/// Of every file; its size is written when it is known.
const OPENING: &[u8; 12] = b"RIFF\0\0\0\0WEBP";

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

/// The content of the first chunk of a kind.
pub(super) fn part<'a>(walk: &mut Walk<'a>, wanted: [u8; 4]) -> Option<&'a [u8]> {
    let mut body = open(walk)?;
    loop {
        let (kind, data) = next(&mut body)?;
        if kind == wanted {
            return Some(data);
        }
    }
}

/// A file of the extended format (§2.7): the coverage, and the colours of a lossy file of these sides.
pub(super) fn covered(
    width: u32,
    height: u32,
    coverage: &[u8],
    colours: &mut Walk<'_>,
) -> Option<Vec<u8>> {
    let mut extended = vec![ALPHA_FLAG, 0, 0, 0];
    for side in [width, height] {
        let [low, middle, high, _] = side.checked_sub(1)?.to_le_bytes();
        extended.extend([low, middle, high]);
    }
    let mut out = OPENING.to_vec();
    write(&mut out, b"VP8X", &extended)?;
    write(&mut out, b"ALPH", coverage)?;
    write(&mut out, b"VP8 ", part(colours, *b"VP8 ")?)?;
    close(out)
}

pub(super) fn strip(walk: &mut Walk<'_>, exif: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut body = open(walk)?;
    let mut out = OPENING.to_vec();
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
    close(out)
}

/// Writes what all chunks take together.
fn close(mut file: Vec<u8>) -> Option<Vec<u8>> {
    let size = u32::try_from(file.len().checked_sub(8)?).ok()?;
    file.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    Some(file)
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
