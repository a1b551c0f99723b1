//! The port that a saved state belongs to.
//!
//! The emulator names a queue by its URL, with the port it had when the queue was created, and the functions' variables
//! name queues by URL, too. A saved state works at this port only: elsewhere no message would ever be received.
//!
//! The format is that of the emulator pinned in `local/requirements/run.txt`:
//! `http://localhost:{port}/{account}/{name}` in `sqs.json`.

use std::path::Path;

use crate::ports::PortError;

/// Returns the port of the AWS endpoint to start with: `wanted`, or that of the saved state if any will do (0).
///
/// # Errors
///
/// [`PortError::Saved`] if the state in `snapshot` was saved at another port than `wanted`.
pub fn choose(wanted: u16, snapshot: &Path) -> Result<u16, PortError> {
    match saved_in(snapshot) {
        Some(saved) if wanted == 0 || wanted == saved => Ok(saved),
        Some(saved) => Err(PortError::Saved {
            wanted,
            saved,
            state: snapshot.parent().unwrap_or(snapshot).to_owned(),
        }),
        None => Ok(wanted),
    }
}

/// Returns the port in the first URL of a queue, and `None` if there is no snapshot, or no queue in it.
fn saved_in(snapshot: &Path) -> Option<u16> {
    let text = std::fs::read_to_string(snapshot.join("sqs.json")).ok()?;
    let addresses = text.split("http://localhost:").skip(1);
    addresses.filter_map(port_of_queue).next()
}

/// Returns the port of `{port}/{account}/…`, and `None` for other text: a message may name another server.
fn port_of_queue(text: &str) -> Option<u16> {
    let (port, path) = text.split_once('/')?;
    let (account, _) = path.split_once('/')?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|_| is_account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(queues: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("sqs.json"), queues).unwrap();
        directory
    }

    #[test]
    fn a_saved_state_keeps_its_port() {
        let state = saved(
            r#"{"body": "http://localhost:3000/page/1", "url": "http://localhost:4570/000000000000/a"}"#,
        );
        assert_eq!(choose(0, state.path()).unwrap(), 4570);
        assert_eq!(choose(4570, state.path()).unwrap(), 4570);
        let refused = choose(4566, state.path()).unwrap_err().to_string();
        assert!(refused.contains("DOZO_AWS_PORT=4570"), "{refused}");
    }

    #[test]
    fn a_new_state_takes_any_port() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(choose(0, empty.path()).unwrap(), 0);
        assert_eq!(choose(81, empty.path()).unwrap(), 81);
        assert_eq!(choose(81, saved("{}").path()).unwrap(), 81);
    }
}
