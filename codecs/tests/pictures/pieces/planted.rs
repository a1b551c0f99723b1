//! Checks that planted text is removed.

use dozo_codecs::{Encoding, decode, strip};

use super::tells;

/// Asserts that the planted file becomes the same as the clean one.
pub(crate) fn is_gone(encoding: Encoding, clean: &[u8], planted: &[u8], name: &str) {
    let stripped = is_the_same_picture(encoding, clean, planted, name);
    assert!(
        stripped == strip::metadata(encoding, clean).unwrap(),
        "{name}: as if it had never been there"
    );
}

pub(crate) fn is_the_same_picture(
    encoding: Encoding,
    clean: &[u8],
    planted: &[u8],
    name: &str,
) -> Vec<u8> {
    assert!(tells(planted), "{name} is a test");
    let stripped = strip::metadata(encoding, planted).unwrap_or_else(|error| {
        unreachable!("{name}: {error:?}");
    });
    assert!(!tells(&stripped), "{name}");
    decode::verify(encoding, &stripped).unwrap();
    assert!(
        image::load_from_memory(&stripped).unwrap() == image::load_from_memory(clean).unwrap(),
        "{name}: the same picture"
    );
    let again = strip::metadata(encoding, &stripped).unwrap();
    assert!(again == stripped, "{name}: nothing is left to take");
    stripped
}
