//! Reads the text of a drawing that was uploaded.

use super::flaw::Flaw;

/// The most bytes of a file. Drawings of a megabyte are rare; maps and plots have ten.
pub(super) const MOST_BYTES: usize = 32 << 20;

/// Returns the text of an upload.
pub(super) fn text(file: &[u8]) -> Result<&str, Flaw> {
    if file.len() > MOST_BYTES {
        return Err(Flaw::Large);
    }
    let text = std::str::from_utf8(file).map_err(|_other| Flaw::Encoding)?;
    check_declarations(text)?;
    Ok(text)
}

/// Checks the entities that a text declares. Each must stand for a plain text in quotes, as the addresses of namespaces do
/// in files from Adobe's programs, and the text with all entities filled in must not be longer than a file may be. An entity
/// that refers to other entities could grow to gigabytes, and one that refers to a file could read a file of ours.
fn check_declarations(text: &str) -> Result<(), Flaw> {
    let mut longest = 0;
    for (at, start) in text.match_indices("<!ENTITY") {
        let declared = text.get(at..).and_then(|rest| rest.strip_prefix(start));
        let value = declared.and_then(value).ok_or(Flaw::Declarations)?;
        longest = value.len().max(longest);
    }
    let references = memchr::memchr_iter(b'&', text.as_bytes()).count();
    if longest.saturating_mul(references) > MOST_BYTES {
        return Err(Flaw::Large);
    }
    Ok(())
}

/// Returns the plain text that an entity stands for, given what follows `<!ENTITY`.
fn value(declared: &str) -> Option<&str> {
    let (name, rest) = declared.trim_start().split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let (value, _) = rest.strip_prefix(quote)?.split_once(quote)?;
    (name != "%" && !value.contains(['&', '%', '<'])).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_texts_are_declared() {
        for (declared, wanted) in [
            ("<!ENTITY a \"http://example.org/\">", Ok(())),
            ("<!ENTITY a 'b'><!ENTITY c \"d\">", Ok(())),
            ("<!ENTITY a '&b;'>", Err(Flaw::Declarations)),
            ("<!ENTITY a '<rect/>'>", Err(Flaw::Declarations)),
            ("<!ENTITY % a 'b'>", Err(Flaw::Declarations)),
            (
                "<!ENTITY a SYSTEM 'file:///etc/passwd'>",
                Err(Flaw::Declarations),
            ),
            (
                "<!ENTITY a PUBLIC 'x' 'http://example.org/'>",
                Err(Flaw::Declarations),
            ),
            ("<!ENTITY", Err(Flaw::Declarations)),
            ("<!ENTITY a 'b", Err(Flaw::Declarations)),
        ] {
            assert_eq!(check_declarations(declared), wanted, "{declared}");
        }
    }

    #[test]
    fn many_references_to_a_long_text_are_too_many() {
        let value = "a".repeat(10_000);
        let with = |count: usize| format!("<!ENTITY a '{value}'>{}", "&a;".repeat(count));
        assert_eq!(check_declarations(&with(100)), Ok(()));
        assert_eq!(check_declarations(&with(10_000)), Err(Flaw::Large));
    }
}
