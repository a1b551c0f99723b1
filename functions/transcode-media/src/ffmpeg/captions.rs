//! Reads caption tracks: FFmpeg goes through the file once, decodes nothing but captions, and writes them as WebVTT.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use dozo::stages::captions::MAX_BYTES;
use dozo::stages::transcode::engine::Job;
use dozo::vocabulary::streams::TextStream;
use tokio::io::AsyncReadExt;
use tokio::process::Command as Process;
use tokio::time::Instant;

use super::source;

/// FFmpeg writes no longer file than this many bytes, plus one caption. What is longer than [`MAX_BYTES`] is not read.
const MOST_WRITTEN: usize = MAX_BYTES * 2;

/// Returns FFmpeg's arguments to write each of these tracks to a file of its own.
pub(super) fn arguments(demuxer: &str, input: &str, texts: &[&TextStream]) -> Vec<String> {
    let mut all = format!(
        "-hide_banner -nostdin -nostats -loglevel error -y -protocol_whitelist http,tcp -f {demuxer} -i {input}"
    );
    for text in texts {
        all.push_str(&format!(
            " -map {} -map_metadata -1 -map_chapters -1 -c:s webvtt -fs {MOST_WRITTEN} -f webvtt {}",
            source::captions(text),
            name(text)
        ));
    }
    all.split_whitespace().map(str::to_owned).collect()
}

fn name(text: &TextStream) -> String {
    format!("captions-{}.vtt", text.number)
}

/// Reads all tracks in one pass. If that fails, one of them may be the reason, so each is read alone. Tracks that are not
/// done by the deadline are not read.
pub(super) async fn read(
    process: impl Fn(&[&TextStream]) -> Process,
    job: &Job,
    directory: &Path,
) -> std::io::Result<Vec<Option<Bytes>>> {
    let deadline = Instant::now() + job.left;
    let texts: Vec<_> = job.streams.texts.iter().collect();
    let mut done = vec![run(process(&texts), deadline).await?; texts.len()];
    if done.contains(&false) && texts.len() > 1 {
        done.clear();
        for text in &texts {
            done.push(run(process(&[text]), deadline).await?);
        }
    }
    let mut read = Vec::new();
    for (text, is_done) in texts.iter().zip(done) {
        let file = Some(directory.join(name(text))).filter(|_| is_done);
        read.push(match file {
            Some(file) => contents(file).await?,
            None => None,
        });
    }
    Ok(read)
}

/// Runs FFmpeg to its end; returns whether it succeeded in time.
async fn run(mut process: Process, deadline: Instant) -> std::io::Result<bool> {
    let null = std::process::Stdio::null;
    let mut child = process.stdout(null()).stderr(null()).spawn()?;
    match tokio::time::timeout_at(deadline, child.wait()).await {
        Ok(status) => Ok(status?.success()),
        Err(_) => {
            child.kill().await?;
            Ok(false)
        }
    }
}

async fn contents(path: PathBuf) -> std::io::Result<Option<Bytes>> {
    let file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut read = Vec::new();
    let most = u64::try_from(MAX_BYTES + 1).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut read).await?;
    Ok(Some(read.into()))
}
