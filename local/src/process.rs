//! Inspects and stops other processes by their id.
//!
//! An id alone proves nothing, because the system reuses ids: before a recorded process is stopped, check what it
//! runs. On systems without `/proc` (macOS), `ps` is used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{
    Pid, Signal, kill_process, kill_process_group, test_kill_process, test_kill_process_group,
};

/// Time between two checks: short enough not to be noticed, long enough to cost nothing.
const POLL: Duration = Duration::from_millis(50);

/// A process, which may already be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    pid: Pid,
}

impl Process {
    /// Returns `None` for ids that no process can have.
    pub fn from_id(id: u32) -> Option<Self> {
        let raw = i32::try_from(id).ok()?;
        Pid::from_raw(raw).map(|pid| Self { pid })
    }

    /// Tells whether the process exists, also as a zombie.
    pub fn exists(self) -> bool {
        test_kill_process(self.pid).is_ok()
    }

    /// Returns its command line with arguments separated by spaces, or `None` if the process is gone or cannot be
    /// inspected.
    pub fn command_line(self) -> Option<String> {
        let id = self.pid.as_raw_nonzero();
        if let Ok(bytes) = std::fs::read(format!("/proc/{id}/cmdline")) {
            let text = String::from_utf8_lossy(&bytes).replace('\0', " ");
            return Some(text.trim().to_owned()).filter(|line| !line.is_empty());
        }
        let asked = std::process::Command::new("ps")
            .args(["-o", "command=", "-p", &id.to_string()])
            .output()
            .ok()?;
        Some(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
            .filter(|line| !line.is_empty())
    }

    /// Sends SIGTERM; a process that is already gone is no error.
    pub fn terminate(self) {
        kill_process(self.pid, Signal::TERM).unwrap_or_default();
    }

    /// Waits until the process is gone; returns `false` if it is still there after `patience`.
    pub async fn gone_within(self, patience: Duration) -> bool {
        poll_until(patience, || !self.exists()).await
    }

    /// Stops every process of the group it leads, first with SIGTERM, then with SIGKILL.
    ///
    /// This is for children whose leader is gone, for which nobody else waits.
    pub async fn end_group(self, patience: Duration) {
        kill_process_group(self.pid, Signal::TERM).unwrap_or_default();
        if poll_until(patience, || test_kill_process_group(self.pid).is_err()).await {
            return;
        }
        kill_process_group(self.pid, Signal::KILL).unwrap_or_default();
    }
}

async fn poll_until(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    let start = std::time::Instant::now();
    loop {
        if done() {
            return true;
        }
        if start.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Returns the processes whose program lies under `directory`: functions that outlived their emulator.
///
/// Returns an empty list on systems without `/proc`; there, such functions exit by themselves at their next poll.
pub fn running_from(directory: &Path) -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let wanted: PathBuf = directory
        .canonicalize()
        .unwrap_or_else(|_| directory.to_owned());
    entries
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            let program = std::fs::read_link(entry.path().join("exe")).ok()?;
            if program.starts_with(&wanted) {
                Process::from_id(id)
            } else {
                None
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_know_ourselves() {
        let own = Process::from_id(std::process::id()).unwrap();
        assert!(own.exists());
        assert!(own.command_line().unwrap().contains("local"));
    }

    #[test]
    fn no_process_has_id_zero() {
        assert_eq!(
            Process::from_id(0),
            None,
            "signals to 0 would reach our own group"
        );
    }

    #[tokio::test]
    async fn a_group_ends_with_its_children() {
        let mut leader = tokio::process::Command::new("sh");
        leader.args(["-c", "sleep 60 & sleep 60"]).process_group(0);
        let mut child = leader.spawn().unwrap();
        let process = Process::from_id(child.id().unwrap()).unwrap();
        let (_, status) = tokio::join!(process.end_group(Duration::from_secs(5)), child.wait());
        assert!(!status.unwrap().success());
        assert!(!process.exists());
    }
}
