//! What FFmpeg tells of itself: `-progress` on its output, complaints on the other.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::task::JoinHandle;

/// Kept of what it complains about, in bytes: a broken file makes it say the same a million times.
const KEPT: usize = 4 << 10;

/// Both pipes.
pub(super) struct Reports {
    lines: Lines<BufReader<ChildStdout>>,
    done_ms: u64,
    complaints: Option<JoinHandle<String>>,
}

/// What is known when it has ended.
pub(super) struct Ended {
    pub(super) complaints: String,
}

impl Reports {
    pub(super) fn of(child: &mut Child) -> Option<Self> {
        let lines = BufReader::new(child.stdout.take()?).lines();
        let mut errors = child.stderr.take()?;
        // Read to its end: a pipe that is full would stop the program.
        let complaints = tokio::spawn(async move {
            let mut first = Vec::new();
            let mut buffer = [0_u8; 1024];
            while let Ok(read @ 1..) = errors.read(&mut buffer).await {
                let free = KEPT.saturating_sub(first.len());
                first.extend_from_slice(buffer.get(..read.min(free)).unwrap_or_default());
            }
            String::from_utf8_lossy(&first).into_owned()
        });
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
        let complaints = match self.complaints.take() {
            Some(task) => task.await.unwrap_or_default(),
            None => String::new(),
        };
        Ended { complaints }
    }
}
