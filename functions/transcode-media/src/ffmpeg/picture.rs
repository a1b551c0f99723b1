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

/// Where there is no picture at a time because the sound goes on after the last one, the last one of so many milliseconds
/// before is taken.
const BEFORE_MS: u64 = 10_000;

/// The time limit of one try, which normally needs a second.
const LONGEST: Duration = Duration::from_secs(60);

/// Returns FFmpeg's arguments for each try.
pub(super) fn tries(input: &str, at_ms: u64, size: Size) -> [Vec<String>; 2] {
    let filters = graph::as_jpeg(size).join(",");
    let arguments = |begin_ms: u64, most: &str| {
        let begin = format!("{}.{:03}", begin_ms / 1_000, begin_ms % 1_000);
        let text = format!(
            "-hide_banner -nostdin -nostats -loglevel error -y -protocol_whitelist http,tcp -ss {begin} -f mov -i {input} \
             -map 0:V:0 -an -sn -dn {most} -vf {filters} -fps_mode passthrough -q:v 3 -f image2 -update 1 {FILE}"
        );
        text.split_whitespace().map(str::to_owned).collect()
    };
    [
        arguments(at_ms, "-frames:v 1"),
        // Each picture is written over the one before.
        arguments(at_ms.saturating_sub(BEFORE_MS), ""),
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
            if status.code().is_none() {
                return Err(std::io::Error::other(format!(
                    "FFmpeg was killed: {status}"
                )));
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
