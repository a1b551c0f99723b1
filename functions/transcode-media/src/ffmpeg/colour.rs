//! Converts every source to BT.709, the colour space of all renditions, and tags them as such.
//!
//! A picture without a matrix, or with one that the scaler does not know, is taken for BT.709 from 720 lines up and
//! for BT.601 below, as players guess. HDR is mapped to the range that every display shows.

use dozo::vocabulary::ladder::Size;

use super::seen::{Matrix, Primaries, Seen, Transfer};

/// The number of lines from which a picture without a matrix is taken for BT.709.
const HD_LINES: u32 = 720;

/// The tags of every rendition: BT.709 in every respect.
pub(super) const TAGS: &str =
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv";

/// White of HDR, in candela per square metre: the brightness at which paper looks as bright as in SDR (ITU-R
/// BT.2408-7, 2.1).
const WHITE: &str = "203";

/// Brightness up to this share of white stays as it is; anything brighter, up to 1,000 candela, is compressed into
/// the rest.
const TONES: &str = "tonemap=mobius:param=0.95:desat=0:peak=4.93";

/// The filters before all others, and those right before the scaling to each size.
pub(super) struct Steps {
    pub(super) first: Option<String>,
    pub(super) last: Vec<String>,
}

/// Returns the filters for the picture that was seen, stored with this number of lines. HDR is mapped at the size
/// `top`, from which the other sizes are made.
pub(super) fn steps(seen: &Seen, lines: u32, top: Size) -> Steps {
    let is_hdr = seen.transfer != Transfer::Usual;
    let is_wide = seen.primaries != Primaries::Usual;
    if !seen.has_brightness() && !is_hdr && !is_wide {
        return Steps {
            first: None,
            last: Vec::new(),
        };
    }
    let matrix = match seen.matrix {
        Matrix::Unknown if is_hdr || seen.primaries == Primaries::Bt2020 => Matrix::Bt2020,
        Matrix::Unknown if lines >= HD_LINES => Matrix::Bt709,
        Matrix::Unknown => Matrix::Bt601,
        known @ (Matrix::Bt709
        | Matrix::Bt601
        | Matrix::Fcc
        | Matrix::Smpte240m
        | Matrix::Bt2020) => known,
    };
    let range = if seen.is_full_range { "pc" } else { "tv" };
    let first = format!("setparams=colorspace={}:range={range}", name(matrix));
    let last = if is_hdr || is_wide {
        mapped(seen, matrix, top)
    } else if matrix != Matrix::Bt709 {
        vec![to_bt709(seen, matrix)]
    } else {
        Vec::new()
    };
    Steps {
        first: seen.has_brightness().then_some(first),
        last,
    }
}

fn name(matrix: Matrix) -> &'static str {
    match matrix {
        Matrix::Unknown => "unknown",
        Matrix::Bt709 => "bt709",
        Matrix::Bt601 => "smpte170m",
        Matrix::Fcc => "fcc",
        Matrix::Smpte240m => "smpte240m",
        Matrix::Bt2020 => "bt2020nc",
    }
}

/// Returns the conversion from this matrix to BT.709. The scaler loses colour, and time, in such a conversion. FFmpeg
/// has a filter that does only this and does it well, but only for eight bits and even sizes; other pictures are
/// converted through RGB.
fn to_bt709(seen: &Seen, matrix: Matrix) -> String {
    let is_simple = matches!(
        seen.format.as_str(),
        "yuv420p" | "yuvj420p" | "yuv422p" | "yuvj422p" | "yuv444p" | "yuvj444p"
    );
    let is_even = seen
        .size
        .is_some_and(|(width, height)| width % 2 == 0 && height % 2 == 0);
    let source = match matrix {
        Matrix::Bt601 => Some("bt601"),
        Matrix::Fcc => Some("fcc"),
        Matrix::Smpte240m => Some("smpte240m"),
        Matrix::Bt2020 => Some("bt2020"),
        Matrix::Bt709 | Matrix::Unknown => None,
    };
    match source {
        Some(source) if is_simple && is_even => {
            format!("colormatrix={source}:bt709,setparams=colorspace=bt709")
        }
        _ => "format=gbrp".to_owned(),
    }
}

/// Returns the filters that map other primaries, or more light than a display shows, to BT.709.
fn mapped(seen: &Seen, matrix: Matrix, top: Size) -> Vec<String> {
    let primaries = match seen.primaries {
        Primaries::Usual | Primaries::Bt2020 => "bt2020",
        Primaries::DciP3 => "smpte431",
        Primaries::DisplayP3 => "smpte432",
    };
    let transfer = match seen.transfer {
        Transfer::Usual => "bt709",
        Transfer::Pq => "smpte2084",
        Transfer::Hlg => "arib-std-b67",
    };
    // The filter accepts even sizes only.
    let (width, height) = (top.width, top.height);
    let mut all = vec![format!("scale={width}:{height}:flags=bicubic")];
    let source = if seen.has_brightness() {
        let range = if seen.is_full_range {
            "full"
        } else {
            "limited"
        };
        format!("min={}:rin={range}:", name(matrix))
    } else {
        all.push("format=gbrp10".to_owned());
        String::new()
    };
    all.push(format!(
        "zscale={source}pin={primaries}:tin={transfer}:t=linear:npl={WHITE}"
    ));
    all.push("format=gbrpf32".to_owned());
    all.push("zscale=p=bt709".to_owned());
    if seen.transfer != Transfer::Usual {
        all.push(TONES.to_owned());
    }
    all.push("zscale=t=bt709:m=bt709:p=bt709:r=limited".to_owned());
    all.push("format=yuv420p".to_owned());
    all
}
