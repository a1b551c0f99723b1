//! Runs the command lines of the repository to an exit code. They say why they failed.

use std::error::Error;
use std::process::ExitCode;

/// Any reason for which a command failed.
pub type Failure = Box<dyn Error>;

/// Runs a command to its end, and writes a failure with its causes to standard error.
pub fn run(command: impl Future<Output = Result<u8, Failure>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
