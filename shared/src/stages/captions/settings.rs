//! Settings of cues: where a player shows them. Only what the standard describes is kept; regions are not, because
//! their descriptions are left out. <https://www.w3.org/TR/webvtt1/#webvtt-cue-settings-list>

/// Returns the settings of a line that are understood, separated by spaces; of each name the first.
pub(super) fn understood(line: &str) -> String {
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for setting in line.split_ascii_whitespace() {
        let Some((name, value)) = setting.split_once(':') else {
            continue;
        };
        if is_known(name, value) && kept.iter().all(|(before, _)| *before != name) {
            kept.push((name, value));
        }
    }
    let settings: Vec<_> = kept
        .iter()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    settings.join(" ")
}

fn is_known(name: &str, value: &str) -> bool {
    let (amount, anchor) = match value.split_once(',') {
        Some((amount, anchor)) => (amount, Some(anchor)),
        None => (value, None),
    };
    let anchored = |anchors: &[&str]| anchor.is_none_or(|anchor| anchors.contains(&anchor));
    match name {
        "vertical" => matches!(value, "rl" | "lr"),
        "align" => matches!(value, "start" | "center" | "end" | "left" | "right"),
        "size" => is_percentage(value),
        "position" => is_percentage(amount) && anchored(&["line-left", "center", "line-right"]),
        "line" => {
            (is_percentage(amount) || is_line(amount)) && anchored(&["start", "center", "end"])
        }
        _ => false,
    }
}

/// Tells whether this is a number of lines, from the top or, if negative, from the bottom.
fn is_line(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether this is a percentage from 0 to 100.
fn is_percentage(text: &str) -> bool {
    let Some(number) = text.strip_suffix('%') else {
        return false;
    };
    let is_decimal = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_short = number.len() <= 8 && !number.starts_with('.') && !number.ends_with('.');
    is_decimal && is_short && number.parse::<f64>().is_ok_and(|percent| percent <= 100.0)
}
