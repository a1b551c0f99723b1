//! Passes the command line in, and the exit code out.

use std::process::ExitCode;

use clap::Parser;
use dozo_cli::args::Command;
use dozo_cli::say::screen::Screen;

fn main() -> ExitCode {
    let command = Command::parse();
    let screen = Screen::of_this_process(command.json());
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return screen.end(Err(error.into())),
    };
    let outcome = runtime.block_on(dozo_cli::commands::run(command, &screen));
    // Unfinished work, such as a question that nobody answers, must not keep the process alive.
    runtime.shutdown_background();
    screen.end(outcome)
}
