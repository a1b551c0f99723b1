//! The figures of all operations by the number of media.

use dozo_bench::plot::{self, Panel};
use dozo_bench::report::Report;
use dozo_bench::trend::exponent;
use dozo_tests::template::workspace;

/// The figures of one operation at one size; NaN where nothing was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) calls: f64,
    pub(crate) microseconds: f64,
    pub(crate) kilobytes: f64,
}

/// The operations in the order of their first figures, each with its figures by size.
#[derive(Debug, Default)]
pub(crate) struct Series(Vec<(&'static str, Vec<(u32, Figures)>)>);

impl Series {
    pub(crate) fn add(&mut self, operation: &'static str, size: u32, figures: Figures) {
        match self.0.iter_mut().find(|(name, _)| *name == operation) {
            Some((_, all)) => all.push((size, figures)),
            None => self.0.push((operation, vec![(size, figures)])),
        }
    }

    /// Adds a row for each operation and size, and one with the exponents by which its figures grow.
    pub(crate) fn tell(&self, report: &mut Report) {
        for (operation, all) in &self.0 {
            for (size, of) in all {
                let figures = [
                    ("calls", of.calls),
                    ("time_us", of.microseconds),
                    ("kilobytes", of.kilobytes),
                ];
                let figures = figures.into_iter().filter(|(_, figure)| !figure.is_nan());
                let figures: Vec<_> = figures.collect();
                report.row(format!("{operation}, {size} media"), &figures);
            }
            let grown = |of: fn(&Figures) -> f64| {
                let points: Vec<_> = all.iter().map(|(n, f)| (f64::from(*n), of(f))).collect();
                exponent(&points)
            };
            report.row(
                format!("{operation}: exponents"),
                &[
                    ("calls_exponent", grown(|of| of.calls)),
                    ("time_exponent", grown(|of| of.microseconds)),
                    ("memory_exponent", grown(|of| of.kilobytes)),
                ],
            );
        }
    }

    /// Writes `docs/growth/{name}.svg`.
    pub(crate) fn draw(
        &self,
        name: &str,
        caption: &str,
        figure: impl Fn(&Figures) -> (f64, &'static str),
    ) {
        let panels = self.0.iter().filter_map(|(operation, all)| {
            let (_, of) = all.first()?;
            let points = all
                .iter()
                .map(|(size, of)| (f64::from(*size), figure(of).0));
            Some(Panel {
                title: (*operation).to_owned(),
                unit: figure(of).1,
                points: points.collect(),
            })
        });
        let panels: Vec<_> = panels.collect();
        let folder = workspace().join("docs/growth");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.svg"));
        let caption = format!("{caption}; dashed: in proportion to it");
        std::fs::write(path, plot::draw(&caption, &panels)).unwrap();
    }
}
