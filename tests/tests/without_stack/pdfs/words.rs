//! Tests the text of a page: it has all words that the page's image shows, and no others.

use std::fmt::Write;
use std::path::Path;

use dozo_tests::pdfs::{Sheet, Writer, document};

use crate::pdfs::scene::*;

/// Reads a file of `tests/cases/pdf`.
pub(crate) fn case(name: &str) -> Vec<u8> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/pdf");
    std::fs::read(cases.join(name)).unwrap()
}

/// Returns the texts of all pages.
pub(crate) async fn texts(body: &[u8]) -> Vec<String> {
    let (world, file) = settled(1, body).await;
    let content = record(&world, &file).content;
    let pages = content.and_then(|content| content.pages).unwrap_or(0);
    let text = |number| text(&world, &file, number);
    (1..=pages).map(text).collect()
}

pub(crate) async fn text_of(body: &[u8]) -> String {
    texts(body).await.concat()
}

/// Returns the words in order, without the white space between them.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[tokio::test(start_paused = true)]
async fn each_sample_has_its_words() {
    const EDGES: &str = "topleft topmid topright midleft midright lowleft lowmid lowright";
    for (name, expected) in [
        ("text-page-turned-90.pdf", EDGES),
        ("text-media-box-off-origin.pdf", EDGES),
        ("text-media-box-negative.pdf", EDGES),
        ("text-page-trimmed.pdf", "first line last line"),
        ("text-filled-form-field.pdf", "Name: Filled value 42"),
        ("text-choice-fields.pdf", "Form Beta One Two Three"),
        ("text-hidden-layer.pdf", "Shown"),
    ] {
        let text = text_of(&case(name)).await;
        assert_eq!(words(&text), words(expected), "{name}");
    }
    let cropped = text_of(&case("text-cropped-to-right-half.pdf")).await;
    for word in ["topright", "midright", "lowright"] {
        assert!(words(&cropped).contains(&word), "{cropped}");
    }
    for word in ["topleft", "midleft", "lowleft"] {
        assert!(!cropped.contains(word), "it is not in the image: {cropped}");
    }
    let hyphens = text_of(&case("text-hyphens-at-line-ends.pdf")).await;
    let expected = "A long exam-\nple of hyphens, well-\nknown ones, and a soft-\nly one";
    assert_eq!(hyphens, expected);
}

/// The content of a page of 300 × 200 whose lower left corner is at this point, with nine words.
fn edges(x: i32, y: i32) -> Vec<u8> {
    let mut content = String::from("BT /F1 10 Tf\n");
    for (row, down) in [("top", 180), ("mid", 95), ("low", 10)] {
        for (column, across) in [("left", 8), ("mid", 125), ("right", 240)] {
            let (across, down) = (x + across, y + down);
            writeln!(content, "1 0 0 1 {across} {down} Tm ({row}{column}) Tj").unwrap();
        }
    }
    content.push_str("ET");
    content.into_bytes()
}

#[tokio::test(start_paused = true)]
async fn pages_keep_their_words_however_they_are_turned_cut_and_placed() {
    const ALL: [&str; 9] = [
        "topleft", "topmid", "topright", "midleft", "midmid", "midright", "lowleft", "lowmid",
        "lowright",
    ];
    for turn in [0, 90, 180, 270, -90, 450] {
        for (x, y) in [(0, 0), (1_000, 1_000), (-150, -100), (-5_000, 3_000)] {
            let (right, top) = (x + 300, y + 200);
            let whole = format!("/MediaBox [{x} {y} {right} {top}] /Rotate {turn}");
            let upside_down = format!("/MediaBox [{right} {top} {x} {y}] /Rotate {turn}");
            let left = format!("{whole} /CropBox [{x} {y} {} {top}]", x + 110);
            let beyond = format!("{whole} /CropBox [{} {} {right} {top}]", x - 500, y - 500);
            let cases = [(whole, 9), (upside_down, 9), (left, 3), (beyond, 9)];
            for (entries, count) in cases {
                let sheet = Sheet {
                    entries: entries.clone(),
                    content: edges(x, y),
                };
                let text = text_of(&document(&[sheet], "")).await;
                let mut expected: Vec<_> = match count {
                    3 => ALL.into_iter().step_by(3).collect(),
                    _ => ALL.to_vec(),
                };
                let mut found = words(&text);
                // On a rotated page, lines that lie on their side may come from either side, so their order is not
                // compared.
                if turn != 0 {
                    found.sort_unstable();
                    expected.sort_unstable();
                }
                assert_eq!(found, expected, "{entries}");
            }
        }
    }
}

/// A page with text and these annotations, which may refer to objects from 10 on; the catalog has these entries.
fn annotated(annotations: &[&str], objects: &[(&str, &str)], catalog: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    let (root, tree) = (writer.add(""), writer.add(""));
    let font = writer
        .add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    let content = writer.stream("", b"BT /F1 14 Tf 20 270 Td (Content) Tj ET");
    let page = writer.add("");
    while writer.add("null") < 9 {}
    for (dictionary, data) in objects {
        writer.stream(
            &format!("{dictionary} /Resources << /Font << /F1 {font} 0 R >> >>"),
            data.as_bytes(),
        );
    }
    let all = annotations.iter().map(|annotation| writer.add(*annotation));
    let all: Vec<_> = all.map(|number| format!("{number} 0 R")).collect();
    let all = all.join(" ");
    writer.set(page, format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 300 300] /Resources << /Font << /F1 {font} 0 R >> >> \
         /Contents {content} 0 R /Annots [{all}] >>"
    ));
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"),
    );
    writer.set(
        root,
        format!(
            "<< /Type /Catalog /Pages {tree} 0 R /AcroForm << /Fields [{all}] /DA (/F1 12 Tf 0 g) \
         /DR << /Font << /F1 {font} 0 R /Helv {font} 0 R >> >> {catalog}"
        ),
    );
    writer.finish(root)
}

/// The appearance stream of a field or an annotation.
fn appearance(text: &str) -> (String, String) {
    let dictionary = "/Type /XObject /Subtype /Form /BBox [0 0 200 20]".to_owned();
    (
        dictionary,
        format!("/Tx BMC q BT /F1 12 Tf 2 5 Td ({text}) Tj ET Q EMC"),
    )
}

#[tokio::test(start_paused = true)]
async fn what_annotations_and_fields_show_is_text() {
    const AT: &str = "/Type /Annot /Rect [20 100 220 120] /AP << /N 10 0 R >>";
    let shown = [
        "/Subtype /FreeText /F 4 /Contents (other words)",
        "/Subtype /Stamp /F 4",
        "/Subtype /Watermark",
        "/Subtype /Widget /F 4 /FT /Tx /T (a) /V (Shown words)",
        "/Subtype /Widget /F 4 /FT /Tx /Ff 4096 /T (a) /V (Shown words)",
        "/Subtype /Widget /F 4 /FT /Sig /T (a)",
        "/Subtype /Widget /F 4 /FT /Ch /Ff 131072 /T (a) /Opt [(Shown words)] /V (Shown words)",
    ];
    let hidden = [
        "/Subtype /FreeText /F 2",
        "/Subtype /Stamp /F 32",
        "/Subtype /Widget /F 2 /FT /Tx /T (a) /V (secret)",
        "/Subtype /Widget /F 36 /FT /Tx /T (a) /V (secret)",
        "/Subtype /Popup /Contents (secret) /Open false",
        "/Subtype /Text /F 2 /Contents (secret)",
    ];
    let (dictionary, data) = appearance("Shown words");
    let appearances = [(dictionary.as_str(), data.as_str())];
    for (annotation, is_shown) in shown
        .map(|annotation| (annotation, true))
        .into_iter()
        .chain(hidden.map(|annotation| (annotation, false)))
    {
        let annotation = format!("<< {AT} {annotation} >>");
        let body = annotated(&[&annotation], &appearances, ">> >>");
        let text = text_of(&body).await;
        let expected: &[&str] = if is_shown {
            &["Content", "Shown", "words"]
        } else {
            &["Content"]
        };
        assert_eq!(words(&text), expected, "{annotation}");
    }
}

/// Viewers make such fields' appearances from their values.
#[tokio::test(start_paused = true)]
async fn fields_without_appearances_show_their_values() {
    for (field, expected, not) in [
        ("/FT /Tx /V (Filled in)", "Filled in", "other"),
        ("/FT /Tx /Ff 4096 /V (One\\rTwo)", "One Two", "other"),
        (
            "/FT /Tx /Ff 16777216 /MaxLen 8 /V (12345678)",
            "12345678",
            "other",
        ),
        ("/FT /Tx /Ff 8192 /V (hunter2)", "", "hunter2"),
        (
            "/FT /Ch /Ff 131072 /Opt [(Alpha)(Beta)] /V (Beta)",
            "Beta",
            "Alpha",
        ),
        (
            "/FT /Ch /Ff 131072 /Opt [[(a)(Alpha)][(b)(Beta)]] /V (b)",
            "Beta",
            "Alpha",
        ),
        (
            "/FT /Ch /Opt [(One)(Two)(Three)] /V (Two)",
            "One Two Three",
            "other",
        ),
    ] {
        let field = format!(
            "<< /Type /Annot /Subtype /Widget /F 4 /T (a) /DA (/Helv 12 Tf 0 g) /Rect [20 60 220 130] {field} >>"
        );
        let text = text_of(&annotated(&[&field], &[], "/NeedAppearances true >> >>")).await;
        let text: String = text.split_whitespace().collect();
        for word in words(expected) {
            assert!(text.contains(word), "{field}: {text}");
        }
        assert!(!text.contains(not), "{field}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_book_that_is_read_from_right_to_left_keeps_the_order_of_its_lines() {
    let texts = texts(&case("book-read-from-right-to-left.pdf")).await;
    assert_eq!(texts, ["Page 1", "Page 2", "Page 3", "Page 4"]);
}
