//! `poster` on the command line.

use clap::Args;

use crate::media::MediaRef;

/// The arguments of `poster`.
#[derive(Debug, Args)]
pub struct Poster {
    /// The film: its id, app/id, or address
    pub media: MediaRef,
    /// The time of the film in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub at: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| "give a number of seconds, such as 12.5".to_owned())
}
