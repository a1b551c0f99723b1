//! Draws figures by size, as SVG: a panel for each operation, both axes logarithmic.
//!
//! Each panel has as many decades upward as across, or more, so that noise looks small, and what grows in proportion to
//! the size runs along the dashed line. The colours follow the reader's choice of light or dark, on a ground of the
//! picture's own.

use crate::report::shown;

/// The panels of a row.
const COLUMNS: usize = 3;

/// The size of a panel with its title and labels, in pixels.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 212.0;

/// The room above all panels, for the caption.
const HEAD: f64 = 34.0;

/// The ends of the axes in a panel: left and right, bottom and top.
const ACROSS: (f64, f64) = (48.0, 258.0);
const UP: (f64, f64) = (180.0, 44.0);

const STYLE: &str = ".paper{fill:#fff}.ink{fill:#1f2328}.faint{fill:#656d76}.grid{stroke:#d8dee4}\
.line{stroke:#0969da;stroke-width:2;fill:none}.dot{fill:#0969da}.as-size{stroke:#9a6700;stroke-dasharray:4 4}\
@media(prefers-color-scheme:dark){.paper{fill:#0d1117}.ink{fill:#e6edf3}.faint{fill:#9198a1}.grid{stroke:#30363d}\
.line{stroke:#4493f8}.dot{fill:#4493f8}.as-size{stroke:#d29922}}";

/// The figures of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// The operation.
    pub title: String,
    /// The unit of the figures.
    pub unit: &'static str,
    /// Sizes and figures, the smallest size first; only what is above 0 is drawn.
    pub points: Vec<(f64, f64)>,
}

/// An axis: its first decade, the number of decades, and its ends in pixels.
struct Axis {
    first: f64,
    decades: f64,
    ends: (f64, f64),
}

impl Axis {
    /// Covers all values with whole decades, `least` of them or more, the values in their middle.
    fn over(values: impl Iterator<Item = f64> + Clone, least: f64, ends: (f64, f64)) -> Self {
        let lowest = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let highest = values.fold(f64::NEG_INFINITY, f64::max).log10().ceil();
        let decades = (highest - lowest).max(least);
        let first = lowest - ((decades - (highest - lowest)) / 2.0).floor();
        Self {
            first,
            decades,
            ends,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let (from, to) = self.ends;
        from + (to - from) * (value.log10() - self.first) / self.decades
    }

    /// The places of whole decades, with their labels.
    fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        let steps = (0..100_u8).map(f64::from);
        let steps = steps.take_while(|step| *step <= self.decades);
        steps.map(|step| {
            let power = self.first + step;
            (
                self.place(10_f64.powf(power)),
                format!("10{}", raised(power)),
            )
        })
    }
}

/// Draws the panels below a caption.
#[must_use]
pub fn draw(caption: &str, panels: &[Panel]) -> String {
    let count = |number: usize| u32::try_from(number).map_or(0.0, f64::from);
    let width = WIDTH * count(COLUMNS.min(panels.len()));
    let height = HEAD + HEIGHT * count(panels.len().div_ceil(COLUMNS));
    let caption = escaped(caption);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\" role=\"img\"><title>{caption}</title><style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\
         <text class=\"faint\" x=\"12\" y=\"22\">{caption}</text>\n"
    );
    let longest = panels.iter().map(|panel| panel.across().decades);
    let longest = longest.fold(1.0, f64::max);
    for (place, panel) in panels.iter().enumerate() {
        let x = WIDTH * count(place % COLUMNS);
        let y = HEAD + HEIGHT * count(place / COLUMNS);
        let drawn = panel.drawn(longest);
        svg.push_str(&format!(
            "<g transform=\"translate({x} {y})\">{drawn}</g>\n"
        ));
    }
    svg + "</svg>\n"
}

impl Panel {
    fn seen(&self) -> impl Iterator<Item = (f64, f64)> + Clone {
        let points = self.points.iter().copied();
        points.filter(|(x, y)| *x > 0.0 && *y > 0.0 && y.is_finite())
    }

    fn across(&self) -> Axis {
        Axis::over(self.points.iter().map(|(x, _)| *x), 1.0, ACROSS)
    }

    fn drawn(&self, decades: f64) -> String {
        let title = escaped(&self.title);
        let mut svg =
            format!("<text class=\"ink\" x=\"12\" y=\"14\" font-size=\"13\">{title}</text>");
        let (Some(first), Some(last)) = (self.seen().next(), self.seen().last()) else {
            return svg;
        };
        let x = self.across();
        let y = Axis::over(self.seen().map(|(_, y)| y), decades, UP);
        for (at, label) in x.ticks() {
            let (low, high) = UP;
            svg.push_str(&format!("<path class=\"grid\" d=\"M{at:.1} {low}V{high}\"/><text class=\"faint\" x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>", low + 16.0));
        }
        for (at, label) in y.ticks() {
            let (left, right) = ACROSS;
            svg.push_str(&format!("<path class=\"grid\" d=\"M{left} {at:.1}H{right}\"/><text class=\"faint\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>", left - 6.0, at + 4.0));
        }
        let top = 10_f64.powf(y.first + y.decades);
        let times = (last.0 / first.0).min(top / first.1);
        let place =
            |(size, figure): (f64, f64)| format!("{:.1} {:.1}", x.place(size), y.place(figure));
        let along = place((first.0 * times, first.1 * times));
        svg.push_str(&format!(
            "<path class=\"as-size\" d=\"M{}L{along}\"/>",
            place(first)
        ));
        let line: Vec<_> = self.seen().map(place).collect();
        svg.push_str(&format!("<path class=\"line\" d=\"M{}\"/>", line.join("L")));
        for (size, figure) in self.seen() {
            let (across, up) = (x.place(size), y.place(figure));
            svg.push_str(&format!(
                "<circle class=\"dot\" cx=\"{across:.1}\" cy=\"{up:.1}\" r=\"3\"/>"
            ));
        }
        let ends = format!(
            "{} → {} {}",
            shown(Some(&first.1)),
            shown(Some(&last.1)),
            self.unit
        );
        svg + &format!(
            "<text class=\"faint\" x=\"12\" y=\"30\">{}</text>",
            escaped(&ends)
        )
    }
}

/// A whole number as an exponent.
fn raised(power: f64) -> String {
    let raise = |digit: char| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    // Not "-0".
    format!("{:.0}", power + 0.0).chars().map(raise).collect()
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test may fail by panic")]
    use super::*;

    fn panel(title: &str, figure: impl Fn(f64) -> f64) -> Panel {
        let sizes = [100.0, 1_000.0, 10_000.0, 100_000.0];
        Panel {
            title: title.to_owned(),
            unit: "ms",
            points: sizes.map(|size| (size, figure(size))).to_vec(),
        }
    }

    /// The coordinates of all paths of a class, in the order of the panels.
    fn paths(svg: &str, class: &str) -> Vec<Vec<f64>> {
        let marker = format!("<path class=\"{class}\" d=\"M");
        let paths = svg.split(&marker).skip(1);
        let numbers = |path: &str| {
            let end = path.find('"').unwrap_or(0);
            let words = path.get(..end).unwrap_or_default().split([' ', 'L']);
            words.filter_map(|word| word.parse().ok()).collect()
        };
        paths.map(numbers).collect()
    }

    #[test]
    fn what_is_flat_is_drawn_flat_and_what_grows_with_the_size_along_the_dashes() {
        let svg = draw(
            "caption",
            &[panel("flat", |_| 7.0), panel("line", |size| size * 0.02)],
        );
        let lines = paths(&svg, "line");
        let [flat, rising] = lines.as_slice() else {
            panic!("two lines: {svg}");
        };
        let heights: Vec<_> = flat.iter().skip(1).step_by(2).collect();
        assert!(
            heights.windows(2).all(|pair| pair.first() == pair.last()),
            "{flat:?}"
        );
        let dashes = paths(&svg, "as-size");
        let along = dashes.last().map(Vec::as_slice);
        assert!(along.is_some_and(|along| along.len() == 4), "{dashes:?}");
        assert_eq!(rising.last(), along.and_then(<[f64]>::last));
    }

    #[test]
    fn everything_lies_within_its_panel() {
        for figure in [
            |size: f64| size * size,
            |_| 1e-7,
            |size| 1.0 / size,
            |_| 0.0,
        ] {
            let svg = draw("caption", &[panel("any", figure)]);
            for line in ["line", "as-size"]
                .iter()
                .flat_map(|class| paths(&svg, class))
            {
                let mut points = line.chunks(2);
                assert!(
                    points.all(|point| matches!(point, [x, y] if (ACROSS.0..=ACROSS.1).contains(x) && (UP.1..=UP.0).contains(y))),
                    "{svg}"
                );
            }
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn titles_are_text() {
        let svg = draw("a < b", &[panel("\"<x>\" & y", |_| 1.0)]);
        assert!(svg.contains("a &lt; b") && svg.contains("&quot;&lt;x&gt;&quot; &amp; y"));
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        assert!(svg.contains(">10²<") && svg.contains(">10⁵<"), "{svg}");
    }
}
