//! `import`: brings the objects of an S3 bucket in, by copies that S3 makes.
//!
//! ```text
//! known: the state file, and what S3 and the API know of its grants
//!   ──▶ intake: a page of the source ──▶ a grant, noted ──▶ copies, each noted ──▶ the next page
//!   ──▶ ends: the verdicts, noted ──▶ the table
//! ```
//!
//! An object becomes one media, wherever a process dies: the media follows from the grant and the name, and the grant is
//! noted before the first copy.

mod ends;
mod intake;
mod known;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use self::intake::Intake;
use self::known::{Due, Known};
use crate::args::Import;
use crate::bulk::address::S3Address;
use crate::bulk::journal::{Head, Journal, Line};
use crate::bulk::listing::{Listed, Listing};
use crate::bulk::rows::{self, Report, Row};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;
use crate::say::shown::shown;

/// The longest name of a state file that is made, in bytes.
const MOST_NAME: usize = 200;

pub(super) async fn run(place: &Place, wanted: &Import, screen: &Screen) -> Result<Exit, Failure> {
    let app = place.app()?;
    let report = rows::open(wanted.report.as_deref())?;
    let source = place.aws.s3(wanted.source_region.as_deref(), None);
    let listing = Listing::new(source, wanted.source.clone());
    let path = wanted.state.clone();
    let path = path.unwrap_or_else(|| PathBuf::from(state_file(app, &wanted.source)));
    let head = Head {
        source: wanted.source.to_string(),
        api: place.api.address().to_owned(),
        app: app.to_owned(),
    };
    if wanted.dry_run {
        return dry_run(listing, wanted, (&path, &head), report, screen).await;
    }
    let (journal, lines) = Journal::open(&path, &head)?;
    screen.note(&format!(
        "What is done is noted in {}. If this is interrupted, the same command goes on.",
        shown(&path.to_string_lossy())
    ));
    let known = Known::of(lines, wanted.retry_refused);
    let mut intake = Intake::new(place, app, wanted, (journal, known), screen);
    let done = tokio::select! {
        done = Box::pin(all(&mut intake, listing)) => done,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    intake.clear();
    done?;
    let rows = intake.rows();
    if let Some(report) = report {
        report.write(&rows)?;
    }
    let answer = json!({
        "app": app, "source": head.source, "state_file": path.to_string_lossy(),
        "counts": rows::counts_json(&rows), "items": rows,
    });
    screen.result(&answer, || rows::table(&rows, screen.style))?;
    Ok(exit(&rows))
}

async fn all(intake: &mut Intake<'_>, listing: Listing) -> Result<(), Failure> {
    intake.bring_in(listing).await?;
    intake.wait().await
}

/// A file that is not there in the end outweighs one that is not decided yet.
fn exit(rows: &[Row]) -> Exit {
    let is = |state: &str| rows.iter().any(|row| row.state == state);
    let bad = ["not_imported", "not_copied", "rejected", "failed"];
    if bad.into_iter().any(is) {
        Exit::Rejected
    } else if is("undecided") {
        Exit::Unfinished
    } else {
        Exit::Done
    }
}

/// Lists what would be done, and changes nothing.
async fn dry_run(
    mut listing: Listing,
    wanted: &Import,
    (path, head): (&Path, &Head),
    report: Option<Report>,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let lines = if path.exists() {
        Journal::open(path, head)?.1
    } else {
        Vec::new()
    };
    let known = Known::of(lines, wanted.retry_refused);
    let mut rows = Vec::new();
    while let Some(page) = listing.page().await? {
        rows.extend(page.iter().map(|object| {
            let state = match known.due(object, now()) {
                Due::Nothing => "done",
                Due::Copy | Due::Grant if object.bytes == 0 => "not_imported",
                Due::Copy | Due::Grant => "to_import",
            };
            Row {
                name: name(object, &wanted.source).to_owned(),
                bytes: object.bytes,
                state: state.to_owned(),
                message: (object.bytes == 0).then(|| EMPTY.to_owned()),
                ..Row::default()
            }
        }));
    }
    if let Some(report) = report {
        report.write(&rows)?;
    }
    let answer = json!({
        "app": head.app, "source": head.source, "counts": rows::counts_json(&rows), "items": rows,
    });
    screen.result(&answer, || rows::table(&rows, screen.style))?;
    Ok(Exit::Done)
}

/// The reason why an object without bytes is not imported.
const EMPTY: &str = "It is empty, as a folder of S3's console is.";

/// Returns the name of an object: its key below the prefix.
fn name<'a>(object: &'a Listed, source: &S3Address) -> &'a str {
    let below = object.key.strip_prefix(&source.prefix);
    below.unwrap_or(&object.key)
}

/// Returns the line that says that an object without bytes is not imported.
fn empty(object: &Listed) -> Line {
    Line::Refused {
        key: object.key.clone(),
        etag: object.etag.clone(),
        bytes: object.bytes,
        code: "empty".to_owned(),
        why: EMPTY.to_owned(),
    }
}

/// Returns the seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Returns the name of the state file of an import for which none is said.
fn state_file(app: &str, source: &S3Address) -> String {
    let safe = |letter: char| {
        if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-') {
            letter
        } else {
            '_'
        }
    };
    let about = format!(
        "{app}-{}-{}",
        source.bucket,
        source.prefix.trim_end_matches('/')
    );
    let about: String = about.chars().map(safe).take(MOST_NAME).collect();
    format!("dozo-import-{}.jsonl", about.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_file_is_named_by_what_it_is_about() {
        let name = |source: &str| state_file("shop", &source.parse().unwrap());
        assert_eq!(
            name("s3://old-pictures"),
            "dozo-import-shop-old-pictures.jsonl"
        );
        assert_eq!(
            name("s3://old/2019/猫 1/"),
            "dozo-import-shop-old-2019___1.jsonl"
        );
        assert!(name(&format!("s3://old/{}", "x".repeat(900))).len() < 255);
    }

    #[test]
    fn the_exit_says_whether_all_is_there() {
        let rows = |states: &[&str]| -> Vec<Row> {
            let row = |state: &&str| Row {
                state: (*state).to_owned(),
                ..Row::default()
            };
            states.iter().map(row).collect()
        };
        for (states, wanted) in [
            (&["ready", "ready"][..], Exit::Done),
            (&[], Exit::Done),
            (&["ready", "undecided"], Exit::Unfinished),
            (&["undecided", "rejected"], Exit::Rejected),
            (&["ready", "not_copied"], Exit::Rejected),
        ] {
            assert_eq!(exit(&rows(states)), wanted, "{states:?}");
        }
    }
}
