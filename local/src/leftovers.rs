//! Stops the processes that a killed stack left running in its directory.
//!
//! After `kill -9` of the process that started them, the emulator and its functions go on. The process that holds the
//! directory's lock owns them, and stops them before it starts its own: the emulator with SIGTERM, because it may
//! still save its state.

use std::path::Path;
use std::time::Duration;

use crate::lock::StackLock;
use crate::ministack::EmulatorRecord;
use crate::private_file::read_if_valid;
use crate::process::{Process, running_from};
use crate::stack_dir::StackDir;

/// The processes that were found and stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leftovers {
    /// Process id of the emulator, if it was still running.
    pub emulator: Option<u32>,
    /// Number of functions that ran without an emulator.
    pub functions: usize,
    /// Whether the last stop was unclean, which shows in an emulator record that was not removed.
    pub unclean: bool,
}

/// Stops the processes of `stack`; the caller must hold its lock.
pub async fn stop(stack: &StackDir) -> Leftovers {
    let record: Option<EmulatorRecord> = read_if_valid(&stack.emulator_record());
    let mut found = Leftovers {
        unclean: record.is_some(),
        ..Leftovers::default()
    };
    if let Some(record) = record
        && let Some(process) = Process::from_id(record.pid)
        && is_emulator(process, record.pid, stack)
    {
        found.emulator = Some(record.pid);
        process.terminate();
        if !process.gone_within(Duration::from_secs(30)).await {
            process.end_group(Duration::ZERO).await;
        }
    }
    for function in running_from(&stack.scratch()) {
        found.functions += 1;
        function.terminate();
        function.gone_within(Duration::from_secs(2)).await;
    }
    std::fs::remove_file(stack.emulator_record()).unwrap_or_default();
    found
}

/// Stops and removes the stacks of killed `with-stack` runs; stacks that are up hold their lock and are left alone.
pub async fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let stack = StackDir::at(entry.path());
        // Without a lock file, only logs are left, which are kept on purpose.
        if !stack.lock().exists() {
            continue;
        }
        if let Ok(lock) = StackLock::take(&stack.lock()) {
            stop(&stack).await;
            std::fs::remove_dir_all(stack.root()).unwrap_or_default();
            drop(lock);
        }
    }
}

/// Tells whether the process is this stack's emulator. The id may belong to another process by now, and another
/// stack's emulator differs only in its environment.
fn is_emulator(process: Process, pid: u32, stack: &StackDir) -> bool {
    if !process
        .command_line()
        .is_some_and(|line| line.contains("ministack"))
    {
        return false;
    }
    match std::fs::read(format!("/proc/{pid}/environ")) {
        Ok(environment) => {
            let wanted = format!("STATE_DIR={}", stack.snapshot().display());
            environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == wanted.as_bytes())
        }
        // Without /proc, the command line has to be enough.
        Err(_) => !Path::new("/proc/self").exists(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_file::write_private;

    #[tokio::test]
    async fn a_foreign_process_under_a_recorded_id_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let stack = StackDir::at(directory.path());
        std::fs::create_dir_all(stack.state()).unwrap();
        let mut foreign = tokio::process::Command::new("sleep")
            .arg("60")
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        write_private(
            &stack.emulator_record(),
            &EmulatorRecord {
                pid: foreign.id().unwrap(),
            },
        )
        .unwrap();
        let found = stop(&stack).await;
        assert_eq!(
            found,
            Leftovers {
                emulator: None,
                functions: 0,
                unclean: true
            }
        );
        assert!(foreign.try_wait().unwrap().is_none());
        assert!(!stack.emulator_record().exists());
    }

    #[tokio::test]
    async fn a_function_without_its_emulator_is_ended() {
        let directory = tempfile::tempdir().unwrap();
        let stack = StackDir::at(directory.path());
        std::fs::create_dir_all(stack.scratch()).unwrap();
        let bootstrap = stack.scratch().join("bootstrap");
        // Copied by another process. A file that this one holds open for writing may be inherited
        // by a child of another test, and cannot be run until that child is done ("Text file busy").
        let copied = std::process::Command::new("cp")
            .args([Path::new("/bin/sleep"), &bootstrap])
            .status()
            .unwrap();
        assert!(copied.success());
        let mut function = tokio::process::Command::new(&bootstrap)
            .arg("60")
            .spawn()
            .unwrap();
        let (found, status) = tokio::join!(stop(&stack), function.wait());
        assert!(!status.unwrap().success());
        if Path::new("/proc/self").exists() {
            assert_eq!(found.functions, 1);
        }
    }
}
