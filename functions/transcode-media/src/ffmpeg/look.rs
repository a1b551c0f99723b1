//! A look at the first picture, before the work: how it is turned, and what its colours mean, decide about the filters.

use std::time::Duration;

use dozo::vocabulary::streams::Streams;
use tokio::io::AsyncReadExt;
use tokio::process::Command as Process;

use super::seen::Seen;
use super::source;

/// Read of what FFmpeg says, in bytes: a file's own words may come before.
const MOST_TOLD: u64 = 1 << 20;

/// The longest that a look takes. It needs a fraction of a second, if all is well.
const LONGEST: Duration = Duration::from_secs(20);

/// What FFmpeg is started with.
pub(super) fn arguments(demuxer: &str, input: &str, streams: &Streams) -> Vec<String> {
    let source = source::picture(streams);
    let text = format!(
        "-hide_banner -nostdin -nostats -loglevel info -protocol_whitelist http,tcp -f {demuxer} -i {input} \
         -map {source} -an -sn -dn -frames:v 1 -vf showinfo=checksum=0 -f null -"
    );
    text.split_whitespace().map(str::to_owned).collect()
}

/// What there is to be seen. Of what cannot be seen nothing is known: whether it is refused, the work decides.
pub(super) async fn see(mut process: Process, left: Duration) -> Seen {
    match tokio::time::timeout(LONGEST.min(left / 4), told(&mut process)).await {
        Ok(Ok(told)) => Seen::read(&told),
        Ok(Err(error)) => {
            tracing::warn!(cause = %error, "the first picture could not be looked at");
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
