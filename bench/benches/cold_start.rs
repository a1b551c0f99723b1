//! Measures how long each function takes from exec to its first request to the Lambda Runtime API, and how large it is.
//!
//! Run it with `make bench-cold-start`. It starts the binaries in `dist/`, as deployed, each with the environment that
//! the stack gives it. For comparison, it also starts a function that does nothing ([`bare`](../bare/src/main.rs)): the
//! difference is the cost of our code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and sizes are far below 2^52"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dozo_bench::report::Report;
use dozo_bench::runtime_api::{Program, time_start};
use dozo_bench::samples::Samples;
use dozo_tests::stack::{Keys, Stack};
use dozo_tests::template::workspace;
use serde_json::Value;

/// The number of measured starts, after one that brings the file into the page cache.
const STARTS: usize = 41;

/// The environment variable with the path of the function that does nothing; `make` sets it.
const BARE: &str = "BARE_FUNCTION";

#[tokio::main]
async fn main() {
    let stack = Stack::running();
    let mut report = Report::new("cold start");
    report.note(format!(
        "From exec to the first request for work; {STARTS} starts each, one after the other, the file in the page cache."
    ));
    report.note(
        "To hold: a median of 15 ms or less. Loading the binary on Lambda's side comes before it.",
    );
    if let Some(path) = std::env::var_os(BARE) {
        measure(
            &mut report,
            "(does nothing)",
            PathBuf::from(path),
            lambdas_own("bare", 128),
        );
    }
    for (directory, function) in &stack.file.functions {
        let root = workspace().join(format!("dist/{directory}"));
        let mut environment = environment(&stack, function).await;
        let here = root.to_str().unwrap().to_owned();
        environment.insert("LAMBDA_TASK_ROOT".to_owned(), here);
        measure(&mut report, directory, root.join("bootstrap"), environment);
    }
    report.print().unwrap();
}

fn measure(report: &mut Report, name: &str, path: PathBuf, environment: BTreeMap<String, String>) {
    let megabytes = size(&path) as f64 / 1e6;
    let program = Program { path, environment };
    let start = || time_start(&program).unwrap_or_else(|error| panic!("{name}: {error}"));
    start();
    let times = Samples::of((0..STARTS).map(|_| start()));
    report.row(
        name,
        &[
            ("p50_ms", times.median()),
            ("p95_ms", times.percentile(95)),
            ("megabytes", megabytes),
        ],
    );
}

fn size(path: &Path) -> u64 {
    let about = std::fs::metadata(path);
    about
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .len()
}

/// The variables of the deployed function and those that Lambda adds. None of them tells that this is not AWS.
async fn environment(stack: &Stack, function: &str) -> BTreeMap<String, String> {
    let lambda = stack.service(&Keys::root(), "lambda");
    let path = format!("/2015-03-31/functions/{function}/configuration");
    let configuration = lambda.get(&path).await.json();
    let memory = configuration.get("MemorySize").and_then(Value::as_u64);
    let mut all = lambdas_own(function, memory.unwrap());
    let variables = configuration.pointer("/Environment/Variables").unwrap();
    let texts = variables.as_object().unwrap().iter();
    all.extend(texts.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())));
    all
}

/// The variables that Lambda sets.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
fn lambdas_own(function: &str, memory_megabytes: u64) -> BTreeMap<String, String> {
    let memory = memory_megabytes.to_string();
    [
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/of-nobody"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "of-nobody"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAOFNOBODY"),
        ("AWS_SECRET_ACCESS_KEY", "of nobody"),
        ("AWS_SESSION_TOKEN", "of nobody"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
