//! Implements `local with-stack -- COMMAND`: a separate stack for one command.
//!
//! It can run beside `make run`, with its own state and ports. It is stopped and removed afterwards, also if the
//! command fails or is interrupted; after a failure, the logs are kept.

use std::path::PathBuf;
use std::process::ExitStatus;

use tokio::process::Command;

use crate::interrupt::{Interrupt, Interrupts};
use crate::leftovers;
use crate::local_stack::{LocalStack, LocalStackError};
use crate::process::Process;
use crate::run::stop;
use crate::running::Running;
use crate::stack_dir::StackDir;
use deployment::checkout::Checkout;
use deployment::progress::Progress;

/// The command and the stack to run it with.
#[derive(Debug, Clone)]
pub struct WithStack {
    /// The checkout to deploy.
    pub checkout: Checkout,
    /// Stack name.
    pub name: String,
    /// Directory to keep the state in, instead of a directory of its own that is removed.
    pub keep_state: Option<PathBuf>,
    /// Program and arguments.
    pub command: Vec<String>,
}

/// The reasons why the command was not run.
#[derive(Debug, thiserror::Error)]
pub enum WithStackError {
    /// The stack did not come up.
    #[error(transparent)]
    BringUp(#[from] LocalStackError),
    /// No directory can be created for the stack.
    #[error("cannot make a directory under {}", parent.display())]
    Directory {
        /// The parent directory.
        parent: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The command is empty.
    #[error("no command is given; write with-stack -- COMMAND…")]
    NoCommand,
    /// The program cannot be started.
    #[error("cannot run {program}")]
    Command {
        /// The program.
        program: String,
        /// The system's error.
        source: std::io::Error,
    },
}

/// Brings a stack up, runs the command with `DOZO_STACK`, stops the stack, and returns the command's exit code.
///
/// # Errors
///
/// [`WithStackError`]; the stack is stopped in that case, too.
pub async fn run(
    wanted: &WithStack,
    mut interrupts: Interrupts,
    progress: Progress,
) -> Result<u8, WithStackError> {
    let parent = wanted.checkout.test_stacks();
    leftovers::sweep(&parent).await;
    let directory = match &wanted.keep_state {
        Some(path) => path.clone(),
        None => {
            new_directory(&parent).map_err(|source| WithStackError::Directory { parent, source })?
        }
    };
    let stack = LocalStack {
        checkout: wanted.checkout.clone(),
        directory: StackDir::at(directory),
        name: wanted.name.clone(),
        aws_port: 0,
        cdn_port: 0,
        demo_port: 0,
    };
    let mut running = Running::default();
    let outcome = run_command(wanted, &stack, &mut interrupts, progress, &mut running).await;
    stop(&mut running, &mut interrupts, progress).await;
    if wanted.keep_state.is_none() {
        tidy(&stack.directory, matches!(outcome, Ok(0)), progress);
    }
    // Only now may another process take the directory.
    drop(running);
    outcome
}

async fn run_command(
    wanted: &WithStack,
    stack: &LocalStack,
    interrupts: &mut Interrupts,
    progress: Progress,
    running: &mut Running,
) -> Result<u8, WithStackError> {
    tokio::select! {
        interrupt = interrupts.next() => return Ok(code_of_interrupt(interrupt)),
        up = stack.bring_up(progress, running) => up?,
    };
    let (program, arguments) = wanted
        .command
        .split_first()
        .ok_or(WithStackError::NoCommand)?;
    let failed = |source| WithStackError::Command {
        program: program.clone(),
        source,
    };
    let mut child = command(program, arguments, stack).spawn().map_err(failed)?;
    let interrupt = tokio::select! {
        status = child.wait() => return Ok(code_of(status.map_err(failed)?)),
        interrupt = interrupts.next() => interrupt,
    };
    // Ctrl-C reached the command from the terminal already; any other signal reached only us.
    if interrupt == Interrupt::Terminate
        && let Some(process) = child.id().and_then(Process::from_id)
    {
        process.terminate();
    }
    child.wait().await.map_err(failed)?;
    Ok(code_of_interrupt(interrupt))
}

fn command(program: &str, arguments: &[String], stack: &LocalStack) -> Command {
    let mut paths = vec![stack.checkout.venv_bin()];
    paths.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("DOZO_STACK", stack.directory.stack_file());
    if let Ok(path) = std::env::join_paths(paths) {
        command.env("PATH", path);
    }
    if let Ok(own) = std::env::current_exe() {
        command.env("DOZO_LOCAL", own);
    }
    command
}

fn new_directory(parent: &std::path::Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(parent)?;
    let directory = tempfile::Builder::new()
        .prefix("stack-")
        .tempdir_in(parent)?;
    Ok(directory.keep())
}

fn tidy(stack: &StackDir, succeeded: bool, progress: Progress) {
    if succeeded {
        std::fs::remove_dir_all(stack.root()).unwrap_or_default();
        return;
    }
    std::fs::remove_dir_all(stack.state()).unwrap_or_default();
    std::fs::remove_file(stack.lock()).unwrap_or_default();
    std::fs::remove_file(stack.aws_config()).unwrap_or_default();
    progress.note(&format!(
        "logs of the failed run: {}",
        stack.logs().display()
    ));
}

/// Returns the exit code after an interrupt. Unlike for `run`, being terminated is no success of the command.
fn code_of_interrupt(interrupt: Interrupt) -> u8 {
    match interrupt {
        Interrupt::Keyboard => 130,
        Interrupt::Terminate => 143,
    }
}

/// Returns the exit code as a shell would: 128 + the number of the signal that ended the process.
fn code_of(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn exit_codes_are_those_of_a_shell() {
        // Raw wait statuses: the exit code is in the second byte, a signal in the first.
        for (raw, code) in [(0, 0), (0x0300, 3), (9, 137), (15, 143)] {
            assert_eq!(code_of(ExitStatus::from_raw(raw)), code, "{raw:#x}");
        }
    }
}
