//! SVG: how it begins. Its outermost element is `svg`; before it may stand what XML allows there (XML 1.0, 2.8).

/// Returns whether a file begins as SVG. An HTML page with a drawing in it does not.
pub(super) fn begins(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map(|(_, after)| after)
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            instruction.split_once("?>").map(|(_, after)| after)
        } else if let Some(declared) = rest.strip_prefix("<!DOCTYPE") {
            after_doctype(declared)
        } else {
            return is_svg(rest);
        };
        match after {
            Some(after) => rest = after.trim_start(),
            None => return false,
        }
    }
}

/// Returns what follows a document type declaration of SVG, which may have declarations within.
fn after_doctype(declared: &str) -> Option<&str> {
    let name = declared.trim_start();
    let is_svg = name.starts_with("svg")
        || name
            .split_once(":svg")
            .is_some_and(|(prefix, _)| is_name(prefix));
    let end = declared.find(['>', '[']).filter(|_| is_svg)?;
    match declared.split_at_checked(end)? {
        (_, within) if within.starts_with('[') => {
            let (_, after) = within.split_once(']')?;
            after.trim_start().strip_prefix('>')
        }
        (_, after) => after.strip_prefix('>'),
    }
}

/// Returns whether the element is `svg`, in any namespace's prefix.
fn is_svg(element: &str) -> bool {
    let Some(name) = element.strip_prefix('<') else {
        return false;
    };
    let end = name.find(|c: char| c.is_whitespace() || ['>', '/'].contains(&c));
    let Some((name, _)) = end.and_then(|end| name.split_at_checked(end)) else {
        return false;
    };
    match name.split_once(':') {
        Some((prefix, name)) => name == "svg" && is_name(prefix),
        None => name == "svg",
    }
}

fn is_name(prefix: &str) -> bool {
    !prefix.is_empty() && prefix.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn the_outermost_element_tells() {
        for (head, wanted) in [
            ("<svg/>", true),
            ("<svg xmlns='http://www.w3.org/2000/svg'>", true),
            (
                "\u{feff} \n<?xml version='1.0'?>\n<!-- <html> --><svg ",
                true,
            ),
            (
                "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://a'><svg>",
                true,
            ),
            ("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg>", true),
            (
                "<?xml-stylesheet href='a.css'?><svg:svg xmlns:svg='a'>",
                true,
            ),
            ("<svgfont>", false),
            ("<svg", false),
            ("<html><svg></svg></html>", false),
            ("<!DOCTYPE html><svg>", false),
            ("<!doctype html><svg>", false),
            ("<!-- <svg> -->", false),
            ("<!-- <svg>", false),
            ("text <svg>", false),
            ("<a><svg/></a>", false),
            ("<?xml version='1.0'?><rss>", false),
            ("", false),
        ] {
            assert_eq!(begins(head.as_bytes()), wanted, "{head}");
        }
    }
}
