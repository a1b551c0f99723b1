//! The command line that deploys to AWS and looks after what is deployed; usually the Makefile calls it.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use deployment::artifacts::Architecture;
use deployment::aws_cli::{Access, AwsCli};
use deployment::checkout::Checkout;
use deployment::deploy::{Approval, Deployment, deploy};
use deployment::program::{self, Failure};
use deployment::progress::Progress;
use deployment::{concurrency, destroy, keys, revoke};

/// Deploys Dozo, and looks after what is deployed.
#[derive(Parser)]
#[command(name = "deployment", version)]
struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Deploy the stack, with the functions in `dist/`
    Deploy(DeployArguments),
    /// Rotate the token user's key and the CloudFront key
    Keys(KeysArguments),
    /// End all upload credentials issued so far
    Revoke(Target),
    /// Remove a deployment; media are kept
    Destroy(DestroyArguments),
}

/// Uses the credentials that the AWS CLI would use.
#[derive(Args)]
struct Target {
    /// Stack name
    #[arg(long, default_value = "dozo")]
    stack: String,
    /// AWS region
    #[arg(long)]
    region: String,
    /// Endpoint to use instead of AWS's own
    #[arg(long)]
    endpoint_url: Option<String>,
}

#[derive(Args)]
struct DeployArguments {
    #[command(flatten)]
    target: Target,
    /// Architecture that `dist/` was built for
    #[arg(long, default_value = "arm64")]
    arch: Architecture,
    /// Minutes for which an update is watched: if functions crash or requests fail, it is rolled back. 0 watches nothing
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(..=180))]
    watch_minutes: u8,
    /// Replace or remove also what holds data or addresses, without asking
    #[arg(long)]
    replace: bool,
    /// Template parameters
    #[arg(value_name = "NAME=VALUE", value_parser = name_and_value)]
    parameters: Vec<(String, String)>,
}

#[derive(Args)]
struct KeysArguments {
    #[command(flatten)]
    target: Target,
    /// Seconds for which the old keys stay valid; functions cache keys for 300
    #[arg(long, default_value_t = keys::DEFAULT_WAIT.as_secs())]
    wait_seconds: u64,
}

#[derive(Args)]
struct DestroyArguments {
    #[command(flatten)]
    target: Target,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

fn main() -> ExitCode {
    let command = Command::parse();
    program::run(act(command.action))
}

async fn act(action: Action) -> Result<u8, Failure> {
    let checkout = Checkout::around_here()?;
    let progress = Progress::to_stderr();
    match action {
        Action::Deploy(arguments) => deploy_and_tell(checkout, arguments, progress).await,
        Action::Keys(arguments) => {
            let aws = aws_cli(&checkout, &arguments.target);
            let wait = Duration::from_secs(arguments.wait_seconds);
            keys::rotate(&aws, &arguments.target.stack, wait, progress).await?;
            Ok(0)
        }
        Action::Revoke(target) => {
            let before = revoke::revoke(&aws_cli(&checkout, &target), &target.stack).await?;
            say(&format!(
                "Upload credentials issued before {before} are refused (AWS may take a few minutes).\n"
            ))?;
            Ok(0)
        }
        Action::Destroy(arguments) => destroy_if_confirmed(&checkout, &arguments, progress).await,
    }
}

async fn deploy_and_tell(
    checkout: Checkout,
    arguments: DeployArguments,
    progress: Progress,
) -> Result<u8, Failure> {
    let aws = aws_cli(&checkout, &arguments.target);
    let parameters: BTreeMap<String, String> = arguments.parameters.into_iter().collect();
    let wanted = Deployment {
        checkout,
        stack: arguments.target.stack,
        architecture: arguments.arch,
        parameters,
        watch_minutes: arguments.watch_minutes,
        approval: match (arguments.replace, std::io::stdin().is_terminal()) {
            (true, _) => Approval::Given,
            (false, true) => Approval::Asked(|question| Ok(answer(question)? == "yes")),
            (false, false) => Approval::Missing,
        },
    };
    let deployed = deploy(&aws, &wanted, progress).await?;
    let mut text = format!("\nStack {} is deployed:\n", deployed.name);
    for (name, value) in &deployed.outputs {
        text.push_str(&format!("  {name:<24} {value}\n"));
    }
    say(&text)?;
    if let Some(note) = concurrency::note(&aws, &wanted.stack).await {
        progress.note(&note);
    }
    Ok(0)
}

async fn destroy_if_confirmed(
    checkout: &Checkout,
    arguments: &DestroyArguments,
    progress: Progress,
) -> Result<u8, Failure> {
    let target = &arguments.target;
    if !arguments.yes && !confirmed(&target.stack, &target.region)? {
        say("Nothing was changed.\n")?;
        return Ok(1);
    }
    let retained = destroy::destroy(&aws_cli(checkout, target), &target.stack, progress).await?;
    if !retained.is_empty() {
        say(&destroy::how_to_delete(&retained))?;
    }
    Ok(0)
}

fn confirmed(stack: &str, region: &str) -> std::io::Result<bool> {
    let question = format!(
        "This removes stack {stack} in {region}; uploads and delivery stop. To continue, type the name of the stack: "
    );
    Ok(answer(&question)? == stack)
}

fn answer(question: &str) -> std::io::Result<String> {
    say(question)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

fn aws_cli(checkout: &Checkout, target: &Target) -> AwsCli {
    let access = Access::Environment {
        endpoint: target.endpoint_url.clone(),
    };
    AwsCli::new(
        checkout.venv_bin(),
        checkout.root().to_owned(),
        target.region.clone(),
        access,
    )
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write a parameter like Name=Value")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn say(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
