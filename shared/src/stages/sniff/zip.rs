//! ZIP archives, and the documents that are ZIP archives: the names of their first files tell.

use super::foreign::{Foreign, archive, document};

/// Where the name of the first file stands, and, when it is stored as it is, its content behind it.
const NAME_AT: usize = 30;

/// What stands somewhere at the beginning of such a document: names of files, or the content of the first.
const DOCUMENTS: &[(&[u8], Foreign)] = &[
    (
        b"mimetypeapplication/vnd.oasis.opendocument.text",
        document("an OpenDocument text (ODT)"),
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        document("an OpenDocument spreadsheet (ODS)"),
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.presentation",
        document("an OpenDocument presentation (ODP)"),
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument",
        document("an OpenDocument file"),
    ),
    (b"mimetypeapplication/epub+zip", document("an EPUB book")),
    (b"word/", document("a Word document (DOCX)")),
    (b"xl/", document("an Excel workbook (XLSX)")),
    (b"ppt/", document("a PowerPoint presentation (PPTX)")),
    (b"Index/", document("a Pages, Numbers or Keynote document")),
];

/// What the first file of every Office document is called.
const OFFICE: [&[u8]; 2] = [b"[Content_Types].xml", b"_rels/.rels"];

/// What a file is that begins as a ZIP archive.
pub(super) fn named(head: &[u8]) -> Option<Foreign> {
    if !head.starts_with(b"PK\x03\x04") {
        // An archive without files, or one in pieces.
        let is_archive = head.starts_with(b"PK\x05\x06") || head.starts_with(b"PK\x07\x08");
        return is_archive.then_some(archive("a ZIP archive"));
    }
    let first = head.get(NAME_AT..).unwrap_or_default();
    let is_office = OFFICE.iter().any(|name| first.starts_with(name));
    let found = DOCUMENTS
        .iter()
        .find(|(mark, _)| first.starts_with(mark) || is_office && has_file(head, mark));
    let office = is_office.then_some(document("an Office document"));
    Some(
        found
            .map(|(_, foreign)| *foreign)
            .or(office)
            .unwrap_or(archive("a ZIP archive")),
    )
}

/// Whether a file's header whose name begins so is among the first bytes.
fn has_file(head: &[u8], name: &[u8]) -> bool {
    head.windows(4)
        .enumerate()
        .filter(|(_, window)| *window == b"PK\x03\x04")
        .any(|(at, _)| {
            head.get(at + NAME_AT..)
                .is_some_and(|rest| rest.starts_with(name))
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::named;

    /// Headers of files, and what they hold.
    fn file(files: &[(&str, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, content) in files {
            out.extend(b"PK\x03\x04");
            out.extend([0; 26]);
            out.extend(name.as_bytes());
            out.extend(content.as_bytes());
        }
        out
    }

    #[test]
    fn the_first_files_tell_a_document_from_an_archive() {
        const TYPES: (&str, &str) = ("[Content_Types].xml", "packed");
        for (files, name) in [
            (&[("cat.jpg", "")][..], "a ZIP archive"),
            (&[("word/cat.jpg", "")], "a Word document (DOCX)"),
            (&[("cat.jpg", ""), ("word/cat.jpg", "")], "a ZIP archive"),
            (
                &[TYPES, ("_rels/.rels", ""), ("word/document.xml", "")],
                "a Word document (DOCX)",
            ),
            (
                &[TYPES, ("xl/workbook.xml", "")],
                "an Excel workbook (XLSX)",
            ),
            (
                &[TYPES, ("ppt/presentation.xml", "")],
                "a PowerPoint presentation (PPTX)",
            ),
            (&[TYPES], "an Office document"),
            (
                &[("mimetype", "application/vnd.oasis.opendocument.text")],
                "an OpenDocument text (ODT)",
            ),
            (&[("mimetype", "application/epub+zip")], "an EPUB book"),
            (
                &[("Index/Document.iwa", "")],
                "a Pages, Numbers or Keynote document",
            ),
        ] {
            assert_eq!(named(&file(files)).unwrap().name, name, "{files:?}");
        }
        assert_eq!(named(b"PK\x03\x04").unwrap().name, "a ZIP archive");
        assert_eq!(named(b"PK\x05\x06").unwrap().name, "a ZIP archive");
        assert_eq!(named(b"PK"), None);
    }
}
