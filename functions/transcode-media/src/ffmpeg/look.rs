//! Inspects the first picture before transcoding: its rotation and colour properties decide which filters are used.

use std::time::Duration;

use dozo::vocabulary::streams::Streams;
use tokio::io::AsyncReadExt;
use tokio::process::Command as Process;

use super::seen::Seen;
use super::source;

/// Bytes that are read of FFmpeg's output: the file's metadata may come before the relevant part.
const MOST_TOLD: u64 = 1 << 20;

/// Time limit of an inspection, which normally needs a fraction of a second.
const LONGEST: Duration = Duration::from_secs(20);

/// Returns FFmpeg's arguments for an inspection.
pub(super) fn arguments(demuxer: &str, input: &str, streams: &Streams) -> Vec<String> {
    let source = source::picture(streams);
    let text = format!(
        "-hide_banner -nostdin -nostats -loglevel info -protocol_whitelist http,tcp -f {demuxer} -i {input} \
         -map {source} -an -sn -dn -frames:v 1 -vf showinfo=checksum=0 -f null -"
    );
    text.split_whitespace().map(str::to_owned).collect()
}

/// Inspects the first picture. If that fails, nothing is known about the picture: the transcoding decides whether the
/// file is refused.
pub(super) async fn see(mut process: Process, left: Duration) -> Seen {
    match tokio::time::timeout(LONGEST.min(left / 4), told(&mut process)).await {
        Ok(Ok(told)) => Seen::read(&told),
        Ok(Err(error)) => {
            tracing::warn!(cause = %error, "the first picture could not be inspected");
            Seen::default()
        }
        Err(_) => Seen::default(),
    }
}

async fn told(process: &mut Process) -> std::io::Result<String> {
    let mut child = process.stdout(std::process::Stdio::null()).spawn()?;
    let mut told = Vec::new();
    if let Some(errors) = child.stderr.take() {
        errors.take(MOST_TOLD).read_to_end(&mut told).await?;
    }
    child.kill().await?;
    Ok(String::from_utf8_lossy(&told).into_owned())
}
