//! The properties of the first picture once it is decoded: tags may be in the container, in the stream or in neither,
//! and FFmpeg knows all these places.

/// The known properties of the first picture. Of the untrusted values, only those that this program knows are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Width and height in pixels, after the rotation that FFmpeg applies by itself.
    pub(super) size: Option<(u32, u32)>,
    /// Width and height of a pixel's shape.
    pub(super) pixel_shape: Option<(u32, u32)>,
    /// FFmpeg's name of the pixel format.
    pub(super) format: String,
    /// Whether the values use the full range.
    pub(super) is_full_range: bool,
    /// The matrix from RGB to brightness and colour differences.
    pub(super) matrix: Matrix,
    /// The colours of red, green and blue.
    pub(super) primaries: Primaries,
    /// The transfer function from light to values.
    pub(super) transfer: Transfer,
}

/// A matrix (ITU-T H.273, 8.3) that the scaler knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Matrix {
    /// No matrix is given, or one that the scaler does not know.
    #[default]
    Unknown,
    Bt709,
    Bt601,
    Fcc,
    Smpte240m,
    Bt2020,
}

/// Primaries (ITU-T H.273, 8.1), as far as their differences are visible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Primaries {
    /// Those of BT.709 or of old television, or none is given.
    #[default]
    Usual,
    Bt2020,
    DciP3,
    DisplayP3,
}

/// A transfer function (ITU-T H.273, 8.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Transfer {
    /// That of common displays, or none is given.
    #[default]
    Usual,
    /// That of HDR10.
    Pq,
    /// That of broadcasters' HDR, and of phones.
    Hlg,
}

impl Seen {
    /// Tells whether the picture was stored through a matrix. RGB and grey need none; false if the picture was not
    /// seen.
    pub(super) fn has_brightness(&self) -> bool {
        let format = self.format.as_str();
        WITH_BRIGHTNESS.iter().any(|name| format.starts_with(name))
    }

    /// Reads what the filter `showinfo` writes about one picture. (The file's own metadata is indented.)
    ///
    /// FFmpeg's threads share one log, so another thread's message may follow a colour's name immediately, and the
    /// rest of the line follows on a line of its own. Therefore names are recognised by how a value begins.
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
                "color_range" => seen.is_full_range = value.starts_with("pc"),
                "color_space" => seen.matrix = matrix(value),
                "color_primaries" => seen.primaries = primaries(value),
                "color_trc" => seen.transfer = transfer(value),
                _ => {}
            }
        }
        seen
    }
}

/// Prefixes of the pixel formats that store brightness and colour differences, and so need a matrix.
const WITH_BRIGHTNESS: [&str; 8] = ["yuv", "yuy", "yvy", "uyv", "vuy", "nv", "p0", "p2"];

fn pair(text: &str, between: char) -> Option<(u32, u32)> {
    let (one, other) = text.split_once(between)?;
    let (one, other) = (one.parse().ok()?, other.parse().ok()?);
    (one > 0 && other > 0).then_some((one, other))
}

fn matrix(value: &str) -> Matrix {
    named(
        value,
        &[
            ("bt709", Matrix::Bt709),
            ("smpte170m", Matrix::Bt601),
            ("bt470bg", Matrix::Bt601),
            ("fcc", Matrix::Fcc),
            ("smpte240m", Matrix::Smpte240m),
            ("bt2020nc", Matrix::Bt2020),
        ],
    )
}

fn primaries(value: &str) -> Primaries {
    named(
        value,
        &[
            ("bt2020", Primaries::Bt2020),
            ("smpte431", Primaries::DciP3),
            ("smpte432", Primaries::DisplayP3),
        ],
    )
}

fn transfer(value: &str) -> Transfer {
    named(
        value,
        &[("smpte2084", Transfer::Pq), ("arib-std-b67", Transfer::Hlg)],
    )
}

/// Returns what the value's name stands for. No name of FFmpeg's begins with another one of the same list.
fn named<T: Copy + Default>(value: &str, names: &[(&str, T)]) -> T {
    let found = names.iter().find(|(name, _)| value.starts_with(name));
    found.map(|(_, meaning)| *meaning).unwrap_or_default()
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

    #[test]
    fn a_message_of_another_thread_in_the_middle_changes_nothing() {
        let told = "[Parsed_showinfo_0 @ 0x7f58] n:   0 fmt:yuv420p sar:1/1 s:320x180 i:P mean:[457]\n\
            [Parsed_showinfo_0 @ 0x7f58] color_range:pcmissing picture in access unit\n\
            [Parsed_showinfo_0 @ 0x7f58]  color_space:bt709 color_primaries:smpte432Last message repeated 1 times\n\
            [Parsed_showinfo_0 @ 0x7f58]  color_trc:smpte2084\n";
        let seen = Seen::read(told);
        let found = (
            seen.is_full_range,
            seen.matrix,
            seen.primaries,
            seen.transfer,
        );
        let expected = (true, Matrix::Bt709, Primaries::DisplayP3, Transfer::Pq);
        assert_eq!(found, expected);
    }
}
