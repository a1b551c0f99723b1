//! Codecs of Matroska by their codec id. <https://www.matroska.org/technical/codec_specs.html>

use super::{Codec, picture, sound, text};

/// Codecs by the beginning of their id; longer beginnings come first.
const BY_ID: &[(&str, &str)] = &[
    ("V_MPEG4/ISO/AVC", "h264"),
    ("V_MPEGH/ISO/HEVC", "hevc"),
    ("V_MPEGI/ISO/VVC", "vvc"),
    ("V_MPEG4/ISO/", "mpeg4"),
    ("V_MPEG4/MS/V3", "msmpeg4v3"),
    ("V_AV1", "av1"),
    ("V_VP8", "vp8"),
    ("V_VP9", "vp9"),
    ("V_MPEG2", "mpeg2video"),
    ("V_MPEG1", "mpeg1video"),
    ("V_THEORA", "theora"),
    ("V_MJPEG", "mjpeg"),
    ("V_PRORES", "prores"),
    ("V_FFV1", "ffv1"),
    ("V_DIRAC", "dirac"),
    ("V_CAVS", "cavs"),
    ("V_SNOW", "snow"),
    ("V_REAL/RV10", "rv10"),
    ("V_REAL/RV20", "rv20"),
    ("V_REAL/RV30", "rv30"),
    ("V_REAL/RV40", "rv40"),
    ("V_UNCOMPRESSED", "rawvideo"),
    ("A_OPUS", "opus"),
    ("A_VORBIS", "vorbis"),
    ("A_AAC", "aac"),
    ("A_MPEG/L3", "mp3"),
    ("A_MPEG/L2", "mp2"),
    ("A_MPEG/L1", "mp1"),
    ("A_AC3", "ac3"),
    ("A_EAC3", "eac3"),
    ("A_DTS", "dts"),
    ("A_TRUEHD", "truehd"),
    ("A_MLP", "mlp"),
    ("A_FLAC", "flac"),
    ("A_PCM/", "pcm"),
    ("A_ALAC", "alac"),
    ("A_WAVPACK4", "wavpack"),
    ("A_TTA1", "tta"),
    ("A_ATRAC/AT1", "atrac1"),
    ("A_REAL/ATRC", "atrac3"),
    ("A_REAL/COOK", "cook"),
    ("A_REAL/SIPR", "sipr"),
    ("A_REAL/RALF", "ralf"),
    ("A_REAL/14_4", "ra_144"),
    ("A_REAL/28_8", "ra_288"),
    ("A_QUICKTIME/QDM2", "qdm2"),
    ("A_QUICKTIME/QDMC", "qdmc"),
];

/// Finds a codec by its id, or by its private header if the id only names a framework.
pub(crate) fn named(id: &[u8], private: &[u8]) -> Codec {
    let begins = |name: &str| id.starts_with(name.as_bytes());
    if let Some((_, codec)) = BY_ID.iter().find(|(name, _)| begins(name)) {
        return Ok(codec);
    }
    let characters = |at: usize| {
        private
            .get(at..at + 4)
            .and_then(|code| code.try_into().ok())
    };
    if begins("V_MS/VFW/FOURCC") {
        // `BITMAPINFOHEADER`: `biCompression`.
        return characters(16).map_or_else(|| Err(text(id)), picture::named);
    }
    if begins("A_MS/ACM") {
        return sound::of_wave_format(private);
    }
    // A sample description, or in old files only its name.
    let code = characters(4)
        .filter(|_| private.len() > 8)
        .or_else(|| characters(0));
    match code {
        Some(code) if begins("V_QUICKTIME") => picture::named(code),
        Some(code) if begins("A_QUICKTIME") => sound::named(code),
        Some(_) | None => Err(text(id)),
    }
}
