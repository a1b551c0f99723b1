//! Reads what FFmpeg reports: `-progress` on its standard output, and complaints on standard error.

use dozo::vocabulary::streams::TrackKind;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::task::JoinHandle;

/// Bytes of the complaints that are kept: a broken file makes FFmpeg repeat itself a million times.
const KEPT: usize = 4 << 10;

/// FFmpeg's standard output and standard error.
pub(super) struct Reports {
    lines: Lines<BufReader<ChildStdout>>,
    done_ms: u64,
    complaints: Option<JoinHandle<Ended>>,
}

/// Phrases in FFmpeg's complaints that tell why it failed: no space is left for its output (ENOSPC, in the words of
/// the C library), and the beginnings of lines about the input's picture and about its sound.
const PHRASES: [&str; 3] = ["No space left on device", "[vist#", "[aist#"];

/// Longer than the longest phrase, in bytes.
const LONGEST_PHRASE: usize = 32;

/// The complaints of an FFmpeg that has ended.
#[derive(Default)]
pub(super) struct Ended {
    /// The first of the complaints.
    pub(super) complaints: String,
    /// Tells for each of [`PHRASES`] whether it occurred in any complaint.
    said: [bool; 3],
}

impl Ended {
    /// Tells whether there was no space for FFmpeg's output.
    pub(super) fn is_disk_full(&self) -> bool {
        self.said[0]
    }

    /// Returns the kind of track that FFmpeg complained about, if it is one kind only.
    pub(super) fn broken_track(&self) -> Option<TrackKind> {
        match self.said {
            [_, true, false] => Some(TrackKind::Picture),
            [_, false, true] => Some(TrackKind::Sound),
            [_, true, true] | [_, false, false] => None,
        }
    }

    /// Reads to the end, because a full pipe would block the program.
    async fn read(mut errors: ChildStderr) -> Self {
        let mut first = Vec::new();
        let mut said = [false; 3];
        // The end of the previous read, because a phrase may be split between two reads.
        let mut window = Vec::new();
        let mut buffer = [0_u8; 1024];
        while let Ok(read @ 1..) = errors.read(&mut buffer).await {
            let read = buffer.get(..read).unwrap_or_default();
            let free = KEPT.saturating_sub(first.len());
            first.extend(read.iter().take(free));
            window.extend_from_slice(read);
            for (said, phrase) in said.iter_mut().zip(PHRASES) {
                *said |= window
                    .windows(phrase.len())
                    .any(|bytes| bytes == phrase.as_bytes());
            }
            window.drain(..window.len().saturating_sub(LONGEST_PHRASE));
        }
        Self {
            complaints: String::from_utf8_lossy(&first).into_owned(),
            said,
        }
    }
}

impl Reports {
    pub(super) fn of(child: &mut Child) -> Option<Self> {
        let lines = BufReader::new(child.stdout.take()?).lines();
        let complaints = tokio::spawn(Ended::read(child.stderr.take()?));
        Some(Self {
            lines,
            done_ms: 0,
            complaints: Some(complaints),
        })
    }

    /// Returns how much of the source is done, in milliseconds, with each report, and `None` if there will be no
    /// more.
    pub(super) async fn next(&mut self) -> Option<u64> {
        while let Ok(Some(line)) = self.lines.next_line().await {
            match line.split_once('=') {
                Some(("out_time_us", microseconds)) => {
                    let done = microseconds.trim().parse::<u64>();
                    self.done_ms = done.map_or(self.done_ms, |microseconds| microseconds / 1_000);
                }
                Some(("progress", "continue")) => return Some(self.done_ms),
                _ => {}
            }
        }
        None
    }

    pub(super) async fn ended(&mut self) -> Ended {
        match self.complaints.take() {
            Some(task) => task.await.unwrap_or_default(),
            None => Ended::default(),
        }
    }
}
