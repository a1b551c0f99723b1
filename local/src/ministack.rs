//! Starts the AWS emulator, waits until it is ready, and stops it.
//!
//! It runs in a process group of its own, so that Ctrl-C reaches only us and we can stop it with SIGTERM: it saves
//! its state on no other signal. Its functions are child processes that it does not stop itself. It gets none of the
//! user's environment variables that could name a real account, because it passes its environment on to the
//! functions. Everything listens on loopback; the MQTT listener, which can only bind to 0.0.0.0, stays off.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

use crate::private_file::write_private;
use crate::process::Process;
use crate::stack_dir::StackDir;
use deployment::aws_cli::plain_environment;
use deployment::checkout::Checkout;
use stack_file::AccessKey;

/// A cold start takes 3 s on two busy cores; restoring saved state takes longer.
const START_PATIENCE: Duration = Duration::from_secs(90);
/// Saving the state takes well under a second; open connections get 3 s to finish.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// Functions have nothing to save.
const FUNCTIONS_PATIENCE: Duration = Duration::from_secs(3);

/// A running emulator.
#[derive(Debug)]
pub struct Ministack {
    child: Child,
    endpoint: String,
    log: PathBuf,
    record: PathBuf,
}

/// Records which process serves a stack directory; see [`crate::leftovers`].
#[derive(Debug, Serialize, Deserialize)]
pub struct EmulatorRecord {
    /// Process id, which is also the id of its process group.
    pub pid: u32,
}

/// The reasons why the emulator cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum MinistackError {
    /// The program cannot be started, or its files cannot be written.
    #[error("cannot start the AWS emulator ({what} failed)")]
    Start {
        /// The step that failed.
        what: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// The emulator exited by itself.
    #[error("the AWS emulator stopped while it was starting ({status}); the last lines of {}:\n{tail}", log.display())]
    Ended {
        /// Its exit status.
        status: std::process::ExitStatus,
        /// Its log file.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// The emulator did not become ready in time.
    #[error("the AWS emulator is not ready after {} s; see {}", START_PATIENCE.as_secs(), log.display())]
    NotReady {
        /// Its log file.
        log: PathBuf,
    },
}

/// The root key of the emulator's account. It is publicly known and works on loopback only.
pub fn root_key() -> AccessKey {
    AccessKey {
        access_key_id: "test".to_owned(),
        secret_access_key: "test".to_owned(),
    }
}

impl Ministack {
    /// Starts the emulator at `address` with the state of `stack`; [`Self::ready`] waits for it.
    ///
    /// # Errors
    ///
    /// [`MinistackError::Start`]; no process is left running in that case.
    pub fn spawn(
        checkout: &Checkout,
        address: SocketAddr,
        region: &str,
        stack: &StackDir,
    ) -> Result<Self, MinistackError> {
        let failed = |what| move |source| MinistackError::Start { what, source };
        for directory in [
            stack.snapshot(),
            stack.objects(),
            stack.scratch(),
            stack.logs(),
        ] {
            std::fs::create_dir_all(directory).map_err(failed("creating its directories"))?;
        }
        let log = stack.logs().join("ministack.log");
        let mut command = command(checkout, address, region, stack);
        let output = keep_previous(&log).map_err(failed("opening its log"))?;
        let errors = output.try_clone().map_err(failed("opening its log"))?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = command.spawn().map_err(failed(
            "running its Python program, which `make run` installs,",
        ))?;
        let started = Self {
            child,
            endpoint: format!("http://{address}"),
            log,
            record: stack.emulator_record(),
        };
        started
            .write_record()
            .map_err(failed("recording its process id"))?;
        Ok(started)
    }

    /// Waits until the emulator answers.
    ///
    /// # Errors
    ///
    /// [`MinistackError`]; the emulator may still be running in that case.
    pub async fn ready(&mut self) -> Result<(), MinistackError> {
        let client = reqwest::Client::new();
        let url = format!("{}/_ministack/ready", self.endpoint);
        let start = std::time::Instant::now();
        while start.elapsed() < START_PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(MinistackError::Ended {
                    status,
                    log: self.log.clone(),
                    tail: tail(&self.log),
                });
            }
            if client
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(MinistackError::NotReady {
            log: self.log.clone(),
        })
    }

    /// Base URL of all its services.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Waits until the emulator exits by itself, which happens only if something is wrong, and returns its exit
    /// status.
    pub async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Sends SIGTERM, waits until the state is saved, then stops the functions; returns `false` if it had to be
    /// killed.
    pub async fn stop(&mut self) -> bool {
        let Some(process) = self.child.id().and_then(Process::from_id) else {
            return self.forget();
        };
        process.terminate();
        let saved = tokio::time::timeout(STOP_PATIENCE, self.child.wait())
            .await
            .is_ok();
        if !saved {
            self.child.kill().await.unwrap_or_default();
        }
        process.end_group(FUNCTIONS_PATIENCE).await;
        self.forget() && saved
    }

    /// Kills the emulator at once; whatever was only in its memory is lost.
    pub async fn kill(&mut self) {
        let process = self.child.id().and_then(Process::from_id);
        self.child.kill().await.unwrap_or_default();
        if let Some(process) = process {
            process.end_group(Duration::ZERO).await;
        }
        self.forget();
    }

    fn write_record(&self) -> std::io::Result<()> {
        let pid = self.child.id().unwrap_or_default();
        write_private(&self.record, &EmulatorRecord { pid })
    }

    fn forget(&self) -> bool {
        std::fs::remove_file(&self.record).unwrap_or_default();
        true
    }
}

fn command(checkout: &Checkout, address: SocketAddr, region: &str, stack: &StackDir) -> Command {
    let key = root_key();
    let mut command = Command::new(checkout.venv_bin().join("python3"));
    // `-P` keeps the script's own directory out of Python's module path.
    command
        .arg("-P")
        .arg(checkout.emulator())
        .process_group(0)
        .env_clear()
        .envs(plain_environment());
    command
        .env("GATEWAY_PORT", address.port().to_string())
        .env("BIND_HOST", address.ip().to_string());
    command.env("AWS_ENDPOINT_URL", format!("http://{address}"));
    command
        .env("AWS_ACCESS_KEY_ID", key.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", key.secret_access_key);
    command
        .env("MINISTACK_REGION", region)
        .env("AWS_DEFAULT_REGION", region);
    command
        .env("AUTH", "true")
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0");
    command
        .env("PERSIST_STATE", "1")
        .env("STATE_DIR", stack.snapshot());
    command
        .env("S3_PERSIST", "1")
        .env("S3_DATA_DIR", stack.objects());
    command
        .env("TMPDIR", stack.scratch())
        .env("PYTHONUNBUFFERED", "1");
    // A laptop runs as many functions at once as its memory allows; this setting of the emulator makes it a new account.
    let concurrency = "LAMBDA_ACCOUNT_CONCURRENCY";
    command.envs(std::env::var_os(concurrency).map(|most| (concurrency, most)));
    // This socket does not exist, so the emulator cannot touch the user's containers.
    command.env(
        "DOCKER_HOST",
        format!(
            "unix://{}",
            stack.scratch().join("no-docker.sock").display()
        ),
    );
    command
}

/// Renames the previous log and opens a new one. One earlier log is kept: it shows what happened before a restart.
fn keep_previous(log: &Path) -> std::io::Result<std::fs::File> {
    if log.exists() {
        std::fs::rename(log, log.with_extension("previous.log"))?;
    }
    std::fs::File::create(log)
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(15).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emulator_learns_nothing_of_the_persons_account() {
        let stack = StackDir::at("/nowhere");
        let command = command(
            &Checkout::at("/nowhere"),
            "127.0.0.1:4566".parse().unwrap(),
            "us-east-1",
            &stack,
        );
        let names: Vec<String> = command
            .as_std()
            .get_envs()
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .collect();
        for name in [
            "AWS_PROFILE",
            "AWS_SESSION_TOKEN",
            "HTTP_PROXY",
            "HTTPS_PROXY",
        ] {
            assert!(!names.contains(&name.to_owned()), "{name}");
        }
        assert!(names.contains(&"AUTH".to_owned()));
    }

    #[test]
    fn one_earlier_log_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("ministack.log");
        std::fs::write(&log, "first").unwrap();
        keep_previous(&log).unwrap();
        assert_eq!(
            std::fs::read_to_string(log.with_extension("previous.log")).unwrap(),
            "first"
        );
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "");
    }
}
