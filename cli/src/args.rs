//! The command line: its commands and options. Their implementation is in `commands`.

mod apps;
mod blocked;
mod captions;
mod describe;
mod export;
mod focus;
mod grant;
mod import;
mod list;
mod poster;
mod upload;
mod usage;
mod webhooks;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::apps::{
    Apps, AppsAction, ChangeApp, DeleteApp, Fields, Messages, MessagesAction, Preset, Register,
};

pub use self::blocked::{Blocked, BlockedAction};
pub use self::captions::{Captions, CaptionsAction};
pub use self::describe::Describe;
pub use self::export::{Export, Shelf};
pub use self::focus::Focus;
pub use self::grant::{Grant, Network};
pub use self::import::Import;
pub use self::list::{Index, List, ListedState};
pub use self::poster::Poster;
pub use self::upload::{Described, Upload};
pub use self::usage::Usage;
pub use self::webhooks::{Resend, Webhooks, WebhooksAction};
use crate::media::MediaRef;
use crate::span;

/// Printed below `dozo --help`.
const AFTER: &str = "\
Give one of --local, --stack and --api, or set DOZO_STACK_NAME or DOZO_API in the environment.
MEDIA is an id, app/id, or any URL that the media is delivered at.
Credentials come from the same sources as those of the AWS CLI (environment, profile, single sign-on, role).

EXIT CODES
  0 done   1 refused, rejected or failed   2 wrong use or set-up   3 no answer   4 not finished in time   130 interrupted";

/// Uploads media to Dozo, shows their state, and takes them down.
#[derive(Debug, Parser)]
#[command(name = "dozo", version, after_help = AFTER, max_term_width = 100, term_width = 100)]
pub struct Command {
    /// The API and the caller.
    #[command(flatten)]
    pub target: Target,
    /// The command.
    #[command(subcommand)]
    pub action: Action,
}

impl Command {
    /// Whether answers are to be JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        self.target.json
    }
}

/// The API and the caller.
#[derive(Debug, Clone, Default, Args)]
pub struct Target {
    /// The local stack: the file DOZO_STACK names, else .local/stack.json in this directory or above
    #[arg(long, global = true, help_heading = "Where")]
    pub local: bool,
    /// A stack on AWS
    #[arg(long, global = true, value_name = "NAME", help_heading = "Where")]
    pub stack: Option<String>,
    /// The API's address: the output ApiEndpoint of the stack
    #[arg(long, global = true, value_name = "URL", help_heading = "Where")]
    pub api: Option<String>,
    /// The AWS region, if the profile does not set it
    #[arg(long, global = true, help_heading = "Where")]
    pub region: Option<String>,
    /// The profile in the AWS configuration
    #[arg(long, global = true, value_name = "NAME", help_heading = "Where")]
    pub profile: Option<String>,
    /// With --local: the user to call the API as
    #[arg(
        long = "as",
        global = true,
        value_name = "USER",
        default_value = "admin",
        help_heading = "Where"
    )]
    pub user: LocalUser,
    /// The app [default: DOZO_APP; with --local: demo]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Where")]
    pub app: Option<String>,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
}

/// The users of a local stack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LocalUser {
    /// May do everything.
    #[default]
    Admin,
    /// May act for the app `demo` only.
    App,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Upload files, wait for the verdict, print their addresses
    Upload(Upload),
    /// Bring the objects of an S3 bucket in, by copies that S3 makes
    #[command(after_help = import::AFTER)]
    Import(Import),
    /// Write an app's originals and records to a folder or an S3 bucket
    #[command(after_help = export::AFTER)]
    Export(Export),
    /// Show one media
    Status(One),
    /// Explain what happened to a media, and what to do next
    Why(One),
    /// List media, the newest first: of a kind, with a tag, in a state; or those of an upload
    List(List),
    /// Index an app's media anew, so that lists have what was there before an upgrade or a change of --indexed
    Index(Index),
    /// Retry one media that failed or does not go on, or all of an app that failed
    Retry(Retry),
    /// Take a media down; `restore` brings it back
    Suspend(Suspend),
    /// Restore a suspended media
    Restore(Change),
    /// Erase a media for good
    Delete(Delete),
    /// Make a media public or private
    Visibility(SetVisibility),
    /// Put or remove captions of audio and video
    Captions(Captions),
    /// Say which point of a picture stays in sight when it is cut
    Focus(Focus),
    /// Say what a media shows: title, alternative text, tags and fields of your own
    Describe(Describe),
    /// Choose another picture of a film as its poster
    Poster(Poster),
    /// Give access to a private media for a limited time
    Grant(Grant),
    /// List, show, register, change and delete apps
    Apps(Apps),
    /// Say how much the app uploaded on a day, and how much it has stored
    Usage(Usage),
    /// List, show, register, change and remove the app's webhooks, and send events again
    Webhooks(Webhooks),
    /// List and clear messages that were given up and belong to no media
    Messages(Messages),
    /// List and lift the blocks of files that are refused because the same bytes were suspended
    Blocked(Blocked),
    /// Try out a deployed platform: upload, deliver, withdraw and erase a few files of its own
    Verify(Verify),
}

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// How long to wait for each thing that takes its time, such as a verdict
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = span::seconds)]
    pub wait: u64,
}

/// One media.
#[derive(Debug, Args)]
pub struct One {
    /// The media: its id, app/id, or address
    pub media: MediaRef,
}

/// The arguments of `retry`.
#[derive(Debug, Args)]
pub struct Retry {
    /// The media: its id, app/id, or address
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub media: Option<MediaRef>,
    /// All failed media of the app
    #[arg(long)]
    pub all: bool,
    /// With --all: only media with this failure code
    #[arg(long, requires = "all")]
    pub code: Option<String>,
    /// With --all: only show what would be retried
    #[arg(long, requires = "all")]
    pub dry_run: bool,
    /// With --all: go on after this media, where an earlier run broke off
    #[arg(long, value_name = "MEDIA", requires = "all")]
    pub after: Option<String>,
}

/// A change that continues after the answer.
#[derive(Debug, Args)]
pub struct Change {
    /// The media: its id, app/id, or address
    pub media: MediaRef,
    /// Wait until it is finished
    #[command(flatten)]
    pub wait: WaitForIt,
}

/// Whether to wait, and how long.
#[derive(Debug, Clone, Copy, Args)]
pub struct WaitForIt {
    /// Wait until it is finished, at most this long [default when given without a span: 10m]
    #[arg(long, value_name = "SPAN", num_args = 0..=1, require_equals = true, default_missing_value = "10m", value_parser = span::seconds)]
    pub wait: Option<u64>,
}

/// The arguments of `suspend`.
#[derive(Debug, Args)]
pub struct Suspend {
    /// The media.
    #[command(flatten)]
    pub change: Change,
    /// The reason; `legal` also prevents deletion
    #[arg(long)]
    pub reason: Reason,
    /// A note for the record
    #[arg(long)]
    pub note: Option<String>,
    /// With --reason legal: the address of the authority that demands it
    #[arg(long, value_name = "URL")]
    pub blocked_by: Option<String>,
}

/// Reasons for a suspension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reason {
    /// A legal demand.
    Legal,
    /// Against the rules.
    Abuse,
    /// Anything else.
    Other,
}

impl Reason {
    /// Returns the API's name of the reason.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Abuse => "abuse",
            Self::Other => "other",
        }
    }
}

/// The arguments of `delete`.
#[derive(Debug, Args)]
pub struct Delete {
    /// The media.
    #[command(flatten)]
    pub change: Change,
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub yes: bool,
}

/// The arguments of `visibility`.
#[derive(Debug, Args)]
pub struct SetVisibility {
    /// The media: its id, app/id, or address
    pub media: MediaRef,
    /// The new visibility
    pub visibility: Visibility,
    /// Wait until it is finished
    #[command(flatten)]
    pub wait: WaitForIt,
}

/// The visibility of a media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Visibility {
    /// Anyone who knows the address may fetch it.
    Public,
    /// Only holders of a grant may fetch it.
    Private,
}

impl Visibility {
    /// Returns the API's name of the visibility.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Command::command().debug_assert();
    }
}
