//! `webhooks` on the command line.

use clap::{ArgGroup, Args, Subcommand};

/// The arguments of `webhooks`.
#[derive(Debug, Args)]
pub struct Webhooks {
    /// The command [default: list]
    #[command(subcommand)]
    pub action: Option<WebhooksAction>,
}

/// The commands on an app's webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhooksAction {
    /// List the app's webhooks, and how their endpoints stand
    List,
    /// Show one webhook
    Show {
        /// The webhook
        name: String,
    },
    /// Register a webhook and print its secret, or change where an existing one sends to, and what
    Register {
        /// The webhook: 1 to 31 characters of a-z, 0-9 and -, starting with a letter
        name: String,
        /// The address that events are sent to
        url: String,
        /// A type of events that is sent, such as media.ready; may be repeated [default: all]
        #[arg(long = "event", value_name = "TYPE")]
        events: Vec<String>,
    },
    /// Make another secret and print it; for a day, the one before signs as well
    Rotate {
        /// The webhook
        name: String,
    },
    /// Send to a webhook again that was paused
    Resume {
        /// The webhook
        name: String,
    },
    /// Send an event that says nothing, once
    Ping {
        /// The webhook
        name: String,
    },
    /// List what became of each event, the latest first
    Deliveries {
        /// The webhook
        name: String,
        /// Go on where a page of the same list ended
        #[arg(long, value_name = "NEXT")]
        after: Option<String>,
        /// All pages, not only the first hundred deliveries
        #[arg(long)]
        all: bool,
    },
    /// Send events again: one of them, or all since a time
    Resend(Resend),
    /// Remove a webhook: nothing more is sent
    Delete {
        /// The webhook
        name: String,
        /// Do not ask for confirmation
        #[arg(long, short)]
        yes: bool,
    },
}

/// The arguments of `webhooks resend`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true))]
pub struct Resend {
    /// The webhook
    pub name: String,
    /// The delivery to repeat, as `deliveries` lists it
    #[arg(group = "what")]
    pub delivery: Option<String>,
    /// Repeat what happened at this time or later, such as 2026-11-29T12:00:00Z
    #[arg(long, value_name = "TIME", group = "what")]
    pub since: Option<String>,
    /// With --since: only what was not delivered
    #[arg(long, requires = "since", conflicts_with = "delivery")]
    pub undelivered: bool,
}
