//! Reads WebVTT and SubRip.

use super::notation::Notation;
use super::settings::understood;
use super::text::written;
use super::time::Time;
use super::{Cue, Cues, Fault, MAX_BYTES, MAX_CUE_CHARS, MAX_CUES, SIGNATURE};

/// Reads captions, in the notation that their first line tells.
///
/// # Errors
/// [`Fault`] if they are not accepted.
pub fn read(bytes: &[u8]) -> Result<Cues, Fault> {
    let text = text_of(bytes)?;
    let notation = if text.starts_with(SIGNATURE) {
        Notation::Marked
    } else {
        Notation::Plain
    };
    cues(text, notation)
}

/// Reads captions in this notation.
///
/// # Errors
/// [`Fault`] if they are not accepted.
pub fn read_as(bytes: &[u8], notation: Notation) -> Result<Cues, Fault> {
    cues(text_of(bytes)?, notation)
}

fn text_of(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_fault| Fault::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Splits a text into its numbered lines, whichever way they end.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = text.split('\n').flat_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\r')
    });
    (1..).zip(ends)
}

/// A cue whose text is still being read.
struct Begun<'a> {
    line: usize,
    from: Time,
    to: Time,
    settings: String,
    text: Vec<&'a str>,
}

fn cues(text: &str, notation: Notation) -> Result<Cues, Fault> {
    let mut cues = Vec::new();
    let mut begun: Option<Begun<'_>> = None;
    for (number, line) in lines(text) {
        if line.contains("-->") {
            if let Some(mut before) = begun.take() {
                // Without an empty line between them, the number of the next cue seems to be text of this one.
                let is_number = |line: &&str| line.trim().parse::<u32>().is_ok();
                before.text.pop_if(|last| is_number(last));
                keep(&mut cues, &before, notation)?;
            }
            begun = Some(begin(number, line)?);
        } else if is_blank(line, notation) {
            if let Some(whole) = begun.take() {
                keep(&mut cues, &whole, notation)?;
            }
        } else if let Some(cue) = &mut begun {
            cue.text.push(line);
        }
        // Everything else stands outside of cues: their names, the header, notes, styles and regions.
    }
    if let Some(whole) = begun {
        keep(&mut cues, &whole, notation)?;
    }
    if cues.is_empty() {
        return Err(Fault::NoCue);
    }
    cues.sort_by_key(|cue: &Cue| (cue.from, cue.to));
    Ok(Cues(cues))
}

/// Tells whether a line ends a cue. In WebVTT a line of spaces does not.
fn is_blank(line: &str, notation: Notation) -> bool {
    match notation {
        Notation::Marked => line.is_empty(),
        Notation::Plain => line.trim_ascii().is_empty(),
    }
}

fn begin(number: usize, line: &str) -> Result<Begun<'_>, Fault> {
    let parsed = || {
        let (from, rest) = line.split_once("-->")?;
        let rest = rest.trim_start();
        let (to, settings) = match rest.split_once(|letter: char| letter.is_whitespace()) {
            Some((to, settings)) => (to, settings),
            None => (rest, ""),
        };
        Some(Begun {
            line: number,
            from: Time::parse(from.trim())?,
            to: Time::parse(to)?,
            settings: understood(settings),
            text: Vec::new(),
        })
    };
    parsed().ok_or(Fault::BadTimes(number))
}

/// Keeps a cue, unless it is never shown.
fn keep(cues: &mut Vec<Cue>, begun: &Begun<'_>, notation: Notation) -> Result<(), Fault> {
    let source = begun.text.join("\n");
    if source.chars().count() > MAX_CUE_CHARS {
        return Err(Fault::LongCue(begun.line));
    }
    let text = written(&source, notation);
    if text.is_empty() || begun.to <= begun.from {
        return Ok(());
    }
    if cues.len() >= MAX_CUES {
        return Err(Fault::TooManyCues);
    }
    cues.push(Cue {
        from: begun.from,
        to: begun.to,
        settings: begun.settings.clone(),
        text,
    });
    Ok(())
}
