//! The part of Lambda's Runtime API that a cold start needs: from exec to the first request for work.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
//!
//! It starts a function's program, waits until it asks for its next invocation, and ends it. Any other first request,
//! such as a report that the start failed, is an error.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The first request of a function that has started.
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n";

/// Lambda's own time limit for a start is 10 s.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const PATIENCE: Duration = Duration::from_secs(10);

/// The interval at which a silent program is checked for having ended. It adds nothing to a measured time.
const LOOK: Duration = Duration::from_millis(200);

/// The maximum size of a request's head; it usually has a few hundred bytes.
const HEAD_BYTES: usize = 8 * 1024;

/// A function that can be started.
#[derive(Debug, Clone)]
pub struct Program {
    /// The path of its binary.
    pub path: PathBuf,
    /// Its whole environment, except for the address of the Runtime API.
    pub environment: BTreeMap<String, String>,
}

/// The reason why a start has no time.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program cannot be run, or a connection fails.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The program ended, or never asked for work.
    #[error("it asked for no work within {} s, or ended", PATIENCE.as_secs())]
    Silent,
    /// The program made another request first.
    #[error("it first asked {0:?}")]
    Other(String),
}

/// Starts the program once, and returns the time from exec to its first request for work.
///
/// # Errors
/// [`StartError`]; the program is ended in this case, too.
pub fn time_start(program: &Program) -> Result<Duration, StartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut command = Command::new(&program.path);
    command
        .env_clear()
        .envs(&program.environment)
        .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn()?;
    let asked = first_request(&listener, &mut child);
    let elapsed = start.elapsed();
    child.kill()?;
    child.wait()?;
    let request = asked?;
    if request.starts_with(NEXT) {
        Ok(elapsed)
    } else {
        let line = request.lines().next().unwrap_or_default();
        Err(StartError::Other(line.to_owned()))
    }
}

fn first_request(listener: &TcpListener, child: &mut Child) -> Result<String, StartError> {
    let mut connection = accept(listener, child)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < HEAD_BYTES {
        let count = connection.read(&mut part)?;
        if count == 0 {
            return Err(StartError::Silent);
        }
        head.extend(part.iter().take(count));
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Accepts a connection. A thread blocks in the kernel, so that it wakes at once; this one checks whether the program
/// still runs.
fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream, StartError> {
    let (sender, connections) = std::sync::mpsc::channel();
    let accepting = listener.try_clone()?;
    std::thread::spawn(move || sender.send(accepting.accept()).unwrap_or_default());
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Ok(accepted) = connections.recv_timeout(LOOK) {
            return Ok(accepted?.0);
        }
        if child.try_wait()?.is_some() {
            break;
        }
    }
    // Let the thread end.
    drop(TcpStream::connect(listener.local_addr()?)?);
    Err(StartError::Silent)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// Makes a program of a script. Another process writes it: a program that any test starts meanwhile would inherit a
    /// file that this process has open, and the system does not run a file that is open for writing.
    fn shell(script: &str) -> (tempfile::TempDir, Program) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bootstrap");
        let written = Command::new("sh")
            .args(["-c", "printf '%s' \"$1\" >\"$2\" && chmod 755 \"$2\"", "sh"])
            .arg(format!("#!/bin/bash\n{script}\n"))
            .arg(&path)
            .status();
        assert!(written.unwrap().success());
        let environment = BTreeMap::new();
        (directory, Program { path, environment })
    }

    fn asks(request: &str) -> String {
        format!(
            "exec 3<>\"/dev/tcp/${{AWS_LAMBDA_RUNTIME_API/://}}\"; printf '{request} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n' >&3; read -r answer <&3"
        )
    }

    #[test]
    fn a_program_is_timed_when_it_asks_for_work() {
        let (_kept, program) = shell(&asks("GET /2018-06-01/runtime/invocation/next"));
        assert!(time_start(&program).unwrap() > Duration::ZERO);
    }

    #[test]
    fn one_that_fails_to_start_has_no_time() {
        let (_kept, program) = shell("exit 1");
        assert!(matches!(time_start(&program), Err(StartError::Silent)));
        let (_kept, program) = shell(&asks("POST /2018-06-01/runtime/init/error"));
        let error = time_start(&program).unwrap_err().to_string();
        assert!(error.contains("init/error"), "{error}");
    }
}
