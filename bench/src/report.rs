//! A benchmark's figures, as a table for people or as JSON for a script.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use crate::head::Head;

/// The environment variable for the format: `json`, or anything else for text.
const FORMAT: &str = "FORMAT";

/// The results of a benchmark.
#[derive(Debug, Serialize)]
pub struct Report {
    benchmark: &'static str,
    head: Head,
    notes: Vec<String>,
    rows: Vec<Row>,
    /// The columns in order of first use.
    #[serde(skip)]
    columns: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Row {
    case: String,
    figures: BTreeMap<&'static str, f64>,
}

impl Report {
    /// An empty report, with the head of this machine.
    #[must_use]
    pub fn new(benchmark: &'static str) -> Self {
        Self {
            benchmark,
            head: Head::here(),
            notes: Vec::new(),
            rows: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Returns the processor and its cores, as a caption names them.
    #[must_use]
    pub fn machine(&self) -> String {
        format!("{}, {} cores", self.head.cpu, self.head.cores)
    }

    /// Adds a version to the head; `None` becomes `unknown`.
    pub fn version(&mut self, of: &str, version: Option<String>) {
        let version = version.unwrap_or_else(|| "unknown".to_owned());
        self.head.versions.insert(of.to_owned(), version);
    }

    /// Adds a sentence about how it was measured.
    pub fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// Adds a row: the measured case, and figures whose names end in their unit (`p50_ms`, `uploads_per_second`).
    pub fn row(&mut self, case: impl Into<String>, figures: &[(&'static str, f64)]) {
        for (name, _) in figures {
            if !self.columns.contains(name) {
                self.columns.push(name);
            }
        }
        self.rows.push(Row {
            case: case.into(),
            figures: figures.iter().copied().collect(),
        });
    }

    /// Writes the report to standard output.
    ///
    /// # Errors
    /// An error if standard output cannot be written, or the report cannot be converted to JSON.
    pub fn print(&self) -> std::io::Result<()> {
        let as_json = std::env::var(FORMAT).is_ok_and(|format| format == "json");
        let text = if as_json { self.json()? } else { self.text() };
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    fn json(&self) -> std::io::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    fn text(&self) -> String {
        let first = self.rows.iter().map(|row| row.case.chars().count()).max();
        let first = first.unwrap_or(0);
        let mut text = format!("── {}\n{}", self.benchmark, self.head.text());
        for note in &self.notes {
            text.push_str(&format!("· {note}\n"));
        }
        text.push_str(&format!("\n{:first$}", ""));
        for column in &self.columns {
            text.push_str(&format!("  {column:>10}"));
        }
        for row in &self.rows {
            text.push_str(&format!("\n{:first$}", row.case));
            for column in &self.columns {
                let width = column.len().max(10);
                text.push_str(&format!("  {:>width$}", shown(row.figures.get(column))));
            }
        }
        text.push_str("\n\n");
        text
    }
}

/// Formats a figure with at least three significant digits, or a dash if it was not measured.
pub(crate) fn shown(figure: Option<&f64>) -> String {
    match figure {
        None => "–".to_owned(),
        Some(figure) if figure.is_nan() => "–".to_owned(),
        Some(figure) if figure.abs() < 10.0 => format!("{figure:.2}"),
        Some(figure) if figure.abs() < 100.0 => format!("{figure:.1}"),
        Some(figure) => format!("{figure:.0}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn report() -> Report {
        let mut report = Report::new("pipeline");
        report.note("by the clock");
        report.version("ministack", Some("1.5".to_owned()));
        report.row(
            "all",
            &[("p50_ms", 12.345), ("uploads_per_second", 1_234.5)],
        );
        report.row("one", &[("p50_ms", 1.0)]);
        report
    }

    #[test]
    fn columns_stand_below_each_other() {
        let text = report().text();
        let lines: Vec<_> = text.trim_end().lines().rev().take(3).collect();
        let ends = |line: &&str| line.chars().count();
        assert!(
            lines
                .windows(2)
                .all(|pair| pair.iter().map(ends).min() == pair.iter().map(ends).max()),
            "{text}"
        );
        assert!(
            text.contains("12.3") && text.contains("1234") && text.contains('–'),
            "{text}"
        );
        assert!(
            text.contains("· by the clock") && text.contains("1.5"),
            "{text}"
        );
    }

    #[test]
    fn json_is_one_line_with_head_and_figures() {
        let json = report().json().unwrap();
        assert_eq!(json.lines().count(), 1);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        for (pointer, expected) in [
            ("/benchmark", "pipeline"),
            ("/head/versions/ministack", "1.5"),
            ("/rows/1/case", "one"),
        ] {
            assert_eq!(read.pointer(pointer).unwrap(), expected, "{pointer}");
        }
        assert_eq!(read.pointer("/rows/0/figures/p50_ms").unwrap(), 12.345);
    }
}
