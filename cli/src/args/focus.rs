//! `focus` on the command line.

use clap::Args;

use crate::media::MediaRef;

/// The arguments of `focus`.
#[derive(Debug, Args)]
pub struct Focus {
    /// The media: its id, app/id, or address
    pub media: MediaRef,
    /// The point's distance from the left, as a share of the width: 0 to 1
    #[arg(required_unless_present = "clear", requires = "y", value_parser = share)]
    pub x: Option<f64>,
    /// The point's distance from the top, as a share of the height: 0 to 1
    #[arg(value_parser = share)]
    pub y: Option<f64>,
    /// Forget the point: the middle is kept again, or what the preset says
    #[arg(long, conflicts_with_all = ["x", "y"])]
    pub clear: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "give a number from 0 to 1, such as 0.25".to_owned())
}
