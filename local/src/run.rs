//! Implements `make run`: a stack that runs until it is asked to stop.

use std::fmt::Write as _;
use std::io::Write;

use crate::interrupt::{Interrupt, Interrupts};
use crate::local_stack::{LocalStack, LocalStackError};
use crate::running::Running;
use deployment::progress::Progress;
use stack_file::StackFile;

/// The reasons why the stack ends without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The stack did not come up.
    #[error(transparent)]
    BringUp(#[from] LocalStackError),
    /// The emulator stopped by itself.
    #[error("the AWS emulator stopped unexpectedly ({0}); see ministack.log")]
    EmulatorEnded(String),
}

/// Runs until interrupted, then stops everything.
///
/// # Errors
///
/// [`RunError`]; everything is stopped in that case, too.
pub async fn run(
    stack: &LocalStack,
    mut interrupts: Interrupts,
    progress: Progress,
) -> Result<Interrupt, RunError> {
    let mut running = Running::default();
    let outcome = until_interrupted(stack, &mut interrupts, progress, &mut running).await;
    stop(&mut running, &mut interrupts, progress).await;
    outcome
}

async fn until_interrupted(
    stack: &LocalStack,
    interrupts: &mut Interrupts,
    progress: Progress,
    running: &mut Running,
) -> Result<Interrupt, RunError> {
    let file = tokio::select! {
        interrupt = interrupts.next() => return Ok(interrupt),
        file = stack.bring_up(progress, running) => file?,
    };
    tell(&summary(stack, &file));
    let Some(ministack) = &mut running.ministack else {
        return Ok(interrupts.next().await);
    };
    tokio::select! {
        interrupt = interrupts.next() => Ok(interrupt),
        status = ministack.ended() => Err(RunError::EmulatorEnded(status)),
    }
}

/// Stops the stack cleanly, or kills it at a second interrupt.
pub(crate) async fn stop(running: &mut Running, interrupts: &mut Interrupts, progress: Progress) {
    let impatient = tokio::select! {
        () = running.stop(progress) => false,
        _ = interrupts.next() => true,
    };
    if impatient {
        progress.note("interrupted again: killing the AWS emulator");
        running.kill().await;
    }
}

/// Prints to standard output; if nobody reads it, the stack runs all the same.
fn tell(text: &str) {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .unwrap_or_default();
}

fn summary(stack: &LocalStack, file: &StackFile) -> String {
    let (app, admin) = (&file.credentials.app, &file.credentials.admin);
    let directory = stack.directory.root().display();
    let aws = stack.checkout.venv_bin().join("aws");
    let mut text = format!(
        "\nDozo is running. Ctrl-C stops it and keeps everything.\n\n\
         \x20 Demo page     {}\n  API           {}\n  CDN           {}\n  AWS endpoint  {} (root: test/test)\n\
         \x20 stack.json    {directory}/stack.json (all addresses, buckets, queues, keys)\n\
         \x20 logs          {directory}/logs (one file per function, and ministack.log)\n\n\
         \x20 user app      {}:{} (may call /apps/demo/*)\n  user admin    {}:{} (may call /admin/* and /apps/*)\n",
        file.demo.as_deref().unwrap_or_default(),
        file.api,
        file.cdn,
        file.aws_endpoint,
        app.access_key_id,
        app.secret_access_key,
        admin.access_key_id,
        admin.secret_access_key,
    );
    let upload = file.buckets.get("upload").map_or("", String::as_str);
    // Writing to a String cannot fail.
    write!(
        text,
        "\nUpload a photo with temporary credentials:\n\n\
         \x20 curl -sf --aws-sigv4 aws:amz:{region}:execute-api --user '{id}:{secret}' -H 'content-type: application/json' \\\n\
         \x20      -d '{{}}' '{api}/apps/demo/uploads' >'{directory}/upload.json'\n\
         \x20 prefix=$(python3 -c 'import json, sys; print(json.load(sys.stdin)[\"key_prefix\"])' <'{directory}/upload.json')\n\
         \x20 AWS_CONFIG_FILE='{directory}/aws-config' {aws} --profile dozo-demo s3 cp photo.jpg \"s3://{upload}/${{prefix}}photo.jpg\"\n\n",
        region = file.region,
        id = app.access_key_id,
        secret = app.secret_access_key,
        api = file.api,
        aws = aws.display(),
    )
    .unwrap_or_default();
    text
}
