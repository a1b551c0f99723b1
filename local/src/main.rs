//! The command line that runs the local stack; usually the Makefile calls it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use deployment::checkout::Checkout;
use deployment::program::{self, Failure};
use deployment::progress::Progress;
use local::interrupt::Interrupts;
use local::local_stack::LocalStack;
use local::stack_dir::StackDir;
use local::with_stack::WithStack;
use local::{run, with_stack};

/// Runs Dozo on this machine.
#[derive(Parser)]
#[command(name = "local", version)]
struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Run the local stack until Ctrl-C
    Run(RunArguments),
    /// Run a command with a local stack of its own
    WithStack(WithStackArguments),
}

#[derive(Args)]
struct RunArguments {
    /// Port of the AWS endpoint, 0 for that of the saved state, or else any free one
    #[arg(long, env = "DOZO_AWS_PORT", default_value_t = 4566)]
    aws_port: u16,
    /// Port of the edge, 0 for any free one
    #[arg(long, env = "DOZO_CDN_PORT", default_value_t = 8080)]
    cdn_port: u16,
    /// Port of the demo page, 0 for any free one
    #[arg(long, env = "DOZO_DEMO_PORT", default_value_t = 8000)]
    demo_port: u16,
    /// Directory for state, logs and stack.json [default: .local]
    #[arg(long)]
    state_dir: Option<PathBuf>,
    /// Stack name
    #[arg(long, default_value = "dozo-local")]
    stack: String,
}

#[derive(Args)]
struct WithStackArguments {
    /// Keep the state in this directory
    #[arg(long)]
    keep_state: Option<PathBuf>,
    /// Stack name
    #[arg(long, default_value = "dozo-test")]
    stack: String,
    /// The command to run, with its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

fn main() -> ExitCode {
    let command = Command::parse();
    program::run(act(command.action))
}

async fn act(action: Action) -> Result<u8, Failure> {
    let checkout = Checkout::around_here()?;
    let progress = Progress::to_stderr();
    match action {
        Action::Run(arguments) => {
            let directory = arguments
                .state_dir
                .map_or_else(|| Ok(checkout.default_stack_dir()), std::path::absolute)?;
            let stack = LocalStack {
                checkout,
                directory: StackDir::at(directory),
                name: arguments.stack,
                aws_port: arguments.aws_port,
                cdn_port: arguments.cdn_port,
                demo_port: arguments.demo_port,
            };
            Ok(run::run(&stack, Interrupts::listen()?, progress)
                .await?
                .exit_code())
        }
        Action::WithStack(arguments) => {
            let keep_state = arguments.keep_state.map(std::path::absolute).transpose()?;
            let wanted = WithStack {
                checkout,
                name: arguments.stack,
                keep_state,
                command: arguments.command,
            };
            Ok(with_stack::run(&wanted, Interrupts::listen()?, progress).await?)
        }
    }
}
