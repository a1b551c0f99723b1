//! Lambda's Runtime API, as far as a cold start goes: from exec to the first request for work.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
//!
//! Starts a function's program, waits until it asks for its next invocation, and ends it. It is asked for nothing
//! else: any other first request, such as a report that the start failed, is an error here.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a function asks first when it is up.
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n";

/// Lambda itself gives a start 10 s. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a program that asks for nothing is looked after. It adds nothing to a measured time.
const LOOK: Duration = Duration::from_millis(200);

/// A request's head is a few hundred bytes.
const HEAD_BYTES: usize = 8 * 1024;

/// A function that can be started.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its binary.
    pub path: PathBuf,
    /// Its whole environment, beside the address of the Runtime API.
    pub environment: BTreeMap<String, String>,
}

/// Why there is no time to tell.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A program cannot be run, or a connection breaks.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It ended, or never asked.
    #[error("it asked for no work within {} s, or ended", PATIENCE.as_secs())]
    Silent,
    /// It asked for something else first.
    #[error("it first asked {0:?}")]
    Other(String),
}

/// Starts the program once; the time from exec to its first request for work.
///
/// # Errors
/// [`StartError`]; the program is gone then, too.
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

/// A thread blocks in the kernel, which wakes it at once; this one looks whether there is anybody to wait for.
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
    // Lets the thread go.
    drop(TcpStream::connect(listener.local_addr()?)?);
    Err(StartError::Silent)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Held from the writing of a program to its start: another test that starts one in between would take the open file
    /// along, and no system runs a file that somebody may still write to.
    static WRITING: Mutex<()> = Mutex::new(());

    fn shell(script: &str) -> (tempfile::TempDir, Program) {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bootstrap");
        std::fs::write(&path, format!("#!/bin/bash\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
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
        let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let (_kept, program) = shell(&asks("GET /2018-06-01/runtime/invocation/next"));
        assert!(time_start(&program).unwrap() > Duration::ZERO);
    }

    #[test]
    fn one_that_fails_to_start_has_no_time() {
        let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let (_kept, program) = shell("exit 1");
        assert!(matches!(time_start(&program), Err(StartError::Silent)));
        let (_kept, program) = shell(&asks("POST /2018-06-01/runtime/init/error"));
        let error = time_start(&program).unwrap_err().to_string();
        assert!(error.contains("init/error"), "{error}");
    }
}
