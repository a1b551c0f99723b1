//! `upload`: uploads files and prints addresses, or the reasons for which they were rejected.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::answer::Media;
use crate::args::Upload;
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;
use crate::say::shown::shown;
use crate::say::style::Tone;
use crate::upload::meter::Meters;
use crate::upload::put::Putter;
use crate::upload::source::Source;
use crate::upload::ticket::{Granted, Ticket, batches};
use crate::upload::verdict;

/// Files that are uploaded concurrently.
const FILES_AT_ONCE: usize = 4;

/// The time limit for removing the parts of an interrupted upload.
const TIDYING: Duration = Duration::from_secs(5);

pub(super) async fn run(
    place: &Place,
    wanted: &Upload,
    sources: &[Source],
    screen: &Screen,
) -> Result<Exit, Failure> {
    let app = place.app()?;
    let mut report = Report {
        screen: *screen,
        app: app.to_owned(),
        flags: place.flags.clone(),
        meters: Meters::new(screen.watched()),
        uploads: Vec::new(),
        items: Vec::new(),
        exit: Exit::Done,
    };
    for batch in batches(sources, |source| &source.name) {
        // If this fails, the outcomes of earlier files are still reported.
        let done = one_grant(place, app, wanted, batch, &mut report).await;
        if let Err(failure) = done {
            return report.finish(app, Some(failure));
        }
    }
    report.finish(app, None)
}

async fn one_grant(
    place: &Place,
    app: &str,
    wanted: &Upload,
    sources: &[Source],
    report: &mut Report,
) -> Result<(), Failure> {
    let ticket = Ticket::ask(&place.api, app, sources, &wanted.described).await?;
    report.uploads.push(ticket.upload.clone());
    let put = send(&ticket, sources, report).await?;
    if wanted.no_wait {
        report.sent(&put)
    } else {
        judge(place, app, wanted.wait, &ticket, put, report).await
    }
}

type Put<'a> = Vec<(&'a Source, &'a Granted)>;

/// Puts all files of a grant, and returns those that arrived.
async fn send<'a>(
    ticket: &'a Ticket,
    sources: &'a [Source],
    report: &mut Report,
) -> Result<Put<'a>, Failure> {
    let putter = Putter::new(ticket.s3(), ticket.bucket.clone());
    let meters = report.meters.clone();
    let puts = stream::iter(sources.iter().zip(&ticket.files))
        .map(|(source, granted)| {
            let (putter, meters) = (&putter, &meters);
            async move {
                let bar = meters.add(&source.name, source.bytes);
                let outcome = putter.put(source, &granted.key, &bar).await;
                bar.finish_and_clear();
                (source, granted, outcome)
            }
        })
        .buffer_unordered(FILES_AT_ONCE)
        .collect::<Vec<_>>();
    let outcomes = tokio::select! {
        outcomes = puts => outcomes,
        _ = tokio::signal::ctrl_c() => {
            meters.clear();
            // Best effort: the bucket's lifecycle rule removes the rest.
            drop(tokio::time::timeout(TIDYING, putter.abandon()).await);
            return Err(Failure::Interrupted);
        }
    };
    let mut arrived = Vec::with_capacity(outcomes.len());
    for (source, granted, outcome) in outcomes {
        match outcome {
            Ok(()) => arrived.push((source, granted)),
            Err(failure) => report.lost(source, granted, &failure)?,
        }
    }
    Ok(arrived)
}

async fn judge(
    place: &Place,
    app: &str,
    patience: u64,
    ticket: &Ticket,
    put: Put<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut sources: HashMap<&str, &Source> = put
        .iter()
        .map(|(source, granted)| (granted.media.as_str(), *source))
        .collect();
    let awaited = put
        .iter()
        .map(|(_, granted)| granted.media.clone())
        .collect::<Vec<_>>();
    if awaited.is_empty() {
        return Ok(());
    }
    let until = Instant::now() + Duration::from_secs(patience.min(u32::MAX.into()));
    let spinner = report.meters.turning("waiting for the result");
    let judged = verdict::wait(
        &place.api,
        (app, &ticket.upload),
        awaited,
        until,
        |(media, raw)| match sources.remove(media.media.as_str()) {
            Some(source) => report.judged(source, &media, &raw),
            None => Ok(()),
        },
    )
    .await;
    spinner.finish_and_clear();
    for media in judged? {
        if let Some(source) = sources.remove(media.as_str()) {
            report.open(source, &media)?;
        }
    }
    Ok(())
}

/// The outcome of each file, printed as soon as it is known.
struct Report {
    /// The app of all files.
    app: String,
    /// The flags that a suggested command needs.
    flags: String,
    screen: Screen,
    meters: Meters,
    uploads: Vec<String>,
    items: Vec<Value>,
    exit: Exit,
}

impl Report {
    fn line(&self, tone: Tone, mark: &str, source: &Source, rest: &str) -> Result<(), Failure> {
        if self.screen.json() {
            return Ok(());
        }
        let path = source.path.to_string_lossy();
        let mark = self.screen.style.paint(tone, mark);
        let line = format!("{mark} {}  {rest}\n", shown(&path));
        self.meters.aside(|| self.screen.print(&line))
    }

    fn item(&mut self, source: &Source, media: &str, state: &str, more: &[(&str, Option<&Value>)]) {
        let mut item = Map::new();
        let file = source.path.to_string_lossy();
        for (name, value) in [("file", &*file), ("media", media), ("state", state)] {
            item.insert(name.to_owned(), value.into());
        }
        for (name, value) in more {
            if let Some(value) = value {
                item.insert((*name).to_owned(), (*value).clone());
            }
        }
        self.items.push(Value::Object(item));
    }

    fn sent(&mut self, put: &Put<'_>) -> Result<(), Failure> {
        for (source, granted) in put {
            self.line(
                Tone::Good,
                "✓",
                source,
                &format!("uploaded as {}", shown(&granted.media)),
            )?;
            self.item(source, &granted.media, "uploaded", &[]);
        }
        Ok(())
    }

    fn judged(&mut self, source: &Source, media: &Media, raw: &Value) -> Result<(), Failure> {
        let (tone, mark, rest) = match media.state.as_str() {
            "ready" => {
                let address = media.address().unwrap_or(&media.media);
                (Tone::Good, "✓", format!("{}", shown(address)))
            }
            state => {
                let why = media
                    .rejection
                    .as_ref()
                    .map(|why| (&why.message, &why.code));
                let why = why.or(media.failure.as_ref().map(|why| (&why.message, &why.code)));
                let why = why.map_or_else(String::new, |(message, code)| {
                    format!(": {} ({})", shown(message), shown(code))
                });
                (Tone::Bad, "✗", format!("{}{why}", shown(state)))
            }
        };
        if tone == Tone::Bad {
            self.raise(Exit::Rejected);
        }
        self.line(tone, mark, source, &rest)?;
        let more = ["urls", "rejection", "failure"].map(|name| (name, raw.get(name)));
        self.item(source, &media.media, &media.state, &more);
        Ok(())
    }

    fn open(&mut self, source: &Source, media: &str) -> Result<(), Failure> {
        self.raise(Exit::Unfinished);
        let (id, app, flags) = (shown(media), &self.app, &self.flags);
        let rest = format!("not finished yet; check with: dozo status {id} --app {app}{flags}");
        self.line(Tone::Busy, "…", source, &rest)?;
        self.item(source, media, "undecided", &[]);
        Ok(())
    }

    fn lost(
        &mut self,
        source: &Source,
        granted: &Granted,
        failure: &Failure,
    ) -> Result<(), Failure> {
        self.raise(Exit::Told(failure.exit_code()));
        let rest = format!("was not uploaded: {failure}");
        self.line(Tone::Bad, "✗", source, &rest)?;
        let error = failure.json();
        let more = [("error", error.get("error"))];
        self.item(source, &granted.media, "not_uploaded", &more);
        Ok(())
    }

    /// Keeps the weightiest exit: a file that could not be sent outweighs a rejected one, which outweighs an unfinished
    /// one.
    fn raise(&mut self, exit: Exit) {
        let weight = |exit: &Exit| match exit {
            Exit::Done => 0,
            Exit::Unfinished => 1,
            Exit::Rejected => 2,
            Exit::Told(_) => 3,
        };
        if weight(&exit) > weight(&self.exit) {
            self.exit = exit;
        }
    }

    fn finish(self, app: &str, failure: Option<Failure>) -> Result<Exit, Failure> {
        self.meters.clear();
        if self.screen.json() && !self.uploads.is_empty() {
            let answer = json!({ "app": app, "uploads": self.uploads, "items": self.items });
            self.screen.result(&answer, String::new)?;
        }
        failure.map_or(Ok(self.exit), Err)
    }
}
