//! The result for each object, as a table for people and as JSON or CSV for programs.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::say::quantity;
use crate::say::shown::shown;
use crate::say::style::Style;
use crate::say::table::{Table, plain};

/// The result for one object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its name: its key below the prefix, or the file that was written.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The media that it is, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// A media's state, or what else became of it.
    pub state: String,
    /// The code of the reason, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason in words, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
}

fn form(path: &Path) -> Result<Form, Failure> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(Form::Json),
        Some("csv") => Ok(Form::Csv),
        _ => Err(Failure::Usage(format!(
            "--report {}: give a file that ends with .json or .csv",
            shown(&path.to_string_lossy())
        ))),
    }
}

/// The file of a report.
#[derive(Debug)]
pub struct Report {
    form: Form,
    file: File,
}

/// Opens the file of a report, before any work is done for it. What it has stays until the report is written.
///
/// # Errors
/// Fails if its ending is not one of a report, or it cannot be written.
pub fn open(report: Option<&Path>) -> Result<Option<Report>, Failure> {
    let Some(path) = report else { return Ok(None) };
    let form = form(path)?;
    let mut how = OpenOptions::new();
    let file = how.write(true).create(true).truncate(false).open(path);
    let file = file.map_err(|error| {
        let path = path.to_string_lossy();
        Failure::Usage(format!("--report {}: {error}", shown(&path)))
    })?;
    Ok(Some(Report { form, file }))
}

impl Report {
    /// Writes a report.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn write(self, rows: &[Row]) -> Result<(), Failure> {
        self.file.set_len(0)?;
        let mut file = BufWriter::new(self.file);
        match self.form {
            Form::Json => {
                serde_json::to_writer_pretty(&mut file, rows).map_err(std::io::Error::from)?
            }
            Form::Csv => file.write_all(csv(rows).as_bytes())?,
        }
        Ok(file.flush()?)
    }
}

/// Writes RFC 4180, with `\n` at the ends of lines.
fn csv(rows: &[Row]) -> String {
    let mut text = "name,bytes,media,state,code,message\n".to_owned();
    for row in rows {
        let or_nothing = |value: &Option<String>| cell(value.as_deref().unwrap_or_default());
        text.push_str(&format!(
            "{},{},{},{},{},{}\n",
            cell(&row.name),
            row.bytes,
            or_nothing(&row.media),
            cell(&row.state),
            or_nothing(&row.code),
            or_nothing(&row.message)
        ));
    }
    text
}

/// Quotes a cell. A spreadsheet takes some first characters for the beginning of a formula, which a stranger's file name may
/// have; an apostrophe before it keeps it a text.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn cell(text: &str) -> String {
    let acts = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if acts { "'" } else { "" };
    if acts || text.contains([',', '"', '\n', '\r']) {
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Returns the table for people: the rows, and how many there are of each state, with their bytes.
#[must_use]
pub fn table(rows: &[Row], style: Style) -> String {
    let mut table = Table::default();
    for row in rows {
        let code = row.code.as_deref().map(|code| format!(" ({code})"));
        let why = row.message.as_deref().map_or_else(
            || row.media.clone().unwrap_or_default(),
            |message| format!("{message}{}", code.unwrap_or_default()),
        );
        table.row(vec![
            (shown(&row.state).to_string(), style.state(&row.state)),
            plain(quantity::bytes(row.bytes)),
            plain(shown(&row.name).to_string()),
            plain(shown(&why).to_string()),
        ]);
    }
    let mut sums = Table::default();
    for (state, (count, bytes)) in counts(rows) {
        sums.row(vec![
            (shown(state).to_string(), style.state(state)),
            plain(count.to_string()),
            plain(quantity::bytes(bytes)),
        ]);
    }
    format!("{}\n{}", table.print(), sums.print())
}

/// Returns how many rows there are of each state, and their bytes.
#[must_use]
pub fn counts(rows: &[Row]) -> BTreeMap<&str, (u64, u64)> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in rows {
        let (count, bytes) = counts.entry(&row.state).or_default();
        *count += 1;
        *bytes = bytes.saturating_add(row.bytes);
    }
    counts
}

/// Returns the counts for programs.
#[must_use]
pub fn counts_json(rows: &[Row]) -> Value {
    let counts = counts(rows).into_iter();
    let named = counts.map(|(state, (count, bytes))| {
        (state.to_owned(), json!({ "count": count, "bytes": bytes }))
    });
    Value::Object(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, state: &str) -> Row {
        Row {
            name: name.to_owned(),
            bytes: 1_000,
            state: state.to_owned(),
            ..Row::default()
        }
    }

    #[test]
    fn names_of_strangers_stay_cells() {
        for (name, wanted) in [
            ("a.jpg", "a.jpg"),
            ("a, \"b\".jpg", "\"a, \"\"b\"\".jpg\""),
            ("=cmd()", "\"'=cmd()\""),
            ("a\nb", "\"a\nb\""),
        ] {
            let text = csv(&[row(name, "ready")]);
            let lines: Vec<_> = text.splitn(2, '\n').collect();
            assert_eq!(lines[1], format!("{wanted},1000,,ready,,\n"), "{name}");
        }
    }

    #[test]
    fn people_see_each_row_and_the_sums() {
        let mut refused = row("b\u{1b}[2J", "rejected");
        refused.message = Some("It is empty.".to_owned());
        refused.code = Some("empty".to_owned());
        let rows = [row("a", "ready"), refused, row("c", "ready")];
        assert_eq!(
            table(&rows, Style::PLAIN),
            "ready     1.0 kB  a\n\
             rejected  1.0 kB  b\\u{1b}[2J  It is empty. (empty)\n\
             ready     1.0 kB  c\n\n\
             ready     2  2.0 kB\n\
             rejected  1  1.0 kB\n"
        );
        assert_eq!(
            counts_json(&rows)["ready"],
            json!({"count": 2, "bytes": 2_000})
        );
    }

    #[test]
    fn a_report_is_named_by_its_ending() {
        for (name, good) in [
            ("a.json", true),
            ("a.csv", true),
            ("a.xls", false),
            ("a", false),
        ] {
            assert_eq!(form(Path::new(name)).is_ok(), good, "{name}");
        }
    }
}
