//! `upload`: uploads files and prints addresses, or the reasons for which they were rejected.

use std::io::ErrorKind;
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
        putter: None,
        put: Vec::new(),
        uploads: Vec::new(),
        items: Vec::new(),
        exit: Exit::Done,
    };
    // From the first wait for it on, Ctrl-C no longer ends the process by itself, so all work stands beside this wait.
    let done = tokio::select! {
        done = Box::pin(all(place, app, wanted, sources, &mut report)) => done,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    report.finish(done).await
}

async fn all<'a>(
    place: &Place,
    app: &str,
    wanted: &Upload,
    sources: &'a [Source],
    report: &mut Report<'a>,
) -> Result<(), Failure> {
    for batch in batches(sources, |source| &source.name) {
        let ticket = Ticket::ask(&place.api, app, batch, &wanted.described).await?;
        report.uploads.push(ticket.upload.clone());
        send(&ticket, batch, wanted.no_wait, report).await?;
        judge(place, app, wanted.wait, &ticket, report).await?;
    }
    Ok(())
}

/// Puts all files of a grant, and notes those that arrived.
async fn send<'a>(
    ticket: &Ticket,
    sources: &'a [Source],
    no_wait: bool,
    report: &mut Report<'a>,
) -> Result<(), Failure> {
    let putter = Putter::new(ticket.s3(), ticket.bucket.clone());
    report.putter = Some(putter.clone());
    let meters = report.meters.clone();
    let mut puts = stream::iter(sources.iter().zip(&ticket.files))
        .map(|(source, granted)| {
            let (putter, meters) = (&putter, &meters);
            async move {
                let bar = meters.add(&source.name, source.bytes);
                let outcome = putter.put(source, &granted.key, &bar).await;
                bar.finish_and_clear();
                (source, granted, outcome)
            }
        })
        .buffer_unordered(FILES_AT_ONCE);
    while let Some((source, granted, outcome)) = puts.next().await {
        match outcome {
            Ok(()) if no_wait => report.sent(source, granted)?,
            Ok(()) => report.put.push((source, granted.media.clone())),
            Err(failure) => report.lost(source, granted, &failure)?,
        }
    }
    Ok(())
}

/// Waits for the results of the files that arrived.
async fn judge(
    place: &Place,
    app: &str,
    patience: u64,
    ticket: &Ticket,
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    let awaited: Vec<_> = report.put.iter().map(|(_, media)| media.clone()).collect();
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
        |(media, raw)| {
            let place = report.put.iter().position(|(_, put)| *put == media.media);
            let Some(place) = place else { return Ok(()) };
            let (source, _) = report.put.remove(place);
            report.judged(source, &media, &raw)
        },
    )
    .await;
    spinner.finish_and_clear();
    judged.map(drop)?;
    report.undecided()
}

/// The outcome of each file, printed as soon as it is known.
struct Report<'a> {
    /// The app of all files.
    app: String,
    /// The flags that a suggested command needs.
    flags: String,
    screen: Screen,
    meters: Meters,
    /// The one that puts the files of the grant at hand.
    putter: Option<Putter>,
    /// The files of that grant that arrived and are not reported yet, with their media.
    put: Vec<(&'a Source, String)>,
    uploads: Vec<String>,
    items: Vec<Value>,
    exit: Exit,
}

impl Report<'_> {
    fn line(&self, tone: Tone, mark: &str, source: &Source, rest: &str) -> Result<(), Failure> {
        if self.screen.json() {
            return Ok(());
        }
        let path = source.path.to_string_lossy();
        let mark = self.screen.style.paint(tone, mark);
        let line = format!("{mark} {}  {rest}\n", shown(&path));
        unless_nobody_reads(self.meters.aside(|| self.screen.print(&line)))
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

    fn sent(&mut self, source: &Source, granted: &Granted) -> Result<(), Failure> {
        self.item(source, &granted.media, "uploaded", &[]);
        let rest = format!("uploaded as {}", shown(&granted.media));
        self.line(Tone::Good, "✓", source, &rest)
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

    /// Tells of each file that arrived and has no result, so that nobody uploads it a second time.
    fn undecided(&mut self) -> Result<(), Failure> {
        for (source, media) in std::mem::take(&mut self.put) {
            self.open(source, &media)?;
        }
        Ok(())
    }

    /// Reports what is left, and tidies up if the work ended early.
    async fn finish(mut self, done: Result<(), Failure>) -> Result<Exit, Failure> {
        self.meters.clear();
        if let (Err(_), Some(putter)) = (&done, &self.putter) {
            // Best effort: the bucket's lifecycle rule removes the rest.
            drop(tokio::time::timeout(TIDYING, putter.abandon()).await);
        }
        self.undecided()?;
        if self.screen.json() && !self.uploads.is_empty() {
            let answer = json!({ "app": self.app, "uploads": self.uploads, "items": self.items });
            unless_nobody_reads(self.screen.result(&answer, String::new))?;
        }
        done.map(|()| self.exit)
    }
}

/// Goes on if nobody reads standard output any more: `| head -2` must neither leave files behind nor hide a failure.
fn unless_nobody_reads(printed: Result<(), Failure>) -> Result<(), Failure> {
    match printed {
        Err(Failure::Terminal(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}
