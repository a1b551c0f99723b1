//! The bodies of the admin's requests, and their validation.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::platform::problem::Problem;
use crate::vocabulary::message::order::Command;
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::{MAX_ADDRESS_BYTES, MAX_NOTE_CHARS, SuspendReason, Suspension};

/// The body of `POST …/visibility`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "VisibilityRequest")]
pub struct Relocation {
    /// The visibility of the media from now on.
    visibility: Visibility,
}

impl From<Relocation> for Command {
    fn from(wanted: Relocation) -> Self {
        Self::Move(wanted.visibility)
    }
}

/// Validates the body of `POST …/suspend`, which is a [`Suspension`].
///
/// # Errors
/// 400 with the field's name.
pub fn suspend(wanted: Suspension) -> Result<Command, Problem> {
    let note = wanted.note.as_deref().unwrap_or_default();
    if note.chars().count() > MAX_NOTE_CHARS {
        let most = format!("Give at most {MAX_NOTE_CHARS} characters.");
        return Err(Problem::invalid("note", most));
    }
    let is_address = |address: &str| {
        let rest = address
            .strip_prefix("https://")
            .or_else(|| address.strip_prefix("http://"));
        let fits = |rest: &str| !rest.is_empty() && rest.bytes().all(is_uri_byte);
        address.len() <= MAX_ADDRESS_BYTES && rest.is_some_and(fits)
    };
    if wanted
        .blocked_by
        .as_deref()
        .is_some_and(|address| !is_address(address))
    {
        return Err(Problem::invalid(
            "blocked_by",
            "Give the http or https address of the authority.",
        ));
    }
    if wanted.blocked_by.is_some() && wanted.reason != SuspendReason::Legal {
        return Err(Problem::invalid(
            "blocked_by",
            "Give this field only with the reason legal.",
        ));
    }
    Ok(Command::Suspend(wanted))
}

/// Returns whether the byte may stand in a URL between angle brackets in a header (RFC 8288) without ending it.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_named_with_a_legal_demand_only() {
        for (reason, good) in [
            (SuspendReason::Legal, true),
            (SuspendReason::Abuse, false),
            (SuspendReason::Other, false),
        ] {
            let wanted = Suspension {
                reason,
                note: None,
                blocked_by: Some("https://authority.example/1".to_owned()),
            };
            let field = suspend(wanted).err().and_then(|problem| problem.field);
            assert_eq!(field.is_none(), good, "{reason:?}: {field:?}");
        }
    }

    #[test]
    fn an_address_cannot_break_out_of_its_header() {
        for (address, good) in [
            ("https://authority.example/case?n=1#a", true),
            ("http://a", true),
            ("https://", false),
            ("ftp://a", false),
            ("https://a>; rel=x", false),
            ("https://a\r\nX: y", false),
            ("https://猫.example", false),
        ] {
            let wanted = Suspension {
                reason: SuspendReason::Legal,
                note: None,
                blocked_by: Some(address.to_owned()),
            };
            assert_eq!(suspend(wanted).is_ok(), good, "{address}");
        }
    }
}
