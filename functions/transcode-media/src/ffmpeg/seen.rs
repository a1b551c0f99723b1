//! What the first picture says of itself once it is decoded: tags stand in containers, in streams, or in neither, and FFmpeg
//! knows all of those places.

/// What is known of the first picture. Of a stranger's words, only those are kept that this program knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Pixels across and down, turned as FFmpeg turns it by itself.
    pub(super) size: Option<(u32, u32)>,
    /// Across and down of the shape of a pixel.
    pub(super) pixel_shape: Option<(u32, u32)>,
    /// How pixels are stored, as FFmpeg calls it.
    pub(super) format: String,
    /// Whether the values fill their bytes.
    pub(super) is_full_range: bool,
    /// From red, green, blue to brightness and colour differences.
    pub(super) matrix: Matrix,
    /// What red, green and blue are.
    pub(super) primaries: Primaries,
    /// From light to values.
    pub(super) transfer: Transfer,
}

/// A matrix (ITU-T H.273, 8.3) that the scaler knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Matrix {
    /// None is told, or one that the scaler does not know.
    #[default]
    Unknown,
    Bt709,
    Bt601,
    Fcc,
    Smpte240m,
    Bt2020,
}

/// Primaries (ITU-T H.273, 8.1), as far as they differ by more than one sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Primaries {
    /// BT.709's, those of old television, or none is told.
    #[default]
    Usual,
    Bt2020,
    DciP3,
    DisplayP3,
}

/// A transfer (ITU-T H.273, 8.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Transfer {
    /// Of common displays, or none is told.
    #[default]
    Usual,
    /// HDR10's.
    Pq,
    /// Of broadcasters' HDR, and of phones.
    Hlg,
}

impl Seen {
    /// Whether a matrix led to its values. Red, green and blue need none, nor does grey; of what was not seen nobody knows.
    pub(super) fn has_brightness(&self) -> bool {
        let format = self.format.as_str();
        WITH_BRIGHTNESS.iter().any(|name| format.starts_with(name))
    }

    /// Reads what the filter `showinfo` tells of one picture. (A file's own words are indented.)
    pub(super) fn read(told: &str) -> Self {
        let mut seen = Self::default();
        let lines = told
            .lines()
            .filter_map(|line| line.strip_prefix("[Parsed_showinfo_0 @ ")?.split_once("] "));
        let words = lines.flat_map(|(_, line)| line.split_whitespace());
        for (name, value) in words.filter_map(|word| word.split_once(':')) {
            match name {
                "s" => seen.size = pair(value, 'x'),
                "sar" => seen.pixel_shape = pair(value, '/'),
                "fmt" => value.clone_into(&mut seen.format),
                "color_range" => seen.is_full_range = value == "pc",
                "color_space" => seen.matrix = matrix(value),
                "color_primaries" => seen.primaries = primaries(value),
                "color_trc" => seen.transfer = transfer(value),
                _ => {}
            }
        }
        seen
    }
}

/// How the names begin of formats that store brightness and colour differences: those need a matrix.
const WITH_BRIGHTNESS: [&str; 8] = ["yuv", "yuy", "yvy", "uyv", "vuy", "nv", "p0", "p2"];

fn pair(text: &str, between: char) -> Option<(u32, u32)> {
    let (one, other) = text.split_once(between)?;
    let (one, other) = (one.parse().ok()?, other.parse().ok()?);
    (one > 0 && other > 0).then_some((one, other))
}

fn matrix(name: &str) -> Matrix {
    match name {
        "bt709" => Matrix::Bt709,
        "smpte170m" | "bt470bg" => Matrix::Bt601,
        "fcc" => Matrix::Fcc,
        "smpte240m" => Matrix::Smpte240m,
        "bt2020nc" => Matrix::Bt2020,
        _ => Matrix::Unknown,
    }
}

fn primaries(name: &str) -> Primaries {
    match name {
        "bt2020" => Primaries::Bt2020,
        "smpte431" => Primaries::DciP3,
        "smpte432" => Primaries::DisplayP3,
        _ => Primaries::Usual,
    }
}

fn transfer(name: &str) -> Transfer {
    match name {
        "smpte2084" => Transfer::Pq,
        "arib-std-b67" => Transfer::Hlg,
        _ => Transfer::Usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_and_the_words_of_its_file_are_not() {
        let told = "    title           : x color_space:fcc s:9x9\n\
            [Parsed_showinfo_0 @ 0x7f58] config in time_base: 1/10240, frame_rate: 10/1\n\
            [Parsed_showinfo_0 @ 0x7f58] n:   0 pts:      0 fmt:yuv420p10le cl:left sar:4/3 s:320x180 i:P mean:[457 479 523]\n\
            [Parsed_showinfo_0 @ 0x7f58] color_range:tv color_space:bt2020nc color_primaries:bt2020 color_trc:smpte2084\n\
            [other @ 0x7f58] color_space:fcc\n";
        let expected = Seen {
            size: Some((320, 180)),
            pixel_shape: Some((4, 3)),
            format: "yuv420p10le".to_owned(),
            is_full_range: false,
            matrix: Matrix::Bt2020,
            primaries: Primaries::Bt2020,
            transfer: Transfer::Pq,
        };
        assert_eq!(Seen::read(told), expected);
        assert_eq!(Seen::read("s:1x1 fmt:x"), Seen::default());
    }
}
