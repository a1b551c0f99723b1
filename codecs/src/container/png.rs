//! Chunks (length, type, data, CRC) until IEND. <https://www.w3.org/TR/png-3/#5DataRep>

use super::Walk;

const SIGNATURE_BYTES: usize = 8;

struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    /// With length and CRC, as it stands in the file.
    whole: &'a [u8],
}

/// `acTL` says how many frames there are. <https://www.w3.org/TR/png-3/#acTL-chunk>
pub(super) fn count_frames(walk: &mut Walk<'_>) -> Option<u32> {
    walk.take(SIGNATURE_BYTES)?;
    let mut frames = 1;
    loop {
        let chunk = next(walk)?;
        match chunk.kind {
            b"acTL" => frames = Walk { rest: chunk.data }.be32()?.max(1),
            b"IEND" => return Some(frames),
            _ => {}
        }
    }
}

pub(super) fn strip(walk: &mut Walk<'_>, exif: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut out = walk.take(SIGNATURE_BYTES)?.to_vec();
    let mut exif = exif;
    loop {
        let chunk = next(walk)?;
        if is_kept(chunk.kind) {
            // Behind the header (IHDR is first), before the image data.
            if let Some(tiff) = exif.take_if(|_| chunk.kind != b"IHDR") {
                write(&mut out, b"eXIf", tiff)?;
            }
            out.extend_from_slice(chunk.whole);
        }
        if chunk.kind == b"IEND" {
            return Some(out);
        }
    }
}

/// Everything that changes how the picture looks; a chunk that is not known is not needed to show it, unless its
/// type says that it is critical (an upper-case first letter).
fn is_kept(kind: &[u8]) -> bool {
    const SHOWN: [&[u8; 4]; 16] = [
        b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD",
        b"pHYs", b"hIST", b"sPLT", b"acTL", b"fcTL", b"fdAT",
    ];
    kind.first().is_some_and(u8::is_ascii_uppercase)
        || SHOWN.iter().any(|shown| kind == shown.as_slice())
}

fn next<'a>(walk: &mut Walk<'a>) -> Option<Chunk<'a>> {
    let start = walk.rest;
    let length = usize::try_from(walk.be32()?).ok()?;
    let kind = walk.take(4)?;
    let data = walk.take(length)?;
    walk.take(4)?;
    let whole = start.get(..start.len().checked_sub(walk.rest.len())?)?;
    Some(Chunk { kind, data, whole })
}

fn write(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) -> Option<()> {
    let mut crc = crc32fast::Hasher::new();
    crc.update(kind);
    crc.update(data);
    out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    out.extend(kind);
    out.extend_from_slice(data);
    out.extend(crc.finalize().to_be_bytes());
    Some(())
}
