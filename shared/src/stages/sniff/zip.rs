//! ZIP archives, and documents that are ZIP archives, told apart by the names of their first files.

use super::known::{Foreign, archive, document};

/// The offset of the first file's name; its content follows when it is stored uncompressed.
const NAME_AT: usize = 30;

/// Names of files, or a name with the content after it, by which documents are recognised.
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

/// Names of the first file in Office documents.
const OFFICE: [&[u8]; 2] = [b"[Content_Types].xml", b"_rels/.rels"];

/// Names a file that begins as a ZIP archive.
pub(super) fn named(head: &[u8]) -> Option<Foreign> {
    if !head.starts_with(b"PK\x03\x04") {
        // An empty archive, or one split into parts.
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

/// Returns whether the first bytes hold the header of a file whose name begins with `name`.
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
mod tests {
    use super::named;

    /// File headers, each followed by its name and content.
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
