//! An emulator whose clock the test sets, with the platform deployed to it: the preloaded `libfaketime` reads from a
//! file how far the clock is ahead. It has no edge and no local users, because only uploading is tested.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use dozo_tests::own_stack::deployment_program;
use dozo_tests::stack::{PATIENCE, Program, Stack, until};
use dozo_tests::template::workspace;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

const REGION: &str = "us-east-1";

/// The emulator and its stack, which run until this is dropped.
pub(crate) struct ShiftedStack {
    pub(crate) stack: Stack,
    emulator: Emulator,
}

struct Emulator {
    endpoint: String,
    directory: TempDir,
    child: Child,
}

impl ShiftedStack {
    /// Starts an emulator with the real time and deploys the platform.
    pub(crate) async fn start() -> Self {
        let emulator = Emulator::start();
        let ready = format!("{}/_ministack/ready", emulator.endpoint);
        until("the emulator is up", PATIENCE, || async {
            let answer = reqwest::get(&ready).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        let outputs = emulator.deploy().await;
        let path = emulator.directory.path().join("stack.json");
        std::fs::write(&path, emulator.stack_file(&outputs)).unwrap();
        Self {
            stack: Stack::read(&path),
            emulator,
        }
    }

    /// Sets the clock ahead of the time of day, and waits until the emulator has noticed.
    pub(crate) async fn set_ahead(&self, minutes: u64) {
        std::fs::write(self.emulator.clock(), format!("+{minutes}m")).unwrap();
        let ready = format!("{}/_ministack/ready", self.emulator.endpoint);
        let ahead = Duration::from_secs(minutes * 60 - 10);
        until("the emulator's clock is ahead", PATIENCE, || async {
            let answer = self.stack.fetch(&ready).await;
            let date = httpdate::parse_http_date(answer.header("date")).unwrap();
            (date >= SystemTime::now() + ahead).then_some(())
        })
        .await;
    }
}

impl Emulator {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let endpoint = format!("http://127.0.0.1:{port}");
        std::fs::write(directory.path().join("clock"), "+0").unwrap();
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let mut command = Command::new(workspace().join(".local/venv/bin/python"));
        command
            .args(["-m", "ministack"])
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("AWS_ENDPOINT_URL", &endpoint)
            .envs([
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ])
            .envs([("MINISTACK_REGION", REGION), ("AWS_DEFAULT_REGION", REGION)])
            .envs([
                ("AUTH", "true"),
                ("IOT_MTLS_ENABLED", "0"),
                ("SFTP_ENABLED", "0"),
            ])
            .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
            .env("TMPDIR", directory.path())
            .env("LD_PRELOAD", libfaketime())
            .env("FAKETIME_TIMESTAMP_FILE", directory.path().join("clock"))
            .env("FAKETIME_CACHE_DURATION", "1")
            // Timeouts follow the monotonic clock, which is not changed.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        Self {
            endpoint,
            child: command.spawn().unwrap(),
            directory,
        }
    }

    fn clock(&self) -> PathBuf {
        self.directory.path().join("clock")
    }

    /// Deploys as a person would, with the account root's key; the output names the stack's outputs.
    async fn deploy(&self) -> String {
        let arch = if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "x86_64"
        };
        Program::new(deployment_program())
            .directory(workspace())
            .envs(
                [
                    ("AWS_ACCESS_KEY_ID", "test"),
                    ("AWS_SECRET_ACCESS_KEY", "test"),
                ]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
            )
            .args([
                "deploy",
                "--stack",
                "dozo-shifted",
                "--region",
                REGION,
                "--arch",
                arch,
            ])
            .args(["--endpoint-url", &self.endpoint])
            .args(["--", "Place=laptop", "PublicHost=http://127.0.0.1:1"])
            .run()
            .await
            .succeeded()
    }

    fn stack_file(&self, outputs: &str) -> String {
        let output = |name: &str| {
            let words = outputs.lines().map(|line| line.split_whitespace());
            let mut found =
                words.filter_map(|mut words| (words.next()? == name).then(|| words.next())?);
            found
                .next()
                .unwrap_or_else(|| panic!("no {name}: {outputs}"))
                .to_owned()
        };
        let root = json!({"access_key_id": "test", "secret_access_key": "test"});
        json!({
            "region": REGION,
            "account": "000000000000",
            "stack": "dozo-shifted",
            "aws_endpoint": self.endpoint,
            "api": format!("{}/_aws/execute-api/{}", self.endpoint, output("ApiId")),
            "cdn": "",
            "buckets": {"upload": output("UploadBucket"), "records": output("RecordsBucket")},
            "queues": {},
            "functions": {},
            "distribution_id": output("DistributionId"),
            "credentials": {"app": root, "admin": root},
        })
        .to_string()
    }
}

impl Drop for Emulator {
    /// Kills the emulator and the functions, which are in its process group.
    fn drop(&mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            kill_process_group(group, Signal::KILL).unwrap_or_default();
        }
    }
}

/// Finds the library in the tests' own Python environment, whose wheel ships it.
fn libfaketime() -> PathBuf {
    let library = Path::new("site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1");
    let pythons = std::fs::read_dir(workspace().join(".local/venv-test/lib")).unwrap();
    let mut libraries = pythons.map(|python| python.unwrap().path().join(library));
    libraries
        .find(|library| library.exists())
        .expect("libfaketime; run `make test`")
}
