//! The names under which browsers save what is delivered.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::vocabulary::kind::Format;
use crate::vocabulary::names;

/// Leaves attr-char of RFC 5987 as it is; everything else is percent-encoded.
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Leaves what RFC 3986, §2.3, calls unreserved as it is; everything else is percent-encoded.
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns the name under which a file is saved, made from the uploader's name.
///
/// Only the last segment of a name with slashes is used, without the characters that make it read as another one. It
/// always ends with an extension of the verified format: the extension of a saved file decides what opens it, and no
/// uploader may choose that.
fn saved_name(name: &str, format: Format) -> String {
    let last = name
        .rsplit('/')
        .find(|segment| !segment.is_empty())
        .unwrap_or("file");
    let mut last: String = last.chars().filter(|c| !names::misleads(*c)).collect();
    let extension = last.rsplit_once('.').map(|(_, extension)| extension);
    if !extension.is_some_and(|extension| format.goes_by(extension)) {
        last = format!("{last}.{}", format.extension());
    }
    last
}

/// Returns the name under which a file is saved as a segment of a path.
#[must_use]
pub fn path_segment(name: &str, format: Format) -> String {
    utf8_percent_encode(&saved_name(name, format), NOT_UNRESERVED).to_string()
}

/// Returns a header with the name under which a file is saved. Browsers still show the file (`inline`).
///
/// Both forms of RFC 6266, §4.3: a plain one in which everything but harmless ASCII becomes `_`, and the exact
/// one, percent-encoded.
#[must_use]
pub fn content_disposition(name: &str, format: Format) -> String {
    let name = saved_name(name, format);
    let harmless = |c: char| c.is_ascii_alphanumeric() || " !#$&'()+,-.;=@[]^_`{}~".contains(c);
    let plain: String = name
        .chars()
        .map(|c| if harmless(c) { c } else { '_' })
        .collect();
    format!(
        "inline; filename=\"{plain}\"; filename*=UTF-8''{}",
        utf8_percent_encode(&name, NOT_ATTR_CHAR)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_come_back_safely_quoted() {
        for (name, plain, exact) in [
            ("cat.jpg", "cat.jpg", "cat.jpg"),
            ("a/b/my cat.JPEG", "my cat.JPEG", "my%20cat.JPEG"),
            ("猫.jpg", "_.jpg", "%E7%8C%AB.jpg"),
            ("a\"\r\nX: y\\.jpg", "a_X_ y_.jpg", "a%22X%3A%20y%5C.jpg"),
            ("%2F", "_2F.jpg", "%252F.jpg"),
            ("..", "...jpg", "...jpg"),
            ("folder/", "folder.jpg", "folder.jpg"),
            ("", "file.jpg", "file.jpg"),
        ] {
            let header = format!("inline; filename=\"{plain}\"; filename*=UTF-8''{exact}");
            assert_eq!(content_disposition(name, Format::Jpeg), header);
        }
    }

    #[test]
    fn a_name_does_not_choose_the_extension_that_is_saved() {
        for (name, format, saved) in [
            ("report.html", Format::Pdf, "report.html.pdf"),
            ("report.pdf", Format::Pdf, "report.pdf"),
            ("report.PDF", Format::Pdf, "report.PDF"),
            ("setup.exe", Format::Mp4, "setup.exe.mp4"),
            ("clip.m4v", Format::Mp4, "clip.m4v"),
            ("pdf", Format::Pdf, "pdf.pdf"),
            // It would be shown as `cat-gpj.html` if the mark were left in.
            ("cat-\u{202e}lmth.jpg", Format::Jpeg, "cat-lmth.jpg"),
            ("a.jpg\u{200f}", Format::Jpeg, "a.jpg"),
            ("x.jpg\u{0}", Format::Jpeg, "x.jpg"),
            ("x.html.", Format::Jpeg, "x.html..jpg"),
        ] {
            let header = content_disposition(name, format);
            let end = format!("; filename*=UTF-8''{saved}");
            assert!(header.ends_with(&end), "{name:?}: {header}");
        }
    }

    #[test]
    fn a_name_in_a_path_is_one_segment() {
        for (name, segment) in [
            ("my cat.jpg", "my%20cat.jpg"),
            ("a/b/c?d#e.jpg", "c%3Fd%23e.jpg"),
            ("猫.jpg", "%E7%8C%AB.jpg"),
            ("..", "...jpg"),
            ("50%2F.jpg", "50%252F.jpg"),
            ("IMG_1.HEIC", "IMG_1.HEIC.jpg"),
        ] {
            assert_eq!(path_segment(name, Format::Jpeg), segment, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_segment_is_unreserved_or_percent_encoded(name in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
            let segment = path_segment(&name, Format::Webp);
            prop_assert!(segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{}", segment);
        }

        #[test]
        fn a_header_never_breaks_out(name in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
            let header = content_disposition(&name, Format::Webp);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(header.matches('"').count(), 2);
            prop_assert!(header.to_ascii_lowercase().ends_with(".webp"), "{}", header);
        }
    }
}
