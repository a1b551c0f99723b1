//! Colours text where that is wanted: on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).

/// The meaning of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good: everything is in order.
    Good,
    /// Bad: something is wrong.
    Bad,
    /// In progress, or withdrawn.
    Busy,
    /// Less important.
    Quiet,
    /// More important.
    Strong,
}

/// Decides whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// Never colours text.
    pub const PLAIN: Self = Self { colour: false };

    /// Makes the style for an output, which is a terminal or not.
    #[must_use]
    pub fn new(terminal: bool, environment: &dyn Fn(&str) -> Option<std::ffi::OsString>) -> Self {
        let set = |name| environment(name).is_some_and(|value| !value.is_empty());
        let dumb = environment("TERM").is_some_and(|term| term == "dumb");
        Self {
            colour: terminal && !set("NO_COLOR") && !dumb,
        }
    }

    /// Returns `text` in the tone's colour.
    #[must_use]
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        // These are among the sixteen colours that users can choose in every terminal.
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Busy => "33",
            Tone::Quiet => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Returns a state in its tone.
    #[must_use]
    pub fn state(self, state: &str) -> String {
        let text = super::shown::shown(state).to_string();
        self.paint(tone_of(state), &text)
    }
}

fn tone_of(state: &str) -> Tone {
    match state {
        "ready" => Tone::Good,
        "rejected" | "failed" => Tone::Bad,
        _ => Tone::Busy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_only_where_it_is_wanted() {
        let style = |terminal, name: &'static str, value: &'static str| {
            Style::new(terminal, &move |asked| {
                (asked == name).then(|| value.into())
            })
        };
        assert!(style(true, "", "").colour);
        assert!(style(true, "NO_COLOR", "").colour);
        assert!(!style(true, "NO_COLOR", "1").colour);
        assert!(!style(true, "TERM", "dumb").colour);
        assert!(!style(false, "", "").colour);
        assert_eq!(Style::PLAIN.state("failed"), "failed");
    }
}
