//! A stack of a test's own, for tests that would disturb others: broken functions, stops and starts.
//!
//! It is started by the same program as `make run`, with its own directory and ports. However the test ends, nothing of
//! it is left running. Processes are found through Linux's `/proc`; on other systems none are found.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::stack::{Stack, until};
use crate::template::workspace;

/// The longest wait for a start, which takes 8 s here on an idle machine and four times as long beside a build.
const START: Duration = Duration::from_secs(180);

/// The longest wait for a stop, which saves the emulator's state and may wait 30 s for it.
const STOP: Duration = Duration::from_secs(60);

/// The stack, running or not.
#[derive(Debug)]
pub struct OwnStack {
    directory: TempDir,
    name: String,
    variables: Vec<(&'static str, &'static str)>,
    child: Option<Child>,
    starts: u32,
}

/// The ports that it listens on; 0 means any free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ports {
    /// The port of the AWS endpoint.
    pub aws: u16,
    /// The port of the edge.
    pub cdn: u16,
}

impl Ports {
    /// Returns the ports of a running stack.
    #[must_use]
    pub fn of(stack: &Stack) -> Self {
        let port = |url: &str| reqwest::Url::parse(url).unwrap().port().unwrap();
        Self {
            aws: port(&stack.file.aws_endpoint),
            cdn: port(&stack.file.cdn),
        }
    }
}

impl OwnStack {
    /// Makes a stack that is not started yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            directory: TempDir::with_prefix("dozo-").unwrap(),
            name: format!("dozo-{name}"),
            variables: Vec::new(),
            child: None,
            starts: 0,
        }
    }

    /// Starts it with this environment variable.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Returns the directory that holds all its files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the command that starts it.
    #[must_use]
    pub fn command(&self, ports: Ports) -> Command {
        let mut command = Self::command_in(self.directory(), &self.name, ports);
        command.envs(self.variables.iter().copied());
        command
    }

    /// Returns the command that starts a stack of this name in this directory.
    #[must_use]
    pub fn command_in(directory: &Path, name: &str, ports: Ports) -> Command {
        let mut command = Command::new(local_program());
        command
            .current_dir(workspace())
            .arg("run")
            .arg("--state-dir")
            .arg(directory)
            .args(["--aws-port", &ports.aws.to_string()])
            .args(["--cdn-port", &ports.cdn.to_string()])
            .args(["--stack", name])
            .env("DOZO_DEMO_PORT", "0")
            .env_remove("DOZO_STACK")
            .stdin(Stdio::null());
        command
    }

    /// Starts the stack and waits until it is up.
    ///
    /// # Panics
    /// Panics if it does not come up.
    pub async fn start(&mut self, ports: Ports) -> Stack {
        assert!(self.child.is_none(), "it is up");
        self.starts += 1;
        let said = self.said(self.starts);
        let output = File::create(&said).unwrap();
        let mut command = self.command(ports);
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let mut child = command.spawn().unwrap();
        let file = self.directory().join("stack.json");
        let start = Instant::now();
        // A stack that was killed leaves its stack file behind.
        let before = written(&file);
        while written(&file).is_none_or(|at| Some(at) == before) {
            let ended = child.try_wait().unwrap();
            let text = || std::fs::read_to_string(&said).unwrap_or_default();
            assert!(ended.is_none(), "it ended at its start:\n{}", text());
            assert!(start.elapsed() < START, "it does not come up:\n{}", text());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.child = Some(child);
        Stack::read(&file)
    }

    /// Asks the program to stop and waits until it has ended; returns its exit code.
    ///
    /// # Panics
    /// Panics if it does not end, or was not up.
    pub async fn stop(&mut self, signal: Signal) -> Option<i32> {
        let mut child = self.child.take().unwrap();
        send(child.id().unwrap(), signal);
        let ended = tokio::time::timeout(STOP, child.wait()).await;
        ended.expect("it does not stop").unwrap().code()
    }

    /// Kills (`kill -9`) the program and all processes that it started.
    ///
    /// # Panics
    /// Panics if a process survives, or the stack was not up.
    pub async fn kill_everything(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().await.unwrap();
        until("everything to be dead", STOP, || async {
            let left = self.processes();
            left.iter().for_each(|id| send(*id, Signal::KILL));
            left.is_empty().then_some(())
        })
        .await;
    }

    /// Returns all running processes that were started for the stack: their environment or arguments name its
    /// directory.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        let mark = self.directory().to_string_lossy().into_owned();
        processes(|process| process.says("environ", &mark) || process.says("cmdline", &mark))
    }

    /// Returns the processes of one of its functions, by the function's name.
    #[must_use]
    pub fn workers(&self, function: &str) -> Vec<u32> {
        let mark = self.directory().to_string_lossy().into_owned();
        let variable = format!("AWS_LAMBDA_FUNCTION_NAME={function}\0");
        processes(|process| process.says("environ", &mark) && process.says("environ", &variable))
    }

    /// Returns the program's output since its last start.
    #[must_use]
    pub fn last_words(&self) -> String {
        std::fs::read_to_string(self.said(self.starts)).unwrap_or_default()
    }

    fn said(&self, start: u32) -> PathBuf {
        self.directory().join(format!("run-{start}.log"))
    }
}

impl Drop for OwnStack {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.id().into_iter().for_each(|id| send(id, Signal::TERM));
            let start = Instant::now();
            while matches!(child.try_wait(), Ok(None)) && start.elapsed() < STOP {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        for id in self.processes() {
            send(id, Signal::KILL);
        }
        if std::thread::panicking() {
            self.directory.disable_cleanup(true);
            eprintln!("logs of the stack: {}", self.directory().display());
        }
    }
}

/// Sends a signal; does nothing if the process is gone already.
///
/// # Panics
/// Panics if no process can have this id.
pub fn send(id: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    kill_process(pid, signal).unwrap_or_default();
}

struct Running {
    directory: PathBuf,
}

impl Running {
    fn says(&self, file: &str, text: &str) -> bool {
        let bytes = std::fs::read(self.directory.join(file)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).contains(text)
    }
}

fn processes(wanted: impl Fn(&Running) -> bool) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbered = entries.filter_map(|entry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let directory = entry.path();
        wanted(&Running { directory }).then_some(id)
    });
    numbered.collect()
}

fn written(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file)
        .and_then(|about| about.modified())
        .ok()
}

/// Returns the program that deploys stacks and rotates their keys. It is built beside the one that starts them.
///
/// # Panics
/// Panics if that one was not built.
#[must_use]
pub fn deployment_program() -> PathBuf {
    local_program().with_file_name("deployment")
}

/// Returns the program that starts stacks: `DOZO_LOCAL`, which `with-stack` sets, or else the one built beside the
/// tests.
///
/// # Panics
/// Panics if it was not built.
#[must_use]
pub fn local_program() -> PathBuf {
    if let Some(path) = std::env::var_os("DOZO_LOCAL") {
        return path.into();
    }
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap().join("local");
    assert!(built.is_file(), "{}: run `make test`", built.display());
    built
}
