//! Takes one picture of a film that was made here.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use dozo::vocabulary::ladder::Size;
use tokio::process::Command as Process;

use super::graph;

/// The file that FFmpeg writes.
const FILE: &str = "picture.jpg";

/// A picture is shown until the next one comes. So the last one of so many milliseconds is taken, and where there is none,
/// the next one.
const BEFORE_MS: u64 = 10_000;

/// The time limit of one try, which normally needs a second.
const LONGEST: Duration = Duration::from_secs(60);

/// Returns FFmpeg's arguments for each try.
pub(super) fn tries(input: &str, at_ms: u64, size: Size) -> [Vec<String>; 2] {
    let filters = graph::as_jpeg(size).join(",");
    let seconds = |ms: u64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
    let arguments = |begin_ms: u64, read: &str, most: &str| {
        let begin = seconds(begin_ms);
        let text = format!(
            "-hide_banner -nostdin -nostats -loglevel error -y -protocol_whitelist http,tcp -ss {begin} {read} -f mov -i {input} \
             -map 0:V:0 -an -sn -dn {most} -vf {filters} -fps_mode passthrough -q:v 3 -f image2 -update 1 {FILE}"
        );
        text.split_whitespace().map(str::to_owned).collect()
    };
    let begin_ms = at_ms.saturating_sub(BEFORE_MS);
    // A picture at the very end of what is read is read, too.
    let read = format!("-t {}", seconds(at_ms - begin_ms + 1));
    [
        // Each picture is written over the one before.
        arguments(begin_ms, &read, ""),
        arguments(at_ms, "", "-frames:v 1"),
    ]
}

/// Runs the program within this time; returns what it wrote.
pub(super) async fn take(
    mut process: Process,
    directory: &Path,
    left: Duration,
) -> std::io::Result<Option<Bytes>> {
    let mut child = process
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    match tokio::time::timeout(LONGEST.min(left), child.wait()).await {
        Ok(ended) => {
            let status = ended?;
            // Without a picture at that time it ends well, too.
            if !status.success() {
                return Err(std::io::Error::other(format!("FFmpeg failed: {status}")));
            }
        }
        Err(_) => {
            child.kill().await?;
            return Err(std::io::Error::other("FFmpeg takes too long"));
        }
    }
    match tokio::fs::read(directory.join(FILE)).await {
        Ok(picture) => Ok(Some(picture.into()).filter(|picture: &Bytes| !picture.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
