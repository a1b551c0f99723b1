//! The origin of a report's figures: machine, commit, versions. Figures mean nothing without it.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Serialize;

/// The head of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The processor's model, as the system reports it.
    pub cpu: String,
    /// The number of logical cores that this process may use.
    pub cores: usize,
    /// The machine's memory in bytes; 0 if it is unknown.
    pub memory_bytes: u64,
    /// The measured commit; it ends in `+` if files differ from it.
    pub commit: String,
    /// The versions of the components, by name.
    pub versions: BTreeMap<String, String>,
}

impl Head {
    /// The head for this machine and checkout; facts that cannot be determined are `unknown`.
    #[must_use]
    pub fn here() -> Self {
        let cpu = read("/proc/cpuinfo", "model name");
        let memory = read("/proc/meminfo", "MemTotal").unwrap_or_default();
        let kibibytes = memory.split(' ').next().and_then(|kb| kb.parse().ok());
        let rustc = said("rustc", &["--version"]);
        Self {
            cpu: cpu.unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: kibibytes.unwrap_or(0_u64).saturating_mul(1_024),
            commit: commit(),
            versions: BTreeMap::from([("rustc".to_owned(), rustc.unwrap_or_else(unknown))]),
        }
    }

    /// The head as text of three lines or more.
    #[must_use]
    pub fn text(&self) -> String {
        let gibibytes = self.memory_bytes / (1 << 30);
        let mut text = format!(
            "machine  {}, {} cores, {gibibytes} GiB\ncommit   {}\n",
            self.cpu, self.cores, self.commit
        );
        for (name, version) in &self.versions {
            text.push_str(&format!("{name:<8} {version}\n"));
        }
        text
    }
}

/// The first line that a program prints; `None` if the program fails or cannot be run.
#[must_use]
pub fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    output.status.success().then_some(line)
}

fn commit() -> String {
    let Some(id) = said("git", &["rev-parse", "--short=12", "HEAD"]) else {
        return unknown();
    };
    let changes = said("git", &["status", "--porcelain"]).unwrap_or_default();
    let mark = if changes.is_empty() { "" } else { "+" };
    format!("{id}{mark}")
}

/// The value after the first `name : value` in one of Linux's files.
fn read(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

fn unknown() -> String {
    "unknown".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_the_compiler_and_says_what_is_unknown() {
        let head = Head::here();
        let text = head.text();
        assert!(text.contains("rustc"), "{text}");
        assert!(!head.cpu.is_empty() && !head.commit.is_empty(), "{head:?}");
        assert!(head.cores > 0);
    }

    #[test]
    fn a_program_that_fails_said_nothing() {
        assert_eq!(said("false", &[]), None);
        assert_eq!(said("/no/such/program", &[]), None);
        assert_eq!(said("echo", &["one"]).as_deref(), Some("one"));
    }
}
