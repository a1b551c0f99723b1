//! What FFmpeg tells of itself: `-progress` on its output, complaints on the other.

use dozo::vocabulary::streams::TrackKind;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::task::JoinHandle;

/// Kept of what it complains about, in bytes: a broken file makes it say the same a million times.
const KEPT: usize = 4 << 10;

/// Both pipes.
pub(super) struct Reports {
    lines: Lines<BufReader<ChildStdout>>,
    done_ms: u64,
    complaints: Option<JoinHandle<Ended>>,
}

/// Phrases that tell why FFmpeg failed, wherever they stand in what it complains about: that there is no room left for what it
/// makes (ENOSPC, in the words of C's library), and the beginning of lines about a picture and about sound of its input.
const PHRASES: [&str; 3] = ["No space left on device", "[vist#", "[aist#"];

/// More than the bytes of a phrase.
const LONGEST_PHRASE: usize = 32;

/// What is known when FFmpeg has ended.
#[derive(Default)]
pub(super) struct Ended {
    /// The first of its complaints.
    pub(super) complaints: String,
    /// Which of [`PHRASES`] were among all of them.
    said: [bool; 3],
}

impl Ended {
    /// Whether there was no room for what it makes.
    pub(super) fn is_disk_full(&self) -> bool {
        self.said[0]
    }

    /// The kind of track that it complains about, if it is one kind only.
    pub(super) fn broken_track(&self) -> Option<TrackKind> {
        match self.said {
            [_, true, false] => Some(TrackKind::Picture),
            [_, false, true] => Some(TrackKind::Sound),
            [_, true, true] | [_, false, false] => None,
        }
    }

    /// Reads to the end: a pipe that is full would stop the program.
    async fn read(mut errors: ChildStderr) -> Self {
        let mut first = Vec::new();
        let mut said = [false; 3];
        // The end of what was read before: a phrase may come in two pieces.
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

    /// How much of the source is done, in milliseconds, with each report; none when there will be no more.
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
