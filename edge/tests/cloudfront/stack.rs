//! A new emulator for one test, on a free loopback port; it ends with the test.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

/// A cold start on two busy cores takes some seconds.
const START_PATIENCE: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);

/// A running emulator.
pub(crate) struct Stack {
    pub(crate) endpoint: String,
    _process: Child,
    _state: tempfile::TempDir,
}

impl Stack {
    /// Starts the emulator and waits until it answers.
    pub(crate) async fn start() -> Self {
        let program = program();
        let state = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = Command::new(&program)
            .current_dir(state.path())
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AUTH", "true")
            .env("IOT_MTLS_ENABLED", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let endpoint = format!("http://127.0.0.1:{port}");
        let health = format!("{endpoint}/_ministack/health");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answers = async {
            while client.get(&health).send().await.is_err() {
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::time::timeout(START_PATIENCE, answers)
            .await
            .expect("the emulator answers");
        Self {
            endpoint,
            _process: process,
            _state: state,
        }
    }
}

/// Returns `$DOZO_VENV/bin/ministack`, or the one that `make run` and `make test` install.
fn program() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let venv =
        std::env::var_os("DOZO_VENV").map_or_else(|| root.join(".local/venv"), PathBuf::from);
    let program = venv.join("bin/ministack");
    assert!(
        program.is_file(),
        "there is no {}: run `make test`, which installs it, or set DOZO_VENV to a virtual environment that has ministack",
        program.display(),
    );
    program
}
